package window

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/lang"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// used are the texts that the window's own code asks for, and whether each
// has a number in it.
func used(t *testing.T) map[string]bool {
	t.Helper()
	singular := regexp.MustCompile(`(?:lang\.L|\bsay)\(("(?:[^"\\]|\\.)*")`)
	plural := regexp.MustCompile(`(?:many|add)\("([a-z_]+)"`)
	out := map[string]bool{}
	for _, pattern := range []string{"*.go", "parts/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range singular.FindAllSubmatch(source, -1) {
				text, err := strconv.Unquote(string(match[1]))
				if err != nil {
					t.Fatal(err)
				}
				out[text] = false
			}
			for _, match := range plural.FindAllSubmatch(source, -1) {
				out[string(match[1])] = true
			}
		}
	}
	for _, m := range momentary {
		out[m.key] = false
	}
	for _, text := range []string{"Cut", "Select all", "Undo", "Redo"} {
		out[text] = false // Fyne's own, in the menu of an entry
	}
	if len(out) < 200 {
		t.Fatalf("only %d texts were found: are the patterns right?", len(out))
	}
	return out
}

// sentences are the texts in a file of another room that the window shows.
func sentences(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			text, err := strconv.Unquote(l.Value)
			if err == nil {
				out = append(out, text)
			}
		}
		return true
	})
	return out
}

func TestEveryLanguageHasEveryTextAndNoOther(t *testing.T) {
	want := used(t)
	foreign := map[string]bool{}
	for _, pattern := range []string{
		"../../client/*.go", "../../client/uploader/*.go", "../../client/engine/*.go", "../../watcher/*.go",
		"../../cmd/internal/wire/*.go", "../../cmd/internal/cli/hotkeys.go",
	} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				for _, text := range sentences(t, file) {
					foreign[strings.TrimSuffix(text, ".")] = true
					foreign[strings.TrimRight(text, `: "`)] = true // before a detail
				}
			}
		}
	}
	english, err := readTexts("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range languages() {
		t.Run(l.name, func(t *testing.T) {
			texts, err := readTexts(l.tag)
			if err != nil {
				t.Fatal(err)
			}
			for text := range want {
				if _, ok := texts[text]; !ok {
					t.Errorf("%q is missing", text)
				}
			}
			for text := range texts {
				if _, ok := want[text]; !ok && !foreign[text] {
					t.Errorf("%q is not used", text)
				}
				if _, ok := english[text]; !ok {
					t.Errorf("%q is not in English", text)
				}
			}
			for text, raw := range texts {
				sameShape(t, l.tag, text, raw, english[text])
			}
		})
	}
}

// sameShape holds a text to its English one: the same forms as its language
// has, the same placeholders, no full stop where English has none.
func sameShape(t *testing.T, tag, key string, raw, english json.RawMessage) {
	t.Helper()
	one := func(raw json.RawMessage) map[string]string {
		var text string
		if json.Unmarshal(raw, &text) == nil {
			return map[string]string{"": text}
		}
		var forms map[string]string
		if err := json.Unmarshal(raw, &forms); err != nil {
			t.Errorf("%q: %v", key, err)
		}
		return forms
	}
	got, want := one(raw), one(english)
	if _, plain := want[""]; plain != (got[""] != "") {
		t.Errorf("%q has forms in one language and none in the other", key)
		return
	}
	if _, plain := want[""]; !plain {
		_, single := got["one"]
		if got["other"] == "" || single == (tag == "id" || tag == "zh") {
			t.Errorf("%q has the forms %v", key, got)
		}
	}
	for form, text := range got {
		other := want["other"] + want[""]
		if form != "one" && !slices.Equal(placeholders(text), placeholders(other)) {
			t.Errorf("%q says %q, with other placeholders than %q", key, text, other)
		}
		if strings.TrimSpace(text) != text || text == "" {
			t.Errorf("%q is %q", key, text)
		}
	}
}

func placeholders(text string) []string {
	found := regexp.MustCompile(`\{\{\.\w+\}\}`).FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestEveryExplanationIsTranslated(t *testing.T) {
	texts, err := readTexts("en")
	if err != nil {
		t.Fatal(err)
	}
	notes := map[string]bool{ // of what is said in them, see momentary
		"Upload limit of the host until ": true, "; it is asked again at ": true, "it says %q": true, "it says %q; %s": true,
		": ": true, "2 Jan 15:04": true, "15:04": true, "; ": true, " ": true,
		// Parts of the client's sentences, to know them by.
		"the site has moved": true, "the connection broke": true, "the host": true, "the proxy ": true, " cannot be reached: ": true,
		"the certificate of the host is not trusted": true, "no key provided": true,
	}
	checked := 0
	for _, text := range sentences(t, "../../client/uploader/explain.go") {
		if !strings.Contains(text, " ") || notes[text] {
			continue
		}
		checked++
		if _, ok := texts[text]; !ok {
			t.Errorf("%q is not translated", text)
		}
	}
	if checked < 50 {
		t.Errorf("only %d sentences were found", checked)
	}
}

// speaking has the window speak a language for a test.
func speaking(t *testing.T, tag string) {
	t.Helper()
	if err := speak(tag); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := speak(""); err != nil {
			t.Error(err)
		}
	})
}

func TestExplanationsOfTheMomentAreTranslatedToo(t *testing.T) {
	speaking(t, "de")
	until := time.Date(2026, 1, 2, 14, 5, 0, 0, time.Local)
	for _, c := range []struct{ got, want string }{
		{gateWord(uploader.GateStatus{Gate: job.GateThrottled, Until: until}), "Upload-Grenze des Hosts bis 14:05"},
		{joinHint(uploader.Explain(&client.Error{Kind: client.KindRejected, Status: 400, Message: "Stop words found"})), "Der Host nimmt diese Datei nicht an: er sagt „Stop words found“"},
		{
			say(uploader.ExplainGate(uploader.GateStatus{Gate: job.GateUnavailable, Until: until, Failure: &job.Failure{Kind: client.KindRejected}}).Hint),
			"versuchen Sie ein anderes Dateiformat; um 14:05 wird wieder gefragt",
		},
		{
			say(uploader.Explain(&client.Error{Kind: client.KindDenied, Status: 400, Code: "999", Message: "Full"}).Hint),
			"er sagt „Full“; sehen Sie auf der Seite des Hosts nach: Uploads können abgeschaltet oder Ihr Konto am Limit sein",
		},
		{say("Upload limit of the host until 23 Nov 19:13"), "Upload-Grenze des Hosts bis 23.11. 19:13"},
	} {
		if c.got != c.want {
			t.Errorf("got  %q\nwant %q", c.got, c.want)
		}
	}
}

func TestWhatTheClientFoundIsTranslatedWithinAnExplanation(t *testing.T) {
	for _, c := range []struct {
		tag  string
		err  client.Error
		want string
	}{
		{
			"de",
			client.Error{Kind: client.KindProtocol, Status: 301, Message: "the site has moved: its address is https://new.example/x;y"},
			"Was unter dieser Adresse antwortet, ist nicht der Upload-Dienst: die Seite ist umgezogen: ihre Adresse ist https://new.example/x;y; verwenden Sie stattdessen diese Adresse",
		},
		{
			"fr",
			client.Error{Kind: client.KindNetwork, Message: "the proxy cannot be reached: connection refused, nothing listens there"},
			"L’hébergeur est injoignable par le proxy : le proxy est injoignable : connexion refusée, rien n’écoute à cet endroit ; vérifiez le proxy dans les réglages du compte ou dans l’environnement (HTTPS_PROXY)",
		},
		{
			"zh",
			client.Error{Kind: client.KindNetwork, Connected: true, Message: "the answer is cut short"},
			"在图床回应之前连接已中断：回应不完整；会自动重试",
		},
		{
			"es",
			client.Error{Kind: client.KindServer, Status: 502, Message: `the host answered HTTP 502: "502 Bad; Gateway: x"`},
			`El servidor tiene un problema propio: el servidor respondió HTTP 502: "502 Bad; Gateway: x"; se reintenta solo; si sigue así, dígaselo a quien administra el servidor`,
		},
		{
			"id",
			client.Error{Kind: client.KindNetwork, Message: "the connection failed: read: odd"},
			"Host tidak dapat dijangkau: koneksi gagal: read: odd; periksa jaringan Anda; dicoba lagi otomatis",
		},
		{
			"en",
			client.Error{Kind: client.KindTLS, Message: "the certificate is of another host"},
			"The host's certificate is not trusted: the certificate is of another host; check the address and the clock of this computer; do not send anything until it is right",
		},
	} {
		speaking(t, c.tag)
		if got := joinHint(uploader.ExplainFailure(*job.FailureOf(&c.err))); got != c.want {
			t.Errorf("%s: got  %q\nwant %q", c.tag, got, c.want)
		}
	}
}

// What the client finds for an answer, a connection or a certificate goes into
// hints, so that it must be translated as the explanations themselves are.
func TestEverySentenceOfTheClientIsTranslated(t *testing.T) {
	texts, err := readTexts("en")
	if err != nil {
		t.Fatal(err)
	}
	known := func(text string) bool {
		if _, ok := texts[text]; ok {
			return true
		}
		return slices.ContainsFunc(momentary, func(m moment) bool {
			return m.is.MatchString(text) || m.is.MatchString(text+" 7") || m.is.MatchString(text+" 7, which we do not follow")
		})
	}
	elsewhere := map[string]bool{ // told in other words or of no upload, see Explain
		"no key provided": true, "no version provided": true, "no action provided": true, "no space left": true, // hosts say so
		"no byte moved": true, "no byte moved for %s": true, "no answer came": true, "the file became shorter while it was read": true,
		"the user agent holds a control character": true, "the delete link is of another address than this account": true,
		"the answer cannot be kept":                  true,
		"the certificate of the host is not trusted": true, "the connection broke before the answer was complete": true, "the host": true, "there is no host of the name": true,
		"the file is out, but no answer came within %s":    true,
		"the host gave up waiting for the file (HTTP 408)": true, "the web server takes no file of this size (HTTP 413)": true, "the host asks for a pause (HTTP 429)": true,
	}
	sentence := regexp.MustCompile(`^(the|what|there|no|connection|at) [^<]+$`)
	checked := 0
	for _, file := range []string{"answer.go", "check.go", "classify.go", "client.go", "delete.go", "exchange.go", "network.go", "transport.go", "unpack.go"} {
		for _, text := range sentences(t, "../../client/"+file) {
			text = strings.TrimRight(text, `: "`)
			if !sentence.MatchString(text) || elsewhere[text] {
				continue
			}
			checked++
			if !known(text) && !known(strings.NewReplacer("%s", "30s", "%d", "502").Replace(text)) {
				t.Errorf("%s: %q is not translated", file, text)
			}
		}
	}
	if checked < 40 {
		t.Errorf("only %d sentences were found", checked)
	}
}

func TestNumbersTakeTheFormOfTheLanguageSpoken(t *testing.T) {
	for _, c := range []struct {
		tag   string
		count int
		want  string
	}{
		{"en", 1, "1 waiting"},
		{"en", 0, "0 waiting"},
		{"de", 2, "2 warten"},
		{"fr", 0, "0 en attente"},
		{"es", 1, "1 en espera"},
		{"id", 1, "1 menunggu"},
		{"zh", 3, "3 个等待中"},
	} {
		speaking(t, c.tag)
		if got := many("count_waiting", c.count); got != c.want {
			t.Errorf("%s: %d is %q, want %q", c.tag, c.count, got, c.want)
		}
	}
	speaking(t, "de")
	if got := bytesWord(1500); got != "1,5 kB" {
		t.Errorf("1500 bytes are %q in German", got)
	}
}

func TestTheSystemsLanguageIsSpokenUnlessAnotherIsChosen(t *testing.T) {
	t.Cleanup(func() { // after the environment is what it was
		if err := speak(""); err != nil {
			t.Error(err)
		}
	})
	for locale, want := range map[string]string{"de_DE.UTF-8": "Einfügen", "zh_CN.UTF-8": "粘贴", "id_ID.UTF-8": "Tempel", "ru_RU.UTF-8": "Paste"} {
		t.Run(locale, func(t *testing.T) {
			t.Setenv("LC_ALL", locale)
			t.Setenv("LANG", locale)
			t.Setenv("LANGUAGE", "")
			var told strings.Builder
			log.SetOutput(&told) // where Fyne tells of a missing text, each time it is drawn
			defer log.SetOutput(os.Stderr)
			if err := speak(""); err != nil {
				t.Fatal(err)
			}
			if got := lang.L("Paste"); got != want {
				t.Errorf("Paste is %q", got)
			}
			if many("count_waiting", 11) == "count_waiting.other" {
				t.Error("a text with a number is missing")
			}
			if err := speak("fr"); err != nil {
				t.Fatal(err)
			}
			if got := lang.L("Paste"); got != "Coller" {
				t.Errorf("French was chosen, but Paste is %q", got)
			}
			if told.Len() > 0 {
				t.Errorf("the log was told %s", told.String())
			}
		})
	}
}

// What is typed wrong in a form is said by the client's own checks.
func TestWhatIsTypedWrongIsSaidInEveryLanguage(t *testing.T) {
	texts, err := readTexts("en")
	if err != nil {
		t.Fatal(err)
	}
	refusal := regexp.MustCompile(`invalid\("((?:[^"\\]|\\.)*)"\)`)
	// Nothing that can be typed into a form of the window.
	elsewhere := regexp.MustCompile(`UTF-8|control character$|^the (title|description) |category|user agent|^the answer`)
	checked := 0
	for _, file := range []string{"address.go", "client.go", "expiration.go", "template.go", "transport.go", "validate.go"} {
		source, err := os.ReadFile("../../client/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range refusal.FindAllStringSubmatch(string(source), -1) {
			text, err := strconv.Unquote(`"` + match[1] + `"`)
			if err != nil {
				t.Fatal(err)
			}
			if elsewhere.MatchString(text) {
				continue
			}
			checked++
			if _, ok := texts[text]; !ok {
				t.Errorf("%s: %q is not translated", file, text)
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d sentences were found", checked)
	}
}
