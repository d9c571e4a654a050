//go:build !linux && !windows

package integrate

import (
	"context"
	"errors"
)

// ByHand is errors.ErrUnsupported with what a person can do: on macOS, a Quick
// Action.
type ByHand struct{ Words string }

func (e *ByHand) Error() string { return e.Words }

// Unwrap is errors.ErrUnsupported.
func (e *ByHand) Unwrap() error { return errors.ErrUnsupported }

func install(_ context.Context, c Config) ([]Change, error) {
	return nil, &ByHand{"menus of this system cannot be extended from here; by hand:\n" + QuickAction(c)}
}

func remove(context.Context, Config) ([]Change, error) {
	return nil, &ByHand{"nothing was installed here by Upshot; a Quick Action is removed in ~/Library/Services"}
}
