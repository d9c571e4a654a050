package torture

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"images-uploader.com/upshot/client/agent"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/platform/instance"
)

// program is upshot, built once for all tests.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "torture-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "upshot")
	defer killStrays()
	return m.Run()
}

var building sync.Once

// build makes the program as the Makefile does.
func build(t *testing.T) {
	t.Helper()
	building.Do(func() { buildAs(t, program) })
	if _, err := os.Stat(program); err != nil {
		t.Fatal("upshot could not be built")
	}
}

func buildAs(t *testing.T, path string, args ...string) {
	t.Helper()
	args = append([]string{"build", "-tags", "gles,migrated_fynedo", "-o", path}, args...)
	cmd := exec.Command("go", append(args, "images-uploader.com/upshot/cmd/upshot")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build upshot: %v\n%s", err, out)
	}
}

// strays are the processes that run what this test binary has built.
func strays(dir string) []int {
	var pids []int
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		exe, err := os.Readlink(link)
		if err != nil || !strings.HasPrefix(exe, dir+"/") {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// killStrays ends what a client may have started by itself.
func killStrays() {
	for _, pid := range strays(filepath.Dir(program)) {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended meanwhile
	}
}

// home is one person's Upshot: a directory, a host and, most of the time, an
// agent.
type home struct {
	t   *testing.T
	exe string
	dir string // UPSHOT_HOME
	env []string

	mu     sync.Mutex
	own    *process
	client *agent.Client
	kills  []kill
}

// kill is when the agent was killed: it lived at from and was gone at to.
type kill struct {
	from, to time.Time
	why      string
}

// process is a child and its end.
type process struct {
	pid  int
	log  *lockedBuffer
	done chan struct{}
}

// start starts a child that dies with us.
func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{log: &lockedBuffer{}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.log, p.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		// The kernel ties "die with your parent" to the thread that forked.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // killed, mostly
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("start %s: %v", strings.Join(cmd.Args, " "), err)
	}
	p.pid = cmd.Process.Pid
	return p
}

func (h *home) command(args ...string) *exec.Cmd {
	cmd := exec.Command(h.exe, args...)
	cmd.Env = h.env
	cmd.Dir = h.dir
	return cmd
}

// launch starts an agent without waiting for it.
func (h *home) launch() *process {
	h.t.Helper()
	p := start(h.t, h.command("agent", "--no-tray"))
	h.mu.Lock()
	h.own = p
	h.mu.Unlock()
	return p
}

// up makes sure that our own agent runs and answers. One that a client has
// started meanwhile is killed: it does not have the folder's key.
func (h *home) up() *agent.Client {
	h.t.Helper()
	if c := h.dialed(); c != nil {
		return c
	}
	deadline := time.Now().Add(30 * time.Second)
	p := h.launch()
	for {
		c, welcome, err := h.dial()
		switch {
		case err == nil && welcome.PID == p.pid:
			h.mu.Lock()
			h.client = c
			h.mu.Unlock()
			return c
		case err == nil:
			// A command that has taken the engine over is asked for it by ours.
			c.Close()
			if welcome.Role == uploader.RoleAgent {
				h.killPID(welcome.PID, "a client's agent")
			}
		}
		select {
		case <-p.done:
			if out := p.log.String(); !strings.Contains(out, "already") {
				h.t.Fatalf("the agent ended by itself:\n%s\nits log:\n%s", out, h.log())
			}
			p = h.launch()
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("the agent does not answer: %v\n%s\nits log:\n%s", err, p.log.String(), h.log())
		}
	}
}

func (h *home) dialed() *agent.Client {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.client
}

func (h *home) dial() (*agent.Client, uploader.Welcome, error) {
	record, err := instance.ReadRecord(filepath.Join(h.dir, "engine.json"))
	if err != nil {
		return nil, uploader.Welcome{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return agent.Dial(ctx, agent.DialConfig{
		Dial: func(ctx context.Context) (net.Conn, error) { return instance.Dial(ctx, record.Socket) },
	})
}

// kill ends our agent as kill -9 does and returns when it is gone. It may be
// called from anywhere; an agent dies once.
func (h *home) kill(why string) {
	h.mu.Lock()
	p, c := h.own, h.client
	h.own, h.client = nil, nil
	h.mu.Unlock()
	if p != nil {
		from := time.Now()
		_ = syscall.Kill(p.pid, syscall.SIGKILL) // it may have ended by itself
		<-p.done
		h.note(kill{from, time.Now(), why})
	}
	if c != nil {
		_ = c.Close()
	}
}

// killPID does the same to an agent that is no child of ours.
func (h *home) killPID(pid int, why string) {
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil || exe != h.exe {
		return // it has ended, or is not ours
	}
	from := time.Now()
	_ = syscall.Kill(pid, syscall.SIGKILL)
	for time.Since(from) < 10*time.Second {
		// Its parent may leave a zombie for a while, which holds nothing.
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || bytes.Contains(state, []byte(") Z ")) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	h.note(kill{from, time.Now(), why})
}

func (h *home) note(k kill) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kills = append(h.kills, k)
}

func (h *home) killed() []kill {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]kill(nil), h.kills...)
}

// log is the end of what the agents wrote.
func (h *home) log() string {
	data, _ := os.ReadFile(filepath.Join(h.dir, "upshot.log"))
	return string(data[max(0, len(data)-6000):])
}
