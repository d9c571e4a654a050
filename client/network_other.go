//go:build !windows

package client

import "syscall"

func refusedErrors() []error { return []error{syscall.ECONNREFUSED} }
func unreachableErrors() []error {
	return []error{syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN}
}
func resetErrors() []error { return []error{syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED} }
