package platformtest

import (
	"encoding/binary"
	"image"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Hands are a mouse and a keyboard of a Wayland desktop, as xdotool's are of an
// X server. They speak wlr-virtual-pointer-unstable-v1 and
// virtual-keyboard-unstable-v1, which sway has and GNOME has not.
type Hands struct {
	d      *Desktop
	conn   *net.UnixConn
	extent image.Point
	began  time.Time
	last   uint32 // id
	names  map[string]uint32

	pointer, keyboard uint32
}

// Keys by the numbers that Linux gives them.
const (
	KeyEsc   = 1
	KeyEnter = 28
	KeyRight = 106
	KeyDown  = 108
)

// Numbers of requests and events, in the order in which the protocols list
// them.
const (
	wlDisplay                     = 1 // the one object that is there from the start
	displaySync, displayRegistry  = 0, 1
	registryBind, registryGlobal  = 0, 0
	managerCreate                 = 0
	pointerTo, pointerButton      = 1, 2
	pointerFrame, leftButton      = 4, 0x110
	keyboardKeymap, keyboardKey   = 0, 1
	keymapText, mostEvent         = 1, 1 << 12
	seatFace                      = "wl_seat"
	pointerFace, pointerVersion   = "zwlr_virtual_pointer_manager_v1", 1
	keyboardFace, keyboardVersion = "zwp_virtual_keyboard_manager_v1", 1
)

// keymap is that of a usual keyboard; who reads it fills in what it includes.
const keymap = `xkb_keymap {
xkb_keycodes { include "evdev+aliases(qwerty)" };
xkb_types { include "complete" };
xkb_compat { include "complete" };
xkb_symbols { include "pc+us+inet(evdev)" };
};
` + "\x00"

// Hands makes a mouse and a keyboard; extent is the size of the screen.
func (d *Desktop) Hands(extent image.Point) *Hands {
	d.t.Helper()
	h := &Hands{d: d, extent: extent, began: time.Now(), last: wlDisplay, names: map[string]uint32{}}
	for _, kv := range d.env {
		if path, ok := strings.CutPrefix(kv, "WAYLAND_DISPLAY="); ok {
			conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
			if err != nil {
				d.t.Fatalf("reach the compositor: %v", err)
			}
			h.conn = conn
		}
	}
	if h.conn == nil {
		d.t.Fatal("this desktop was made without Wayland")
	}
	d.t.Cleanup(func() { h.conn.Close() })
	registry := h.id()
	h.send(nil, wlDisplay, displayRegistry, registry)
	h.look(registry)
	// Ids are taken in the order in which they are used.
	seat, mice, keyboards := h.bind(registry, seatFace, 1), h.bind(registry, pointerFace, pointerVersion), h.bind(registry, keyboardFace, keyboardVersion)
	h.pointer = h.id()
	h.send(nil, mice, managerCreate, 0, h.pointer)
	h.keyboard = h.id()
	h.send(nil, keyboards, managerCreate, seat, h.keyboard)
	path := filepath.Join(d.dir, "keymap")
	if err := os.WriteFile(path, []byte(keymap), 0o644); err != nil {
		d.t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	h.send(syscall.UnixRights(int(f.Fd())), h.keyboard, keyboardKeymap, keymapText, uint32(len(keymap)))
	return h
}

func (h *Hands) id() uint32 {
	h.last++
	return h.last
}

// look reads the names of all global objects.
func (h *Hands) look(registry uint32) {
	h.d.t.Helper()
	done := h.id()
	h.send(nil, wlDisplay, displaySync, done)
	if err := h.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		h.d.t.Fatal(err)
	}
	head := make([]byte, 8)
	for {
		if _, err := io.ReadFull(h.conn, head); err != nil {
			h.d.t.Fatalf("listen to the compositor: %v", err)
		}
		object, word := binary.NativeEndian.Uint32(head), binary.NativeEndian.Uint32(head[4:])
		size := int(word>>16) - len(head)
		if size < 0 || size > mostEvent {
			h.d.t.Fatalf("the compositor sent an event of %d bytes", size)
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(h.conn, body); err != nil {
			h.d.t.Fatalf("listen to the compositor: %v", err)
		}
		if object == done {
			return
		}
		if object != registry || word&0xffff != registryGlobal || size < 8 {
			continue
		}
		if n := int(binary.NativeEndian.Uint32(body[4:])); n > 0 && 8+n <= size {
			h.names[string(body[8:8+n-1])] = binary.NativeEndian.Uint32(body)
		}
	}
}

// bind makes an object of a global one.
func (h *Hands) bind(registry uint32, face string, version uint32) uint32 {
	h.d.t.Helper()
	name, ok := h.names[face]
	if !ok {
		h.d.t.Fatalf("the compositor does not offer %s", face)
	}
	words := []uint32{name, uint32(len(face) + 1)}
	text := make([]byte, (len(face)/4+1)*4) // with a zero at its end, in words
	copy(text, face)
	for ; len(text) > 0; text = text[4:] {
		words = append(words, binary.NativeEndian.Uint32(text))
	}
	id := h.id()
	h.send(nil, registry, registryBind, append(words, version, id)...)
	return id
}

// send sends a request, with files beside it.
func (h *Hands) send(files []byte, object, request uint32, words ...uint32) {
	h.d.t.Helper()
	msg := binary.NativeEndian.AppendUint32(nil, object)
	msg = binary.NativeEndian.AppendUint32(msg, uint32(8+4*len(words))<<16|request)
	for _, w := range words {
		msg = binary.NativeEndian.AppendUint32(msg, w)
	}
	if _, _, err := h.conn.WriteMsgUnix(msg, files, nil); err != nil {
		h.d.t.Fatalf("speak to the compositor: %v", err)
	}
}

func (h *Hands) now() uint32 { return uint32(time.Since(h.began).Milliseconds()) }

// settled is how long a program has for each movement: it draws sixty times a
// second.
const settled = 100 * time.Millisecond

// Move puts the mouse somewhere.
func (h *Hands) Move(to image.Point) {
	h.d.t.Helper()
	h.send(nil, h.pointer, pointerTo, h.now(), uint32(to.X), uint32(to.Y), uint32(h.extent.X), uint32(h.extent.Y))
	h.send(nil, h.pointer, pointerFrame)
	time.Sleep(settled)
}

// Press presses the left button, or lets it go.
func (h *Hands) Press(down bool) {
	h.d.t.Helper()
	state := uint32(0)
	if down {
		state = 1
	}
	h.send(nil, h.pointer, pointerButton, h.now(), leftButton, state)
	h.send(nil, h.pointer, pointerFrame)
	time.Sleep(settled)
}

// Type presses keys, one after the other.
func (h *Hands) Type(keys ...uint32) {
	h.d.t.Helper()
	for _, key := range keys {
		for _, state := range []uint32{1, 0} {
			h.send(nil, h.keyboard, keyboardKey, h.now(), key, state)
			time.Sleep(settled)
		}
	}
}

// Windows are the titles that the compositor knows, as it tells them.
func (d *Desktop) Windows() string {
	d.t.Helper()
	sockets, _ := filepath.Glob(filepath.Join(d.dir, "wayland", "sway-ipc.*.sock"))
	if len(sockets) != 1 {
		d.t.Fatalf("sway's own sockets: %q", sockets)
	}
	return d.Run("swaymsg", "-s", sockets[0], "-t", "get_tree")
}
