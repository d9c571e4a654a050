//go:build !linux

package watcher

import (
	"errors"
	"fmt"
)

// Headroom is errors.ErrUnsupported where the system sets no such limit.
func Headroom() (Room, error) {
	return Room{}, fmt.Errorf("limits on watched folders: %w", errors.ErrUnsupported)
}
