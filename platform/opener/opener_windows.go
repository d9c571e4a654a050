package opener

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/windows"
)

// Ready says that links can be opened.
func (o *Opener) Ready() error { return nil }

func (o *Opener) openURL(_ context.Context, address string) error {
	verb, err := windows.UTF16PtrFromString("open")
	if err != nil {
		return err
	}
	target, err := windows.UTF16PtrFromString(address)
	if err != nil {
		return err
	}
	if err := windows.ShellExecute(0, verb, target, nil, nil, windows.SW_SHOWNORMAL); err != nil {
		return fmt.Errorf("no program could open it (%v): %w", err, errors.ErrUnsupported)
	}
	return nil
}

func (o *Opener) showFile(_ context.Context, path string) error {
	directory, err := windows.GetSystemWindowsDirectory()
	if err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(directory, "explorer.exe"))
	cmd.Env = o.environ()
	// Explorer reads its own line: the quotes go around the path only. No
	// file name has a quote in it.
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: `explorer.exe /select,"` + path + `"`}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("show the file: %w", err)
	}
	go cmd.Wait() // its exit code is 1, whatever happens
	return nil
}
