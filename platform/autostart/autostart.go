// Package autostart makes a program start when the person logs in: by an XDG
// autostart entry on Linux, the Run key on Windows, a LaunchAgent on macOS.
// The system's own list of such programs shows it, and what the person
// switches off there counts as off here; so does an entry whose program is not
// where it was: Enable writes it anew, and so does Mend.
//
// It imports nothing of Upshot and starts no goroutine.
package autostart

import (
	"context"
	"errors"
	"path/filepath"
)

// Config says what starts.
type Config struct {
	ID      string   // reverse domain name, names the entry; "" is com.images_uploader.Upshot
	Name    string   // for people; "" is Upshot
	Comment string   // for people, one line
	Icon    string   // name or path of an icon; "" is Upshot's
	Command []string // an absolute path, and arguments
}

// Autostart is one program's entry.
type Autostart struct{ c Config }

// New returns the entry. It does not touch it.
func New(c Config) (*Autostart, error) {
	if c.ID == "" {
		c.ID = "com.images_uploader.Upshot"
	}
	if c.Name == "" {
		c.Name = "Upshot"
	}
	if c.Icon == "" {
		c.Icon = "com.images_uploader.Upshot"
	}
	if len(c.Command) == 0 || !filepath.IsAbs(c.Command[0]) {
		return nil, errors.New("start at login: the program needs an absolute path")
	}
	return &Autostart{c}, nil
}

// state is how an entry stands.
type state int

const (
	absent state = iota // there is none
	off                 // the person has switched it off in the system's list
	stale               // its program was moved, or taken away
	on
)

// Enabled says whether it starts at the next login.
func (a *Autostart) Enabled(ctx context.Context) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s, err := a.look(ctx)
	return s == on, err
}

// Mend writes an entry anew that is wanted, but whose program was moved, and
// says whether it did.
func (a *Autostart) Mend(ctx context.Context) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s, err := a.look(ctx)
	if err != nil || s != stale {
		return false, err
	}
	if err := a.Enable(ctx); err != nil {
		return false, err
	}
	return true, nil
}
