package power_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
	"go.uber.org/goleak"

	"images-uploader.com/upshot/platform/platformtest"
	"images-uploader.com/upshot/platform/power"
)

const (
	login        = "org.freedesktop.login1"
	loginManager = "org.freedesktop.login1.Manager"
)

// computer is a logind of the test's own.
type computer struct {
	t      *testing.T
	conn   *dbus.Conn
	refuse bool // polkit says no

	mu    sync.Mutex
	locks []*os.File // our ends of those that make it wait
	asked [][4]string
}

// Inhibit is the method of the bus.
func (c *computer) Inhibit(what, who, why, mode string) (dbus.UnixFD, *dbus.Error) {
	if c.refuse {
		return 0, dbus.NewError("org.freedesktop.DBus.Error.AccessDenied", nil)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.locks = append(c.locks, r)
	c.asked = append(c.asked, [4]string{what, who, why, mode})
	fd, err := syscall.Dup(int(w.Fd()))
	if err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	w.Close()
	// The message takes a copy; ours must go, or the lock is never let go.
	time.AfterFunc(500*time.Millisecond, func() { syscall.Close(fd) })
	return dbus.UnixFD(fd), nil
}

func newComputer(t *testing.T, d *platformtest.Desktop) *computer {
	t.Helper()
	c := &computer{t: t, conn: d.Connect()}
	if err := c.conn.Export(c, "/org/freedesktop/login1", loginManager); err != nil {
		t.Fatal(err)
	}
	_, err := prop.Export(c.conn, "/org/freedesktop/login1", prop.Map{loginManager: {
		"InhibitDelayMaxUSec": {Value: uint64(7_000_000), Emit: prop.EmitFalse},
	}})
	if err != nil {
		t.Fatal(err)
	}
	d.Own(c.conn, login)
	return c
}

func newSystemBus(t *testing.T) *platformtest.Desktop {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true})
	d.Setenv()
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", d.Address())
	return d
}

// wait waits until nobody makes the computer wait.
func (c *computer) wait(t *testing.T) {
	c.mu.Lock()
	locks := c.locks
	c.locks = nil
	c.mu.Unlock()
	for _, l := range locks {
		l.SetReadDeadline(time.Now().Add(20 * time.Second))
		if _, err := l.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the lock was not let go: %v", err)
		}
		l.Close()
	}
}

func (c *computer) emit(name string, begins bool) {
	if err := c.conn.Emit("/org/freedesktop/login1", loginManager+"."+name, begins); err != nil {
		c.t.Error(err)
	}
}

func (c *computer) Ready(t *testing.T) {
	t.Helper()
	platformtest.Eventually(t, "the computer is asked to wait", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.locks) == 1
	})
}
func (c *computer) Suspend(t *testing.T) { c.emit("PrepareForSleep", true); c.wait(t) }
func (c *computer) Resume(*testing.T)    { c.emit("PrepareForSleep", false) }
func (c *computer) End(t *testing.T)     { c.emit("PrepareForShutdown", true); c.wait(t) }
func (c *computer) Stay(*testing.T)      { c.emit("PrepareForShutdown", false) }

func TestLogindKeepsTheContract(t *testing.T) {
	d := newSystemBus(t)
	c := newComputer(t, d)
	before := goleak.IgnoreCurrent()
	platformtest.TestPower(t, func(_ *testing.T, told func(context.Context, power.Event)) (platformtest.PowerPort, platformtest.PowerPeer) {
		return power.New(power.Config{Told: told}), c
	})
	goleak.VerifyNone(t, before)
	if want := [4]string{"sleep:shutdown", "Upshot", "files on their way are ended", "delay"}; c.asked[0] != want {
		t.Errorf("asked %q", c.asked[0])
	}
}

func TestToldHasAsLongAsLogindWaits(t *testing.T) {
	d := newSystemBus(t)
	c := newComputer(t, d)
	left := make(chan time.Duration, 1)
	run(t, power.Config{Told: func(ctx context.Context, e power.Event) {
		if at, ok := ctx.Deadline(); ok && e == power.Suspending {
			left <- time.Until(at)
		}
	}})
	c.Ready(t)
	c.Suspend(t)
	if l := <-left; l > 7*time.Second || l < 5*time.Second {
		t.Errorf("it has %v of 7s", l)
	}
}

// run runs to the test's end.
func run(t *testing.T, c power.Config) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); power.New(c).Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
}

func TestLogindThatStartsAnewIsAskedAgain(t *testing.T) {
	d := newSystemBus(t)
	c := newComputer(t, d)
	events := make(chan power.Event, 4)
	run(t, power.Config{Told: func(_ context.Context, e power.Event) { events <- e }})
	c.Ready(t)
	c.conn.Close()
	c = newComputer(t, d)
	c.Ready(t)
	c.Suspend(t)
	if e := <-events; e != power.Suspending {
		t.Errorf("told %s", e)
	}
}

func TestLogindThatDoesNotWaitStillTells(t *testing.T) {
	d := newSystemBus(t)
	c := newComputer(t, d)
	c.refuse = true
	events := make(chan power.Event, 100)
	run(t, power.Config{Told: func(_ context.Context, e power.Event) { events <- e }})
	platformtest.Eventually(t, "it is told", func() bool {
		c.emit("PrepareForSleep", true)
		return len(events) > 0
	})
	if err := power.New(power.Config{}).Announced(t.Context()); err == nil || errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Announced: %v", err)
	}
}

func TestWithoutLogind(t *testing.T) {
	for name, prepare := range map[string]func(d *platformtest.Desktop){
		"a bus without it": func(*platformtest.Desktop) {},
		"no bus":           func(d *platformtest.Desktop) { d.KillBus() },
	} {
		t.Run(name, func(t *testing.T) {
			prepare(newSystemBus(t))
			p := power.New(power.Config{})
			if err := p.Announced(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("Announced: %v", err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if err := p.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Run: %v", err)
			}
		})
	}
}

func TestMuteLogindDoesNotHoldRun(t *testing.T) {
	newSystemBus(t).OwnMute(login)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- power.New(power.Config{}).Run(ctx) }()
	select {
	case err := <-ended:
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("Run did not end")
	}
}
