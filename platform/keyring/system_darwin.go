package keyring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
)

// asker asks nothing: the system does it by itself.
type asker struct{}

// unlock has nothing to do: the program "security" asks by itself.
func (asker) unlock(context.Context, bool) error { return nil }

// The exit codes of "security" are the low byte of the system's error number.
const (
	exitLocked   = 36  // errSecInteractionNotAllowed, -25308
	exitAuth     = 51  // errSecAuthFailed, -25293
	exitCanceled = 128 // errSecUserCanceled, -128
)

func systemError(err error) error {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the program that opens the keychain is missing: %w", errors.ErrUnsupported)
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	switch exit.ExitCode() {
	case exitLocked:
		return fmt.Errorf("the keychain is locked: %w", context.DeadlineExceeded)
	case exitAuth, exitCanceled:
		return fmt.Errorf("the keychain's password was not given: %w", fs.ErrPermission)
	default:
		return err
	}
}
