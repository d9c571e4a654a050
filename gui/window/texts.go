package window

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// translations has one file a language, named by its tag; en.json has every
// text of the window, which a test holds.
//
//go:embed translations
var translations embed.FS

// addTexts gives our texts to Fyne. A language that Fyne speaks and we do not
// is given our English ones: the window would be half in one language and half
// in the other, and each missing text would be told to the log.
func addTexts() error {
	if err := lang.AddTranslationsFS(translations, "translations"); err != nil {
		return fmt.Errorf("translations: %w", err)
	}
	system := fyne.Locale(lang.SystemLocale().LanguageString())
	if _, err := translations.Open("translations/" + string(system) + ".json"); err == nil {
		return nil
	}
	english, err := everyForm(known())
	if err == nil {
		err = lang.AddTranslationsForLocale(english, system)
	}
	if err != nil {
		return fmt.Errorf("translations: %w", err)
	}
	return nil
}

// everyForm gives texts with numbers the forms that English does not have, and
// other languages ask for.
func everyForm(texts map[string]json.RawMessage) ([]byte, error) {
	out := make(map[string]any, len(texts))
	for key, text := range texts {
		out[key] = text
		var forms map[string]string
		if err := json.Unmarshal(text, &forms); err != nil {
			continue // a text without a number
		}
		for _, form := range []string{"zero", "two", "few", "many"} {
			forms[form] = forms["other"]
		}
		out[key] = forms
	}
	return json.Marshal(out)
}

// known are the texts that can be translated.
var known = sync.OnceValue(func() map[string]json.RawMessage {
	var texts map[string]json.RawMessage
	data, err := translations.ReadFile("translations/en.json")
	if err == nil {
		err = json.Unmarshal(data, &texts)
	}
	if err != nil {
		return nil // addTexts has said so
	}
	return texts
})

// say translates a text that comes from elsewhere (uploader.Explain) if it is
// among ours, and leaves it as it is otherwise.
func say(text string) string {
	if _, ok := known()[text]; !ok || strings.Contains(text, "{{") {
		return text
	}
	return lang.L(text)
}
