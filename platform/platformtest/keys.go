package platformtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
)

// KeysPort is the port that a keyring keeps.
type KeysPort interface {
	Get(ctx context.Context, id string) (string, error)
	Set(ctx context.Context, id, secret string) error
	Delete(ctx context.Context, id string) error
}

// Keys is a keyring in memory; the zero value is empty and open.
type Keys struct {
	mu      sync.Mutex
	secrets map[string]string
	fail    error
}

// Fail makes every call fail with err, as a locked or absent keyring does
// (nil: no more).
func (k *Keys) Fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fail = err
}

// Get returns the secret of entry id.
func (k *Keys) Get(ctx context.Context, id string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.ready(ctx); err != nil {
		return "", err
	}
	s, ok := k.secrets[id]
	if !ok {
		return "", fmt.Errorf("there is no such entry: %w", fs.ErrNotExist)
	}
	return s, nil
}

// Set stores a secret as entry id.
func (k *Keys) Set(ctx context.Context, id, secret string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.ready(ctx); err != nil {
		return err
	}
	if k.secrets == nil {
		k.secrets = map[string]string{}
	}
	k.secrets[id] = secret
	return nil
}

// Delete takes entry id away.
func (k *Keys) Delete(ctx context.Context, id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.ready(ctx); err != nil {
		return err
	}
	if _, ok := k.secrets[id]; !ok {
		return fmt.Errorf("there is no such entry: %w", fs.ErrNotExist)
	}
	delete(k.secrets, id)
	return nil
}

func (k *Keys) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return k.fail
}

// TestKeys is the contract of a keyring. open returns one that is open and
// has none of the entries used here.
func TestKeys(t *testing.T, open func(t *testing.T) KeysPort) {
	ctx := t.Context()
	t.Run("an entry that was never stored does not exist", func(t *testing.T) {
		if _, err := open(t).Get(ctx, "nobody"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Get: %v, want fs.ErrNotExist", err)
		}
		if err := open(t).Delete(ctx, "nobody"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Delete: %v, want fs.ErrNotExist", err)
		}
	})
	t.Run("what was stored is read back", func(t *testing.T) {
		k := open(t)
		for id, secret := range map[string]string{
			"plain":                "chv_abc123",
			"an id with ä/€ and #": "a key with \"quotes\", 'ticks' and ünïcode",
			"long":                 strings.Repeat("0123456789abcdef", 128),
		} {
			keep(t, k, id, secret)
			if got, err := k.Get(ctx, id); err != nil || got != secret {
				t.Errorf("%s: read back %d bytes, error %v, want the %d bytes stored", id, len(got), err, len(secret))
			}
		}
	})
	t.Run("storing again replaces", func(t *testing.T) {
		k := open(t)
		keep(t, k, "twice", "first")
		if err := k.Set(ctx, "twice", "second"); err != nil {
			t.Fatal(err)
		}
		if got, err := k.Get(ctx, "twice"); err != nil || got != "second" {
			t.Errorf("got %q, %v", got, err)
		}
	})
	t.Run("entries do not disturb each other", func(t *testing.T) {
		k := open(t)
		keep(t, k, "one", "1")
		keep(t, k, "two", "2")
		if err := k.Delete(ctx, "one"); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Get(ctx, "one"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the deleted one: %v", err)
		}
		if got, err := k.Get(ctx, "two"); err != nil || got != "2" {
			t.Errorf("the other one: %q, %v", got, err)
		}
		keep(t, k, "one", "1") // for the cleanup
	})
	t.Run("a call whose context has ended fails with its error", func(t *testing.T) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := open(t).Get(ended, "any"); !errors.Is(err, context.Canceled) {
			t.Errorf("Get: %v", err)
		}
	})
	t.Run("calls may come at once", func(t *testing.T) {
		k := open(t)
		var wg sync.WaitGroup
		for i := range 8 {
			id := fmt.Sprintf("parallel %d", i)
			wg.Go(func() {
				keep(t, k, id, id)
				if got, err := k.Get(ctx, id); err != nil || got != id {
					t.Errorf("%s: %q, %v", id, got, err)
				}
			})
		}
		wg.Wait()
	})
}

// keep stores an entry until the test ends.
func keep(t *testing.T, k KeysPort, id, secret string) {
	t.Helper()
	if err := k.Set(t.Context(), id, secret); err != nil {
		t.Errorf("Set %s: %v", id, err)
		return
	}
	t.Cleanup(func() { k.Delete(context.Background(), id) })
}
