package watcher

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The samples were written by exiftool, ffmpeg and ImageMagick.
func TestAFileThatTellsWhereItWasTakenIsFound(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(filepath.Join("testdata", "located"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		want := strings.HasPrefix(e.Name(), "gps")
		if got, err := Located(filepath.Join("testdata", "located", e.Name())); err != nil || got != want {
			t.Errorf("%s: %v %v, want %v", e.Name(), got, err, want)
		}
	}
	plain, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range plain {
		if e.IsDir() {
			continue
		}
		if got, err := Located(filepath.Join("testdata", e.Name())); err != nil || got {
			t.Errorf("%s: %v %v", e.Name(), got, err)
		}
	}
}

func TestALocationInAnOldPNGIsFound(t *testing.T) {
	t.Parallel()
	jpg, err := os.ReadFile(filepath.Join("testdata", "located", "gps.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(jpg, []byte("Exif\x00\x00"))
	exif := jpg[at : at+int(jpg[at-2])<<8+int(jpg[at-1])-2]
	text := fmt.Sprintf("Raw profile type exif\x00\nexif\n%8d\n%s\n", len(exif), hex.EncodeToString(exif))
	pic := pngOf(t, 1, 9, 9)
	pic = append(pic[:33:33], append(chunk("tEXt", []byte(text)), pic[33:]...)...)
	if got, err := located(bytes.NewReader(pic), int64(len(pic))); err != nil || !got {
		t.Errorf("got %v %v", got, err)
	}
}

func FuzzLocatedEndsAndDoesNotPanic(f *testing.F) {
	for _, dir := range []string{"testdata", filepath.Join("testdata", "located")} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range entries {
			if b, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := located(bytes.NewReader(b), int64(len(b))); err != nil {
			t.Fatalf("reading from memory failed: %v", err)
		}
	})
}

func TestADryRunTellsCountSizeNewestAndPlaces(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	gps, err := os.ReadFile(filepath.Join("testdata", "located", "gps.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	pic := pngOf(t, 81, 9, 9)
	put(t, filepath.Join(dir, "home.jpg"), gps)
	put(t, filepath.Join(dir, "sub", "a.png"), pic)
	put(t, filepath.Join(dir, "b.png"), pic)
	put(t, filepath.Join(dir, "big.png"), make([]byte, 10_000))
	put(t, filepath.Join(dir, "note.txt"), pic)
	at := time.Unix(2_000_000_000, 0) // newer than all, in the future
	if err := os.Chtimes(filepath.Join(dir, "sub", "a.png"), at, at); err != nil {
		t.Fatal(err)
	}
	s, err := LookThrough(t.Context(), Config{Dir: dir, Recursive: true, MaxSize: 9_000})
	if err != nil {
		t.Fatal(err)
	}
	newest, ok := s.Newest()
	if len(s.Files) != 3 || s.Bytes != int64(len(gps)+2*len(pic)) || s.Located != 1 || s.Unreadable != 0 ||
		!ok || newest.Path != filepath.Join(dir, "sub", "a.png") {
		t.Errorf("%+v", s)
	}
	for _, f := range s.Files {
		if f.Located != (filepath.Base(f.Path) == "home.jpg") {
			t.Errorf("%+v", f)
		}
	}
	if s, err := LookThrough(t.Context(), Config{Dir: t.TempDir()}); err != nil || len(s.Files) != 0 {
		t.Errorf("an empty folder: %+v %v", s, err)
	} else if _, ok := s.Newest(); ok {
		t.Error("an empty folder has a newest file")
	}
}
