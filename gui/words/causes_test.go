package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// saidIn are the texts that a file of another room puts together, each with
// something in place of what is not known before it runs: named tells what
// stands for a name, and for what a function gives.
func saidIn(t *testing.T, path string, named map[string]string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if of, ok := call.Fun.(*ast.SelectorExpr); ok && of.Sel.Name == "MustCompile" {
				return false
			}
		}
		whole, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		switch whole.(type) {
		case *ast.BasicLit, *ast.BinaryExpr:
		default:
			return true
		}
		text, ours := put(whole, named)
		if ours && strings.Contains(strings.TrimSpace(text), " ") {
			out = append(out, text)
		}
		return !ours
	})
	return out
}

// put is what an expression of texts is worth, and whether any of it stands
// there as it is.
func put(e ast.Expr, named map[string]string) (text string, ours bool) {
	instead := func(name string) string {
		if known, ok := named[name]; ok {
			return known
		}
		return "x"
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, e.Kind == token.STRING && err == nil
	case *ast.Ident:
		return instead(e.Name), false
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.Ident); ok {
			return instead(f.Name), false
		}
	case *ast.IndexExpr:
		if m, ok := e.X.(*ast.Ident); ok {
			return instead(m.Name), false
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			left, one := put(e.X, named)
			right, other := put(e.Y, named)
			return left + right, one || other
		}
	}
	return "x", false
}

// filled is a format with something in its places.
func filled(format string) string {
	return strings.NewReplacer("%s", "x", "%q", `"x"`, "%d", "7").Replace(format)
}

// wholly reports whether a text is ours in every language but English, and
// nothing in it that could be is left in English.
func wholly(t *testing.T, text string) bool {
	t.Helper()
	english := regexp.MustCompile(`\b(the|is|it|be|must|has|and|are|no|in|or|of|that|names|stands|there)\b`)
	for _, l := range Languages()[1:] {
		said, ok := of(t, l.Tag).sayWhole(text)
		if !ok || l.Tag == "zh" && english.MatchString(said) {
			return false
		}
	}
	return true
}

func TestWhyAFolderIsNotWatchedIsSaidInEveryLanguage(t *testing.T) {
	told := 0
	tell := func(path, text string) {
		told++
		if !wholly(t, text) {
			t.Errorf("%s: %q is not translated", path, text)
		}
		if why := "This folder is not watched: " + text; !wholly(t, why) {
			t.Errorf("%s: %q is said only in part", path, why)
		}
	}
	const advice = "name a folder in it, such as Pictures, or watch it without the folders below it"
	for path, calls := range map[string]*regexp.Regexp{
		"../../client/engine/folderplace.go": regexp.MustCompile(`refuse\(("(?:[^"\\]|\\.)*")`),
		"../../watcher/config.go":            regexp.MustCompile(`cfg\.wrong\(("(?:[^"\\]|\\.)*")`),
	} {
		for _, format := range formatsIn(t, path, calls) {
			if before, ok := strings.CutSuffix(format, "; %s"); ok {
				format = before + "; " + advice
			}
			tell(path, filled(format))
		}
	}
	if !slices.Contains(sentences(t, "../../client/engine/folderplace.go"), advice) {
		t.Errorf("the engine does not say %q any more: this must know what it says instead", advice)
	}
	whole := regexp.MustCompile(`^(The|This|It|Its) [^:]+$`)
	for _, file := range []string{"folder.go", "folderplace.go"} {
		for _, text := range sentences(t, "../../client/engine/"+file) {
			if whole.MatchString(text) {
				tell(file, text)
			}
		}
	}
	if told < 14 {
		t.Errorf("only %d reasons were found", told)
	}
}

func TestWhatIsWrongWithTheSettingsFileIsSaidInEveryLanguage(t *testing.T) {
	named := map[string]string{
		"at": "", "line": "3", "name": "workers", "wanted": "a whole number, without quotes", "whereIn": " (line 3)",
	}
	elsewhere := map[string]bool{ // what the parser says, to know it by, and what is put together of the others
		"destination has type ": true, "expected table": true, "already been defined": true, "invalid duration": true,
		"NULL bytes": true, "invalid UTF-8": true, "%s must be %s": true, `folder "x"`: true, `account "x"`: true,
		" (line x)": true, "line 3: ": true, "config: %w": true, // the last is for the log
	}
	place := regexp.MustCompile(`^workers: [\w.]+$`) // which setting of an account or a folder
	told := 0
	for _, file := range []string{"configwords.go", "configfile.go"} {
		for _, format := range saidIn(t, "../../cmd/internal/wire/"+file, named) {
			text := strings.ReplaceAll(format, "until then %s", "until then default settings are used")
			if rest, ok := strings.CutPrefix(text, "%s: "); ok {
				text = `folder "x": ` + rest
			}
			text = filled(text)
			if elsewhere[format] || elsewhere[text] || place.MatchString(text) || strings.HasPrefix(format, "%s%s") || strings.Trim(format, "%s:x ") == "" {
				continue
			}
			told++
			// What a value must be, and what is wrong with the file, and what to do.
			what, cure, both := strings.Cut(text, "; ")
			if !wholly(t, text) && !wholly(t, "x must be "+text) && (!both || !wholly(t, what) || !wholly(t, cure)) {
				t.Errorf("%s: %q is not translated", file, text)
			}
		}
	}
	if told < 50 {
		t.Errorf("only %d texts were found", told)
	}
}

// formatsIn are the first texts given to a function in a file.
func formatsIn(t *testing.T, path string, calls *regexp.Regexp) []string {
	t.Helper()
	var out []string
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range calls.FindAllStringSubmatch(string(source), -1) {
		text, err := strconv.Unquote(match[1])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, text)
	}
	return out
}

func TestSeveralThingsThatAreWrongAreSaidOneByOne(t *testing.T) {
	for _, c := range []struct{ tag, text, want string }{
		{
			"de", "This folder is not watched: /home/me holds all of your files, those that programs keep there too, and all pictures among them would be uploaded; name a folder in it, such as Pictures, or watch it without the folders below it",
			"Dieser Ordner wird nicht überwacht: /home/me enthält alle Ihre Dateien, auch die der Programme, und alle Bilder darunter würden hochgeladen; nennen Sie einen Ordner darin, etwa Bilder, oder überwachen Sie ihn ohne die Ordner darunter",
		},
		{
			"de", "line 3: limit must be a whole number, without quotes; correct it in /c.toml; until then default settings are used",
			"Zeile 3: limit muss eine ganze Zahl sein, ohne Anführungszeichen; berichtigen Sie es in /c.toml; bis dahin: Standardeinstellungen gelten",
		},
		{
			"de", "line 1: the file is not UTF-8 text; save it as UTF-8; correct it in /c.toml; until then the last good settings are used",
			"Zeile 1: die Datei ist kein UTF-8-Text; speichern Sie sie als UTF-8; berichtigen Sie es in /c.toml; bis dahin: die letzten guten Einstellungen gelten",
		},
		{
			"de", "line 2: after workers: expected value but found '=' instead; correct it in /c.toml; until then default settings are used",
			"Zeile 2: nach workers: erwartet wird ein Wert, da steht aber '='; berichtigen Sie es in /c.toml; bis dahin: Standardeinstellungen gelten",
		},
		{"de", "The settings file /c.toml cannot be read: it is a directory", "Die Einstellungsdatei /c.toml kann nicht gelesen werden: sie ist ein Ordner"},
		{"de", "move it away; until then default settings are used", "räumen Sie sie weg; bis dahin: Standardeinstellungen gelten"},
		{
			"de", `The settings file has values that cannot be used: workers must be from 1 to 8, or 0 for the default; account "a; b": link.kind must be a kind of link, such as direct or markdown; folder "/p": there is no account "x"; min_size and max_size are no range; limit must be at least 1024 bytes a second, or 0 for none; and 2 more`,
			"Die Einstellungsdatei hat Werte, die nicht verwendet werden können: workers muss von 1 bis 8 sein, oder 0 für die Vorgabe; " +
				"Konto „a; b“: link.kind muss eine Art von Link sein, etwa direct oder markdown; Ordner „/p“: es gibt kein Konto „x“; " +
				"min_size und max_size ergeben keinen Bereich; limit muss mindestens 1024 Bytes in der Sekunde sein, oder 0 für keine Grenze; und 2 weitere",
		},
		{"fr", "The settings file has names that mean nothing: a, b, c, d, e, and 2 more", "Le fichier des réglages a des noms qui ne veulent rien dire : a, b, c, d, e et 2 de plus"},
		{
			"de", "the settings cannot be kept in /c.toml: it is read-only; make it writable, or change it where it comes from",
			"die Einstellungen lassen sich nicht in /c.toml festhalten: sie ist schreibgeschützt; machen Sie sie beschreibbar oder ändern Sie sie dort, wo sie herkommt",
		},
	} {
		if got := of(t, c.tag).Say(c.text); got != c.want {
			t.Errorf("%s: %q is said as\n%q, want\n%q", c.tag, c.text, got, c.want)
		}
	}
}

func TestASizeInASentenceTakesTheMarkOfTheLanguage(t *testing.T) {
	const text = "it is larger than the 1.5 kB that this folder allows"
	for tag, want := range map[string]string{"en": "1.5 kB", "de": "1,5 kB", "es": "1,5 kB", "fr": "1,5 kB", "id": "1,5 kB", "zh": "1.5 kB"} {
		if got := of(t, tag).Say(text); !strings.Contains(got, want) {
			t.Errorf("%s: it says %q, want %q in it", tag, got, want)
		}
	}
}
