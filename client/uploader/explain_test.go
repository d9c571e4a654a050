package uploader_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

var kinds = []client.Kind{
	client.KindNetwork, client.KindStalled, client.KindServer, client.KindThrottled, client.KindAuth, client.KindTLS,
	client.KindDenied, client.KindProtocol, client.KindDuplicate, client.KindTooLarge, client.KindRejected,
	client.KindLocalFile, client.KindInvalid, client.KindCanceled,
}

var codes = []string{
	job.CodeMissing, job.CodeUnreadable, job.CodeDirectory, job.CodeIrregular, job.CodeEmpty, job.CodeChanging,
	job.CodeKeyring, job.CodeNoKey, job.CodeNoAccount,
}

// wellFormed holds an explanation to the house's rules of speech.
func wellFormed(t *testing.T, name string, x uploader.Explanation) {
	t.Helper()
	if x.Headline == "" {
		t.Errorf("%s has no headline", name)
	}
	for _, text := range []string{x.Headline, x.Hint} {
		if strings.HasSuffix(text, ".") || strings.ContainsAny(text, "\n\t") || strings.Contains(text, "%!") {
			t.Errorf("%s: %q ends with a full stop or is no single line", name, text)
		}
	}
}

func TestEveryKindOfFailureHasWords(t *testing.T) {
	seen := map[string]client.Kind{}
	for _, k := range kinds {
		x := uploader.Explain(fmt.Errorf("while testing: %w", &client.Error{Kind: k}))
		wellFormed(t, string(k), x)
		if other, twice := seen[x.Headline]; twice {
			t.Errorf("%s and %s say the same: %q", k, other, x.Headline)
		}
		seen[x.Headline] = k
	}
}

func TestEveryCodeOfOurOwnSideHasWordsOfItsOwn(t *testing.T) {
	general := uploader.Explain(&client.Error{Kind: client.KindLocalFile})
	for _, code := range codes {
		x := uploader.ExplainFailure(job.Failure{Kind: client.KindLocalFile, Code: code})
		wellFormed(t, code, x)
		if x == general || x.Hint == "" {
			t.Errorf("%s says only %q", code, x)
		}
	}
}

func TestSentinelsAreExplainedHoweverTheyAreWrapped(t *testing.T) {
	general := uploader.Explain(errors.New("something"))
	for _, err := range []error{
		uploader.ErrNoAccount, uploader.ErrNothing, uploader.ErrGone, job.ErrTransition, job.ErrFull, job.ErrReadOnly, job.ErrBusy, context.Canceled,
		context.DeadlineExceeded, errors.ErrUnsupported, fs.ErrPermission, fs.ErrNotExist,
	} {
		x := uploader.Explain(fmt.Errorf("a: %w", fmt.Errorf("b: %w", err)))
		wellFormed(t, err.Error(), x)
		if x == general {
			t.Errorf("%v is explained as unexpected", err)
		}
	}
	if (uploader.Explain(nil) != uploader.Explanation{}) {
		t.Error("no error has words")
	}
}

func TestAnUnexpectedErrorIsNeverShownRaw(t *testing.T) {
	x := uploader.Explain(errors.New("sql: pq secret detail"))
	if strings.Contains(x.String(), "sql") {
		t.Errorf("raw error in %q", x)
	}
}

func TestTheHostsOwnWordsAreDetailNotHeadline(t *testing.T) {
	x := uploader.Explain(&client.Error{Kind: client.KindRejected, Status: 400, Message: "Stop words found"})
	if strings.Contains(x.Headline, "Stop words") || !strings.Contains(x.Hint, `"Stop words found"`) {
		t.Errorf("explained as %q", x)
	}
}

func TestOnlyTheHostsWordsAreToldAsItsOwn(t *testing.T) {
	for name, c := range map[string]struct {
		err  client.Error
		said bool
	}{
		"an error object with a code":          {client.Error{Kind: client.KindRejected, Status: 400, Code: "610", Message: "the file is odd"}, true},
		"an error object without a code":       {client.Error{Kind: client.KindDenied, Status: 200, Message: "Request denied"}, true},
		"a banned address":                     {client.Error{Kind: client.KindDenied, Status: 200, Message: "the host has banned our address"}, false},
		"a web server's refusal":               {client.Error{Kind: client.KindDenied, Status: 403, Message: "the host refuses to serve us (HTTP 403)"}, false},
		"a status that we do not know more of": {client.Error{Kind: client.KindRejected, Status: 415, Message: "the host answered HTTP 415"}, false},
		"a file that was not even sent":        {client.Error{Kind: client.KindRejected, Message: "Empty as it is"}, false},
		"a private address":                    {client.Error{Kind: client.KindRejected, Code: job.CodeFetch, Connected: true, Message: "that address lies in a private network; save the file and upload it instead"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			x := uploader.Explain(&c.err)
			wellFormed(t, name, x)
			if strings.Contains(x.Hint, "it says") != c.said || !strings.Contains(x.Hint, c.err.Message) {
				t.Errorf("explained as %q", x)
			}
		})
	}
}

// failing is what the client says of a host, and of the proxy before it.
func failing(t *testing.T, address, proxy string) error {
	t.Helper()
	c, err := client.New(client.Config{Address: address, Key: client.NewKey("0123456789abcdef"), Proxy: proxy, AllowHTTP: true})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Check(t.Context())
	if err == nil {
		t.Fatal("nothing failed")
	}
	return err
}

// nowhere is an address that nothing listens at.
func nowhere(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return "http://" + l.Addr().String()
}

func answering(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(answer)
	t.Cleanup(srv.Close)
	return srv.URL
}

// What the client finds with real connections reaches the person: its
// sentences are known by their beginnings, which this holds.
func TestWhatTheClientFindsReachesThePerson(t *testing.T) {
	page := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
		}
	}
	secure := httptest.NewTLSServer(page(200, ""))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshake that is to fail
	t.Cleanup(secure.Close)
	for name, c := range map[string]struct {
		address, proxy string
		want, not      string
	}{
		"a dead host": {
			address: nowhere(t),
			want:    "The host cannot be reached: connection refused, nothing listens there; check your network; it is tried again by itself",
		},
		"a dead proxy": {
			address: "http://pics.example", proxy: nowhere(t),
			want: "The host cannot be reached through the proxy: the proxy cannot be reached: connection refused, nothing listens there; check the proxy", not: "your network",
		},
		"a proxy that reaches nothing": {
			address: "https://pics.example", proxy: answering(t, page(502, "")),
			want: "The host cannot be reached through the proxy: the proxy cannot reach the host (HTTP 502); check the proxy", not: "your network",
		},
		"a proxy that wants a password": {
			address: "https://pics.example", proxy: answering(t, page(407, "")),
			want: "The host cannot be reached through the proxy: the proxy asks for a password (HTTP 407); check the proxy", not: "look at the host's site",
		},
		"an answer that is cut short": {
			address: answering(t, page(200, `{"status_code":200,"image":{`)),
			want:    "The connection broke before the host had answered: the answer is cut short; it is tried again by itself",
		},
		"a connection that breaks": {
			address: answering(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
			want:    "The connection broke before the host had answered: it is tried again by itself",
		},
		"a site that has moved": {
			address: answering(t, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://new.example"+r.URL.Path, http.StatusMovedPermanently)
			}),
			want: "What answers at this address is not the upload service: the site has moved: its address is https://new.example; use that address instead",
		},
		"a site under maintenance": {
			address: answering(t, page(200, "<html>This website is under maintenance</html>")),
			want:    "The host is not ready for uploads: the site is under maintenance; wait until that is over",
		},
		"a web page": {
			address: answering(t, page(200, "<html><title>Hotel</title></html>")),
			want:    "What answers at this address is not the upload service: the host answered with a web page: \"Hotel\"; check the address; behind a hotel or office network, sign in there first",
		},
		"a certificate of nobody's": {
			address: secure.URL,
			want:    "The host's certificate is not trusted: check the address and the clock of this computer; do not send anything until it is right",
		},
		"https where there is none": {
			address: strings.Replace(answering(t, page(200, "")), "http:", "https:", 1),
			want:    "No secure connection to the host can be made: the host does not speak https at this address; check the address",
		},
		"a web server in trouble": {
			address: answering(t, page(502, "<html><title>Bad Gateway</title></html>")),
			want:    "The host has a problem of its own: the host answered HTTP 502: \"Bad Gateway\"; it is tried again by itself",
		},
		"an old host that does not look at the header": {
			address: answering(t, page(400, `{"status_code":400,"error":{"message":"No key provided","code":100}}`)),
			want:    "The host did not find the API key that was sent: old hosts want it as a form field: run \"upshot account set NAME --key-in-form\"", not: "copy the key",
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := failing(t, c.address, c.proxy)
			x := uploader.ExplainFailure(*job.FailureOf(err)) // as a queue keeps it
			wellFormed(t, name, x)
			if !strings.HasPrefix(x.String(), c.want) || c.not != "" && strings.Contains(x.String(), c.not) {
				t.Errorf("explained as %q, want %q", x, c.want)
			}
			if at := uploader.ExplainCheck(err); strings.Contains(at.String(), "by itself") {
				t.Errorf("a check that nobody repeats promises: %q", at)
			}
		})
	}
}

func TestACheckPromisesNothing(t *testing.T) {
	for _, k := range kinds {
		for _, code := range append([]string{""}, codes...) {
			for _, connected := range []bool{false, true} {
				x := uploader.ExplainCheck(&client.Error{Kind: k, Code: code, Connected: connected})
				wellFormed(t, string(k), x)
				if strings.Contains(x.String(), "by itself") || strings.Contains(x.String(), "queue retry") {
					t.Errorf("%s %s: %q", k, code, x)
				}
			}
		}
	}
	if uploader.ExplainCheck(uploader.ErrNoAccount) != uploader.Explain(uploader.ErrNoAccount) {
		t.Error("what is no answer of a host is explained otherwise")
	}
}

// The window shows what a check came to beside its form, where no command
// helps.
func TestAWrongKeyThatIsCheckedIsNotSaidToBeOfTheCommandLine(t *testing.T) {
	for _, e := range []client.Error{
		{Kind: client.KindAuth},
		{Kind: client.KindAuth, Status: 400, Code: "100", Message: "Invalid API key"},
		{Kind: client.KindAuth, Status: 400, Code: "100", Message: "No key provided"},
	} {
		if x := uploader.ExplainCheck(&e); x.Hint == "" || strings.Contains(x.String(), "upshot") || strings.Contains(x.String(), "window") {
			t.Errorf("%q: %q", e.Message, x)
		}
	}
}

func TestABanIsNoMatterOfTheAccount(t *testing.T) {
	x := uploader.Explain(&client.Error{Kind: client.KindDenied, Status: 200, Message: "the host has banned our address"})
	if want := "The host does not take uploads from you now: the host has banned our address; ask the people who run the host"; x.String() != want {
		t.Errorf("explained as %q", x)
	}
}

func TestWhatHasFailedForGoodKeepsItsReasonAndPromisesNothing(t *testing.T) {
	x := uploader.ExplainFinal(job.Failure{Kind: client.KindNetwork, Connected: true, Message: "the answer is cut short"})
	if want := "The connection broke before the host had answered: the answer is cut short; it was tried as often as allowed; "; !strings.HasPrefix(x.String(), want) {
		t.Errorf("explained as %q", x)
	}
	for _, k := range kinds[:3] {
		if x := uploader.ExplainFinal(job.Failure{Kind: k}); strings.Contains(x.String(), "by itself") {
			t.Errorf("%s: %q", k, x)
		}
	}
}

func TestADeadProxyIsNotCalledOffline(t *testing.T) {
	f := &job.Failure{Kind: client.KindNetwork, Message: "the proxy cannot be reached: connection refused, nothing listens there"}
	x := uploader.ExplainGate(uploader.GateStatus{Gate: job.GateOffline, Failure: f})
	if !strings.Contains(x.Headline, "through the proxy") || !strings.Contains(x.Hint, "the proxy cannot be reached") {
		t.Errorf("explained as %q", x)
	}
}

func TestAMistypedAddressIsNotCalledOffline(t *testing.T) {
	f := &job.Failure{Kind: client.KindNetwork, NoSuchHost: true}
	x := uploader.ExplainGate(uploader.GateStatus{Gate: job.GateOffline, Failure: f})
	if !strings.Contains(x.Headline, "no host by that name") {
		t.Errorf("explained as %q", x)
	}
}

func TestEveryGateHasWordsAndSaysUntilWhen(t *testing.T) {
	until := time.Date(2026, 1, 2, 14, 5, 0, 0, time.Local)
	for _, g := range []job.Gate{job.GatePaused, job.GateNoKey, job.GateOffline, job.GateThrottled, job.GateUnavailable} {
		wellFormed(t, string(g), uploader.ExplainGate(uploader.GateStatus{Gate: g}))
	}
	for _, g := range []job.Gate{job.GateThrottled, job.GateUnavailable} {
		x := uploader.ExplainGate(uploader.GateStatus{Gate: g, Until: until, Failure: &job.Failure{Kind: client.KindDenied}})
		if !strings.Contains(x.String(), "14:05") {
			t.Errorf("%s does not say until when: %q", g, x)
		}
	}
}

func TestALockedKeyringIsWaitedForAndAMissingKeyIsNot(t *testing.T) {
	locked := uploader.ExplainGate(uploader.GateStatus{Gate: job.GateNoKey, Failure: &job.Failure{Kind: client.KindAuth, Code: job.CodeKeyring}})
	if locked.Headline != "Waiting for your keyring" || !strings.Contains(locked.Hint, "unlock it") {
		t.Errorf("%+v", locked)
	}
	missing := uploader.ExplainGate(uploader.GateStatus{Gate: job.GateNoKey, Failure: &job.Failure{Kind: client.KindAuth}})
	if strings.Contains(missing.Headline, "keyring") {
		t.Errorf("without a key: %+v", missing)
	}
}

func TestAnAccountIsKnownByNameAndAddress(t *testing.T) {
	a := uploader.Account{Name: "main", Address: "https://one.example"}
	b := uploader.Account{Name: "main", Address: "https://two.example"}
	if a.ID() == b.ID() {
		t.Error("an account that points elsewhere keeps its id, and so its key")
	}
	s := uploader.Settings{Accounts: []uploader.Account{a}}
	if got, ok := s.Account(""); !ok || got.Address != a.Address {
		t.Error("the only account is not the default")
	}
	s.Accounts = append(s.Accounts, uploader.Account{Name: "other"})
	if _, ok := s.Account(""); ok {
		t.Error("one of two accounts is taken without anybody's wish")
	}
	if _, ok := s.Account("nobody"); ok {
		t.Error("an unknown name finds an account")
	}
}
