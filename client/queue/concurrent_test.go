package queue_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

// TestManyWorkersTakeEachJobOnce runs givers, workers and readers at once.
func TestManyWorkersTakeEachJobOnce(t *testing.T) {
	q := opened(t)
	const givers, each, workers = 4, 50, 8
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	var mu sync.Mutex
	taken := make(map[job.ID]int)
	var ended atomic.Int64
	u := stored(t, "a", "00")

	for g := range givers {
		wg.Go(func() {
			for i := range each / 10 {
				items := files(10)
				for k := range items {
					items[k].Path = fmt.Sprintf("%s.%d.%d", items[k].Path, g, i)
				}
				if _, err := q.Add(ctx, job.Batch{ID: job.NewBatchID()}, items); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range workers {
		wg.Go(func() {
			for ended.Load() < givers*each {
				jobs, err := q.Claim(ctx, queue.Claiming{Accounts: []string{account}, N: 4})
				if err != nil {
					t.Error(err)
					return
				}
				for _, j := range jobs {
					mu.Lock()
					taken[j.ID]++
					mu.Unlock()
					if _, err := q.Move(ctx, j.ID, job.Succeed, u); err != nil {
						t.Error(err)
						return
					}
					ended.Add(1)
				}
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			for ended.Load() < givers*each {
				counts, err := q.Counts(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				_, total, err := q.Jobs(ctx, queue.Filter{States: []job.State{job.Done}, N: 5})
				if err != nil {
					t.Error(err)
					return
				}
				if total < counts[job.Done] {
					t.Errorf("%d jobs were done and now %d", counts[job.Done], total)
				}
			}
		})
	}
	wg.Wait()
	for id, n := range taken {
		if n != 1 {
			t.Errorf("job %d was taken %d times", id, n)
		}
	}
	counts, err := q.Counts(t.Context())
	if err != nil || counts[job.Done] != givers*each {
		t.Errorf("%d jobs are done, %v", counts[job.Done], err)
	}
}

// TestOfTwoMovesAtOnceOneWins moves the same job from several sides.
func TestOfTwoMovesAtOnceOneWins(t *testing.T) {
	q := opened(t)
	for _, id := range given(t, q, files(20)...) {
		move(t, q, id, job.Claim, queue.Update{})
		var wg sync.WaitGroup
		var won atomic.Int64
		for _, e := range []job.Event{job.Succeed, job.Cancel, job.Fail, job.Uncertain} {
			wg.Go(func() {
				_, err := q.Move(t.Context(), id, e, queue.Update{Outcome: job.Duplicate})
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, job.ErrTransition):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		// Uncertain leads to held, which cancel may still follow.
		if n := won.Load(); n < 1 || n > 2 {
			t.Errorf("%d moves won", n)
		}
		if j := get(t, q, id); won.Load() == 2 && j.State != job.Canceled {
			t.Errorf("two moves won and the job is %s", j.State)
		}
	}
}
