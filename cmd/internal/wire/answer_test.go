//go:build unix

package wire

import (
	"os"
	"testing"
	"time"

	"images-uploader.com/upshot/client/uploader"
)

// house is a house of its own, without a desktop.
func house(t *testing.T) *House {
	t.Helper()
	dir, err := os.MkdirTemp("", "upw") // short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("UPSHOT_HOME", dir)
	h, err := Open(Config{Version: "test", Services: Services{Keys: Desktop().Keys}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func TestAnAgentOpensItsSocketAgainWhenItsFileHasGone(t *testing.T) {
	h := house(t)
	h.look = 5 * time.Millisecond
	a, err := h.Attach(t.Context(), As{Role: uploader.RoleAgent})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	client := func() *Attached {
		t.Helper()
		c, err := h.Attach(t.Context(), As{Role: uploader.RoleCommand, Client: true})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	before := client()
	defer before.Close()
	for range 2 {
		if err := os.Remove(h.Dirs.Socket); err != nil {
			t.Fatal(err)
		}
		after := client()
		if _, err := after.Snapshot(t.Context(), uploader.None{}); err != nil {
			t.Errorf("a client that comes afterwards: %v", err)
		}
		after.Close()
	}
	if _, err := before.Snapshot(t.Context(), uploader.None{}); err != nil {
		t.Errorf("a client that was there before: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Errorf("the agent's end: %v", err)
	}
}
