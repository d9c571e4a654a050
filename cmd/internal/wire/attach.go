package wire

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"
	"time"

	"images-uploader.com/upshot/client/agent"
	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/platform/instance"
)

// attachWait is how long an engine that holds the lock may take to answer: it
// may be starting, ending, or ending its files in flight.
const attachWait = 15 * time.Second

// handOverWait is how long a serving command may take for its files in flight.
const handOverWait = 10 * time.Minute

// ErrRunning says that an agent runs already.
var ErrRunning = errors.New("an agent is running already")

// Attached is an engine that this process runs, or the client of one.
type Attached struct {
	uploader.Uploader
	Serving bool
	Welcome uploader.Welcome // of the engine, when it is another process's

	gone chan struct{} // closed when the engine of this process has ended
	quit chan struct{} // closed when a client asked it to end

	engine *engine.Engine
	end    func() error
	once   sync.Once
	endErr error
}

// yieldWait is how long a command that has handed the engine over leaves the
// lock to the one that asked for it.
const yieldWait = 3 * time.Second

// As says as what a process attaches.
type As struct {
	Role uploader.Role
	// Client never runs the engine here; with nobody there it is fs.ErrNotExist.
	Client bool
	// Stays says that this process lives on and can own the clipboard itself.
	Stays bool
	// Yield leaves the lock for a moment to the one that asked for it.
	Yield bool
}

// Attach runs the engine here if nobody does, and else becomes the client of
// the one that runs. An agent asks a serving command to hand over; a running
// agent is ErrRunning for it.
func (h *House) Attach(ctx context.Context, as As) (*Attached, error) {
	role := as.Role
	deadline := time.Now().Add(attachWait)
	yield := time.Time{}
	if as.Yield {
		yield = time.Now().Add(yieldWait)
	}
	pause := 10 * time.Millisecond
	for {
		lock, err := instance.TryLock(h.Dirs.LockFile)
		if err == nil && as.Client {
			return nil, errors.Join(fs.ErrNotExist, lock.Close())
		}
		if err == nil && time.Now().Before(yield) {
			if err := lock.Close(); err != nil {
				return nil, fmt.Errorf("leave the lock to another: %w", err)
			}
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(300 * time.Millisecond):
			}
			continue
		}
		if err == nil {
			a, err := h.serve(ctx, as, lock)
			if err != nil {
				return nil, errors.Join(err, lock.Close())
			}
			return a, nil
		}
		if !errors.Is(err, instance.ErrHeld) {
			return nil, fmt.Errorf("look who runs the engine: %w", err)
		}
		a, err := h.dial(ctx)
		if err == nil && role == uploader.RoleAgent {
			if a.Welcome.Role == uploader.RoleAgent {
				a.Close()
				return nil, ErrRunning
			}
			// Asked again each round: a command that is just ending, or
			// another that took over from it, may not have heard.
			_, _ = a.HandOver(ctx, uploader.None{})
			a.Close()
			deadline = maxTime(deadline, time.Now().Add(handOverWait))
			err = fs.ErrExist
			pause = 100 * time.Millisecond
		}
		if err == nil {
			return a, nil
		}
		var other *agent.ProtocolError
		if errors.As(err, &other) {
			if other.Newer() {
				return nil, err
			}
			if err := h.retire(ctx, role); err != nil {
				return nil, fmt.Errorf("end the older Upshot: %w", err)
			}
			deadline = maxTime(deadline, time.Now().Add(handOverWait))
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("the engine's lock is held, but nobody answers at its socket; end the program that holds %s: %w", h.Dirs.LockFile, context.DeadlineExceeded)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
		pause = min(pause*2, 250*time.Millisecond)
	}
}

// retire asks an engine of an older program to end its files and make room. An
// agent is started again as this program, unless this process becomes it.
func (h *House) retire(ctx context.Context, role uploader.Role) error {
	record, err := instance.ReadRecord(h.Dirs.EngineFile)
	if err != nil {
		return err
	}
	c, welcome, err := agent.Dial(ctx, agent.DialConfig{
		Dial:  func(ctx context.Context) (net.Conn, error) { return instance.Dial(ctx, record.Socket) },
		Hello: uploader.Hello{Protocol: uploader.Protocol}, OtherProtocol: true,
	})
	if errors.Is(err, uploader.ErrGone) {
		return nil // it has ended meanwhile
	}
	if err != nil {
		return err
	}
	defer c.Close()
	if welcome.Role != uploader.RoleAgent {
		_, err = c.HandOver(ctx, uploader.None{})
	} else if _, err = c.Quit(ctx, uploader.None{}); err == nil && role != uploader.RoleAgent && !h.restarted {
		h.restarted = true
		if self, serr := os.Executable(); serr == nil {
			_, err = instance.Spawn(self, "agent")
		}
	}
	if errors.Is(err, uploader.ErrGone) {
		return nil
	}
	return err
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// dial becomes the client of the engine that runs.
func (h *House) dial(ctx context.Context) (*Attached, error) {
	record, err := instance.ReadRecord(h.Dirs.EngineFile)
	if err != nil {
		return nil, err
	}
	c, welcome, err := agent.Dial(ctx, agent.DialConfig{
		Dial:  func(ctx context.Context) (net.Conn, error) { return instance.Dial(ctx, record.Socket) },
		Hello: uploader.Hello{Protocol: uploader.Protocol, Env: desktop()},
	})
	if err != nil {
		return nil, err
	}
	return &Attached{Uploader: c, Welcome: welcome, end: c.Close}, nil
}

// serve runs the engine in this process.
func (h *House) serve(ctx context.Context, as As, lock *instance.Lock) (*Attached, error) {
	role := as.Role
	q, err := queue.Open(ctx, queue.Config{Path: h.Dirs.Database, Log: h.Log})
	if err != nil {
		return nil, fmt.Errorf("open the queue: %w", err)
	}
	a := &Attached{Serving: true, gone: make(chan struct{}), quit: make(chan struct{})}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	var asked sync.Once
	ask := func() { asked.Do(func() { close(a.quit) }) }
	cfg := engine.Config{
		Queue: q, Store: h.store, Keys: h.Services.Keys, Clipboard: h.Services.Clipboard,
		Screen: h.Services.Screen, Regions: h.Services.Regions, Notifier: h.Services.Notifier, Opener: h.Services.Opener, Trash: h.Services.Trash,
		Network: h.Services.Network, Autostart: h.Services.Autostart,
		Spool: h.Dirs.Spool, Thumbs: h.Dirs.Thumbs,
		Ours: []string{h.Dirs.Config, h.Dirs.State, h.Dirs.Cache},
		Role: role, Version: h.Version, PID: os.Getpid(), Server: h.Server, Adopt: h.adopt, Log: h.Log,
	}
	if role == uploader.RoleAgent {
		cfg.Quit = ask
	} else {
		cfg.HandOver = ask
		if cfg.Clipboard != nil && !as.Stays {
			cfg.Clipboard = lasting{cfg.Clipboard}
		}
	}
	eng, err := engine.New(ctx, cfg)
	if err != nil {
		stop()
		return nil, errors.Join(err, q.Close())
	}
	l, err := lock.Listen(h.Dirs.Socket)
	if err != nil {
		stop()
		return nil, errors.Join(fmt.Errorf("open our socket: %w", err), q.Close())
	}
	err = instance.WriteRecord(h.Dirs.EngineFile, instance.Record{PID: os.Getpid(), Socket: h.Dirs.Socket, Protocol: uploader.Protocol})
	if err != nil {
		stop()
		return nil, errors.Join(err, l.Close(), q.Close())
	}
	up := newAttentive(eng, h.store, h.Log)
	a.Uploader, a.engine = up, eng
	var working sync.WaitGroup
	var runErr, serveErr error
	working.Go(func() { runErr = eng.Run(run) })
	working.Go(func() { up.follow(run, role == uploader.RoleAgent) })
	working.Go(func() {
		serveErr = h.answer(run, lock, l, up)
		if run.Err() == nil {
			h.Log.Error("nobody can reach the engine, so it ends", "error", serveErr)
			ask()
		}
	})
	a.end = func() error {
		stop()
		working.Wait()
		err := errors.Join(runErr, serveErr, os.Remove(h.Dirs.EngineFile), q.Close(), lock.Close())
		close(a.gone)
		return err
	}
	h.Log.Info("engine runs here", "role", string(role), "pid", os.Getpid(), "version", h.Version)
	return a, nil
}

// Asked is closed when a client asked the engine of this process to end: an
// agent to quit, a serving command to hand over. It never closes for a client.
func (a *Attached) Asked() <-chan struct{} { return a.quit }

// Lost reports whether err means that the engine has gone, so that attaching
// again may help.
func (a *Attached) Lost(err error) bool {
	if errors.Is(err, uploader.ErrGone) {
		return true
	}
	select {
	case <-a.quit: // nil, and so never, for a client
		return err != nil
	default:
		return false
	}
}

// Drain lets the files in flight of this process's engine end; a client has none.
func (a *Attached) Drain(ctx context.Context) error {
	if a.engine == nil {
		return nil
	}
	return a.engine.Drain(ctx)
}

// Rest has this process's engine come to an end with what is on its way, and
// take nothing more until the returned function is called; see engine.Rest.
func (a *Attached) Rest(ctx context.Context) (wake func()) {
	if a.engine == nil {
		return func() {}
	}
	return a.engine.Rest(ctx)
}

// LookAgain has this process's engine look at its hosts anew: the computer
// has slept.
func (a *Attached) LookAgain() {
	if a.engine != nil {
		a.engine.LookAgain()
	}
}

// Notice says something in this process's engine that was found out around it.
func (a *Attached) Notice(n uploader.Notice) {
	if a.engine != nil {
		a.engine.Notice(n)
	}
}

// TakeBack takes such a notice back.
func (a *Attached) TakeBack(id string) {
	if a.engine != nil {
		a.engine.TakeBack(id)
	}
}

// Settled waits until the work that clients gave to this process's engine
// has ended or waits; a client waits for nobody.
func (a *Attached) Settled(ctx context.Context) error {
	if a.engine == nil {
		return nil
	}
	return a.engine.Settled(ctx)
}

// Close leaves the engine: a client hangs up; the process that runs it ends
// it, breaking off what is on the way (call Drain before to let that end).
func (a *Attached) Close() error {
	a.once.Do(func() { a.endErr = a.end() })
	return a.endErr
}
