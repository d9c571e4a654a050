package cli

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"images-uploader.com/upshot/client/uploader"
)

// beats change at the times that are sent to them.
type beats struct {
	now     uint64
	changed chan struct{}
}

func (b *beats) Changes(ctx context.Context, s uploader.Since) (uploader.Change, error) {
	for s.Revision >= b.now {
		select {
		case <-b.changed:
			b.now++
		case <-ctx.Done():
			return uploader.Change{}, ctx.Err()
		}
	}
	return uploader.Change{Revision: b.now}, nil
}

func TestMemoryIsGivenBackOnceEachTimeWorkHasCalmedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		e, ended := &beats{now: 1, changed: make(chan struct{})}, make(chan struct{})
		var given atomic.Int32
		go func() {
			defer close(ended)
			giveBackWhenCalm(ctx, e, func() { given.Add(1) })
		}()
		for range 10 { // at work
			time.Sleep(5 * time.Second)
			e.changed <- struct{}{}
		}
		synctest.Wait()
		if n := given.Load(); n != 0 {
			t.Errorf("given back %d times at work", n)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := given.Load(); n != 1 {
			t.Errorf("given back %d times in an idle hour", n)
		}
		e.changed <- struct{}{}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := given.Load(); n != 2 {
			t.Errorf("given back %d times after more work", n)
		}
		cancel()
		<-ended
	})
}
