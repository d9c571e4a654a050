//go:build !linux && !windows && !darwin

package trash

import (
	"context"
	"io/fs"
)

func move(context.Context, string, fs.FileInfo) error { return errNoTrash }
