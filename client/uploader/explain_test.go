package uploader_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
		uploader.ErrNoAccount, uploader.ErrNothing, uploader.ErrGone, job.ErrTransition, context.Canceled,
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
	x := uploader.Explain(&client.Error{Kind: client.KindRejected, Message: "Stop words found"})
	if strings.Contains(x.Headline, "Stop words") || !strings.Contains(x.Hint, `"Stop words found"`) {
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
