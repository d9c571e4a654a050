//go:build !linux && !windows && !darwin

package autostart

import (
	"context"
	"errors"
	"fmt"
)

var errUnknown = fmt.Errorf("starting at login is not known for this system: %w", errors.ErrUnsupported)

// Enable fails with errors.ErrUnsupported.
func (a *Autostart) Enable(context.Context) error { return errUnknown }

// Disable fails with errors.ErrUnsupported.
func (a *Autostart) Disable(context.Context) error { return errUnknown }

// Enabled fails with errors.ErrUnsupported.
func (a *Autostart) Enabled(context.Context) (bool, error) { return false, errUnknown }
