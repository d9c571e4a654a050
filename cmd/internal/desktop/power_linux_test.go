package desktop

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/platform/platformtest"
)

const loginManager = "org.freedesktop.login1.Manager"

// computer is a logind of the test's own: what tells of sleep, and waits.
type computer struct {
	t    *testing.T
	conn *dbus.Conn

	mu    sync.Mutex
	locks []*os.File // our ends of those that make it wait
}

// Inhibit is the method of the bus.
func (c *computer) Inhibit(_, _, _, _ string) (dbus.UnixFD, *dbus.Error) {
	r, w, err := os.Pipe()
	if err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	fd, err := syscall.Dup(int(w.Fd()))
	w.Close()
	if err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	// The message takes a copy; ours must go, or the lock is never let go.
	time.AfterFunc(500*time.Millisecond, func() { syscall.Close(fd) })
	c.mu.Lock()
	defer c.mu.Unlock()
	c.locks = append(c.locks, r)
	return dbus.UnixFD(fd), nil
}

func (s *seat) computer() *computer {
	s.t.Helper()
	c := &computer{t: s.t, conn: s.Connect()}
	if err := c.conn.Export(c, "/org/freedesktop/login1", loginManager); err != nil {
		s.t.Fatal(err)
	}
	s.Own(c.conn, "org.freedesktop.login1")
	return c
}

// asked waits until the computer was asked to wait.
func (c *computer) asked() {
	c.t.Helper()
	platformtest.Eventually(c.t, "the computer to be asked to wait", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.locks) > 0
	})
}

// tell says what comes, or is over.
func (c *computer) tell(signal string, begins bool) {
	c.t.Helper()
	if err := c.conn.Emit("/org/freedesktop/login1", loginManager+"."+signal, begins); err != nil {
		c.t.Fatal(err)
	}
}

// released waits until nobody makes the computer wait.
func (c *computer) released() {
	c.t.Helper()
	c.mu.Lock()
	locks := c.locks
	c.locks = nil
	c.mu.Unlock()
	for _, l := range locks {
		_ = l.SetReadDeadline(time.Now().Add(20 * time.Second)) // a pipe has deadlines
		if _, err := l.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
			c.t.Errorf("the computer was not let go: %v", err)
		}
		l.Close()
	}
}

func TestFilesEndBeforeTheComputerSleepsAndGoOnAfterwards(t *testing.T) {
	s := sit(t)
	s.setUp()
	c := s.computer()
	cmd := s.Command(s.upshot, "agent", "--no-tray")
	cmd.Env = append(cmd.Env, "DBUS_SYSTEM_BUS_ADDRESS="+s.Address())
	agent := s.Start(cmd)
	platformtest.Eventually(t, "the agent to be ready", func() bool { return strings.Contains(agent.Log(), "agent ready") })
	c.asked()

	before := len(s.host.Uploads()) // the account was checked
	began := func() int { return len(s.host.Uploads()) - before }

	t.Log("a file on its way ends before the computer sleeps")
	s.host.Inject(chevtest.Fault{Kind: chevtest.StallReply, For: time.Second})
	s.save("ends.png", 1)
	platformtest.Eventually(t, "the file on its way", func() bool { return began() == 1 })
	c.tell("PrepareForSleep", true)
	c.released()
	if n := len(s.host.Stored()); n != 1 {
		t.Errorf("the computer sleeps, and the host has %d files, want 1", n)
	}

	t.Log("nothing is sent while it sleeps, and what came goes afterwards")
	s.save("later.png", 2)
	platformtest.Eventually(t, "the file in the queue", func() bool { return strings.Contains(s.command("", "queue"), "later.png") })
	if n := began(); n != 1 {
		t.Errorf("%d uploads while the computer slept", n)
	}
	c.tell("PrepareForSleep", false)
	platformtest.Eventually(t, "the other file on the host", func() bool { return len(s.host.Stored()) == 2 })
	c.asked()

	t.Log("what is too long is broken off, and goes on afterwards")
	s.host.Inject(chevtest.Fault{Kind: chevtest.StallBody, After: 100_000})
	if err := os.WriteFile(filepath.Join(s.dir, "large.png"), picture(5, 2000), 0o600); err != nil {
		t.Fatal(err)
	}
	platformtest.Eventually(t, "the large file on its way", func() bool { return began() == 3 })
	c.tell("PrepareForShutdown", true)
	c.released()
	s.host.Heal()
	if out := s.command("", "queue"); !strings.Contains(out, "queued") {
		t.Errorf("the queue says\n%s", out)
	}
	c.tell("PrepareForShutdown", false)
	platformtest.Eventually(t, "the large file on the host", func() bool { return len(s.host.Stored()) == 3 })
	if out := s.command("", "doctor"); !strings.Contains(out, "network") {
		t.Errorf("the doctor says\n%s", out)
	}
}
