//go:build !linux && !windows && !darwin

package keyring

import "context"

func (k *Keyring) unlock(context.Context, bool) error { return nil }

func systemError(err error) error { return err }
