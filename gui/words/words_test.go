package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func of(t *testing.T, tag string) *Words {
	t.Helper()
	w, err := Of(tag)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestNumbersTakeTheFormOfTheirLanguage(t *testing.T) {
	for _, c := range []struct {
		tag   string
		count int
		want  string
	}{
		{"en", 1, "1 file waiting"},
		{"en", 0, "0 files waiting"},
		{"de", 2, "2 Dateien warten"},
		{"fr", 0, "0 fichier en attente"},
		{"fr", 2, "2 fichiers en attente"},
		{"es", 1, "1 archivo en espera"},
		{"id", 1, "1 berkas menunggu"},
		{"zh", 3, "3 个文件等待中"},
	} {
		if got := of(t, c.tag).Many("waiting_files", c.count); got != c.want {
			t.Errorf("%s: %d is %q, want %q", c.tag, c.count, got, c.want)
		}
	}
}

func TestWhatIsPutIntoATextIsNotATextItself(t *testing.T) {
	w := of(t, "de")
	for name, want := range map[string]string{
		"{{.Name}}": "Lädt {{.Name}} hoch",
		"{{.":       "Lädt {{. hoch",
		"}}":        "Lädt }} hoch",
	} {
		if got := w.L("Uploading {{.Name}}", map[string]any{"Name": name}); got != want {
			t.Errorf("with the name %q it says %q", name, got)
		}
	}
}

func TestWithoutALanguageItIsEnglish(t *testing.T) {
	var none *Words
	if got := none.Say("Paused") + none.L("Quit") + none.LowerFirst("The host") + none.Tag(); got != "PausedQuitthe hosten" {
		t.Errorf("it says %q", got)
	}
	if got := of(t, "tlh").Tag(); got != "en" {
		t.Errorf("of a language that is not spoken it takes %q", got)
	}
}

func TestASentenceBeginsWithACapitalAndWithinAnotherWithout(t *testing.T) {
	for text, want := range map[string]string{"": "", "it is full": "It is full", "über": "Über", "照片": "照片"} {
		if got := UpperFirst(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
	for text, want := range map[string]string{"": "", "The host": "the host", "API key": "API key"} {
		if got := of(t, "fr").LowerFirst(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := of(t, "de").LowerFirst("Datei fehlt"); got != "Datei fehlt" {
		t.Errorf("the German noun became %q", got)
	}
}

func TestNotificationsAreTranslatedAndNamesOfFilesAreNot(t *testing.T) {
	for _, c := range []struct{ tag, title, body, wantTitle, wantBody string }{
		{"de", "Link copied", "Paste", "Link kopiert", "Paste"}, // a file of that name
		{"de", "3 links copied", "a.png, b.png, c.png", "3 Links kopiert", "a.png, b.png, c.png"},
		{"de", "12 files uploaded", "a.png, b.png, c.png and 9 more; 2 failed", "12 Dateien hochgeladen", "a.png, b.png, c.png und 9 weitere; 2 fehlgeschlagen"},
		{"fr", "Uploaded", "a; b.png; 1 failed", "Envoyé", "a; b.png ; 1 en échec"},
		{"es", "Upload failed", "Look at Upshot's window for the reason", "La subida falló", "Vea el motivo en la ventana de Upshot"},
		{"zh", "2 uploads failed", "Look at Upshot's window for the reason", "2 个上传失败", "请在 Upshot 窗口中查看原因"},
		{"id", "Upload what is at this address?", "https://a.example/Paste", "Unggah yang ada di alamat ini?", "https://a.example/Paste"},
		{"de", "a.png: the file is empty", "save it again, then upload it", "a.png: Die Datei ist leer", "speichern Sie sie neu, dann laden Sie sie hoch"},
		{"de", "Link kopiert", "a.png", "Link kopiert", "a.png"}, // it was told by somebody who speaks
		{"en", "12 files uploaded", "a and 9 more; 2 failed", "12 files uploaded", "a and 9 more; 2 failed"},
	} {
		title, body := of(t, c.tag).Note(c.title, c.body)
		if title != c.wantTitle || body != c.wantBody {
			t.Errorf("%s: %q, %q became %q, %q", c.tag, c.title, c.body, title, body)
		}
	}
}

// The engine writes its notifications in English; here they are known by it.
func TestEveryNotificationOfTheEngineIsKnown(t *testing.T) {
	var all []string
	for _, file := range []string{"../../client/engine/batch.go", "../../client/engine/submit.go"} {
		all = append(all, sentences(t, file)...)
	}
	for _, text := range []string{
		"Link copied", "Uploaded", "%d links copied", "%d files uploaded", "Upload failed", "%d uploads failed",
		" and %d more", "; %d failed", "Look at Upshot's window for the reason", "Upload what is at this address?",
		"Copy link", "Open", "Undo", "Upload",
	} {
		if !slices.Contains(all, text) {
			t.Errorf("the engine does not say %q any more: Note must know what it says instead", text)
		}
	}
	for _, text := range []string{"Look at Upshot's window for the reason", "Upload what is at this address?", "Copy link", "Open", "Undo", "Upload"} {
		for _, l := range Languages()[1:] {
			if of(t, l.Tag).Say(text) == text {
				t.Errorf("%s: %q is not translated", l.Name, text)
			}
		}
	}
}

// What an agent tells of itself, in a notification since nobody reads its
// terminal, is among our texts.
func TestWhatTheAgentTellsIsTranslated(t *testing.T) {
	english := raw(t, "en")
	told := 0
	for _, file := range []string{"../../cmd/internal/cli/agent.go", "../../cmd/internal/cli/notray.go"} {
		for _, call := range tells(t, file) {
			for _, text := range call {
				told++
				if _, ok := english[text]; !ok {
					t.Errorf("%s: %q is not translated", file, text)
				}
			}
		}
	}
	if told < 4 {
		t.Errorf("only %d texts were found", told)
	}
}

// A database that was damaged is told of in several sentences, the path of
// the file that is kept last.
func TestWhatBecameOfADamagedQueueIsTranslated(t *testing.T) {
	english := sentences(t, "../../client/queue/salvage.go")
	for _, part := range []string{
		"The queue was damaged and no job could be read from it. Upshot goes on with an empty one.",
		"The queue was damaged and has been built again. ", " could be read from it", ", some perhaps not",
		" may have been uploaded already: look at them and release or cancel them.", " The damaged file is kept as ",
	} {
		if !slices.Contains(english, part) {
			t.Errorf("the queue does not say %q any more: this must know what it says instead", part)
		}
	}
	const kept = " The damaged file is kept as /a. B/upshot.db.damaged."
	for text, want := range map[string][2]string{
		emptied + kept: {
			"Die Warteschlange war beschädigt, kein Upload ließ sich daraus lesen",
			"Upshot macht mit einer leeren weiter. Die beschädigte Datei liegt als /a. B/upshot.db.damaged",
		},
		built + "1 job could be read from it." + kept: {
			"Die Warteschlange war beschädigt und wurde neu aufgebaut",
			"1 Upload ließ sich daraus lesen. Die beschädigte Datei liegt als /a. B/upshot.db.damaged",
		},
		built + "7 jobs could be read from it, some perhaps not. 2 jobs may have been uploaded already: look at them and release or cancel them." + kept: {
			"Die Warteschlange war beschädigt und wurde neu aufgebaut",
			"7 Uploads ließen sich daraus lesen, vielleicht nicht alle. 2 Uploads sind vielleicht schon auf dem Host: " +
				"sehen Sie nach, dann geben Sie sie frei oder brechen sie ab. Die beschädigte Datei liegt als /a. B/upshot.db.damaged",
		},
	} {
		first, rest := of(t, "de").Sentences(text)
		if got := [2]string{first, rest}; got != want {
			t.Errorf("%q is said as\n%q, want\n%q", text, got, want)
		}
		for _, l := range Languages()[1:] {
			first, rest := of(t, l.Tag).Sentences(text)
			if first == "" || rest == "" || strings.Contains(first+rest, "The ") || strings.Contains(first+rest, "could be") || !strings.HasSuffix(rest, "/a. B/upshot.db.damaged") {
				t.Errorf("%s: %q is said as %q, %q", l.Name, text, first, rest)
			}
		}
	}
	const foreign = "Something else. The damaged file is kept as /x."
	if got := of(t, "de").Say(foreign); got != foreign {
		t.Errorf("of a text that is not ours only a part is translated: %q", got)
	}
	drive := "The queue /q lies on a drive that cannot keep its log, such as a network drive. It is slower there and not safe when the network breaks. Move it to a drive of this computer."
	if first, rest := of(t, "zh").Sentences(drive); !strings.HasPrefix(first, "队列 /q") || rest != "" {
		t.Errorf("a full stop at the end changes it: %q, %q", first, rest)
	}
}

const (
	emptied = "The queue was damaged and no job could be read from it. Upshot goes on with an empty one."
	built   = "The queue was damaged and has been built again. "
)

// What the engine, the settings and the hotkeys have to tell is written in
// English where it comes up, and known here by it.
func TestEveryNoticeIsTranslated(t *testing.T) {
	de := of(t, "de")
	told := 0
	for _, pattern := range []string{"../../client/engine/*.go", "../../cmd/internal/wire/*.go", "../../cmd/internal/cli/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, text := range noticesIn(t, file) {
				told++
				if de.Say(text) == text {
					t.Errorf("%s: %q is not translated", filepath.Base(file), text)
				}
			}
		}
	}
	if told < 8 {
		t.Errorf("only %d texts were found", told)
	}
}

// noticesIn are the headlines and hints of the notices that a file makes, as
// far as they stand there as they are.
func noticesIn(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if of, ok := literal.Type.(*ast.SelectorExpr); literal.Type != nil && (!ok || of.Sel.Name != "Notice") {
			return true
		}
		for _, element := range literal.Elts {
			field, ok := element.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			name, ok := field.Key.(*ast.Ident)
			value, is := field.Value.(*ast.BasicLit)
			if ok && is && (name.Name == "Headline" || name.Name == "Hint") {
				if text, err := strconv.Unquote(value.Value); err == nil && text != "" {
					out = append(out, text)
				}
			}
		}
		return true
	})
	return out
}
