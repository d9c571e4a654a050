package clipboard

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// systemKeeps says whether what was copied outlives the program that did it.
const systemKeeps = false

var (
	errUnavailable = fmt.Errorf("the clipboard cannot be reached: %w", errors.ErrUnsupported)
	errNoDisplay   = fmt.Errorf("there is no screen, so there is no clipboard: %w", errors.ErrUnsupported)
)

// open looks for the display at every call: a session may start after us, and
// end before.
func (c *Clipboard) open(ctx context.Context) (backend, error) {
	wayland, x11Display := os.Getenv("WAYLAND_DISPLAY") != "", os.Getenv("DISPLAY") != ""
	if wayland && hasDataControl(ctx) {
		return openLibrary()
	}
	if err := ctx.Err(); err != nil {
		return nil, err // it was not heard out
	}
	if x11Display {
		return x11{limit: c.limit}, nil
	}
	if wayland {
		return nil, fmt.Errorf("this desktop lets only its windows use the clipboard: %w", errors.ErrUnsupported)
	}
	return nil, errNoDisplay
}
