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
	var silent error
	if wayland {
		found, err := hasDataControl(ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if found {
			return openLibrary()
		}
		silent = err
	}
	if x11Display {
		return x11{limit: c.limit}, nil
	}
	if silent != nil {
		return nil, errUnavailable
	}
	if wayland {
		return nil, fmt.Errorf("this desktop lets only its windows use the clipboard: %w", errors.ErrUnsupported)
	}
	return nil, errNoDisplay
}
