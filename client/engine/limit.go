package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
)

// limitLeast is the least bandwidth that can be asked for, in bytes a second:
// with less, a piece of the client's 16 KB would count as a stall.
const limitLeast = 1 << 10

// limitBurst is what may leave at once: a little more than the client's piece.
const limitBurst = 32 << 10

// newLimit bounds bytes a second; 0 is no bound.
func newLimit(perSecond int64) *rate.Limiter { return rate.NewLimiter(limitOf(perSecond), limitBurst) }

func limitOf(perSecond int64) rate.Limit {
	if perSecond <= 0 {
		return rate.Inf
	}
	return rate.Limit(perSecond)
}

// paceOf is what a sender asks before each piece: the program's limit, and
// that of the job's batch.
func (e *Engine) paceOf(s *sending) func(context.Context, int) error {
	return func(ctx context.Context, n int) error {
		if s.limit != nil {
			if err := s.limit.WaitN(ctx, n); err != nil {
				return err
			}
		}
		return e.limit.WaitN(ctx, n)
	}
}

// pacedOf says whether there is a limit; one may come up while a file is sent.
func (e *Engine) pacedOf(s *sending) func() bool {
	return func() bool { return s.limit != nil || e.limit.Limit() != rate.Inf }
}

// applyLimit puts the limit of this hour in force and returns when another
// one begins, zero for never. The caller holds mu.
func (e *Engine) applyLimit(now time.Time) (next time.Time) {
	want, next := limitAt(e.settings, now)
	if e.limit.Limit() != limitOf(want) {
		e.limit.SetLimit(limitOf(want))
		e.limited = want
		e.changes.touch()
	}
	return next
}

// limitAt is the limit at a time of the day, and when it may change.
func limitAt(s uploader.Settings, now time.Time) (limit int64, next time.Time) {
	limit, found := s.Limit, false
	for _, h := range s.Hours {
		for _, begins := range []time.Time{at(now, h.From, -1), at(now, h.From, 0), at(now, h.From, 1)} {
			ends := at(begins, h.To, 0)
			if !ends.After(begins) {
				ends = at(begins, h.To, 1)
			}
			if !onDay(h, begins) {
				continue
			}
			if !found && !now.Before(begins) && now.Before(ends) {
				limit, found = h.Limit, true
			}
			for _, t := range []time.Time{begins, ends} {
				if t.After(now) && (next.IsZero() || t.Before(next)) {
					next = t
				}
			}
		}
	}
	return limit, next
}

// at is a time of the day, days after the day of t. The clock's own changes
// (summer time) are time.Date's to know.
func at(t time.Time, clock string, days int) time.Time {
	c, err := time.Parse("15:04", clock)
	if err != nil {
		return t
	}
	return time.Date(t.Year(), t.Month(), t.Day()+days, c.Hour(), c.Minute(), 0, 0, t.Location())
}

func onDay(h uploader.Hours, begins time.Time) bool {
	day := strings.ToLower(begins.Weekday().String()[:3])
	return len(h.Days) == 0 || slices.Contains(h.Days, day)
}

// checkLimits refuses limits that cannot be meant.
func checkLimits(s uploader.Settings) error {
	invalid := func(format string, args ...any) error {
		return &client.Error{Kind: client.KindInvalid, Message: fmt.Sprintf(format, args...)}
	}
	if err := checkLimit(s.Limit); err != nil {
		return err
	}
	for _, h := range s.Hours {
		for _, clock := range []string{h.From, h.To} {
			if _, err := time.Parse("15:04", clock); err != nil {
				return invalid("hours: %q is no time of the day such as 22:30", clock)
			}
		}
		for _, day := range h.Days {
			if !slices.Contains([]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, day) {
				return invalid("hours: %q is none of mon, tue, wed, thu, fri, sat, sun", day)
			}
		}
		if err := checkLimit(h.Limit); err != nil {
			return err
		}
	}
	return nil
}

func checkLimit(perSecond int64) error {
	if perSecond < 0 || perSecond > 0 && perSecond < limitLeast {
		return &client.Error{Kind: client.KindInvalid, Message: "a bandwidth limit is at least 1K a second", Err: errors.New("too small")}
	}
	return nil
}
