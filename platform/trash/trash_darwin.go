package trash

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// move renames into the home's Trash; a file of another volume, or a Trash
// that may not be touched, is left to the Finder.
func move(ctx context.Context, path string, info fs.FileInfo) error {
	home, err := os.UserHomeDir()
	if err != nil {
		return err
	}
	err = rename(path, filepath.Join(home, ".Trash"))
	if !errors.Is(err, syscall.EXDEV) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if info.Mode().Type() == fs.ModeSymlink {
		return errNoTrash // the Finder would take what the link leads to
	}
	cmd := exec.CommandContext(ctx, "/usr/bin/osascript",
		"-e", "on run argv",
		"-e", "tell application \"Finder\" to delete (POSIX file (item 1 of argv) as alias)",
		"-e", "end run", "--", path)
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("the Finder did not take it (%v): %w", err, errNoTrash)
	}
	return nil
}

// rename gives the file a name that is free in the Trash.
func rename(path, trash string) error {
	base := filepath.Base(path)
	ext := filepath.Ext(base)
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name = fmt.Sprintf("%s %d%s", strings.TrimSuffix(base, ext), n, ext)
		}
		err := unix.RenamexNp(path, filepath.Join(trash, name), unix.RENAME_EXCL)
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
}
