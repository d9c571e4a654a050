package clipboard

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"github.com/jezek/xgb/xproto"
)

// stall is how long an owner may leave us without any sign: the X server does
// not tell when a program that was asked has died.
const stall = 5 * time.Second

// targets asks the owner what it can turn the clipboard into.
func (x x11) targets(ctx context.Context) ([]string, error) {
	return withPeer(ctx, func(p *peer) ([]string, error) {
		raw, err := p.convert("TARGETS", 1<<20)
		if errors.Is(err, fs.ErrNotExist) && p.owned() {
			// An old program that does not tell: it has text or nothing.
			return []string{"UTF8_STRING", "STRING"}, nil
		}
		if err != nil {
			return nil, err
		}
		return p.names(raw)
	})
}

// read fetches the clipboard in one of its forms.
func (x x11) read(ctx context.Context, target string) ([]byte, error) {
	return withPeer(ctx, func(p *peer) ([]byte, error) { return p.convert(target, x.limit) })
}

// owned says whether anybody has the clipboard.
func (p *peer) owned() bool {
	reply, err := xproto.GetSelectionOwner(p.conn, p.atoms["CLIPBOARD"]).Reply()
	return err == nil && reply != nil && reply.Owner != xproto.WindowNone
}

// names turns a list of atoms into words.
func (p *peer) names(raw []byte) ([]string, error) {
	var cookies []xproto.GetAtomNameCookie
	for ; len(raw) >= 4; raw = raw[4:] {
		atom := xproto.Atom(binary.LittleEndian.Uint32(raw))
		if atom != xproto.AtomNone {
			cookies = append(cookies, xproto.GetAtomName(p.conn, atom))
		}
	}
	var names []string
	for _, c := range cookies {
		reply, err := c.Reply()
		if err != nil {
			continue // an owner that lists a number that is no atom
		}
		if reply == nil {
			return nil, errGone
		}
		names = append(names, reply.Name)
	}
	return names, nil
}

// convert asks the owner of the clipboard for a target and collects what it
// sends: at once, or piece by piece (INCR).
func (p *peer) convert(target string, limit int) ([]byte, error) {
	if err := p.intern("CLIPBOARD", "INCR", "UPSHOT_CLIPBOARD", target); err != nil {
		return nil, err
	}
	if !p.owned() {
		return nil, errNothing
	}
	property := p.atoms["UPSHOT_CLIPBOARD"]
	xproto.ConvertSelection(p.conn, p.window, p.atoms["CLIPBOARD"], p.atoms[target], property, xproto.TimeCurrentTime)

	var silent atomic.Bool
	watch := time.AfterFunc(stall, func() { silent.Store(true); p.conn.Close() })
	defer watch.Stop()
	data, err := p.collect(property, limit, func() { watch.Reset(stall) })
	if silent.Load() {
		return nil, errSilent
	}
	return data, err
}

func (p *peer) collect(property xproto.Atom, limit int, alive func()) ([]byte, error) {
	var data []byte
	answered, piecewise := false, false
	for {
		event, xerr := p.conn.WaitForEvent()
		if event == nil && xerr == nil {
			return nil, errGone
		}
		switch e := event.(type) {
		case xproto.SelectionNotifyEvent:
			if answered || e.Requestor != p.window {
				continue
			}
			if e.Property == xproto.AtomNone {
				return nil, errNothing
			}
			answered = true
			piece, kind, err := p.take(property, limit)
			if err != nil {
				return nil, err
			}
			if kind != p.atoms["INCR"] {
				return piece, nil
			}
			piecewise = true // taking the property away was the word to begin
			alive()
		case xproto.PropertyNotifyEvent:
			if !piecewise || e.Window != p.window || e.Atom != property || e.State != xproto.PropertyNewValue {
				continue
			}
			piece, kind, err := p.take(property, limit-len(data))
			if err != nil {
				return nil, err
			}
			if kind == xproto.AtomNone {
				continue // told of twice
			}
			if len(piece) == 0 {
				return data, nil
			}
			data = append(data, piece...)
			alive()
		}
	}
}

// take reads a property of our window and deletes it.
func (p *peer) take(property xproto.Atom, limit int) (data []byte, kind xproto.Atom, err error) {
	const words = 1 << 18 // 1 MiB at a time
	for offset := uint32(0); ; offset += words {
		// The server deletes it with its last byte only.
		reply, err := xproto.GetProperty(p.conn, true, p.window, property, xproto.GetPropertyTypeAny, offset, words).Reply()
		if err != nil {
			return nil, 0, err
		}
		if reply == nil {
			return nil, 0, errGone
		}
		data = append(data, reply.Value...)
		if len(data) > limit {
			return nil, 0, fmt.Errorf("the clipboard holds more than %d MB, which is %w", limit>>20, errTooLarge)
		}
		if reply.BytesAfter == 0 {
			return data, reply.Type, nil
		}
	}
}
