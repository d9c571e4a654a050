package torture

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// Without an agent a command runs the engine itself, and what it leaves when
// it is killed waits for upshot queue run.
func TestACommandThatIsKilledLeavesItsFilesToQueueRun(t *testing.T) {
	r := newRig(t, chevtest.Site{}, nil)
	r.kill("no agent")
	all, inVain := rounds(t, 10, 3), 0
	for n := range all {
		p := []point{atHead, inBody, bodyRead, stored, answered}[n%5]
		args := []string{"upload"}
		dir := []string{r.files, r.temp}[n%2]
		for range 4 {
			path, data := r.draw(dir, "command")
			args = append(args, r.write(path, data))
		}
		cmd := r.command(args...)
		var words bytes.Buffer
		cmd.Stderr = &words
		started, dead := make(chan int, 1), make(chan struct{})
		pid := sync.OnceValue(func() int { return <-started })
		its := func(remote string) bool { return holds(pid(), remote) }
		r.tap.armFor(its, p, r.dice.IntN(3), func() {
			from := time.Now()
			_ = syscall.Kill(pid(), syscall.SIGKILL) // it may have ended
			<-dead
			r.note(kill{from, time.Now(), "the command"})
		})
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		started <- cmd.Process.Pid
		_ = cmd.Wait() // killed
		close(dead)
		r.tap.disarm()
		if code := cmd.ProcessState.ExitCode(); cmd.ProcessState.Exited() && code != 0 {
			t.Fatalf("it ended by itself with %d: %s", code, words.String())
		} else if code == 0 {
			inVain++ // it was quicker than the kill at the last answer
		}
		if n%3 == 2 {
			continue // the next one finds what two have left
		}
		switch code, _, words := r.home.run("queue", "run"); code {
		case 0, 1, 3: // some or all may be duplicates, without a link
		default:
			t.Errorf("queue run ended with %d: %s", code, words)
		}
		code, out, words2 := r.home.run("queue")
		if code != 0 || len(bytes.TrimSpace([]byte(out))) > 0 {
			t.Errorf("after queue run the queue holds %q (%d, %s)", out, code, words2)
		}
	}
	if inVain == all {
		t.Error("no command was killed")
	}
	r.finish()
}

func TestAnAgentThatIsKilledAsItStartsForTheFirstTimeStartsTheNextTime(t *testing.T) {
	build(t)
	dice := chance(t)
	for n := range rounds(t, 10, 3) {
		dir, err := os.MkdirTemp("", "tort")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		host := chevtest.NewServer(t, chevtest.Config{})
		h := &home{t: t, exe: program, dir: filepath.Join(dir, "home"), env: []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "UPSHOT_HOME=" + filepath.Join(dir, "home"), "TMPDIR=" + dir,
			"UPSHOT_SERVER=" + host.URL, "UPSHOT_KEY=" + host.Key,
		}}
		for range 1 + n%3 {
			cmd := exec.Command(h.exe, "agent", "--no-tray")
			cmd.Env = h.env
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(dice.IntN(80_000)) * time.Microsecond)
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // killed
		}
		path := filepath.Join(dir, "a.webp")
		if err := os.WriteFile(path, tiny(uint64(n)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(h.dir, 0o700); err != nil { // it may have been killed before that
			t.Fatal(err)
		}
		c := h.up()
		if s, err := c.Snapshot(t.Context(), uploader.None{}); err != nil || len(s.Notices) > 0 || s.Counts[job.Queued] > 0 {
			t.Errorf("a new home begins with %+v, %v", s, err)
		}
		if code, out, words := h.run("upload", path); code != 0 || out == "" {
			t.Errorf("upload ended with %d: %s", code, words)
		}
		h.kill("the test ends")
		left, err := filepath.Glob(filepath.Join(h.dir, "*.part"))
		if err != nil || len(left) > 1 {
			t.Errorf("half-written files stay: %v", left)
		}
	}
}
