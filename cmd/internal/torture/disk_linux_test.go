package torture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

// disk is a real file system, small and easily filled, but large enough for
// the 4 MB that SQLite's log takes before it is taken back.
type disk struct {
	t   *testing.T
	dir string
}

func mount(t *testing.T) disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	dir, err := os.MkdirTemp("", "tort")
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("torture", dir, "tmpfs", 0, "size=16m,mode=700"); err != nil {
		t.Skip("a small file system cannot be mounted here: ", err)
	}
	t.Cleanup(func() {
		if err := errors.Join(syscall.Unmount(dir, syscall.MNT_DETACH), os.Remove(dir)); err != nil {
			t.Error(err)
		}
	})
	return disk{t, dir}
}

// fill leaves no byte free.
func (d disk) fill() {
	d.t.Helper()
	f, err := os.OpenFile(filepath.Join(d.dir, "ballast"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for piece := make([]byte, 1<<20); len(piece) > 0; {
		if _, err := f.Write(piece); err != nil {
			piece = piece[:len(piece)/2]
		}
	}
}

func (d disk) free() {
	d.t.Helper()
	if err := os.Remove(filepath.Join(d.dir, "ballast")); err != nil {
		d.t.Fatal(err)
	}
}

// readOnly makes it so, or not.
func (d disk) readOnly(yes bool) {
	d.t.Helper()
	flags := uintptr(syscall.MS_REMOUNT)
	if yes {
		flags |= syscall.MS_RDONLY
	}
	if err := syscall.Mount("torture", d.dir, "tmpfs", flags, "size=16m,mode=700"); err != nil {
		d.t.Fatal(err)
	}
}

func TestAFullDiskTakesNoFileAndLosesNone(t *testing.T) {
	d := mount(t)
	w := open(t, plant{state: d.dir})
	if _, err := w.Pause(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	var kept []job.BatchID
	give := func(n int) error {
		o := uploader.Order{Batch: job.NewBatchID(), Via: job.ViaWindow}
		for i := range 40 {
			o.Items = append(o.Items, uploader.Item{Path: w.save(fmt.Sprintf("%d-%d.webp", n, i), tiny(uint64(n*100+i)))})
		}
		_, err := w.Submit(t.Context(), o)
		if err == nil {
			kept = append(kept, o.Batch)
		}
		return err
	}
	if err := give(0); err != nil {
		t.Fatal(err)
	}
	d.fill()
	var err error
	for n := 1; err == nil && n < 200; n++ { // what the log has in hand is still used
		err = give(n)
	}
	if !errors.Is(err, queue.ErrFull) {
		t.Fatalf("the disk is full, and Submit says %v", err)
	}
	d.free()
	if err := give(300); err != nil {
		t.Errorf("there is room again, and Submit says %v", err)
	}
	if _, err := w.Resume(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	for _, b := range kept {
		w.ends(b)
	}
	if n := len(w.host.Stored()); n != 40*len(kept) {
		t.Errorf("%d files were taken, the host has %d", 40*len(kept), n)
	}
}

func TestAnAnswerThatComesWhileTheDiskIsFullIsKeptWhenThereIsRoom(t *testing.T) {
	d := mount(t)
	w := open(t, plant{state: d.dir})
	w.host.Inject(chevtest.Fault{Kind: chevtest.StallReply})
	o := uploader.Order{Batch: job.NewBatchID(), Via: job.ViaWindow}
	var paths []string
	for i := range 3 {
		paths = append(paths, w.save(fmt.Sprintf("%d.webp", i), tiny(uint64(i))))
		o.Items = append(o.Items, uploader.Item{Path: paths[i]})
	}
	if _, err := w.Submit(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	w.stalls(1)
	w.until(o.Batch, "the other two are done", func(jobs []job.Job) bool {
		done := 0
		for _, j := range jobs {
			if j.State == job.Done {
				done++
			}
		}
		return done == 2
	})
	d.fill()
	// What the log has in hand is used up, so that the answer finds nothing.
	for err := error(nil); err == nil; {
		err = w.queue.SetMeta(t.Context(), "ballast", strings.Repeat("x", 1<<16)+fmt.Sprint(time.Now().UnixNano()))
	}
	w.host.Heal()
	w.until(o.Batch, "it is said that the answer cannot be kept", func([]job.Job) bool {
		s, err := w.Snapshot(t.Context(), uploader.None{})
		if err != nil {
			t.Fatal(err)
		}
		return len(s.Notices) > 0
	})
	d.free()
	for _, j := range w.ends(o.Batch) {
		if j.Outcome != job.Uploaded {
			t.Errorf("%s is %s", j.Name, j.Outcome)
		}
	}
	if n, sent := len(w.host.Stored()), len(w.host.Uploads()); n != 3 || sent != 3 {
		t.Errorf("the host has %d of 3 files, from %d requests", n, sent)
	}
	s, err := w.Snapshot(t.Context(), uploader.None{})
	if err != nil || len(s.Notices) > 0 {
		t.Errorf("there is room again, but it is said: %+v, %v", s.Notices, err)
	}
}

// run runs upshot to its end.
func (h *home) run(args ...string) (code int, out, words string) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	plain := h.command(args...)
	cmd := exec.CommandContext(ctx, plain.Path, plain.Args[1:]...)
	cmd.Env, cmd.Dir = plain.Env, "/"
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	_ = cmd.Run() // how it ended is the code
	return cmd.ProcessState.ExitCode(), o.String(), e.String()
}

func TestAStateDirectoryThatCannotBeWrittenIsSaid(t *testing.T) {
	build(t)
	d := mount(t)
	host := chevtest.NewServer(t, chevtest.Config{})
	h := &home{t: t, exe: program, dir: filepath.Join(d.dir, "home"), env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + d.dir, "UPSHOT_HOME=" + filepath.Join(d.dir, "home"),
		"UPSHOT_SERVER=" + host.URL, "UPSHOT_KEY=" + host.Key,
	}}
	t.Cleanup(func() { h.kill("the test ends") })
	path := filepath.Join(t.TempDir(), "a.webp")
	if err := os.WriteFile(path, tiny(1), 0o600); err != nil {
		t.Fatal(err)
	}
	refused := func(when string, args ...string) {
		t.Helper()
		code, out, words := h.run(args...)
		if code == 0 || out != "" || !strings.Contains(words, "read-only") && !strings.Contains(words, "cannot be written") {
			t.Errorf("%s %s ended with %d and said %q %q", when, strings.Join(args, " "), code, out, words)
		}
		if lines := strings.Count(words, "\n"); lines > 3 || strings.Contains(words, "panic") || strings.Contains(words, "goroutine") {
			t.Errorf("%s %s told a person:\n%s", when, strings.Join(args, " "), words)
		}
	}
	t.Run("before there is one", func(t *testing.T) {
		d.readOnly(true)
		defer d.readOnly(false)
		refused("without a home", "upload", path)
		refused("without a home", "agent", "--no-tray")
	})
	t.Run("where there is one", func(t *testing.T) {
		if code, _, words := h.run("queue"); code != 0 {
			t.Fatal(words)
		}
		d.readOnly(true)
		defer d.readOnly(false)
		refused("with a home", "upload", path)
		refused("with a home", "upload", "--detach", path)
		refused("with a home", "agent", "--no-tray")
	})
	t.Run("when it becomes so under the agent", func(t *testing.T) {
		if err := os.MkdirAll(h.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		c := h.up()
		// Files that are open for writing keep a file system from becoming
		// read-only; a full one is the next best.
		d.fill()
		give := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			var err error
			for n := 0; err == nil && n < 300; n++ {
				o := uploader.Order{Batch: job.NewBatchID(), Via: job.ViaWindow}
				for i := range 100 {
					o.Items = append(o.Items, uploader.Item{Path: path, Input: fmt.Sprint(n, i)})
				}
				_, err = c.Submit(ctx, o)
			}
			return err
		}
		if err := give(); err == nil || errors.Is(err, uploader.ErrGone) {
			t.Errorf("Submit says %v", err)
		}
		d.free()
		if _, err := c.Submit(t.Context(), uploader.Order{Batch: job.NewBatchID(), Via: job.ViaWindow, Items: []uploader.Item{{Path: path}}}); err != nil {
			t.Errorf("there is room again: %v", err)
		}
	})
	if n := len(host.Stored()); n > 1 {
		t.Errorf("one file is on the host %d times", n)
	}
}
