// Package trash puts files into the system's trash: the freedesktop.org trash
// on Linux (of the home, or of the volume the file is on), the recycle bin on
// Windows, the Trash on macOS. A file is moved or left alone; where there is no
// trash for it, it is never deleted instead.
//
// Failures: fs.ErrNotExist (the file has gone), errors.ErrUnsupported (there is
// no trash for that volume), fs.ErrPermission.
//
// It imports nothing of Upshot and starts no goroutine.
package trash

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Config is what New needs; its zero value is right.
type Config struct{}

// Trash is the person's trash.
type Trash struct{}

// New returns the trash.
func New(Config) *Trash { return &Trash{} }

// Trash puts one file into the trash. A link is taken itself, not what it
// leads to; folders are refused.
func (t *Trash) Trash(ctx context.Context, path string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	info, err := os.Lstat(abs)
	if err != nil {
		return fmt.Errorf("move to the trash: %w", err)
	}
	if info.IsDir() {
		return fmt.Errorf("move to the trash: %s is a folder", abs)
	}
	if err := move(ctx, abs, info); err != nil {
		return fmt.Errorf("move to the trash: %w", err)
	}
	return nil
}

var errNoTrash = fmt.Errorf("this volume has no trash: %w", errors.ErrUnsupported)
