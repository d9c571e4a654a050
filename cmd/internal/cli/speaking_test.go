package cli

import (
	"context"
	"errors"
	"slices"
	"testing"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

// board keeps the notification that was shown last.
type board struct {
	title, body string
	labels      []string
	chosen      func(string)
}

func (b *board) Notify(_ context.Context, title, body string, actions [][2]string, chosen func(string)) error {
	b.title, b.body, b.labels, b.chosen = title, body, nil, chosen
	for _, a := range actions {
		b.labels = append(b.labels, a[0]+"="+a[1])
	}
	return nil
}

// preferring are settings with a language, or the failure to read them.
type preferring struct {
	language string
	err      error
}

func (p *preferring) Settings(context.Context, uploader.None) (uploader.Settings, error) {
	return uploader.Settings{Language: p.language}, p.err
}

func TestNotificationsSpeakTheLanguageOfTheSettings(t *testing.T) {
	t.Setenv("LC_ALL", "fr_FR.UTF-8")
	t.Setenv("LANGUAGE", "")
	shown := &board{}
	h := &wire.House{Services: wire.Services{Notifier: shown}}
	speak := speakNotes(h)
	set := &preferring{language: "de"}
	for _, c := range []struct {
		name   string
		before func()
		want   string
		labels []string
	}{
		{"the system's before the settings are known", func() {}, "2 liens copiés", []string{"open=Ouvrir", "undo=Annuler"}},
		{"the one that is chosen", func() { speak(set) }, "2 Links kopiert", []string{"open=Öffnen", "undo=Rückgängig"}},
		{"another one at once", func() { set.language = "es" }, "2 enlaces copiados", []string{"open=Abrir", "undo=Deshacer"}},
		{"the system's when the settings cannot be read", func() { set.err = errors.New("broken") }, "2 liens copiés", []string{"open=Ouvrir", "undo=Annuler"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.before()
			called := ""
			err := h.Services.Notifier.Notify(t.Context(), "2 links copied", "a.png, Paste", [][2]string{{"open", "Open"}, {"undo", "Undo"}}, func(key string) { called = key })
			if err != nil || shown.title != c.want || shown.body != "a.png, Paste" || !slices.Equal(shown.labels, c.labels) {
				t.Errorf("shown is %+v, %v", shown, err)
			}
			if shown.chosen("undo"); called != "undo" {
				t.Errorf("a click on an action gives %q", called)
			}
		})
	}
	t.Run("where there is no notifier, there is none afterwards", func(t *testing.T) {
		h := &wire.House{}
		speakNotes(h)(set)
		if h.Services.Notifier != nil {
			t.Error("there is one")
		}
	})
}
