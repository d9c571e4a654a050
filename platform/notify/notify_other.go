//go:build !linux && !windows && !darwin

package notify

import (
	"context"
	"errors"
	"fmt"
)

// Notifier shows nothing on this system.
type Notifier struct{}

// New returns the notifier.
func New(Config) *Notifier { return &Notifier{} }

// Close has nothing to close.
func (n *Notifier) Close() error { return nil }

var errUnknown = fmt.Errorf("notifications are not known for this system: %w", errors.ErrUnsupported)

// Ready fails with errors.ErrUnsupported.
func (n *Notifier) Ready(context.Context) (buttons bool, err error) { return false, errUnknown }

// Notify fails with errors.ErrUnsupported.
func (n *Notifier) Notify(context.Context, string, string, [][2]string, func(string)) error {
	return errUnknown
}
