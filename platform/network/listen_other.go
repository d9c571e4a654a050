//go:build !linux

package network

import "errors"

func listen(chan<- struct{}) (stop func(), err error) { return nil, errors.ErrUnsupported }
