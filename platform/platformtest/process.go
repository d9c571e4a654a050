package platformtest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Start starts cmd as a part of the desktop: its output goes to a file that
// Log reads, and it is ended, by its process id, when the test ends.
func (d *Desktop) Start(cmd *exec.Cmd) *Process {
	d.t.Helper()
	p, err := d.start(cmd)
	if err != nil {
		d.t.Fatalf("start %s: %v", filepath.Base(cmd.Path), err)
	}
	return p
}

// Process is a program that a Desktop runs.
type Process struct {
	Cmd  *exec.Cmd
	log  string
	done chan struct{}
	err  error
}

// Done is closed when the program has ended; Err is then how.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err says how the program ended; valid after Done.
func (p *Process) Err() error { return p.err }

// Log is what the program has written so far, where its streams were not
// taken by the test.
func (p *Process) Log() string {
	b, _ := os.ReadFile(p.log)
	return string(b)
}

// Stop asks the program to end, and ends it if it does not.
func (p *Process) Stop() {
	if p.Cmd.Process == nil {
		return
	}
	p.Cmd.Process.Signal(terminate)
	select {
	case <-p.done:
	case <-time.After(3 * time.Second):
		p.Cmd.Process.Kill()
		<-p.done
	}
}

// Kill ends the program at once, as kill -9 does.
func (p *Process) Kill() {
	p.Cmd.Process.Kill()
	<-p.done
}

func (d *Desktop) start(cmd *exec.Cmd) (*Process, error) {
	d.mu.Lock()
	d.started++
	name := strconv.Itoa(d.started) + "-" + filepath.Base(cmd.Path) + ".log"
	d.mu.Unlock()
	p := &Process{Cmd: cmd, log: filepath.Join(d.dir, name), done: make(chan struct{})}
	if cmd.Stdout == nil || cmd.Stderr == nil {
		f, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return nil, err
		}
		defer f.Close() // the child has its own
		if cmd.Stdout == nil {
			cmd.Stdout = f
		}
		if cmd.Stderr == nil {
			cmd.Stderr = f
		}
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	dieWithParent(cmd.SysProcAttr)

	started := make(chan error)
	go func() {
		// The kernel ties "die with your parent" to the thread that forked,
		// so that thread is kept until the program has ended.
		runtime.LockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		p.err = cmd.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	d.t.Cleanup(func() {
		p.Stop()
		if d.t.Failed() && testing.Verbose() {
			if log := bytes.TrimSpace([]byte(p.Log())); len(log) > 0 {
				d.t.Logf("%s wrote:\n%s", filepath.Base(cmd.Path), log)
			}
		}
	})
	return p, nil
}
