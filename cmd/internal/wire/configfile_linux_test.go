package wire

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
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

func TestSettingsOnAFullDiskAreToldAsThat(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may mount a small disk")
	}
	dir := t.TempDir()
	if err := syscall.Mount("upshot-test", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	path := filepath.Join(dir, "config.toml")
	s := NewStore(path)
	if err := s.Save(uploader.Settings{Workers: 2}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if err := s.Save(uploader.Settings{Workers: 3}); !errors.Is(err, job.ErrFull) {
		t.Errorf("on a full disk: %v", err)
	}
	if got, _, err := s.Load(); err != nil || got.Workers != 2 {
		t.Errorf("afterwards: %+v, %v", got, err)
	}
}
