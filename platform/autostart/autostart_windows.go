package autostart

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

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

// Enabled says whether it starts at the next login.
func (a *Autostart) Enabled(ctx context.Context) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer key.Close()
	if _, _, err := key.GetStringValue(a.c.Name); errors.Is(err, registry.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	approved, err := registry.OpenKey(registry.CURRENT_USER, approvedKey, registry.QUERY_VALUE)
	if err != nil {
		return true, nil // nothing was ever switched off
	}
	defer approved.Close()
	state, _, err := approved.GetBinaryValue(a.c.Name)
	// An odd first byte is off.
	return err != nil || len(state) == 0 || state[0]%2 == 0, nil
}
