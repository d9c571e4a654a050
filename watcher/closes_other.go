//go:build !linux

package watcher

import "errors"

func (disk) closes() (closes, error) { return nil, errors.ErrUnsupported }
