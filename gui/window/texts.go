package window

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"images-uploader.com/upshot/gui/words"
)

// spoken is what Fyne's lang, which a process has once, was given last.
var spoken atomic.Pointer[words.Words]

// speak has the window speak a language from now on; of no tag, the system's.
// Fyne's lang asks the system which language to take, and nobody else: so the
// texts of the wished language are given to it under the system's own.
func speak(tag string) error {
	w, err := words.Of(tag)
	if err != nil {
		return err
	}
	data, err := json.Marshal(w.Texts())
	if err == nil {
		err = lang.AddTranslationsForLocale(data, fyne.Locale(lang.SystemLocale().LanguageString()))
	}
	if err != nil {
		return fmt.Errorf("translations: %w", err)
	}
	spoken.Store(w)
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

// many is a text with a number in it.
func many(key string, count int) string { return spoken.Load().Many(key, count) }

// decimal writes numbers with the language's own sign.
func decimal(number string) string {
	half := lang.L("0.5")
	return strings.Replace(number, ".", strings.Trim(half, "05"), 1)
}

// say translates a text that comes from elsewhere (uploader.Explain) if it is
// among ours, and leaves it as it is otherwise.
func say(text string) string { return spoken.Load().Say(text) }

// ours reports whether a text from elsewhere can be told in the language that
// is spoken: English anything can.
func ours(text string) bool { return spoken.Load().Ours(text) }

// because puts what happened before the why.
func because(what, why string) string { return spoken.Load().Because(what, why) }

// lowerFirst is a sentence within another, sentence one of its own.
func lowerFirst(text string) string { return spoken.Load().LowerFirst(text) }

func sentence(text string) string { return words.UpperFirst(say(text)) }

// sentences takes a text of several apart.
func sentences(text string) (first, rest string) {
	first, rest = spoken.Load().Sentences(text)
	return words.UpperFirst(first), words.UpperFirst(rest)
}
