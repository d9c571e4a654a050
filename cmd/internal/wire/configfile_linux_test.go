package wire

import (
	"os"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Reading a pipe would wait for ever for somebody who writes it.
func TestAPipeInTheFilesPlaceHoldsNobodyUp(t *testing.T) {
	s, path := saved(t)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	got, _, err := s.Load()
	if err != nil || !cmp.Equal(got, full()) {
		t.Fatalf("%+v, %v", got, err)
	}
	if n := told(t, s); n.ID != noticeUnreadable {
		t.Errorf("told: %+v", n)
	}
	refusedIn(t, s, "it is not a regular file")
}
