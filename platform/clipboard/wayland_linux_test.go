package clipboard_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"images-uploader.com/upshot/platform/clipboard"
	"images-uploader.com/upshot/platform/platformtest"
)

func TestWaylandClipboardKeepsTheContract(t *testing.T) {
	platformtest.Need(t, "sway", "wl-copy", "wl-paste")
	platformtest.TestClipboard(t, func(t *testing.T) (platformtest.ClipboardPort, platformtest.ClipboardPeer) {
		d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Wayland: true, NoBus: true})
		d.Setenv()
		return open(t), wl{t, d}
	})
}

func TestKeptWaylandClipboardKeepsTheContract(t *testing.T) {
	platformtest.Need(t, "sway", "wl-copy", "wl-paste")
	platformtest.TestKeptClipboard(t, func(t *testing.T) (platformtest.KeepingClipboard, platformtest.ClipboardPeer) {
		d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Wayland: true, NoBus: true})
		d.Setenv()
		return open(t), wl{t, d}
	})
}

// wl is a program that is not ours.
type wl struct {
	t *testing.T
	d *platformtest.Desktop
}

func (w wl) PutText(text string) { w.put("text/plain;charset=utf-8", []byte(text)) }

func (w wl) PutImage(png []byte) { w.put("image/png", png) }

func (w wl) PutFiles(paths ...string) {
	var list strings.Builder
	for _, p := range paths {
		list.WriteString((&url.URL{Scheme: "file", Path: p}).String() + "\r\n")
	}
	w.put("text/uri-list", []byte(list.String()))
}

func (w wl) put(kind string, data []byte) {
	w.t.Helper()
	cmd := w.d.Command("wl-copy", "--foreground", "--type", kind)
	cmd.Stdin = bytes.NewReader(data)
	w.d.Start(cmd)
	platformtest.Eventually(w.t, "wl-copy has the clipboard", func() bool {
		got, err := w.d.Command("wl-paste", "--no-newline", "--type", kind).Output()
		return err == nil && bytes.Equal(got, data)
	})
}

func (w wl) SeenText() string {
	w.t.Helper()
	return w.d.Run("wl-paste", "--no-newline", "--type", "text/plain;charset=utf-8")
}

func (w wl) SeenImage() []byte {
	w.t.Helper()
	return []byte(w.d.Run("wl-paste", "--no-newline", "--type", "image/png"))
}

func (w wl) SeenFiles() string {
	w.t.Helper()
	return w.d.Run("wl-paste", "--no-newline", "--type", "text/uri-list")
}

func TestWaylandLinksAreOfferedAsHTMLToo(t *testing.T) {
	platformtest.Need(t, "sway", "wl-paste")
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Wayland: true, NoBus: true})
	d.Setenv()
	if err := open(t).SetText(t.Context(), "https://example.com/a.png"); err != nil {
		t.Fatal(err)
	}
	if got := d.Run("wl-paste", "--no-newline", "--type", "text/html"); got != `<a href="https://example.com/a.png">https://example.com/a.png</a>` {
		t.Errorf("as HTML it is %q", got)
	}
	if got := (wl{t, d}).SeenText(); got != "https://example.com/a.png" {
		t.Errorf("as text it is %q", got)
	}
}

// TestCompositorThatKeepsTheClipboardToItsWindows has one that lists what it
// offers, without data-control.
func TestCompositorThatKeepsTheClipboardToItsWindows(t *testing.T) {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{NoBus: true})
	d.Setenv()
	socket := filepath.Join(d.RuntimeDir(), "wayland-7")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 1024))
			conn.Write(append(event(2, 0, global(1, "wl_compositor")...), append(event(2, 0, global(2, "wl_seat")...), event(3, 0, 0, 0, 0, 0)...)...))
			conn.Close()
		}
	}()
	t.Setenv("WAYLAND_DISPLAY", "wayland-7")
	t.Run("is reached by its X11 side", func(t *testing.T) {
		c := open(t)
		if err := c.SetText(t.Context(), "by X11"); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Text(t.Context()); err != nil || got != "by X11" {
			t.Errorf("Text: %q, %v", got, err)
		}
	})
	t.Run("and without one, not at all", func(t *testing.T) {
		t.Setenv("DISPLAY", "")
		_, err := clipboard.New(clipboard.Config{}).Text(t.Context())
		if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "windows") {
			t.Errorf("Text: %v", err)
		}
	})
}

func event(object uint32, opcode uint16, body ...byte) []byte {
	b := binary.NativeEndian.AppendUint32(nil, object)
	b = binary.NativeEndian.AppendUint32(b, uint32(8+len(body))<<16|uint32(opcode))
	return append(b, body...)
}

func global(name uint32, face string) []byte {
	b := binary.NativeEndian.AppendUint32(nil, name)
	b = binary.NativeEndian.AppendUint32(b, uint32(len(face)+1))
	b = append(b, face...)
	b = append(b, make([]byte, 4-len(face)%4)...) // the closing zero, to a whole word
	return binary.NativeEndian.AppendUint32(b, 1)
}
