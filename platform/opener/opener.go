// Package opener opens links and shows files with the person's own programs:
// the browser, and the file manager with the file selected.
//
// What it starts gets a session of its own and none of our secrets, and lives
// on when we end. Failures: errors.ErrUnsupported (nothing here can open it),
// fs.ErrNotExist (the file has gone).
//
// It imports nothing of Upshot. One goroutine waits for each program that was
// started, until that program ends.
package opener

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// Config is what New needs; its zero value is right for Upshot.
type Config struct {
	// Secrets are the variables that are taken out of the environment of what
	// is started; nil is UPSHOT_KEY.
	Secrets []string
}

// Opener opens links and shows files.
type Opener struct{ secrets []string }

// New returns the opener.
func New(c Config) *Opener {
	if c.Secrets == nil {
		c.Secrets = []string{"UPSHOT_KEY"}
	}
	return &Opener{secrets: c.Secrets}
}

// ErrNotALink is for what is not an http or https address.
var ErrNotALink = errors.New("only http and https addresses are opened")

// OpenURL opens an http or https address in the browser.
func (o *Opener) OpenURL(ctx context.Context, address string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" ||
		strings.ContainsFunc(address, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return ErrNotALink
	}
	return o.openURL(ctx, u.String())
}

// ShowFile shows a file in the file manager.
func (o *Opener) ShowFile(ctx context.Context, path string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(abs); err != nil {
		return fmt.Errorf("show the file: %w", err)
	}
	return o.showFile(ctx, abs)
}

// environ is ours without the secrets.
func (o *Opener) environ() []string {
	return slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.ContainsFunc(o.secrets, func(s string) bool { return strings.EqualFold(s, name) })
	})
}
