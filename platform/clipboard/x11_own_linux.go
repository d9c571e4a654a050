package clipboard

import (
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/jezek/xgb/xproto"
)

// direct is the largest item that is handed over in one piece; a request of
// the X protocol holds 256 KB. More goes in pieces of that size (INCR).
const direct = 128 << 10

// farewell is how long a reader may go on fetching what it has begun to read
// after the clipboard has been taken from us.
const farewell = 10 * time.Second

// own takes the clipboard and serves it until somebody else takes it.
func (x x11) own(ctx context.Context, items []item) (*held, error) {
	// Not withPeer: the connection stays when the call has ended.
	return bounded(ctx, func() (*held, error) {
		p, err := dial()
		if err != nil {
			return nil, err
		}
		hangUp := context.AfterFunc(ctx, p.conn.Close)
		o := &owner{peer: p, items: items, lost: make(chan struct{}), transfers: map[transferKey]*transfer{}}
		if err := o.acquire(); err != nil {
			hangUp()
			p.conn.Close()
			return nil, err
		}
		if !hangUp() {
			return nil, ctx.Err() // too late, and it has been hung up already
		}
		go o.serve()
		return &held{lost: o.lost, release: p.conn.Close}, nil
	})
}

// owner serves one thing on the clipboard. Its fields belong to serve.
type owner struct {
	*peer
	items     []item
	since     xproto.Timestamp
	transfers map[transferKey]*transfer
	lost      chan struct{}
	over      sync.Once
}

// transfer is an item on its way to a reader, piece by piece.
type transfer struct {
	kind xproto.Atom
	rest []byte
}

type transferKey struct {
	requestor xproto.Window
	property  xproto.Atom
}

// acquire makes us the owner.
func (o *owner) acquire() error {
	if err := o.intern("CLIPBOARD", "INCR", "UPSHOT_CLIPBOARD", "TARGETS", "TIMESTAMP", "MULTIPLE", "ATOM_PAIR"); err != nil {
		return err
	}
	for _, it := range o.items {
		if err := o.intern(it.targets...); err != nil {
			return err
		}
	}
	since, err := o.now()
	if err != nil {
		return err
	}
	o.since = since
	xproto.SetSelectionOwner(o.conn, o.window, o.atoms["CLIPBOARD"], since)
	reply, err := xproto.GetSelectionOwner(o.conn, o.atoms["CLIPBOARD"]).Reply()
	if err != nil {
		return err
	}
	if reply == nil {
		return errGone
	}
	if reply.Owner != o.window {
		return fmt.Errorf("another program took the clipboard at the same moment: %w", fs.ErrPermission)
	}
	return nil
}

// now is the server's time; it tells it with every change of a property.
func (o *owner) now() (xproto.Timestamp, error) {
	property := o.atoms["UPSHOT_CLIPBOARD"]
	xproto.ChangeProperty(o.conn, xproto.PropModeAppend, o.window, property, xproto.AtomString, 8, 0, nil)
	for {
		event, xerr := o.conn.WaitForEvent()
		if event == nil && xerr == nil {
			return 0, errGone
		}
		if e, ok := event.(xproto.PropertyNotifyEvent); ok && e.Window == o.window && e.Atom == property {
			return e.Time, nil
		}
	}
}

// serve answers readers until the clipboard is somebody else's and nobody is
// still reading.
func (o *owner) serve() {
	defer o.over.Do(func() { close(o.lost) })
	defer o.conn.Close()
	cleared := false
	for !cleared || len(o.transfers) > 0 {
		event, xerr := o.conn.WaitForEvent()
		if event == nil && xerr == nil {
			return
		}
		switch e := event.(type) {
		case xproto.SelectionRequestEvent:
			o.answer(e)
		case xproto.PropertyNotifyEvent:
			if e.State == xproto.PropertyDelete {
				o.next(transferKey{e.Window, e.Atom})
			}
		case xproto.DestroyNotifyEvent:
			o.forget(e.Window)
		case xproto.SelectionClearEvent:
			if e.Selection != o.atoms["CLIPBOARD"] || cleared {
				continue
			}
			cleared = true
			o.over.Do(func() { close(o.lost) })
			defer time.AfterFunc(farewell, o.conn.Close).Stop()
		}
		if xerr != nil {
			o.forget(xproto.Window(xerr.BadId())) // a reader that died while we wrote to it
		}
	}
}

// answer gives a reader what it asks for, or says no.
func (o *owner) answer(e xproto.SelectionRequestEvent) {
	property := e.Property
	if property == xproto.AtomNone {
		property = e.Target // by the conventions, for very old programs
	}
	given := false
	// A request from before we took the clipboard was meant for somebody else.
	if e.Time == xproto.TimeCurrentTime || int32(e.Time-o.since) >= 0 {
		if e.Target == o.atoms["MULTIPLE"] {
			given = o.giveSeveral(e.Requestor, property)
		} else {
			given = o.give(e.Requestor, property, e.Target)
		}
	}
	if !given {
		property = xproto.AtomNone
	}
	notify := xproto.SelectionNotifyEvent{
		Time: e.Time, Requestor: e.Requestor, Selection: e.Selection, Target: e.Target, Property: property,
	}
	xproto.SendEvent(o.conn, false, e.Requestor, 0, string(notify.Bytes()))
}

// give puts one form of the item where the reader wants it.
func (o *owner) give(requestor xproto.Window, property, target xproto.Atom) bool {
	switch target {
	case o.atoms["TARGETS"]:
		o.put(requestor, property, xproto.AtomAtom, 32, o.targetAtoms())
		return true
	case o.atoms["TIMESTAMP"]:
		o.put(requestor, property, xproto.AtomInteger, 32, binary.LittleEndian.AppendUint32(nil, uint32(o.since)))
		return true
	}
	data, kind := o.form(target)
	if kind == xproto.AtomNone {
		return false
	}
	if len(data) <= direct {
		o.put(requestor, property, kind, 8, data)
		return true
	}
	// The reader deletes the property to ask for the next piece; we must have
	// asked to be told before it can.
	xproto.ChangeWindowAttributes(o.conn, requestor, xproto.CwEventMask,
		[]uint32{xproto.EventMaskPropertyChange | xproto.EventMaskStructureNotify})
	o.transfers[transferKey{requestor, property}] = &transfer{kind: kind, rest: data}
	o.put(requestor, property, o.atoms["INCR"], 32, binary.LittleEndian.AppendUint32(nil, uint32(len(data))))
	return true
}

// giveSeveral answers MULTIPLE: pairs of target and property, in a property.
func (o *owner) giveSeveral(requestor xproto.Window, property xproto.Atom) bool {
	reply, err := xproto.GetProperty(o.conn, false, requestor, property, o.atoms["ATOM_PAIR"], 0, 1024).Reply()
	if err != nil || reply == nil || reply.Format != 32 {
		return false
	}
	pairs := slices.Clone(reply.Value)
	for i := 0; i+8 <= len(pairs); i += 8 {
		target := xproto.Atom(binary.LittleEndian.Uint32(pairs[i:]))
		where := xproto.Atom(binary.LittleEndian.Uint32(pairs[i+4:]))
		if target == o.atoms["MULTIPLE"] || !o.give(requestor, where, target) {
			binary.LittleEndian.PutUint32(pairs[i+4:], uint32(xproto.AtomNone)) // this one not
		}
	}
	o.put(requestor, property, o.atoms["ATOM_PAIR"], 32, pairs)
	return true
}

// form finds the bytes of a target and the name of their encoding; TEXT means
// whichever the owner likes.
func (o *owner) form(target xproto.Atom) (data []byte, kind xproto.Atom) {
	for _, it := range o.items {
		for _, name := range it.targets {
			switch {
			case o.atoms[name] != target:
			case name == "TEXT":
				return it.data, o.atoms["UTF8_STRING"]
			default:
				return it.data, target
			}
		}
	}
	return nil, xproto.AtomNone
}

func (o *owner) targetAtoms() []byte {
	var list []byte
	add := func(name string) { list = binary.LittleEndian.AppendUint32(list, uint32(o.atoms[name])) }
	add("TARGETS")
	add("TIMESTAMP")
	add("MULTIPLE")
	for _, it := range o.items {
		for _, name := range it.targets {
			add(name)
		}
	}
	return list
}

func (o *owner) put(w xproto.Window, property, kind xproto.Atom, format byte, data []byte) {
	xproto.ChangeProperty(o.conn, xproto.PropModeReplace, w, property, kind, format, uint32(len(data))/uint32(format/8), data)
}

// next hands over the next piece; an empty one ends the transfer.
func (o *owner) next(key transferKey) {
	t := o.transfers[key]
	if t == nil {
		return
	}
	piece := t.rest[:min(direct, len(t.rest))]
	t.rest = t.rest[len(piece):]
	o.put(key.requestor, key.property, t.kind, 8, piece)
	if len(piece) > 0 {
		return
	}
	delete(o.transfers, key)
	for other := range o.transfers {
		if other.requestor == key.requestor {
			return
		}
	}
	xproto.ChangeWindowAttributes(o.conn, key.requestor, xproto.CwEventMask, []uint32{0})
}

// forget ends the transfers to a reader that has gone.
func (o *owner) forget(w xproto.Window) {
	for key := range o.transfers {
		if key.requestor == w {
			delete(o.transfers, key)
		}
	}
}
