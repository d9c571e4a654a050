package wire

import (
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// standIn makes a program that is run as upshot-gui.
func standIn(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if script != "" {
		if err := os.WriteFile(filepath.Join(dir, "upshot-gui"), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	t.Setenv("UPSHOT_KEY", "a secret of the environment")
}

func pickAt(ctx context.Context) (image.Rectangle, error) {
	return window{}.Pick(ctx, []image.Rectangle{image.Rect(-60, 0, 0, 50)}, []string{"/spool/frozen-1.part"})
}

func TestTheWindowIsGivenThePicturesAndAnswersARegion(t *testing.T) {
	standIn(t, `[ "$*" = "--pick-region -60,0,60,50=/spool/frozen-1.part" ] || { echo "given $*" >&2; exit 3; }
[ -z "$UPSHOT_KEY" ] || { echo "has the key" >&2; exit 4; }
echo "-10,5,7,9"`)
	got, err := pickAt(t.Context())
	if err != nil || got != image.Rect(-10, 5, -3, 14) {
		t.Errorf("picked %v, %v", got, err)
	}
}

func TestAWindowThatAnswersNothingIsWhoeverWantsNoRegion(t *testing.T) {
	standIn(t, "exit 0")
	if got, err := pickAt(t.Context()); err != nil || !got.Empty() {
		t.Errorf("picked %v, %v", got, err)
	}
}

func TestAWindowThatFailsIsSaidWithItsWords(t *testing.T) {
	for name, tt := range map[string]struct{ script, words string }{
		"it fails":             {"echo 'there is no display' >&2; echo more >&2; exit 1", "there is no display"},
		"it dies":              {"kill -9 $$", "killed"},
		"it answers nonsense":  {"echo hello", "is no region"},
		"it answers no region": {"echo 1,1,0,5", "is no region"},
	} {
		t.Run(name, func(t *testing.T) {
			standIn(t, tt.script)
			got, err := pickAt(t.Context())
			if err == nil || !got.Empty() || !strings.Contains(err.Error(), tt.words) || strings.Contains(err.Error(), "more") {
				t.Errorf("picked %v, %v", got, err)
			}
		})
	}
}

func TestWithoutAWindowARegionCannotBePicked(t *testing.T) {
	standIn(t, "")
	if _, err := pickAt(t.Context()); !errors.Is(err, errors.ErrUnsupported) || errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestAPickThatIsNotWantedAnyMoreEndsItsWindow(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	standIn(t, "echo $$ >"+pid+".new; mv "+pid+".new "+pid+"; exec sleep 600")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := pickAt(ctx)
		ended <- err
	}()
	deadline := time.Now().Add(10 * time.Second)
	for {
		if _, err := os.Stat(pid); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the window was not started")
		}
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	number, err := os.ReadFile(pid)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/proc/" + strings.TrimSpace(string(number))); err == nil {
		t.Error("the window is left")
	}
}
