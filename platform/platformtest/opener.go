package platformtest

import (
	"context"
	"slices"
	"sync"
)

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

// OpenURL remembers a link.
func (o *Opener) OpenURL(ctx context.Context, url string) error {
	return o.remember(ctx, func() { o.urls = append(o.urls, url) })
}

// ShowFile remembers a file.
func (o *Opener) ShowFile(ctx context.Context, path string) error {
	return o.remember(ctx, func() { o.files = append(o.files, path) })
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
