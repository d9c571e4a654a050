package window

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// translations has one file a language, named by its tag. Every file has every
// text of the window, and those of uploader.Explain, which a test holds.
//
//go:embed translations
var translations embed.FS

// language is one that the window speaks.
type language struct {
	tag  string
	name string // in its own words
}

// languages are those that the window speaks.
func languages() []language {
	return []language{
		{"en", "English"},
		{"de", "Deutsch"},
		{"es", "Español"},
		{"fr", "Français"},
		{"id", "Bahasa Indonesia"},
		{"zh", "简体中文"},
	}
}

// speech is the language that is spoken now.
type speech struct {
	tag   string
	texts map[string]json.RawMessage
}

// spoken is what Fyne's lang, which a process has once, was given last.
var spoken atomic.Pointer[speech]

// speak has the window speak a language from now on; of no tag, the system's.
// Fyne's lang asks the system which language to take, and nobody else: so the
// texts of the wished language are given to it under the system's own.
func speak(tag string) error {
	system := fyne.Locale(lang.SystemLocale().LanguageString())
	if tag == "" {
		tag, _, _ = strings.Cut(strings.ToLower(string(system)), "-")
	}
	texts, err := readTexts(tag)
	if err != nil {
		tag = "en" // a language that we do not speak: not half of each
		texts, err = readTexts(tag)
	}
	if err != nil {
		return fmt.Errorf("translations: %w", err)
	}
	data, err := json.Marshal(forms(texts))
	if err == nil {
		err = lang.AddTranslationsForLocale(data, system)
	}
	if err != nil {
		return fmt.Errorf("translations: %w", err)
	}
	spoken.Store(&speech{tag: tag, texts: texts})
	return nil
}

// RegionHint is what is said to who picks a region of the screen, in that
// language; of no tag, the system's.
func RegionHint(tag string) (string, error) {
	if err := speak(tag); err != nil {
		return "", err
	}
	return lang.L("Drag a rectangle  ·  arrow keys move it, with Shift they resize it  ·  Enter takes it  ·  Esc cancels"), nil
}

func readTexts(tag string) (map[string]json.RawMessage, error) {
	data, err := translations.ReadFile("translations/" + tag + ".json")
	if err != nil {
		return nil, err
	}
	var texts map[string]json.RawMessage
	if err := json.Unmarshal(data, &texts); err != nil {
		return nil, fmt.Errorf("%s: %w", tag, err)
	}
	return texts, nil
}

// forms makes one text of each form of a text with a number: which form fits
// is a matter of the language spoken, and not of the system's, by whose rule
// lang would choose.
func forms(texts map[string]json.RawMessage) map[string]string {
	out := make(map[string]string, len(texts))
	for key, raw := range texts {
		var text string
		if json.Unmarshal(raw, &text) == nil {
			out[key] = text
			continue
		}
		var forms map[string]string
		if json.Unmarshal(raw, &forms) == nil {
			for form, text := range forms {
				out[key+"."+form] = text
			}
		}
	}
	return out
}

// n gives a number to a text.
func n(count int) map[string]any { return map[string]any{"N": count} }

// many is a text with a number in it.
func many(key string, count int) string {
	form := "other"
	switch s := spoken.Load(); {
	case s == nil:
	case s.tag == "zh" || s.tag == "id": // one form for all numbers
	case s.tag == "fr" && count >= 0 && count < 2, count == 1:
		form = "one"
	}
	return lang.L(key+"."+form, n(count))
}

// decimal writes numbers with the language's own sign.
func decimal(number string) string {
	half := lang.L("0.5")
	return strings.Replace(number, ".", strings.Trim(half, "05"), 1)
}

// say translates a text that comes from elsewhere (uploader.Explain) if it is
// among ours, and leaves it as it is otherwise.
func say(text string) string {
	s := spoken.Load()
	if s == nil || strings.Contains(text, "{{") {
		return text
	}
	if _, ok := s.texts[text]; ok {
		return lang.L(text)
	}
	for _, m := range momentary {
		found := m.is.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		data := make(map[string]any, len(m.names))
		for i, name := range m.names {
			data[name] = found[i+1]
			switch name {
			case "Hint", "Reason":
				data[name] = say(found[i+1])
			case "Title": // of a hotkey, as it stands in the settings
				data[name] = lowerFirst(say(upperFirst(found[i+1])))
			case "Time":
				data[name] = sayTime(found[i+1])
			}
		}
		return strings.TrimPrefix(lang.L(m.key, data), "; ")
	}
	return sayParts(s, text)
}

// ours reports whether a text from elsewhere can be told in the language that
// is spoken: English anything can.
func ours(text string) bool {
	s := spoken.Load()
	return text != "" && (s == nil || s.tag == "en" || say(text) != text)
}

// sayParts translates a text of which only parts are ours: a note before an
// advice, or what happened before a detail that nobody has translated.
func sayParts(s *speech, text string) string {
	const note, detail = "; ", ": "
	for at := strings.Index(text, note); at >= 0; {
		if _, ours := s.texts[text[at+len(note):]]; ours {
			return lang.L("{{.Note}}; {{.Hint}}", map[string]any{"Note": say(text[:at]), "Hint": lang.L(text[at+len(note):])})
		}
		next := strings.Index(text[at+len(note):], note)
		if next < 0 {
			break
		}
		at += len(note) + next
	}
	if what, why, ok := strings.Cut(text, detail); ok {
		if said := say(what); said != what {
			return because(said, say(why))
		}
	}
	return text
}

// because puts what happened before the why.
func because(what, why string) string {
	return lang.L("{{.What}}: {{.Why}}", map[string]any{"What": what, "Why": why})
}

// sayTime writes a moment of an explanation as the language does.
func sayTime(text string) string {
	const layout = "2 Jan 15:04"
	if at, err := time.Parse(layout, text); err == nil {
		return at.Format(lang.L(layout))
	}
	return text
}
