package engine

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// spool writes what r holds to a file of our own, on disk before it returns.
func (e *Engine) spool(name string, write func(io.Writer) error) (path string, err error) {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	final := filepath.Join(e.cfg.Spool, hex.EncodeToString(b[:])+safeExt(name))
	f, err := os.OpenFile(final+".part", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("spool: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err = write(f); err != nil {
		return "", fmt.Errorf("spool: %w", err)
	}
	if err = f.Sync(); err != nil {
		return "", fmt.Errorf("spool: %w", err)
	}
	if err = f.Close(); err != nil {
		return "", fmt.Errorf("spool: %w", err)
	}
	if err = os.Rename(f.Name(), final); err != nil {
		return "", fmt.Errorf("spool: %w", err)
	}
	return final, syncDir(e.cfg.Spool)
}

// syncDir makes a rename in dir survive a power cut. Systems that cannot
// sync a directory (Windows) need not.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	defer d.Close()
	_ = d.Sync() // not every file system can
	return nil
}

// safeExt is the extension of name if it is plain.
func safeExt(name string) string {
	ext := strings.ToLower(filepath.Ext(name))
	for _, r := range strings.TrimPrefix(ext, ".") {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return ""
		}
	}
	if len(ext) > 8 {
		return ""
	}
	return ext
}

// inSpool reports whether path lies in our spool.
func (e *Engine) inSpool(path string) bool {
	return filepath.Dir(path) == filepath.Clean(e.cfg.Spool)
}

// fleeting reports whether a file may go away by itself soon: one that a
// document portal lends, one on a volume that can be pulled, and, when the
// giver goes, one under temp.
func fleeting(path string, handOff bool) bool {
	under := func(dir string) bool {
		rel, err := filepath.Rel(dir, path)
		return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
	}
	for _, dir := range []string{"/media", "/run/media", "/Volumes"} {
		if under(dir) {
			return true
		}
	}
	if strings.HasPrefix(path, "/run/user/") && strings.Contains(path, "/doc/") {
		return true
	}
	return handOff && under(filepath.Clean(os.TempDir()))
}
