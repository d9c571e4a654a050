package hotkey

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

const (
	// settle is how long a change of the keyboard may be followed by others:
	// xmodmap makes one for each key.
	settle = 50 * time.Millisecond
	// farewell is how long the server may take to give the keys back.
	farewell = time.Second
)

// errGone is a display that does not answer any more.
var errGone = fmt.Errorf("the screen has gone: %w", io.ErrUnexpectedEOF)

// x11 grabs keys of an X server.
type x11 struct{ retry time.Duration }

func (x x11) serve(ctx context.Context, all []Binding, tell func([]Status), press func(string)) error {
	conn, err := dial(ctx)
	if err != nil {
		return err
	}
	// The keys must be free again when this returns: the next one to ask for
	// them may be us. But a server that hangs is not waited for.
	done := make(chan struct{})
	defer close(done)
	defer context.AfterFunc(ctx, func() {
		select {
		case <-time.After(farewell):
			conn.Close()
		case <-done:
		}
	})()
	defer conn.Close()

	k := &keyboard{conn: conn, bindings: all, repeats: repeats{}}
	for _, s := range xproto.Setup(conn).Roots {
		k.roots = append(k.roots, s.Root)
	}
	events := make(chan xgb.Event)
	go pump(conn, events, done)
	return k.run(ctx, events, x.retry, tell, press)
}

// dial connects to the server of DISPLAY; a server that does not answer is
// left to a goroutine that hangs up when it does.
func dial(ctx context.Context) (*xgb.Conn, error) {
	// It writes to stderr about every missing Xauthority and every server
	// that goes.
	xgb.Logger.SetOutput(io.Discard)
	type answer struct {
		conn *xgb.Conn
		err  error
	}
	answers := make(chan answer)
	go func() {
		conn, err := xgb.NewConn()
		select {
		case answers <- answer{conn, err}:
		case <-ctx.Done():
			if err == nil {
				conn.Close()
			}
		}
	}()
	select {
	case a := <-answers:
		if a.err != nil {
			return nil, errNone(noScreen)
		}
		return a.conn, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pump hands events on until the connection ends, or done.
func pump(conn *xgb.Conn, events chan<- xgb.Event, done <-chan struct{}) {
	defer close(events)
	for {
		e, err := conn.WaitForEvent()
		if e == nil && err == nil {
			return
		}
		if e == nil {
			continue
		}
		select {
		case events <- e:
		case <-done:
		}
	}
}

// keyboard is an X server's keyboard with what we have grabbed of it. Its
// fields belong to run.
type keyboard struct {
	conn     *xgb.Conn
	roots    []xproto.Window
	bindings []Binding

	layout  *layout
	grabbed map[grab]string // what is grabbed, and its action
	repeats repeats
}

// grab is a key with modifiers as the server knows them, without locks.
type grab struct {
	code xproto.Keycode
	mods uint16
}

func (k *keyboard) run(ctx context.Context, events <-chan xgb.Event, retry time.Duration,
	tell func([]Status), press func(string),
) error {
	var again <-chan time.Time // when to grab anew
	regrab := func() error {
		status, taken, err := k.grabAll()
		if err != nil {
			return err
		}
		tell(status)
		again = nil
		if taken {
			again = time.After(retry) // the other program may end
		}
		return nil
	}
	if err := regrab(); err != nil {
		return err
	}
	for {
		select {
		case e, ok := <-events:
			if !ok {
				return errGone
			}
			switch e := e.(type) {
			case xproto.KeyPressEvent:
				if k.repeats.pressed(e.Detail, e.Time) {
					if action, ours := k.grabbed[grab{e.Detail, k.layout.plain(e.State)}]; ours {
						press(action)
					}
				}
			case xproto.KeyReleaseEvent:
				k.repeats.released(e.Detail, e.Time)
			case xproto.MappingNotifyEvent:
				if e.Request != xproto.MappingPointer {
					again = time.After(settle)
				}
			}
		case <-again:
			if err := regrab(); err != nil {
				return err
			}
		case <-ctx.Done():
			_ = k.release() // the connection ends anyway
			return ctx.Err()
		}
	}
}

// grabAll learns the keyboard and grabs all that is bound. taken says that
// another program has a part of it.
func (k *keyboard) grabAll() (all []Status, taken bool, err error) {
	if err := k.release(); err != nil {
		return nil, false, err
	}
	if k.layout, err = readLayout(k.conn); err != nil {
		return nil, false, err
	}
	k.grabbed = map[grab]string{}
	for _, b := range k.bindings {
		s := Status{Binding: b, Shown: b.Combination.String()}
		err := k.grabOne(b)
		var other xproto.AccessError
		switch {
		case err == nil:
			s.Active = true
		case errors.As(err, &other):
			taken = true
			s.Err = fmt.Errorf("%s: %w", b.Combination, ErrTaken)
		case errors.Is(err, errNoKey), errors.Is(err, ErrTaken):
			s.Err = fmt.Errorf("%s: %w", b.Combination, err)
		default:
			return nil, false, errGone
		}
		all = append(all, s)
	}
	return all, taken, nil
}

// grabOne grabs every key that has the combination's symbol, or none.
func (k *keyboard) grabOne(b Binding) error {
	codes, mods, err := k.layout.find(b.Combination)
	if err != nil {
		return err
	}
	for _, code := range codes {
		if other, twice := k.grabbed[grab{code, mods}]; twice {
			return fmt.Errorf("on this keyboard it is the same as that of %s: %w", other, ErrTaken)
		}
	}
	for i, code := range codes {
		for _, lock := range k.layout.locks {
			for _, root := range k.roots {
				err = xproto.GrabKeyChecked(k.conn, false, root, mods|lock, code, xproto.GrabModeAsync, xproto.GrabModeAsync).Check()
				if err == nil {
					continue
				}
				for _, done := range codes[:i+1] {
					k.ungrab(grab{done, mods})
				}
				return err
			}
		}
	}
	for _, code := range codes {
		k.grabbed[grab{code, mods}] = b.Action
	}
	return nil
}

func (k *keyboard) ungrab(g grab) {
	for _, lock := range k.layout.locks {
		for _, root := range k.roots {
			xproto.UngrabKey(k.conn, g.code, root, g.mods|lock)
		}
	}
}

// release gives all keys back; they are free when it returns.
func (k *keyboard) release() error {
	for _, root := range k.roots {
		err := xproto.UngrabKeyChecked(k.conn, xproto.GrabAny, root, xproto.ModMaskAny).Check()
		if err != nil {
			return errGone
		}
	}
	k.grabbed = nil
	return nil
}

// repeats tells a press from the repetition of a key that is held down: the
// server repeats by a release and a press of the same moment, where a finger
// takes tens of milliseconds. (It does so for every client that does not ask
// XKB for another way. Whether the key is down is no help: who grabs the whole
// keyboard meanwhile gets its release.)
type repeats map[xproto.Keycode]xproto.Timestamp

const repeatGap = 1 // ms

// pressed says whether a press is a new one.
func (r repeats) pressed(code xproto.Keycode, at xproto.Timestamp) bool {
	released, ever := r[code]
	return !ever || at-released > repeatGap
}

func (r repeats) released(code xproto.Keycode, at xproto.Timestamp) { r[code] = at }
