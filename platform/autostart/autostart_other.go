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

func (a *Autostart) look(context.Context) (state, error) { return absent, errUnknown }
