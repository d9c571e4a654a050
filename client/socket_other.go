//go:build !linux && !darwin

package client

import "syscall"

// tuneSocket leaves the socket as it is: these systems bound what lies unsent
// in it by themselves.
func tuneSocket(string, string, syscall.RawConn) error { return nil }
