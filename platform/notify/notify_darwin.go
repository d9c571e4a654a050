package notify

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// Notifier shows notifications by the system's script runner.
type Notifier struct{}

// New returns the notifier. macOS shows the runner's own name and icon.
func New(Config) *Notifier { return &Notifier{} }

// Ready says that notifications are shown, without buttons; whether the person
// has switched them off is not told.
func (n *Notifier) Ready(ctx context.Context) (buttons bool, err error) { return false, ctx.Err() }

// Close has nothing to close.
func (n *Notifier) Close() error { return nil }

// Notify shows a notification, without buttons. The texts are arguments of the
// script, not parts of it.
func (n *Notifier) Notify(ctx context.Context, title, body string, _ [][2]string, _ func(key string)) error {
	cmd := exec.CommandContext(ctx, "/usr/bin/osascript",
		"-e", "on run argv",
		"-e", "display notification (item 2 of argv) with title (item 1 of argv)",
		"-e", "end run",
		"--", clean(title, false), clean(body, true))
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("notifications cannot be shown here (%v): %w", err, errors.ErrUnsupported)
	}
	return nil
}
