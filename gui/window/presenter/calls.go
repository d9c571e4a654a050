package presenter

import (
	"context"
	"sync"

	"images-uploader.com/upshot/client/uploader"
)

// calls are orders of the window that wait for their goroutine.
type calls struct {
	mu   sync.Mutex
	wait []call
	wake chan struct{}
}

type call func(ctx context.Context)

// Do has an order carried out in a goroutine of its own, with a context that
// ends with Run. done, if set, is told how it ended, from that goroutine; with
// no uploader attached the order fails at once with uploader.ErrGone.
func (p *Presenter) Do(do func(ctx context.Context, up uploader.Uploader) error, done func(error)) {
	p.Go(func(ctx context.Context) {
		err := error(uploader.ErrGone)
		if up := p.uploader(); up != nil {
			err = do(ctx, up)
		}
		if done != nil && ctx.Err() == nil {
			done(err)
		}
	})
}

// Go runs work that needs no uploader but must not run on the UI thread, such
// as reading a directory. Run waits for it.
func (p *Presenter) Go(work func(ctx context.Context)) {
	p.calls.mu.Lock()
	p.calls.wait = append(p.calls.wait, work)
	p.calls.mu.Unlock()
	select {
	case p.calls.wake <- struct{}{}:
	default:
	}
}

func (p *Presenter) serveCalls(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.calls.wake:
		}
		p.calls.mu.Lock()
		wait := p.calls.wait
		p.calls.wait = nil
		p.calls.mu.Unlock()
		for _, c := range wait {
			wg.Go(func() { c(ctx) })
		}
	}
}
