// Package clipboard reads and writes the system's clipboard: text, lists of
// files, pictures.
//
// On X11 it is a small client of its own, for every size: golang.design's
// lacks the protocol for large items (INCR), read four bytes of a 4.8 MB
// picture without an error and wrote text that hung its reader. Under Wayland
// (compositors with data-control), on Windows and on macOS that library does
// the work. A Wayland compositor without data-control is reached through its
// X11 side, as xclip does.
//
// On X11 and Wayland the clipboard has no memory: what was copied is there
// only as long as the program that copied it serves it. So SetText starts to
// serve and Lost tells when that is over.
//
// Failures speak the standard library's words: fs.ErrNotExist (nothing of
// that sort on it), errors.ErrUnsupported (there is no clipboard here),
// context.DeadlineExceeded (the program that owns it does not answer).
//
// It imports nothing of Upshot. Every call opens the display anew, in a
// goroutine that ends with it. While we own the clipboard one more goroutine
// serves it, until somebody else takes it, the display goes, or Close.
package clipboard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"unicode/utf8"
)

// Config is what New needs; its zero value is right.
type Config struct {
	Limit int // the largest item that is read, in bytes; 0 is 256 MiB
}

// Clipboard is the person's clipboard.
type Clipboard struct {
	limit int

	mu   sync.Mutex // held while the clipboard is being taken
	held *held      // what we serve, or served last
}

// held is one thing that we put on the clipboard.
type held struct {
	lost    <-chan struct{} // closed when it is not ours any more; nil: the system keeps it
	release func()
}

// item is one form of what is put on the clipboard: the names it goes by and
// its bytes.
type item struct {
	targets []string
	data    []byte
}

// backend is one way to a clipboard; each call opens and closes it.
type backend interface {
	// targets are the names of the forms it is offered in.
	targets(ctx context.Context) ([]string, error)
	// read fetches one of them.
	read(ctx context.Context, target string) ([]byte, error)
	// own puts items on it.
	own(ctx context.Context, items []item) (*held, error)
}

// New returns the clipboard. It does not touch it.
func New(c Config) *Clipboard {
	if c.Limit <= 0 {
		c.Limit = 256 << 20
	}
	return &Clipboard{limit: c.Limit}
}

var errNothing = fmt.Errorf("the clipboard has nothing of that sort: %w", fs.ErrNotExist)

// Text returns the text on the clipboard.
func (c *Clipboard) Text(ctx context.Context) (string, error) {
	b, err := c.open(ctx)
	if err != nil {
		return "", err
	}
	offered, err := b.targets(ctx)
	if err != nil {
		return "", err
	}
	for _, target := range pick(offered, textTargets) {
		data, err := b.read(ctx, target)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		if text := decodeText(data); text != "" {
			return text, nil
		}
	}
	return "", errNothing
}

// Files returns the paths of the files on the clipboard.
func (c *Clipboard) Files(ctx context.Context) ([]string, error) {
	b, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	offered, err := b.targets(ctx)
	if err != nil {
		return nil, err
	}
	for _, target := range pick(offered, fileTargets) {
		data, err := b.read(ctx, target)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if paths := filePaths(string(data)); len(paths) > 0 {
			return paths, nil
		}
	}
	return nil, errNothing
}

// Image returns the picture on the clipboard, encoded, and the file name
// extension of its encoding: png, jpg, gif or webp. BMP and TIFF, which hosts
// refuse, come as PNG.
func (c *Clipboard) Image(ctx context.Context) (data []byte, ext string, err error) {
	b, err := c.open(ctx)
	if err != nil {
		return nil, "", err
	}
	offered, err := b.targets(ctx)
	if err != nil {
		return nil, "", err
	}
	for _, target := range pick(offered, imageTargets) {
		raw, err := b.read(ctx, target)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		// Some owners answer any request with whatever they have, so the
		// bytes decide, not the name.
		if data, ext, err = asUpload(raw); err == nil {
			return data, ext, nil
		}
	}
	return nil, "", errNothing
}

// Concealed says whether a password manager has marked what is on the
// clipboard as secret: it must not be kept.
func (c *Clipboard) Concealed(ctx context.Context) (bool, error) {
	b, err := c.open(ctx)
	if err != nil {
		return false, err
	}
	if s, ok := b.(interface {
		concealed(context.Context) (bool, error)
	}); ok {
		return s.concealed(ctx)
	}
	offered, err := b.targets(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return slices.Contains(offered, concealedTarget), err
}

func (c *Clipboard) set(ctx context.Context, items []item) error {
	b, err := c.open(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	h, err := b.own(ctx, items)
	if err != nil {
		return err
	}
	// The one before has lost the clipboard to this one and ends by itself.
	c.held = h
	return nil
}

// Lost waits until what we last put on the clipboard needs us no more: somebody
// else has taken the clipboard, the display has gone, or (Windows, macOS, or
// nothing was put there) the system keeps it without us.
func (c *Clipboard) Lost(ctx context.Context) error {
	for {
		c.mu.Lock()
		h := c.held
		c.mu.Unlock()
		if h == nil || h.lost == nil {
			return nil
		}
		select {
		case <-h.lost:
		case <-ctx.Done():
			return ctx.Err()
		}
		c.mu.Lock() // waits for a SetText that is just taking it from itself
		same := c.held == h
		c.mu.Unlock()
		if same {
			return nil
		}
	}
}

// Close gives the clipboard up; what we put there goes, where the system does
// not keep it.
func (c *Clipboard) Close() error {
	c.mu.Lock()
	h := c.held
	c.held = nil
	c.mu.Unlock()
	if h != nil && h.release != nil {
		h.release()
		<-h.lost
	}
	return nil
}

// pick returns those of wanted that are offered, in the order of wanted.
func pick(offered, wanted []string) []string {
	var both []string
	for _, w := range wanted {
		if slices.Contains(offered, w) {
			both = append(both, w)
		}
	}
	return both
}

// decodeText makes UTF-8 of what an owner calls text: plain text without a
// charset is whatever its owner thinks, and STRING is Latin-1 by the X11
// conventions, though many send UTF-8 all the same.
func decodeText(data []byte) string {
	data = bytes.TrimRight(data, "\x00")
	if utf8.Valid(data) {
		return string(data)
	}
	runes := make([]rune, len(data))
	for i, b := range data {
		runes[i] = rune(b)
	}
	return string(runes)
}

// bounded runs f, which may block longer than ctx, in a goroutine and returns
// when either ends. f must end soon after ctx does.
func bounded[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	answered := make(chan answer, 1)
	go func() {
		v, err := f()
		answered <- answer{v, err}
	}()
	select {
	case a := <-answered:
		return a.value, a.err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return none, errSilent
		}
		return none, ctx.Err()
	}
}

var errSilent = fmt.Errorf("the program that owns the clipboard does not answer: %w", context.DeadlineExceeded)
