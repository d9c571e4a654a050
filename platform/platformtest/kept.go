package platformtest

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
)

// KeepingClipboard is the port of a clipboard that can be put back as it was.
type KeepingClipboard interface {
	ClipboardPort
	Keep(ctx context.Context) (restore func(context.Context) error, err error)
}

// The most that a clipboard keeps.
const (
	keptText  = 64 << 10
	keptImage = 8 << 20
)

// PutSecret stands for a password manager that copies a password, and marks it.
func (c *Clipboard) PutSecret(text string) {
	c.take(func() { c.text, c.secret = text, true })
}

// Keep remembers what is on it.
func (c *Clipboard) Keep(ctx context.Context) (restore func(context.Context) error, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	empty := c.text == "" && len(c.files) == 0 && len(c.data) == 0
	if err := c.state(ctx, empty || c.secret || len(c.text) > keptText || len(c.data) > keptImage); err != nil {
		return nil, err
	}
	text, files, data, ext := c.text, slices.Clone(c.files), bytes.Clone(c.data), c.ext
	return func(ctx context.Context) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if err := c.state(ctx, false); err != nil {
			return err
		}
		c.clear()
		c.text, c.files, c.data, c.ext, c.lost = text, files, data, ext, make(chan struct{})
		return nil
	}, nil
}

// TestKeptClipboard is the contract of a clipboard that can be put back. open
// returns one that is empty and a program beside it.
func TestKeptClipboard(t *testing.T, open func(t *testing.T) (KeepingClipboard, ClipboardPeer)) {
	ctx := t.Context()
	c, peer := open(t)
	again := func(t *testing.T) {
		t.Helper()
		restore, err := c.Keep(ctx)
		if err != nil {
			t.Fatalf("Keep: %v", err)
		}
		if err := c.SetText(ctx, "https://example.com/our.png"); err != nil {
			t.Fatal(err)
		}
		if err := restore(ctx); err != nil {
			t.Fatalf("restore: %v", err)
		}
	}
	wantNothing := func(t *testing.T) {
		t.Helper()
		if _, err := c.Keep(ctx); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Keep: %v, want fs.ErrNotExist", err)
		}
	}
	t.Run("an empty one has nothing to keep", wantNothing)
	t.Run("text comes back", func(t *testing.T) {
		peer.PutText("Zürich 🦊")
		again(t)
		if got := peer.SeenText(); got != "Zürich 🦊" {
			t.Errorf("another program pastes %q", got)
		}
	})
	t.Run("files come back", func(t *testing.T) {
		peer.PutFiles("/tmp/a b.png", "/tmp/ä.png")
		again(t)
		if got, err := c.Files(ctx); err != nil || !slices.Equal(got, []string{"/tmp/a b.png", "/tmp/ä.png"}) {
			t.Errorf("Files: %q, %v", got, err)
		}
	})
	t.Run("a picture comes back", func(t *testing.T) {
		picture := Noise(600, 400) // more than one piece on an X server
		peer.PutImage(picture)
		again(t)
		got, ext, err := c.Image(ctx)
		if err != nil || ext != "png" || len(got) == 0 {
			t.Fatalf("Image: %d bytes of %q, %v", len(got), ext, err)
		}
		samePicture(t, got, picture)
	})
	t.Run("a text of more than 64 KB is not kept", func(t *testing.T) {
		peer.PutText(strings.Repeat("x", keptText+1))
		wantNothing(t)
	})
	t.Run("a picture of more than 8 MB is not kept", func(t *testing.T) {
		picture := Noise(1900, 1600)
		if len(picture) <= keptImage {
			t.Fatalf("it has only %d bytes", len(picture))
		}
		peer.PutImage(picture)
		wantNothing(t)
	})
	t.Run("a call whose context has ended fails with its error", func(t *testing.T) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := c.Keep(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("Keep: %v", err)
		}
	})
}
