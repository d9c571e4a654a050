package client

import "golang.org/x/sys/windows"

func refusedErrors() []error { return []error{windows.WSAECONNREFUSED} }

func unreachableErrors() []error {
	return []error{windows.WSAENETUNREACH, windows.WSAEHOSTUNREACH, windows.WSAENETDOWN}
}

func resetErrors() []error { return []error{windows.WSAECONNRESET, windows.WSAECONNABORTED} }
