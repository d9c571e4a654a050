// Package integrate puts Upshot where a person of the system looks for it:
// into the menus of the file managers, "Open with", the list of programs, and
// (not switched on) the services of a machine without a desktop. All of it is
// for this person only and needs no rights beyond theirs.
//
// Install keeps a list of what it touched, and Remove takes away exactly that:
// what somebody else put there, or changed since, stays, and is told.
//
// "Open with" never makes Upshot the program of a double click, which would
// publish a picture that somebody only wanted to look at: where nobody has
// chosen a program for a kind of file, the one that opened it so far is
// written down as chosen.
//
// It imports nothing of Upshot and starts no goroutine; on Linux it runs the
// desktop's own tools that refresh its lists, where they are installed.
package integrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// id names our files, as the window names itself to the desktop.
const id = "com.images_uploader.Upshot"

// Config is what is installed, and where.
type Config struct {
	Program string   // the absolute path of upshot
	Window  string   // the absolute path of upshot-gui; "" is Program with the word gui
	Upload  []string // what stands between Program and the files; nil is upload --detach --
	List    string   // the absolute path of the file that says what was touched (JSON)
	Icons   []Icon   // the app's mark

	Getenv func(string) string // nil is os.Getenv
}

// Icon is one size of the app's mark.
type Icon struct {
	Size int    // pixels a side of a PNG; 0 is an SVG
	Data []byte // the file
}

// Did is what became of one thing.
type Did string

// What becomes of things.
const (
	Created   Did = "created"
	Updated   Did = "updated" // it was there, and was ours
	Unchanged Did = "unchanged"
	Removed   Did = "removed"
	Kept      Did = "kept" // it is not ours, or was changed by hand: Why says which
	Gone      Did = "gone" // it was to be removed, and was not there any more
)

// Change is what was done with one file.
type Change struct {
	Path string `json:"path"`
	What string `json:"what"` // for people: "entry in the menu of Nautilus"
	Did  Did    `json:"did"`
	Why  string `json:"why,omitempty"`
}

// Install puts everything in place, or up to date. What cannot be done does
// not keep the rest from being done: the errors come together with the
// changes. Where nothing can be installed it is errors.ErrUnsupported, with
// words that say what to do by hand.
func Install(ctx context.Context, c Config) ([]Change, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	return install(ctx, c)
}

// Remove takes away what Install has put there. Of Config it needs List only.
func Remove(ctx context.Context, c Config) ([]Change, error) {
	if c.Getenv == nil {
		c.Getenv = os.Getenv
	}
	if !filepath.IsAbs(c.List) {
		return nil, errors.New("integrate: the list of what was touched needs an absolute path")
	}
	return remove(ctx, c)
}

func (c Config) complete() (Config, error) {
	if c.Getenv == nil {
		c.Getenv = os.Getenv
	}
	if c.Upload == nil {
		c.Upload = []string{"upload", "--detach", "--"}
	}
	for _, path := range []string{c.Program, cmp.Or(c.Window, c.Program), c.List} {
		if !filepath.IsAbs(path) {
			return c, fmt.Errorf("integrate: %q is not an absolute path", path)
		}
		if !utf8.ValidString(path) || strings.ContainsAny(path, "\x00\r\n") {
			return c, fmt.Errorf("integrate: the path %q cannot be written into a menu; put the program elsewhere", path)
		}
	}
	return c, nil
}

// upload is the command that uploads the files that are added to it.
func (c Config) upload() []string { return append([]string{c.Program}, c.Upload...) }

// window is the command that opens the window.
func (c Config) window() []string {
	if c.Window != "" {
		return []string{c.Window}
	}
	return []string{c.Program, "gui"}
}
