package engine

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestAFileThatTookThePlaceOfTheSentOneIsNotMoved(t *testing.T) {
	dir, to := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "a.png")
	write := func(text string) os.FileInfo {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	sent := fingerprint(write("sent"))
	write("another one")
	copied := filepath.Join(to, "copy")
	if err := os.WriteFile(copied, []byte("sent"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, move := range map[string]func() error{
		"by its name": func() error { return moveNew(path, to, sent) },
		"by a copy":   func() error { return replaceBy(path, copied, sent) },
	} {
		if err := move(); !errors.Is(err, errReplaced) {
			t.Errorf("%s: %v", name, err)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != "another one" {
			t.Errorf("%s: there is %q now, %v", name, data, err)
		}
	}
	if left, err := os.ReadDir(to); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestACopyGetsTheTimesAndPermissionsOfTheFile(t *testing.T) {
	path, to := filepath.Join(t.TempDir(), "a.png"), filepath.Join(t.TempDir(), "a.png")
	if err := os.WriteFile(path, []byte("sent"), 0o640); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	was, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := copyNew(path, to); err != nil {
		t.Fatal(err)
	}
	if err := replaceBy(path, to, fingerprint(was)); err != nil {
		t.Fatal(err)
	}
	is, err := os.Lstat(to)
	if err != nil || !is.ModTime().Equal(at) || is.Mode() != was.Mode() {
		t.Errorf("the copy is %v, %v", is, err)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the file is still there")
	}
}
