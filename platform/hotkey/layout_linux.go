package hotkey

import (
	"fmt"
	"io/fs"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// errNoKey is a keyboard without the key.
var errNoKey = fmt.Errorf("this keyboard has no such key: %w", fs.ErrNotExist)

// Keysyms of the keys that lie on modifiers (keysymdef.h).
var (
	altSyms    = []xproto.Keysym{0xffe9, 0xffea, 0xffe7, 0xffe8} // Alt_L, Alt_R, Meta_L, Meta_R
	superSyms  = []xproto.Keysym{0xffeb, 0xffec}                 // Super_L, Super_R
	numLock    = []xproto.Keysym{0xff7f}
	scrollLock = []xproto.Keysym{0xff14}
)

// allMods are the eight modifiers; the other bits of a state are mouse buttons
// and the group of the keyboard.
const allMods = 0xff

// layout is what the keys of a keyboard mean at the moment.
type layout struct {
	first      xproto.Keycode
	width      int // symbols a key
	symbols    []xproto.Keysym
	alt, super uint16 // their bits; 0: there is none
	lock       uint16 // the bits of all locks
	locks      []uint16
}

func readLayout(conn *xgb.Conn) (*layout, error) {
	setup := xproto.Setup(conn)
	count := int(setup.MaxKeycode) - int(setup.MinKeycode) + 1
	keyboard, err := xproto.GetKeyboardMapping(conn, setup.MinKeycode, byte(count)).Reply()
	if err != nil || keyboard == nil {
		return nil, errGone
	}
	modifiers, err := xproto.GetModifierMapping(conn).Reply()
	if err != nil || modifiers == nil {
		return nil, errGone
	}
	l := &layout{first: setup.MinKeycode, width: int(keyboard.KeysymsPerKeycode), symbols: keyboard.Keysyms}
	l.learnModifiers(modifiers.Keycodes, int(modifiers.KeycodesPerModifier))
	return l, nil
}

// learnModifiers finds out which of the five free modifiers are what.
func (l *layout) learnModifiers(codes []xproto.Keycode, each int) {
	bit := func(syms []xproto.Keysym) uint16 {
		for mod := 3; mod < 8; mod++ { // Mod1 to Mod5
			for i := mod * each; i < (mod+1)*each && i < len(codes); i++ {
				if codes[i] != 0 && l.has(codes[i], syms) {
					return 1 << mod
				}
			}
		}
		return 0
	}
	l.alt, l.super = bit(altSyms), bit(superSyms)
	held := xproto.ModMaskShift | xproto.ModMaskControl | l.alt | l.super
	l.lock, l.locks = 0, []uint16{0}
	for _, lock := range []uint16{xproto.ModMaskLock, bit(numLock), bit(scrollLock)} {
		lock &^= held | l.lock
		if lock == 0 {
			continue
		}
		l.lock |= lock
		for _, other := range l.locks[:len(l.locks):len(l.locks)] {
			l.locks = append(l.locks, other|lock)
		}
	}
}

// plain are the modifiers of an event's state that a grab names.
func (l *layout) plain(state uint16) uint16 { return state & allMods &^ l.lock }

func (l *layout) symbol(i, column int) xproto.Keysym {
	if at := i*l.width + column; at < len(l.symbols) {
		return l.symbols[at]
	}
	return 0
}

func (l *layout) has(code xproto.Keycode, syms []xproto.Keysym) bool {
	for column := range l.width {
		for _, s := range syms {
			if code >= l.first && l.symbol(int(code-l.first), column) == s {
				return true
			}
		}
	}
	return false
}

// find returns the keys that have the combination's symbol, and its modifiers.
// The symbol that a key has without Shift comes first; after it the others: 4
// needs Shift on a French keyboard, and Latin letters are the second group of
// a Greek one.
func (l *layout) find(c Combination) ([]xproto.Keycode, uint16, error) {
	var mods uint16
	for _, m := range []struct {
		mod Modifiers
		bit uint16
	}{{Ctrl, xproto.ModMaskControl}, {Shift, xproto.ModMaskShift}, {Alt, l.alt}, {Super, l.super}} {
		if c.Mods&m.mod == 0 {
			continue
		}
		if m.bit == 0 {
			return nil, 0, errNoKey
		}
		mods |= m.bit
	}
	want := xproto.Keysym(keyOf(c.Key).keysym)
	for column := range l.width {
		var codes []xproto.Keycode
		for i := range len(l.symbols) / l.width {
			if s := l.symbol(i, column); s != 0 && lower(s) == want {
				codes = append(codes, l.first+xproto.Keycode(i))
			}
		}
		if len(codes) > 0 {
			return codes, mods, nil
		}
	}
	return nil, 0, errNoKey
}

// lower makes the small letter of a large one.
func lower(s xproto.Keysym) xproto.Keysym {
	if s >= 'A' && s <= 'Z' {
		return s + 'a' - 'A'
	}
	return s
}
