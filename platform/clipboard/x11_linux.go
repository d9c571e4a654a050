package clipboard

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// x11 is the clipboard of an X server, by the conventions of the ICCCM
// (section 2, peer-to-peer communication by means of selections).
type x11 struct{ limit int }

// errGone is a connection that has ended.
var errGone = fmt.Errorf("the screen has gone: %w", errors.ErrUnsupported)

// peer is one connection to the X server with a window to talk through.
type peer struct {
	conn   *xgb.Conn
	window xproto.Window
	atoms  map[string]xproto.Atom
}

// dial connects. It runs until the server answers, however long that takes:
// call it through bounded, and hang up afterwards.
func dial() (*peer, error) {
	// It writes to stderr about every missing Xauthority and every server
	// that goes.
	xgb.Logger.SetOutput(io.Discard)
	conn, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("the screen cannot be reached: %w", errors.ErrUnsupported)
	}
	p := &peer{conn: conn, atoms: map[string]xproto.Atom{}}
	if err := p.openWindow(); err != nil {
		conn.Close()
		return nil, err
	}
	return p, nil
}

func (p *peer) openWindow() error {
	window, err := xproto.NewWindowId(p.conn)
	if err != nil {
		return errGone
	}
	p.window = window
	root := xproto.Setup(p.conn).DefaultScreen(p.conn).Root
	return xproto.CreateWindowChecked(p.conn, 0, window, root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly, 0,
		xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange}).Check()
}

// atom is the server's number for a name.
func (p *peer) atom(name string) (xproto.Atom, error) {
	if a, ok := p.atoms[name]; ok {
		return a, nil
	}
	reply, err := xproto.InternAtom(p.conn, false, uint16(len(name)), name).Reply()
	if err != nil {
		return 0, err
	}
	if reply == nil {
		return 0, errGone
	}
	p.atoms[name] = reply.Atom
	return reply.Atom, nil
}

// intern learns several atoms; each is in p.atoms afterwards.
func (p *peer) intern(names ...string) error {
	for _, n := range names {
		if _, err := p.atom(n); err != nil {
			return err
		}
	}
	return nil
}

// withPeer runs f on a connection of its own, and hangs up when f or ctx ends.
func withPeer[T any](ctx context.Context, f func(*peer) (T, error)) (T, error) {
	return bounded(ctx, func() (T, error) {
		p, err := dial()
		if err != nil {
			var none T
			return none, err
		}
		defer p.conn.Close()
		defer context.AfterFunc(ctx, p.conn.Close)() // wakes f where it waits for an event
		return f(p)
	})
}
