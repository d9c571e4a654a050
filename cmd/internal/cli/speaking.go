package cli

import (
	"context"
	"sync/atomic"

	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
	"images-uploader.com/upshot/gui/words"
)

// speakingNotifier shows notifications in the language of the settings. The
// engine and the command line write them in English; an agent shows them on
// the desktop, where tray and window speak that language too.
type speakingNotifier struct {
	engine.Notifier

	settings atomic.Pointer[settingsReader] // nil: not known yet
}

type settingsReader interface {
	Settings(ctx context.Context, _ uploader.None) (uploader.Settings, error)
}

// speakNotes has the notifications of a house translated, from the call of
// what it returns on by the settings that are given to that.
func speakNotes(h *wire.House) func(settingsReader) {
	if h.Services.Notifier == nil {
		return func(settingsReader) {}
	}
	n := &speakingNotifier{Notifier: h.Services.Notifier}
	h.Services.Notifier = n
	return func(s settingsReader) { n.settings.Store(&s) }
}

// Notify is engine.Notifier's.
func (n *speakingNotifier) Notify(ctx context.Context, title, body string, actions [][2]string, chosen func(key string)) error {
	if w, err := words.Of(n.language(ctx)); err == nil {
		title, body = w.Note(title, body)
		spoken := make([][2]string, len(actions))
		for i, a := range actions {
			spoken[i] = [2]string{a[0], w.Say(a[1])}
		}
		actions = spoken
	}
	return n.Notifier.Notify(ctx, title, body, actions, chosen)
}

// language is the one of the settings; empty is the system's.
func (n *speakingNotifier) language(ctx context.Context) string {
	from := n.settings.Load()
	if from == nil {
		return ""
	}
	s, err := (*from).Settings(ctx, uploader.None{})
	if err != nil {
		return ""
	}
	return s.Language
}
