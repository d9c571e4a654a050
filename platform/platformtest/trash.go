package platformtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TrashPort is the port that a trash keeps.
type TrashPort interface {
	Trash(ctx context.Context, path string) error
}

// Trashed is a file in the trash.
type Trashed struct {
	Path string // where it was
	Data []byte
}

// TrashPeer is the person who looks into the trash.
type TrashPeer interface {
	Trashed() []Trashed
}

// Trash is a trash in memory: what it takes goes from the disk. The zero value
// is empty.
type Trash struct {
	mu   sync.Mutex
	fail error
	all  []Trashed
}

// Fail makes every call fail with err (nil: no more).
func (t *Trash) Fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fail = err
}

// Trash takes a file.
func (t *Trash) Trash(ctx context.Context, path string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if t.fail != nil {
		return t.fail
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("%s is a folder", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	t.all = append(t.all, Trashed{path, data})
	return nil
}

// Trashed is what it has taken, oldest first.
func (t *Trash) Trashed() []Trashed {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Trashed(nil), t.all...)
}

// TestTrash is the contract of a trash. open returns an empty one, the person
// who looks into it, and a directory whose files it can take.
func TestTrash(t *testing.T, open func(t *testing.T) (TrashPort, TrashPeer, string)) {
	ctx := t.Context()
	write := func(t *testing.T, path, data string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("a file goes from its place and can be found again", func(t *testing.T) {
		trash, person, dir := open(t)
		for _, name := range []string{"plain.png", "with space ä#%&?.png", ".hidden", "no extension"} {
			path := filepath.Join(dir, name)
			write(t, path, "the bytes of "+name)
			if err := trash.Trash(ctx, path); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s is still there: %v", name, err)
			}
			if !holds(person, path, "the bytes of "+name) {
				t.Errorf("%s is not in the trash", name)
			}
		}
	})
	t.Run("files of one name do not replace each other", func(t *testing.T) {
		trash, person, dir := open(t)
		path := filepath.Join(dir, "same.tar.gz")
		for _, data := range []string{"one", "two", "three"} {
			write(t, path, data)
			if err := trash.Trash(ctx, path); err != nil {
				t.Fatal(err)
			}
		}
		for _, data := range []string{"one", "two", "three"} {
			if !holds(person, path, data) {
				t.Errorf("%q is not in the trash", data)
			}
		}
	})
	t.Run("a file that has gone, and a folder", func(t *testing.T) {
		trash, person, dir := open(t)
		if err := trash.Trash(ctx, filepath.Join(dir, "gone")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("gone: %v, want fs.ErrNotExist", err)
		}
		if err := trash.Trash(ctx, dir); err == nil {
			t.Error("the folder was taken")
		}
		if all := person.Trashed(); len(all) != 0 {
			t.Errorf("in the trash: %v", all)
		}
	})
}

func holds(person TrashPeer, path, data string) bool {
	for _, f := range person.Trashed() {
		if f.Path == path && bytes.Equal(f.Data, []byte(data)) {
			return true
		}
	}
	return false
}
