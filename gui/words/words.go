// Package words is what tray, window and notifications say, in six languages, so that
// a thing has one name in both. It draws nothing and knows no toolkit; of ours
// it imports nothing, and it starts no goroutine.
package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// translations has one file a language, named by its tag. Every file has every
// text of the faces, and those of uploader.Explain, which a test holds.
//
//go:embed translations
var translations embed.FS

// Language is one that is spoken.
type Language struct {
	Tag  string
	Name string // in its own words
}

// Languages are those that are spoken.
func Languages() []Language {
	return []Language{
		{"en", "English"},
		{"de", "Deutsch"},
		{"es", "Español"},
		{"fr", "Français"},
		{"id", "Bahasa Indonesia"},
		{"zh", "简体中文"},
	}
}

// Words are the texts of one language. They do not change; nil ones are
// English as it stands in the code, without numbers in their forms.
type Words struct {
	tag   string
	texts map[string]string // forms of a text with a number are keyed KEY.FORM
}

// Of returns the words of a language; of no tag, those of the system's. One
// that is not spoken gets English: not half of each.
func Of(tag string) (*Words, error) {
	if tag == "" {
		tag = System()
	}
	data, err := translations.ReadFile("translations/" + tag + ".json")
	if err != nil {
		tag = "en"
		data, err = translations.ReadFile("translations/en.json")
	}
	if err != nil {
		return nil, fmt.Errorf("translations: %w", err)
	}
	texts, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("translations: %s: %w", tag, err)
	}
	return &Words{tag, texts}, nil
}

// parse makes one text of each form of a text with a number.
func parse(data []byte) (map[string]string, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	texts := make(map[string]string, len(raw)+len(raw)/10)
	for key, value := range raw {
		var text string
		if json.Unmarshal(value, &text) == nil {
			texts[key] = text
			continue
		}
		var forms map[string]string
		if err := json.Unmarshal(value, &forms); err != nil {
			return nil, fmt.Errorf("%q: %w", key, err)
		}
		for form, text := range forms {
			texts[key+"."+form] = text
		}
	}
	return texts, nil
}

// Tag is the language's.
func (w *Words) Tag() string {
	if w == nil {
		return "en"
	}
	return w.tag
}

// Texts are all texts by what they are asked for with, as Fyne's lang wants
// them: the forms of a text with a number are keyed KEY.FORM, since which form
// fits is a matter of the language spoken and not of the system's.
func (w *Words) Texts() map[string]string { return w.texts }

// L is a text of ours, with what is in its places.
func (w *Words) L(key string, data ...map[string]any) string {
	text := key
	if w != nil {
		if ours, ok := w.texts[key]; ok {
			text = ours
		}
	}
	if len(data) == 0 {
		return text
	}
	return fill(text, data[0])
}

// fill puts data into the places of text, {{.Name}} each.
func fill(text string, data map[string]any) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{{.")
		name, after, closed := strings.Cut(rest, "}}")
		b.WriteString(before)
		if !ok || !closed {
			return b.String()
		}
		fmt.Fprint(&b, data[name])
		text = after
	}
}

// Form is the key of the form that a count takes.
func (w *Words) Form(key string, count int) string {
	form := "other"
	switch tag := w.Tag(); {
	case tag == "zh", tag == "id": // one form for all numbers
	case tag == "fr" && count >= 0 && count < 2, count == 1:
		form = "one"
	}
	return key + "." + form
}

// Many is a text with a number in it, {{.N}}.
func (w *Words) Many(key string, count int) string {
	return w.L(w.Form(key, count), map[string]any{"N": count})
}

// Because puts what happened before the why.
func (w *Words) Because(what, why string) string {
	return w.L("{{.What}}: {{.Why}}", map[string]any{"What": what, "Why": why})
}

// UpperFirst is a sentence of its own.
func UpperFirst(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + text[size:]
}

// LowerFirst is a sentence within another. A German one may begin with a
// noun, and after a colon with a capital whatever it begins with.
func (w *Words) LowerFirst(text string) string {
	if w.Tag() == "de" {
		return text
	}
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	if second, _ := utf8.DecodeRuneInString(text[size:]); unicode.IsUpper(second) {
		return text // an abbreviation
	}
	return string(unicode.ToLower(r)) + text[size:]
}
