package trash_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"images-uploader.com/upshot/platform/platformtest"
	"images-uploader.com/upshot/platform/trash"
)

// looker reads a trash directory as a file manager does.
type looker struct {
	t        *testing.T
	dir, top string
}

func (l looker) Trashed() []platformtest.Trashed {
	notes, err := filepath.Glob(filepath.Join(l.dir, "info", "*"))
	if err != nil {
		l.t.Fatal(err)
	}
	var all []platformtest.Trashed
	for _, note := range notes {
		b, err := os.ReadFile(note)
		if err != nil {
			l.t.Fatal(err)
		}
		lines := strings.Split(string(b), "\n")
		encoded, ok := strings.CutPrefix(lines[1], "Path=")
		date, dated := strings.CutPrefix(lines[2], "DeletionDate=")
		if lines[0] != "[Trash Info]" || !ok || !dated {
			l.t.Fatalf("the note says %q", b)
		}
		when, err := time.ParseInLocation("2006-01-02T15:04:05", date, time.Local)
		if err != nil || time.Since(when).Abs() > time.Minute {
			l.t.Errorf("the date is %q: %v", date, err)
		}
		path, err := url.PathUnescape(encoded)
		if err != nil {
			l.t.Fatal(err)
		}
		if l.top != "" {
			if filepath.IsAbs(path) {
				l.t.Errorf("the path of a volume's trash is absolute: %s", path)
			}
			path = filepath.Join(l.top, path)
		}
		data, err := os.ReadFile(filepath.Join(l.dir, "files", strings.TrimSuffix(filepath.Base(note), ".trashinfo")))
		if err != nil {
			l.t.Fatal(err)
		}
		all = append(all, platformtest.Trashed{Path: path, Data: data})
	}
	return all
}

func TestHomeTrashKeepsTheContract(t *testing.T) {
	platformtest.TestTrash(t, func(t *testing.T) (platformtest.TrashPort, platformtest.TrashPeer, string) {
		dir := t.TempDir()
		t.Setenv("XDG_DATA_HOME", filepath.Join(dir, "share"))
		return trash.New(trash.Config{}), looker{t: t, dir: filepath.Join(dir, "share", "Trash")}, t.TempDir()
	})
}

// otherVolume is a directory on another volume than the home, which is its
// top, with a trash that does not outlive the test.
func otherVolume(t *testing.T) (dir, top, can string) {
	top = "/dev/shm"
	if deviceOf(t, top) == deviceOf(t, os.TempDir()) {
		t.Skip("there is only one volume here")
	}
	can = filepath.Join(top, fmt.Sprintf(".Trash-%d", os.Geteuid()))
	if _, err := os.Lstat(can); err == nil {
		t.Skip("somebody uses the trash of " + top)
	}
	dir, err := os.MkdirTemp(top, "upt")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		os.RemoveAll(dir)
		os.RemoveAll(can)
	})
	return dir, top, can
}

func deviceOf(t *testing.T, dir string) uint64 {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Stat(dir, &st); err != nil {
		t.Skip(err)
	}
	return uint64(st.Dev)
}

func TestTrashOfAnotherVolumeKeepsTheContract(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	platformtest.TestTrash(t, func(t *testing.T) (platformtest.TrashPort, platformtest.TrashPeer, string) {
		dir, top, can := otherVolume(t)
		return trash.New(trash.Config{}), looker{t, can, top}, dir
	})
}

func TestTrashIsForItsOwnerAlone(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := trash.New(trash.Config{}).Trash(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Trash", "Trash/files", "Trash/info"} {
		info, err := os.Stat(filepath.Join(os.Getenv("XDG_DATA_HOME"), name))
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

func TestLinkIsTakenAndNotWhatItLeadsTo(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("stays"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := trash.New(trash.Config{}).Trash(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(target); err != nil || string(b) != "stays" {
		t.Errorf("the target: %q, %v", b, err)
	}
}

func TestWithoutTrashTheFileStays(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	dir, _, can := otherVolume(t)
	path := filepath.Join(dir, "a")
	if err := os.WriteFile(path, []byte("stays"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(can, nil, 0o600); err != nil { // no directory can be made there
		t.Fatal(err)
	}
	if err := trash.New(trash.Config{}).Trash(t.Context(), path); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Trash: %v, want errors.ErrUnsupported", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "stays" {
		t.Errorf("the file: %q, %v", b, err)
	}
}

func TestFailedMoveLeavesNoNote(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may move everything")
	}
	data := t.TempDir()
	t.Setenv("XDG_DATA_HOME", data)
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o700) })
	if err := trash.New(trash.Config{}).Trash(t.Context(), path); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Trash: %v, want fs.ErrPermission", err)
	}
	if notes, _ := filepath.Glob(filepath.Join(data, "Trash/info/*")); len(notes) != 0 {
		t.Errorf("notes: %v", notes)
	}
}
