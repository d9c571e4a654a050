package clipboard

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"
)

// hasDataControl asks the compositor whether it lets programs without a window
// use the clipboard.
func hasDataControl(ctx context.Context) (bool, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", waylandSocket())
	if err != nil {
		return false, err
	}
	defer conn.Close()
	deadline, ok := ctx.Deadline()
	if limit := time.Now().Add(5 * time.Second); !ok || limit.Before(deadline) {
		deadline = limit
	}
	conn.SetDeadline(deadline)
	return offersDataControl(conn)
}

func waylandSocket() string {
	name := os.Getenv("WAYLAND_DISPLAY")
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), name)
}

// The few words of the Wayland protocol that list what a compositor offers.
const (
	displayID   = 1 // the object that every connection starts with
	registryID  = 2
	callbackID  = 3
	getRegistry = 1 // wl_display.get_registry
	syncRequest = 0 // wl_display.sync: its callback comes after all that was asked before
	globalEvent = 0 // wl_registry.global
	errorEvent  = 0 // wl_display.error
)

func offersDataControl(conn io.ReadWriter) (bool, error) {
	var ask []byte
	for _, request := range [][2]uint32{{getRegistry, registryID}, {syncRequest, callbackID}} {
		ask = binary.NativeEndian.AppendUint32(ask, displayID)
		ask = binary.NativeEndian.AppendUint32(ask, 12<<16|request[0])
		ask = binary.NativeEndian.AppendUint32(ask, request[1])
	}
	if _, err := conn.Write(ask); err != nil {
		return false, err
	}
	found := false
	for {
		var head [8]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return false, err
		}
		object := binary.NativeEndian.Uint32(head[:])
		word := binary.NativeEndian.Uint32(head[4:])
		size, event := int(word>>16), word&0xffff
		if size < len(head) {
			return false, io.ErrUnexpectedEOF
		}
		body := make([]byte, size-len(head))
		if _, err := io.ReadFull(conn, body); err != nil {
			return false, err
		}
		switch {
		case object == callbackID:
			return found, nil
		case object == displayID && event == errorEvent:
			return false, io.ErrUnexpectedEOF
		case object == registryID && event == globalEvent:
			switch interfaceName(body) {
			case "ext_data_control_manager_v1", "zwlr_data_control_manager_v1":
				found = true
			}
		}
	}
}

// interfaceName reads the second argument of wl_registry.global: a length that
// counts the closing zero, then the name.
func interfaceName(body []byte) string {
	if len(body) < 8 {
		return ""
	}
	n := int(binary.NativeEndian.Uint32(body[4:]))
	if n < 1 || n > len(body)-8 {
		return ""
	}
	return string(body[8 : 8+n-1])
}
