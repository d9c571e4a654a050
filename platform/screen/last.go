package screen

import (
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
)

var errNoLast = fmt.Errorf("no region was captured yet: %w", fs.ErrNotExist)

// lastRegion is the region of the last shot of one.
func (s *Screen) lastRegion() (image.Rectangle, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lastFile == "" {
		if s.last.Empty() {
			return image.Rectangle{}, errNoLast
		}
		return s.last, nil
	}
	b, err := os.ReadFile(s.lastFile)
	if errors.Is(err, fs.ErrNotExist) {
		return image.Rectangle{}, errNoLast
	}
	if err != nil {
		return image.Rectangle{}, fmt.Errorf("read the last region: %w", err)
	}
	r, err := ParseRegion(string(b))
	if err != nil {
		return image.Rectangle{}, errNoLast // damaged: as if there were none
	}
	return r, nil
}

// keepRegion remembers the region. That it cannot be written is no reason to
// lose a picture.
func (s *Screen) keepRegion(r image.Rectangle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = r
	if s.lastFile == "" {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(s.lastFile), ".region-*")
	if err != nil {
		return
	}
	_, err = f.WriteString(FormatRegion(r))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), s.lastFile)
	}
	if err != nil {
		os.Remove(f.Name())
	}
}
