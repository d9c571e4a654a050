// Package autostart makes a program start when the person logs in: by an XDG
// autostart entry on Linux, the Run key on Windows, a LaunchAgent on macOS.
// The system's own list of such programs shows it, and what the person
// switches off there counts as off here.
//
// It imports nothing of Upshot and starts no goroutine.
package autostart

import (
	"errors"
	"path/filepath"
)

// Config says what starts.
type Config struct {
	ID      string   // reverse domain name, names the entry; "" is com.images_uploader.Upshot
	Name    string   // for people; "" is Upshot
	Comment string   // for people, one line
	Icon    string   // name or path of an icon
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
	if len(c.Command) == 0 || !filepath.IsAbs(c.Command[0]) {
		return nil, errors.New("start at login: the program needs an absolute path")
	}
	return &Autostart{c}, nil
}
