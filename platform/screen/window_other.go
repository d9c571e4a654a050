//go:build !linux && !windows

package screen

import (
	"errors"
	"fmt"
)

func (l library) activeWindow() (window, error) {
	return window{}, fmt.Errorf("the active window cannot be told from here; capture a region: %w", errors.ErrUnsupported)
}
