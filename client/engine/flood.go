package engine

import (
	"context"
	"fmt"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

// learn remembers the flood limit that a refusal names.
func (e *Engine) learn(ctx context.Context, a *account, refusal *client.Error) {
	period := periods[refusal.Period]
	if refusal.Limit <= 0 || period == 0 {
		return
	}
	if err := e.cfg.Queue.SetLimit(ctx, a.id, queue.Limit{Uploads: refusal.Limit, Period: period}); err != nil {
		e.log.Error("flood limit not kept", "error", err)
		return
	}
	e.log.Info("flood limit learned", "account", a.conf().Name, "uploads", refusal.Limit, "period", period)
	if err := e.loadLimits(ctx, a); err != nil {
		e.log.Error("flood limits not read", "error", err)
	}
}

// loadLimits reads what is known of the account's host.
func (e *Engine) loadLimits(ctx context.Context, a *account) error {
	limits, err := e.cfg.Queue.Limits(ctx, a.id)
	if err != nil {
		return fmt.Errorf("read flood limits: %w", err)
	}
	e.mu.Lock()
	a.limits, a.limitsRead = limits, true
	e.mu.Unlock()
	return nil
}

// below is how many uploads we allow ourselves of a limit: a tenth less, for
// others who upload from the same address, but always one.
func below(limit int) int { return max(limit-max(limit/10, 1), 1) }

// noLimit is the allowance of an account whose host has told none.
const noLimit = 1 << 30

// allowance is how many more uploads the account's known flood limits leave,
// and, when that is none, until when; those in flight are not counted yet.
// The caller holds mu.
func (e *Engine) allowance(ctx context.Context, a *account, now time.Time) (n int, until time.Time, err error) {
	n = noLimit
	for _, l := range a.limits {
		most := below(l.Uploads)
		sent, err := e.cfg.Queue.Sent(ctx, a.id, now.Add(-l.Period))
		if err != nil {
			return 0, until, fmt.Errorf("count uploads: %w", err)
		}
		left := most - sent
		if left <= 0 && sent >= most {
			// Free again when the oldest of those that fill it leaves the period.
			oldest, err := e.cfg.Queue.NthSent(ctx, a.id, most)
			if err != nil {
				return 0, until, fmt.Errorf("look at uploads: %w", err)
			}
			if free := oldest.Add(l.Period); free.After(until) {
				until = free
			}
		}
		n = min(n, max(left, 0))
	}
	return n, until, nil
}

// hold back closes the throttled gate until the account's limits leave room
// again. The caller holds mu.
func (a *account) holdBack(until time.Time) {
	a.gates[job.GateThrottled] = &gate{since: time.Now().Round(0), until: until.Round(0), failure: &job.Failure{Kind: client.KindThrottled, Code: job.CodePaced}}
}

// floodLimits are the account's limits for a snapshot.
func (a *account) floodLimits() []uploader.FloodLimit {
	var list []uploader.FloodLimit
	for _, l := range a.limits {
		list = append(list, uploader.FloodLimit{Uploads: l.Uploads, Period: l.Period, Learned: l.Learned})
	}
	return list
}
