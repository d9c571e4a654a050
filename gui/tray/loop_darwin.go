package tray

import (
	"context"

	"fyne.io/systray"
)

// desktop is always there for a program that a person has started.
func desktop(context.Context) error { return nil }

// loop shows the tray. It blocks the main thread, where macOS wants its event
// loop, and leaves the left click alone: there it opens the menu.
func (t *Tray) loop(ctx context.Context) error {
	attended := make(chan struct{})
	systray.Run(func() {
		t.build()
		t.attend(ctx)
		close(attended)
		systray.Quit()
	}, nil)
	if ctx.Err() == nil {
		return errLost
	}
	<-attended
	return nil
}

func label(text string) string { return text }

func picture(png, _ []byte) []byte { return png }
