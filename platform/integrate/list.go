package integrate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// listVersion is raised when a list can no longer be understood by an older
// program.
const listVersion = 1

// list is what was touched, as it is kept in a file.
type list struct {
	Version int       `json:"version"`
	Touched []touched `json:"touched"`
}

// kind is how a thing was touched, and so how it is taken away.
type kind string

const (
	kindFile      kind = "file"      // ours as a whole, while its Sum is the same
	kindDirectory kind = "directory" // made by us; goes if it is empty
	kindAction    kind = "action"    // one action among a person's, in Thunar's file
	kindDefaults  kind = "defaults"  // some lines among a person's, in mimeapps.list
	kindCache     kind = "cache"     // made by a tool, for us as well; goes if nothing is in it
)

// touched is one thing.
type touched struct {
	Path  string   `json:"path"`
	Kind  kind     `json:"kind"`
	What  string   `json:"what"`
	Sum   string   `json:"sha256,omitempty"` // of what we wrote
	Made  string   `json:"made,omitempty"`   // the file was made by us, and this is the SHA-256 of it without our part
	Lines []string `json:"lines,omitempty"`  // those that are ours
}

func readList(path string) (*list, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &list{Version: listVersion}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what was installed: %w", err)
	}
	var l list
	if err := json.Unmarshal(b, &l); err != nil {
		return nil, fmt.Errorf("the list of what was installed cannot be read (%s): %w", path, err)
	}
	if l.Version > listVersion {
		return nil, fmt.Errorf("the list of what was installed (%s) was written by a newer Upshot; use that one", path)
	}
	for _, t := range l.Touched {
		if !filepath.IsAbs(t.Path) {
			return nil, fmt.Errorf("the list of what was installed (%s) names %q, which is no absolute path", path, t.Path)
		}
	}
	return &l, nil
}

// write keeps the list; one with nothing in it is taken away.
func (l *list) write(path string) error {
	if len(l.Touched) == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the list of what was installed: %w", err)
		}
		return nil
	}
	b, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep the list of what was installed: %w", err)
	}
	if err := replaceFile(path, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("keep the list of what was installed: %w", err)
	}
	return nil
}

// find is the entry of a path, or nil.
func (l *list) find(path string, k kind) *touched {
	for i := range l.Touched {
		if l.Touched[i].Path == path && l.Touched[i].Kind == k {
			return &l.Touched[i]
		}
	}
	return nil
}

// put keeps an entry in place of that of the same path.
func (l *list) put(t touched) {
	if old := l.find(t.Path, t.Kind); old != nil {
		*old = t
		return
	}
	l.Touched = append(l.Touched, t)
}

func (l *list) drop(path string, k kind) {
	l.Touched = slices.DeleteFunc(l.Touched, func(t touched) bool { return t.Path == path && t.Kind == k })
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}
