package keyring

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/windows"
)

// asker asks nothing: the system does it by itself.
type asker struct{}

// unlock has nothing to do: the credential manager is open while the person
// is logged in.
func (asker) unlock(context.Context, bool) error { return nil }

func systemError(err error) error {
	// A service, or a network logon, has no credential set of its own.
	if errors.Is(err, windows.ERROR_NO_SUCH_LOGON_SESSION) {
		return fmt.Errorf("this logon has no credential manager: %w", errors.ErrUnsupported)
	}
	return err // access denied already is fs.ErrPermission
}
