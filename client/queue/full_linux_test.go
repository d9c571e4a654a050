package queue_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

// smallDisk is a file system of its own, so large that SQLite's log fits there.
func smallDisk(t *testing.T) (dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	dir = t.TempDir()
	if err := syscall.Mount("queue-test", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skip("a small file system cannot be mounted here: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fillDisk leaves no byte free in dir; free gives all of it back.
func fillDisk(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for piece := make([]byte, 1<<20); len(piece) > 0; {
		if _, err := f.Write(piece); err != nil {
			piece = piece[:len(piece)/2]
		}
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// claimedOn is a queue on a small disk with n claimed jobs.
func claimedOn(t *testing.T, dir string, n int) (*queue.Queue, []job.ID) {
	t.Helper()
	q, err := queue.Open(t.Context(), queue.Config{Path: filepath.Join(dir, "upshot.db"), Rest: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	if _, err := q.Add(t.Context(), job.Batch{ID: job.NewBatchID()}, files(n+5)); err != nil {
		t.Fatal(err)
	}
	jobs, err := q.Claim(t.Context(), queue.Claiming{Accounts: []string{files(1)[0].Account}, N: n})
	if err != nil || len(jobs) != n {
		t.Fatalf("%d claimed, %v", len(jobs), err)
	}
	ids := make([]job.ID, n)
	for i, j := range jobs {
		ids[i] = j.ID
	}
	return q, ids
}

// storedAs is what a host's answer of a usual size leads to.
func storedAs(t *testing.T, id job.ID) queue.Update {
	t.Helper()
	raw := fmt.Sprintf(`{"id_encoded":"i%d","url":"https://host/%d.png","url_viewer":"https://host/v/%d","description":%q}`, id, id, id, strings.Repeat("words ", 400))
	im, err := client.DecodeImage([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return queue.Update{Outcome: job.Uploaded, Image: &im, SHA256: strings.Repeat("a", 64)}
}

// awaits waits until what is in trouble is as it should be.
func awaits(t *testing.T, q *queue.Queue, what string, ok func(queue.Trouble) bool) {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		now, changed := q.Trouble()
		if ok(now) {
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("never %s: %+v", what, now)
		}
	}
}

func TestAnswersThatComeWhileTheDiskIsFullAreKept(t *testing.T) {
	dir := smallDisk(t)
	const onTheWay = 16 // two accounts with as many senders as there may be
	q, ids := claimedOn(t, dir, onTheWay)
	awaits(t, q, "room kept", func(now queue.Trouble) bool {
		info, err := os.Stat(filepath.Join(dir, "upshot.db.reserve"))
		return err == nil && info.Size() > 0 && !now.Full
	})
	free := fillDisk(t, dir)
	for _, id := range ids {
		if _, err := q.Move(t.Context(), id, job.Succeed, storedAs(t, id)); err != nil {
			t.Fatalf("the answer of job %d: %v", id, err)
		}
	}
	if now, _ := q.Trouble(); !now.Full || len(now.Unwritten) > 0 {
		t.Errorf("it is not said that the disk is full: %+v", now)
	}
	if _, err := q.Add(t.Context(), job.Batch{ID: job.NewBatchID()}, files(1)); !errors.Is(err, queue.ErrFull) {
		t.Errorf("something new is taken: %v", err)
	}
	if _, err := q.Claim(t.Context(), queue.Claiming{Accounts: []string{files(1)[0].Account}, N: 1}); !errors.Is(err, queue.ErrFull) {
		t.Errorf("something new is begun: %v", err)
	}
	free()
	awaits(t, q, "said that there is room again", func(now queue.Trouble) bool { return !now.Full })
	if _, err := q.Claim(t.Context(), queue.Claiming{Accounts: []string{files(1)[0].Account}, N: 1}); err != nil {
		t.Errorf("there is room again: %v", err)
	}
}

func TestAnAnswerThatFindsNoRoomAtAllIsToldAndKeptInTheEnd(t *testing.T) {
	dir := smallDisk(t)
	q, ids := claimedOn(t, dir, 1)
	awaits(t, q, "room kept", func(queue.Trouble) bool {
		return os.Truncate(filepath.Join(dir, "upshot.db.reserve"), 0) == nil
	})
	free := fillDisk(t, dir)
	for size := 1 << 16; size > 0; size /= 16 { // what the log has in hand
		for err := error(nil); err == nil; {
			err = q.SetMeta(context.Background(), "ballast", strings.Repeat("x", size)+fmt.Sprint(time.Now().UnixNano()))
		}
	}
	if _, err := q.Move(t.Context(), ids[0], job.Succeed, storedAs(t, ids[0])); !errors.Is(err, queue.ErrFull) {
		t.Fatalf("got %v, want ErrFull", err)
	}
	now, _ := q.Trouble()
	if j := now.Unwritten[ids[0]]; !now.Full || j.State != job.Done || j.Text() == "" {
		t.Errorf("what could not be written down is %+v", now)
	}
	if j, err := q.Job(t.Context(), ids[0]); err != nil || j.State != job.Sending {
		t.Errorf("the database has %s, %v", j.State, err)
	}
	free()
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q, err := queue.Open(t.Context(), queue.Config{Path: filepath.Join(dir, "upshot.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if j, err := q.Job(t.Context(), ids[0]); err != nil || j.Text() == "" {
		t.Errorf("there was room at the end, and the job is %s, %v", j.State, err)
	}
}
