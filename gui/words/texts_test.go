package words

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// raw are the texts of a language as they stand in its file.
func raw(t *testing.T, tag string) map[string]json.RawMessage {
	t.Helper()
	data, err := translations.ReadFile("translations/" + tag + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]json.RawMessage
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatalf("%s: %v", tag, err)
	}
	return texts
}

// used are the texts that the faces' own code asks for, and whether each has a
// number in it.
func used(t *testing.T) map[string]bool {
	t.Helper()
	singular := regexp.MustCompile(`(?:\.L|\b[sS]ay)\(("(?:[^"\\]|\\.)*")`)
	plural := regexp.MustCompile(`(?:[mM]any|add)\("([a-z_]+)"`)
	out := map[string]bool{}
	for _, pattern := range []string{"*.go", "../window/*.go", "../window/parts/*.go", "../tray/*.go"} {
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
	for _, m := range momentary() {
		out[m.key] = m.many
	}
	for _, o := range outcomes() {
		out[o.key] = true
	}
	for _, text := range []string{"Cut", "Select all", "Undo", "Redo"} {
		out[text] = false // Fyne's own, in the menu of an entry
	}
	if len(out) < 200 {
		t.Fatalf("only %d texts were found: are the patterns right?", len(out))
	}
	return out
}

// sentences are the texts in a file of another room that a face shows.
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

// tells are the texts given to each call in a file of what tells the person
// something: tell(…), or teller(…)(…).
func tells(t *testing.T, path string) [][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch f := call.Fun.(type) {
		case *ast.Ident:
			if f.Name != "tell" {
				return true
			}
		case *ast.CallExpr:
			if maker, ok := f.Fun.(*ast.SelectorExpr); !ok || maker.Sel.Name != "teller" {
				return true
			}
		default:
			return true
		}
		var texts []string
		for _, arg := range call.Args {
			if l, ok := arg.(*ast.BasicLit); ok {
				if text, err := strconv.Unquote(l.Value); err == nil {
					texts = append(texts, text)
				}
			}
		}
		out = append(out, texts)
		return true
	})
	return out
}

func TestEveryLanguageHasEveryTextAndNoOther(t *testing.T) {
	want := used(t)
	foreign := map[string]bool{}
	for _, pattern := range []string{
		"../../client/*.go", "../../client/uploader/*.go", "../../client/engine/*.go", "../../client/queue/salvage.go", "../../watcher/*.go",
		"../../cmd/internal/wire/*.go", "../../cmd/internal/cli/hotkeys.go", "../../cmd/internal/cli/agent.go", "../../cmd/internal/cli/notray.go",
	} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				for _, text := range sentences(t, file) {
					foreign[strings.TrimSuffix(text, ".")] = true
					for one := range strings.SplitSeq(text, ". ") {
						foreign[strings.TrimSuffix(one, ".")] = true
					}
					for one := range strings.SplitSeq(text, "; ") { // what is wrong, and what to do
						foreign[strings.TrimPrefix(one, "%s: ")] = true
					}
					foreign[strings.TrimRight(text, `: "`)] = true // before a detail
				}
			}
		}
	}
	english := raw(t, "en")
	for _, l := range Languages() {
		t.Run(l.Name, func(t *testing.T) {
			texts := raw(t, l.Tag)
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
				sameShape(t, l.Tag, text, raw, english[text])
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
	texts := raw(t, "en")
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

// What the client finds for an answer, a connection or a certificate goes into
// hints, so that it must be translated as the explanations themselves are.
func TestEverySentenceOfTheClientIsTranslated(t *testing.T) {
	texts := raw(t, "en")
	known := func(text string) bool {
		if _, ok := texts[text]; ok {
			return true
		}
		return slices.ContainsFunc(momentary(), func(m moment) bool {
			return m.is.MatchString(text) || m.is.MatchString(text+" 7") || m.is.MatchString(text+" 7, which we do not follow")
		})
	}
	elsewhere := map[string]bool{ // told in other words or of no upload, see Explain
		"no storage available": true, "connection refused": true, "connection timed out": true,
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

// What is typed wrong in a form is said by the client's own checks.
func TestWhatIsTypedWrongIsSaidInEveryLanguage(t *testing.T) {
	texts := raw(t, "en")
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
