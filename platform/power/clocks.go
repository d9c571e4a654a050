package power

import (
	"context"
	"time"
)

const (
	// look is how often the clocks are compared.
	look = 15 * time.Second
	// slept is by how much they must differ; less is a clock that was set
	// right. One that was set by more looks like sleep, which does no harm.
	slept = 10 * time.Second
)

// clocks are one that goes on while the computer sleeps, and one that stands.
type clocks struct{ wall, awake func() time.Duration }

func systemClocks() clocks {
	start := time.Now()
	return clocks{
		// Round takes the monotonic clock away, which stands in sleep.
		wall:  func() time.Duration { return time.Now().Round(0).Sub(start.Round(0)) },
		awake: func() time.Duration { return time.Since(start) },
	}
}

// watchClocks tells of sleep after it, until ctx ends.
func (p *Power) watchClocks(ctx context.Context, c clocks) {
	tick := time.NewTimer(untilNext(look))
	defer tick.Stop()
	apart := c.wall() - c.awake()
	for {
		select {
		case <-tick.C:
			tick.Reset(untilNext(look))
		case <-ctx.Done():
			return
		}
		now := c.wall() - c.awake()
		if now-apart > slept {
			p.tell(ctx, relaxed, Resumed)
		}
		apart = now
	}
}

// untilNext is the time until every's next full turn of the clock: what looks
// now and then in one process does so together, which wakes it once.
func untilNext(every time.Duration) time.Duration {
	now := time.Now()
	return now.Truncate(every).Add(every).Sub(now)
}
