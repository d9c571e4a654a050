package platformtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// ClipboardPort is the port that a clipboard keeps, with Lost, which tells the
// end of what was put there.
type ClipboardPort interface {
	Text(ctx context.Context) (string, error)
	Files(ctx context.Context) ([]string, error)
	Image(ctx context.Context) (data []byte, ext string, err error)
	SetText(ctx context.Context, text string) error
	SetImage(ctx context.Context, png []byte) error
	SetFiles(ctx context.Context, paths []string) error
	Lost(ctx context.Context) error
}

// ClipboardPeer is another program that uses the same clipboard.
type ClipboardPeer interface {
	PutText(text string)
	PutFiles(paths ...string)
	PutImage(png []byte)
	SeenText() string
	SeenImage() []byte
	SeenFiles() string // a list of URIs
}

// Clipboard is a clipboard in memory; the zero value is empty.
type Clipboard struct {
	mu    sync.Mutex
	text  string
	files []string
	data  []byte
	ext   string
	sets  []string
	fail  error
	lost  chan struct{}

	secret bool // a password manager has marked it
}

var errNothingThere = fmt.Errorf("the clipboard has nothing of that sort: %w", fs.ErrNotExist)

// Fail makes every call fail with err (nil: no more).
func (c *Clipboard) Fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = err
}

// PutText stands for another program that copies text.
func (c *Clipboard) PutText(text string) { c.take(func() { c.text = text }) }

// PutFiles stands for another program that copies files.
func (c *Clipboard) PutFiles(paths ...string) { c.take(func() { c.files = slices.Clone(paths) }) }

// PutImage stands for another program that copies a picture.
func (c *Clipboard) PutImage(png []byte) { c.take(func() { c.data, c.ext = bytes.Clone(png), "png" }) }

func (c *Clipboard) take(put func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	put()
}

func (c *Clipboard) clear() {
	c.text, c.files, c.data, c.ext, c.secret = "", nil, nil, "", false
	if c.lost != nil {
		close(c.lost)
		c.lost = nil
	}
}

// SeenText is what another program would paste.
func (c *Clipboard) SeenText() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text
}

// Sets are all texts that were put there by SetText, oldest first.
func (c *Clipboard) Sets() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sets)
}

// Text returns the text on it.
func (c *Clipboard) Text(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text, c.state(ctx, c.text == "")
}

// Files returns the paths on it.
func (c *Clipboard) Files(ctx context.Context) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.files), c.state(ctx, len(c.files) == 0)
}

// Image returns the picture on it.
func (c *Clipboard) Image(ctx context.Context) (data []byte, ext string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.data), c.ext, c.state(ctx, len(c.data) == 0)
}

// SeenImage is the picture that another program would paste.
func (c *Clipboard) SeenImage() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.data)
}

// SeenFiles are the files that another program would paste.
func (c *Clipboard) SeenFiles() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list strings.Builder
	for _, p := range c.files {
		list.WriteString((&url.URL{Scheme: "file", Path: p}).String() + "\r\n")
	}
	return list.String()
}

// SetText puts text on it.
func (c *Clipboard) SetText(ctx context.Context, text string) error {
	return c.set(ctx, func() {
		c.text = text
		c.sets = append(c.sets, text)
	})
}

// SetImage puts a picture on it.
func (c *Clipboard) SetImage(ctx context.Context, png []byte) error {
	return c.set(ctx, func() { c.data, c.ext = bytes.Clone(png), "png" })
}

// SetFiles puts files on it.
func (c *Clipboard) SetFiles(ctx context.Context, paths []string) error {
	return c.set(ctx, func() { c.files = slices.Clone(paths) })
}

func (c *Clipboard) set(ctx context.Context, put func()) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.state(ctx, false); err != nil {
		return err
	}
	lost := c.lost
	c.lost = nil
	c.clear()
	if lost == nil {
		lost = make(chan struct{})
	}
	c.lost = lost
	put()
	return nil
}

// Lost waits until another program has taken it.
func (c *Clipboard) Lost(ctx context.Context) error {
	c.mu.Lock()
	lost := c.lost
	c.mu.Unlock()
	if lost == nil {
		return nil
	}
	select {
	case <-lost:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Clipboard) state(ctx context.Context, empty bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.fail == nil && empty {
		return errNothingThere
	}
	return c.fail
}

// TestClipboard is the contract of a clipboard. open returns one that is empty
// and a program beside it.
func TestClipboard(t *testing.T, open func(t *testing.T) (ClipboardPort, ClipboardPeer)) {
	ctx := t.Context()
	t.Run("an empty one has nothing of any sort", func(t *testing.T) {
		c, _ := open(t)
		wantOnly(t, c, "")
	})
	t.Run("what was put there is read back, of any length", func(t *testing.T) {
		c, peer := open(t)
		for name, text := range map[string]string{
			"a link":             "https://example.com/i/abc.png",
			"several lines":      "one\ntwo\nthree\n",
			"not only ASCII":     "Zürich – 東京 – 🦊",
			"200 KB":             strings.Repeat("0123456789", 20_000),
			"five MB, not ASCII": strings.Repeat("ä", 2_500_000),
		} {
			if err := c.SetText(ctx, text); err != nil {
				t.Fatalf("%s: SetText: %v", name, err)
			}
			if got, err := c.Text(ctx); err != nil || got != text {
				t.Errorf("%s: read back %d bytes, error %v, want %d", name, len(got), err, len(text))
			}
			if got := peer.SeenText(); got != text {
				t.Errorf("%s: another program reads %d bytes, want %d", name, len(got), len(text))
			}
		}
	})
	t.Run("text of another program", func(t *testing.T) {
		c, peer := open(t)
		peer.PutText("Grüße 🦊")
		if got, err := c.Text(ctx); err != nil || got != "Grüße 🦊" {
			t.Errorf("Text: %q, %v", got, err)
		}
		wantOnly(t, c, "text")
	})
	t.Run("files of another program, whatever they are called", func(t *testing.T) {
		c, peer := open(t)
		paths := []string{"/tmp/a b ä#%.txt", "/tmp/second.png", "/tmp/100%/x?y=1&z.jpg"}
		peer.PutFiles(paths...)
		if got, err := c.Files(ctx); err != nil || !slices.Equal(got, paths) {
			t.Errorf("Files: %q, %v", got, err)
		}
		if _, _, err := c.Image(ctx); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Image: %v, want fs.ErrNotExist", err)
		}
	})
	t.Run("a picture of another program, of any size", func(t *testing.T) {
		c, peer := open(t)
		for _, side := range []int{8, 300, 900} {
			want := Noise(side, side)
			peer.PutImage(want)
			got, ext, err := c.Image(ctx)
			if err != nil || ext != "png" {
				t.Fatalf("Image: %q, %v", ext, err)
			}
			samePicture(t, got, want)
		}
		wantOnly(t, c, "image")
	})
	t.Run("a picture that was put there, of any size, is read back", func(t *testing.T) {
		c, peer := open(t)
		for _, side := range []int{8, 300, 900} {
			want := Noise(side, side)
			if err := c.SetImage(ctx, want); err != nil {
				t.Fatal(err)
			}
			got, ext, err := c.Image(ctx)
			if err != nil || ext != "png" {
				t.Fatalf("Image: %q, %v", ext, err)
			}
			samePicture(t, got, want)
			samePicture(t, peer.SeenImage(), want)
		}
		wantOnly(t, c, "image")
	})
	t.Run("files that were put there are read back, whatever they are called", func(t *testing.T) {
		c, peer := open(t)
		paths := []string{"/tmp/a b ä#%.txt", "/tmp/second.png"}
		if err := c.SetFiles(ctx, paths); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Files(ctx); err != nil || !slices.Equal(got, paths) {
			t.Errorf("Files: %q, %v", got, err)
		}
		const uris = "file:///tmp/a%20b%20%C3%A4%23%25.txt\r\nfile:///tmp/second.png\r\n"
		if got := peer.SeenFiles(); got != uris {
			t.Errorf("another program pastes %q, want %q", got, uris)
		}
		wantOnly(t, c, "files")
	})
	t.Run("it is lost when another program takes it, not before", func(t *testing.T) {
		c, peer := open(t)
		for _, text := range []string{"first", "second"} {
			if err := c.SetText(ctx, text); err != nil {
				t.Fatal(err)
			}
		}
		soon, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		if err := c.Lost(soon); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("while it is ours, Lost: %v", err)
		}
		peer.PutText("theirs")
		patient, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if err := c.Lost(patient); err != nil {
			t.Errorf("after another program took it, Lost: %v", err)
		}
		if got, err := c.Text(ctx); err != nil || got != "theirs" {
			t.Errorf("Text: %q, %v", got, err)
		}
	})
	t.Run("a call whose context has ended fails with its error", func(t *testing.T) {
		c, _ := open(t)
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := c.Text(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("Text: %v", err)
		}
		if err := c.SetText(ended, "late"); !errors.Is(err, context.Canceled) {
			t.Errorf("SetText: %v", err)
		}
	})
}

// wantOnly checks that the clipboard holds the sort named, and no other.
func wantOnly(t *testing.T, c ClipboardPort, sort string) {
	t.Helper()
	_, textErr := c.Text(t.Context())
	_, filesErr := c.Files(t.Context())
	_, _, imageErr := c.Image(t.Context())
	for name, err := range map[string]error{"text": textErr, "files": filesErr, "image": imageErr} {
		if name == sort && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name != sort && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v, want fs.ErrNotExist", name, err)
		}
	}
}

// Noise is a PNG that does not compress: about three bytes a pixel. The same
// size gives the same picture.
func Noise(width, height int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	r := rand.New(rand.NewPCG(uint64(width), uint64(height)))
	for i := 0; i < len(m.Pix); i += 4 {
		v := r.Uint32()
		m.Pix[i], m.Pix[i+1], m.Pix[i+2], m.Pix[i+3] = byte(v), byte(v>>8), byte(v>>16), 255
	}
	return encode(m)
}

// Plain is a PNG of one colour.
func Plain(width, height int, c color.Color) []byte {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.Set(x, y, c)
		}
	}
	return encode(m)
}

func encode(m image.Image) []byte {
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, m); err != nil {
		panic(err) // a buffer takes all, and the picture is ours
	}
	return b.Bytes()
}

// samePicture compares pixels: a program may encode anew what it copies.
func samePicture(t *testing.T, got, want []byte) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	a, _, err := image.Decode(bytes.NewReader(got))
	if err != nil {
		t.Fatalf("the %d bytes that came are no picture: %v", len(got), err)
	}
	b, _, err := image.Decode(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	if a.Bounds().Size() != b.Bounds().Size() {
		t.Fatalf("it is %v, want %v", a.Bounds(), b.Bounds())
	}
	if !bytes.Equal(pixels(a), pixels(b)) {
		t.Error("the pixels differ")
	}
}

func pixels(m image.Image) []byte {
	c := image.NewRGBA(image.Rectangle{Max: m.Bounds().Size()})
	draw.Draw(c, c.Bounds(), m, m.Bounds().Min, draw.Src)
	return c.Pix
}
