// Package trayhost tells whether the desktop has a place for tray icons, and
// when that desktop goes.
//
// On Linux that place is a StatusNotifierHost on the session bus (KDE, Xfce,
// Cinnamon, waybar; GNOME only with an extension); on Windows the taskbar; on
// macOS it is always there. It imports nothing of ours, and godbus. Its
// goroutines end with the call.
package trayhost

import (
	"context"
	"fmt"
)

// Present reports whether something shows tray icons now. The error wraps
// errors.ErrUnsupported when there is no desktop to ask at all (on Linux: no
// session bus). It never starts a bus.
func Present(ctx context.Context) (bool, error) {
	there, err := present(ctx)
	if err != nil {
		return false, fmt.Errorf("look for a tray: %w", err)
	}
	return there, nil
}

// Lost returns nil once the desktop that is there now has gone (on Linux: its
// session bus), and the context's error when ctx ends before. An error that
// wraps errors.ErrUnsupported says that there is none. On Windows and macOS
// the desktop never goes while a program runs in it.
func Lost(ctx context.Context) error {
	if err := lost(ctx); err != nil {
		return fmt.Errorf("watch the desktop: %w", err)
	}
	return nil
}
