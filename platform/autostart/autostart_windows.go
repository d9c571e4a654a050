package autostart

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

const (
	runKey = `Software\Microsoft\Windows\CurrentVersion\Run`
	// approvedKey is where the Task Manager keeps what was switched off there.
	approvedKey = `Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run`
)

// Enable writes the entry.
func (a *Autostart) Enable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var line []string
	for _, arg := range a.c.Command {
		line = append(line, syscall.EscapeArg(arg))
	}
	key, _, err := registry.CreateKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if err != nil {
		return fmt.Errorf("start at login: %w", err)
	}
	defer key.Close()
	if err := key.SetStringValue(a.c.Name, strings.Join(line, " ")); err != nil {
		return fmt.Errorf("start at login: %w", err)
	}
	return a.remove(approvedKey) // the person wants it again
}

// Disable takes the entry away; it need not be there.
func (a *Autostart) Disable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.remove(runKey)
}

func (a *Autostart) remove(path string) error {
	key, err := registry.OpenKey(registry.CURRENT_USER, path, registry.SET_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("change what starts at login: %w", err)
	}
	defer key.Close()
	if err := key.DeleteValue(a.c.Name); err != nil && !errors.Is(err, registry.ErrNotExist) {
		return fmt.Errorf("change what starts at login: %w", err)
	}
	return nil
}

func (a *Autostart) look(context.Context) (state, error) {
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return absent, nil
	}
	if err != nil {
		return absent, err
	}
	defer key.Close()
	line, _, err := key.GetStringValue(a.c.Name)
	if errors.Is(err, registry.ErrNotExist) {
		return absent, nil
	}
	if err != nil {
		return absent, err
	}
	if switchedOff(a.c.Name) {
		return off, nil
	}
	if words, err := windows.DecomposeCommandLine(line); err == nil && len(words) > 0 {
		if _, err := os.Stat(words[0]); errors.Is(err, fs.ErrNotExist) {
			return stale, nil
		}
	}
	return on, nil
}

// switchedOff says whether the person has switched an entry off in the Task
// Manager: an odd first byte is off.
func switchedOff(name string) bool {
	approved, err := registry.OpenKey(registry.CURRENT_USER, approvedKey, registry.QUERY_VALUE)
	if err != nil {
		return false // nothing was ever switched off
	}
	defer approved.Close()
	state, _, err := approved.GetBinaryValue(name)
	return err == nil && len(state) > 0 && state[0]%2 != 0
}
