// Package keyring keeps secrets in the system's own keyring: the Secret
// Service on Linux, the credential manager on Windows, the keychain on macOS.
// It never falls back to a file.
//
// Every call is bounded by its context, though the keyring itself may block
// for as long as a person looks at its password window. Such a window is
// asked for once: calls that come meanwhile wait for the same answer, and a
// call that gives up leaves it open for the next.
//
// Failures speak the standard library's words: fs.ErrNotExist (no such
// entry), errors.ErrUnsupported (there is no keyring here),
// context.DeadlineExceeded (it is locked, or did not answer in time) and
// fs.ErrPermission (the person refused; asking again at once would only open
// the window again). No error holds a secret.
//
// It imports nothing of Upshot. Each call runs in a goroutine of its own,
// which ends when the keyring answers; at most four wait at a time. The one
// that waits for a password window ends with its answer, or after two minutes.
package keyring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	keyring "github.com/zalando/go-keyring"
)

// Config is what New needs; the zero value is right for Upshot.
type Config struct {
	Service string // the name that entries are filed under; "" is upshot
}

// Keyring is the person's keyring, opened anew by each call.
type Keyring struct {
	service string
	slots   chan struct{} // bounds the calls that a keyring keeps waiting
	asker
}

// New returns the keyring. It does not touch it.
func New(c Config) *Keyring {
	if c.Service == "" {
		c.Service = "upshot"
	}
	return &Keyring{service: c.Service, slots: make(chan struct{}, 4)}
}

// Get returns the secret of entry id.
func (k *Keyring) Get(ctx context.Context, id string) (string, error) {
	return call(ctx, k, "read from the keyring", false, func() (string, error) { return keyring.Get(k.service, id) })
}

// Set stores a secret as entry id, in place of what was there.
func (k *Keyring) Set(ctx context.Context, id, secret string) error {
	_, err := call(ctx, k, "store in the keyring", true, func() (struct{}, error) {
		return struct{}{}, keyring.Set(k.service, id, secret)
	})
	return err
}

// Delete takes entry id away.
func (k *Keyring) Delete(ctx context.Context, id string) error {
	_, err := call(ctx, k, "delete from the keyring", false, func() (struct{}, error) {
		return struct{}{}, keyring.Delete(k.service, id)
	})
	return err
}

// call runs f, which knows no context, for as long as ctx lasts.
func call[T any](ctx context.Context, k *Keyring, doing string, writes bool, f func() (T, error)) (T, error) {
	var none T
	if err := k.unlock(ctx, writes); err != nil {
		return none, fmt.Errorf("%s: %w", doing, err)
	}
	select {
	case k.slots <- struct{}{}:
	case <-ctx.Done():
		return none, fmt.Errorf("%s: %w", doing, silent(ctx))
	}
	type answer struct {
		value T
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		defer func() { <-k.slots }()
		v, err := f()
		answered <- answer{v, err}
	}()
	select {
	case a := <-answered:
		if a.err != nil {
			return none, fmt.Errorf("%s: %w", doing, inWords(a.err))
		}
		return a.value, nil
	case <-ctx.Done():
		return none, fmt.Errorf("%s: %w", doing, silent(ctx))
	}
}

// silent is the error of a call whose time has run out.
func silent(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("the keyring did not answer; it may be waiting for its password: %w", context.DeadlineExceeded)
	}
	return ctx.Err()
}

// inWords gives an error of the library one of the shared words.
func inWords(err error) error {
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return fmt.Errorf("there is no such entry: %w", fs.ErrNotExist)
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return fmt.Errorf("the secret is too long for this keyring: %w", err)
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		return fmt.Errorf("no keyring is known for this system: %w", errors.ErrUnsupported)
	default:
		return systemError(err)
	}
}
