package integrate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/windows"
)

func install(ctx context.Context, c Config) ([]Change, error) {
	dir, err := windows.KnownFolderPath(windows.FOLDERID_SendTo, 0)
	if err != nil {
		return nil, fmt.Errorf("find the menu Send to: %w", err)
	}
	var args []string
	for _, arg := range c.Upload {
		args = append(args, syscall.EscapeArg(arg)) // the files come behind them
	}
	data, err := shortcut(c.Program, strings.Join(args, " "))
	if err != nil {
		return nil, fmt.Errorf("make the shortcut of Send to: %w", err)
	}
	return installAll(ctx, c, []file{{filepath.Join(dir, "Upshot.lnk"), "entry of the menu Send to", 0o600, data}}, nil)
}

func remove(ctx context.Context, c Config) ([]Change, error) {
	none := func(t touched, _ *list) ([]Change, error) {
		return nil, fmt.Errorf("the list of what was installed has a %s, which is not of this system: %w", t.Kind, errors.ErrUnsupported)
	}
	return removeAll(ctx, c, none, func(*list) []Change { return nil })
}

// shortcut is a .lnk file, as the shell itself writes it.
func shortcut(program, args string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "upshot")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "Upshot.lnk")
	if err := saveShellLink(path, program, args); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}
