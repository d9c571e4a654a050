package engine_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/uploader"
)

func TestADriveThatDoesNotAnswerHoldsNobodyUp(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("drive")
	h.addFolder(uploader.Folder{Path: dir})
	h.stop()
	if os.Geteuid() != 0 {
		t.Skip("only root may mount a drive")
	}
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("this system has no drives run by programs: %v", err)
	}
	if err := unix.Mount("upshot-test", dir, "fuse", unix.MS_NOSUID|unix.MS_NODEV, fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd)); err != nil {
		unix.Close(fd)
		t.Skipf("a drive cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	t.Cleanup(func() { _ = unix.Close(fd) }) // whoever waits for the drive hears of its end
	h.start()
	h.await("the word that the drive does not answer", func() bool {
		s, err := h.Snapshot(t.Context(), uploader.None{})
		return err == nil && len(s.Folders) == 1 && s.Folders[0].State == uploader.FolderMissing && strings.Contains(s.Folders[0].Reason, "does not answer")
	})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if _, err := h.PauseFolder(t.Context(), uploader.PauseFolderRequest{Path: dir, Paused: true}); err != nil {
			t.Errorf("pause: %v", err)
		}
		h.stop()
	}()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Error("the folder cannot be paused, or the engine not ended")
		_ = unix.Unmount(dir, unix.MNT_DETACH)
		_ = unix.Close(fd)
		<-ended
	}
}
