package notify

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"git.sr.ht/~jackmordaunt/go-toast/wintoast"
)

// Notifier shows toasts.
type Notifier struct {
	config Config
	mu     sync.Mutex // the library keeps its state in package variables
}

// New returns the notifier.
func New(c Config) *Notifier {
	c.App = cmp.Or(c.App, "Upshot")
	return &Notifier{config: c}
}

// Ready says that notifications are shown, without buttons; whether the person
// has switched them off is not told.
func (n *Notifier) Ready(ctx context.Context) (buttons bool, err error) { return false, ctx.Err() }

// Close has nothing to close.
func (n *Notifier) Close() error { return nil }

// Notify shows a toast, without buttons: Windows would start a registered
// program for them.
func (n *Notifier) Notify(ctx context.Context, title, body string, _ [][2]string, _ func(key string)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	text, err := toast(title, body)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		runtime.LockOSThread() // the Windows Runtime is opened on it, and it must not serve others
		done <- n.push(text)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return fmt.Errorf("what shows notifications does not answer: %w", context.DeadlineExceeded)
		}
		return ctx.Err()
	}
}

func (n *Notifier) push(text string) error {
	data := wintoast.AppData{AppID: n.config.App}
	if filepath.IsAbs(n.config.Icon) {
		data.IconPath = n.config.Icon
	}
	if err := wintoast.SetAppData(data); err != nil {
		return fmt.Errorf("register for notifications: %w", err)
	}
	// Without its fallback, which is a PowerShell script.
	if err := wintoast.Push(text); err != nil {
		return fmt.Errorf("this Windows shows no toasts (%v): %w", err, errors.ErrUnsupported)
	}
	return nil
}

// toast is the XML that describes one.
func toast(title, body string) (string, error) {
	var b strings.Builder
	b.WriteString(`<toast><visual><binding template="ToastGeneric">`)
	for _, text := range []string{clean(title, false), clean(body, true)} {
		b.WriteString("<text>")
		if err := xml.EscapeText(&b, []byte(text)); err != nil {
			return "", err
		}
		b.WriteString("</text>")
	}
	b.WriteString(`</binding></visual><audio silent="true"/></toast>`)
	return b.String(), nil
}
