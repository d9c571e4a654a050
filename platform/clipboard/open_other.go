//go:build !linux

package clipboard

import (
	"context"
	"fmt"
)

// systemKeeps says whether what was copied outlives the program that did it.
const systemKeeps = true

// The clipboard is always there; another program may hold it open.
var errUnavailable = fmt.Errorf("another program holds the clipboard: %w", context.DeadlineExceeded)

func (c *Clipboard) open(context.Context) (backend, error) { return openLibrary() }
