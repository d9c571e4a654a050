package platformtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"images-uploader.com/upshot/platform/opener"
)

// OpenerPort is the port that an opener keeps.
type OpenerPort interface {
	OpenURL(ctx context.Context, address string) error
	ShowFile(ctx context.Context, path string) error
}

// OpenerPeer is the person at the desktop.
type OpenerPeer interface {
	URLs() []string  // what the browser was given, oldest first
	Files() []string // what the file manager was
	Leave()          // logs out: nothing opens anything any more
}

// Opener opens nothing and remembers what it was asked to. The zero value is
// ready.
type Opener struct {
	mu    sync.Mutex
	fail  error
	urls  []string
	files []string
}

// Fail makes every call fail with err (nil: no more).
func (o *Opener) Fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fail = err
}

// Leave has nothing open any more.
func (o *Opener) Leave() { o.Fail(fmt.Errorf("nobody is there: %w", errors.ErrUnsupported)) }

// OpenURL remembers a link.
func (o *Opener) OpenURL(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") ||
		strings.ContainsFunc(address, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return opener.ErrNotALink
	}
	return o.remember(ctx, func() { o.urls = append(o.urls, address) })
}

// ShowFile remembers a file.
func (o *Opener) ShowFile(ctx context.Context, path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(abs); err != nil && ctx.Err() == nil {
		return err
	}
	return o.remember(ctx, func() { o.files = append(o.files, abs) })
}

func (o *Opener) remember(ctx context.Context, f func()) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if o.fail == nil {
		f()
	}
	return o.fail
}

// URLs are the links so far.
func (o *Opener) URLs() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.urls)
}

// Files are the files so far.
func (o *Opener) Files() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.files)
}

// TestOpener is the contract of an opener. open returns one, and the person
// who sees what it opens.
func TestOpener(t *testing.T, open func(t *testing.T) (OpenerPort, OpenerPeer)) {
	ctx := t.Context()
	o, person := open(t)
	t.Run("a link is given to the browser as it is", func(t *testing.T) {
		want := []string{"https://example.com/a?b=1&c=%20;touch$(x)", "http://[::1]:8080/"}
		for _, address := range want {
			if err := o.OpenURL(ctx, address); err != nil {
				t.Fatalf("%s: %v", address, err)
			}
		}
		Eventually(t, "the browser has both", func() bool { return len(person.URLs()) >= 2 })
		if got := person.URLs(); !slices.Equal(got, want) {
			t.Errorf("the browser was given %q, want %q", got, want)
		}
	})
	t.Run("what is no link is not opened", func(t *testing.T) {
		before := len(person.URLs())
		for _, address := range []string{
			"", "file:///etc/passwd", "javascript:alert(1)", "/etc/passwd", "--help", "ftp://example.com/", "https://",
			"https://example.com/\x1b[31m", "https://example.com/a b", "mailto:a@example.com", "https:example.com",
		} {
			if err := o.OpenURL(ctx, address); !errors.Is(err, opener.ErrNotALink) {
				t.Errorf("%q: %v, want ErrNotALink", address, err)
			}
		}
		if n := len(person.URLs()); n != before {
			t.Errorf("the browser was given %q", person.URLs()[before:])
		}
	})
	dir := t.TempDir()
	path := filepath.Join(dir, "a ä#%.png")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("a file is shown in the file manager", func(t *testing.T) {
		if err := o.ShowFile(ctx, path); err != nil {
			t.Fatal(err)
		}
		Eventually(t, "the file manager has it", func() bool { return slices.Contains(person.Files(), path) })
	})
	t.Run("a file that has gone", func(t *testing.T) {
		if err := o.ShowFile(ctx, path+".gone"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("ShowFile: %v, want fs.ErrNotExist", err)
		}
	})
	t.Run("a call whose context has ended fails with its error", func(t *testing.T) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if err := o.OpenURL(ended, "https://example.com/"); !errors.Is(err, context.Canceled) {
			t.Errorf("OpenURL: %v", err)
		}
		if err := o.ShowFile(ended, path); !errors.Is(err, context.Canceled) {
			t.Errorf("ShowFile: %v", err)
		}
	})
	t.Run("where nothing opens anything, that is said", func(t *testing.T) {
		person.Leave()
		if err := o.OpenURL(ctx, "https://example.com/"); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("OpenURL: %v, want errors.ErrUnsupported", err)
		}
		if err := o.ShowFile(ctx, path); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("ShowFile: %v, want errors.ErrUnsupported", err)
		}
	})
}
