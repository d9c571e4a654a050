package queue_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

// asNobody opens the database at path in a child that is not root, and
// returns what it says.
func asNobody(t *testing.T, dir, path string) string {
	t.Helper()
	program := os.Args[0]
	cmd := exec.Command(program)
	if os.Geteuid() == 0 {
		// The test binary lies where nobody else may look.
		program = filepath.Join(dir, "queue.test")
		copyTo(t, program, os.Args[0])
		const nobody = 65534
		cmd = exec.Command(program)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	cmd.Dir = dir
	// The race detector waits for a second at the end of a program otherwise.
	cmd.Env = append(os.Environ(), childEnv+"=open:"+path, "GORACE=atexit_sleep_ms=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func copyTo(t *testing.T, to, from string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// reachable makes a directory that everybody may enter.
func reachable(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "queue-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = os.Chmod(filepath.Join(dir, "state"), 0o700)
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestADirectoryThatCannotBeWrittenIsSaid(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, dir, path string){
		"without a database": func(t *testing.T, dir, path string) {},
		"with one": func(t *testing.T, dir, path string) {
			q, err := queue.Open(t.Context(), queue.Config{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
			if os.Geteuid() == 0 {
				if err := os.Chown(path, 65534, 65534); err != nil {
					t.Fatal(err)
				}
			}
		},
		"with one of somebody else": func(t *testing.T, dir, path string) {
			if os.Geteuid() != 0 {
				t.Skip("only root can make one")
			}
			q, err := queue.Open(t.Context(), queue.Config{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := reachable(t)
			state := filepath.Join(dir, "state")
			if err := os.Mkdir(state, 0o755); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(state, "upshot.db")
			prepare(t, state, path)
			if err := os.Chmod(state, 0o555); err != nil {
				t.Fatal(err)
			}
			said := asNobody(t, dir, path)
			for _, want := range []string{"read-only\n", "permission\n"} {
				if !strings.Contains(said, want) {
					t.Errorf("it says %q, want %q", said, want)
				}
			}
		})
	}
}

// TestAFullDiskIsSaid fills a real, small file system.
func TestAFullDiskIsSaid(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	dir := t.TempDir()
	if err := syscall.Mount("queue-test", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skip("a small file system cannot be mounted here: ", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	path := filepath.Join(dir, "upshot.db")
	q, err := queue.Open(t.Context(), queue.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := 0
	items := files(200)
	for {
		for i := range items {
			items[i].Path += "x"
		}
		_, err = q.Add(t.Context(), job.Batch{ID: job.NewBatchID()}, items)
		if err != nil {
			break
		}
		acknowledged += len(items)
		if acknowledged > 100_000 {
			t.Fatal("the disk never got full")
		}
	}
	if !errors.Is(err, queue.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	look := func(when string) {
		t.Helper()
		if _, total, err := q.Jobs(t.Context(), queue.Filter{N: 1}); err != nil || total != acknowledged {
			t.Errorf("%s there are %d jobs, %v; %d were acknowledged", when, total, err, acknowledged)
		}
	}
	look("while it is full")
	if err := q.Close(); err != nil {
		t.Logf("close on a full disk: %v", err)
	}
	q, err = queue.Open(t.Context(), queue.Config{Path: path})
	if err != nil {
		t.Fatalf("open on a full disk: %v", err)
	}
	look("opened again")
	if notices := q.Notices(); len(notices) > 0 {
		t.Errorf("it says %q", notices)
	}
	if err := q.Close(); err != nil {
		t.Logf("close on a full disk: %v", err)
	}

	t.Run("already when the database is made", func(t *testing.T) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 2<<20-8192), 0o600); err != nil {
			t.Fatal(err)
		}
		q, err := queue.Open(t.Context(), queue.Config{Path: path})
		if err == nil {
			_ = q.Close()
		}
		if !errors.Is(err, queue.ErrFull) {
			t.Errorf("got %v, want ErrFull", err)
		}
		if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
			t.Fatal(err)
		}
		if q, err = queue.Open(t.Context(), queue.Config{Path: path}); err != nil {
			t.Fatalf("when there is room again: %v", err)
		}
		if notices := q.Notices(); len(notices) > 0 {
			t.Errorf("it says %q", notices)
		}
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	})
}
