package engine

import (
	"context"
	"fmt"
	"slices"
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

// neighbours are the other accounts at the account's host: a real Chevereto
// counts what comes from an address, whoever sends it. The caller holds mu.
func (e *Engine) neighbours(a *account) (list []*account) {
	for _, other := range e.accounts {
		if other != a && other.conf().Address == a.conf().Address {
			list = append(list, other)
		}
	}
	return list
}

// readLimits reads what is known of the account's host, once. The caller holds
// mu.
func (e *Engine) readLimits(ctx context.Context, a *account) (err error) {
	if a.limitsRead {
		return nil
	}
	if a.limits, err = e.cfg.Queue.Limits(ctx, a.id); err != nil {
		return fmt.Errorf("read flood limits: %w", err)
	}
	a.limitsRead = true
	return nil
}

// limitKnown reports whether the account's host is known to have a flood limit.
// The caller holds mu.
func (e *Engine) limitKnown(a *account) bool {
	return len(a.limits) > 0 || slices.ContainsFunc(e.neighbours(a), func(other *account) bool { return len(other.limits) > 0 })
}

// allowance is how many more uploads the flood limits leave that the account's
// host is known to have, and, when that is none, until when; those of the
// account that are in flight are not counted yet. The caller holds mu.
func (e *Engine) allowance(ctx context.Context, a *account, now time.Time) (n int, until time.Time, err error) {
	limits := slices.Clone(a.limits)
	var also []string
	flying := 0
	for _, other := range e.neighbours(a) {
		if err := e.readLimits(ctx, other); err != nil {
			return 0, until, err
		}
		limits, also = append(limits, other.limits...), append(also, other.id)
		flying += e.inFlight(other)
	}
	n = noLimit
	for _, l := range limits {
		most := below(l.Uploads)
		sent, err := e.cfg.Queue.Sent(ctx, a.id, now.Add(-l.Period), also...)
		if err != nil {
			return 0, until, fmt.Errorf("count uploads: %w", err)
		}
		left := most - sent
		if left <= 0 && sent >= most {
			// Free again when the oldest of those that fill it leaves the period.
			oldest, err := e.cfg.Queue.NthSent(ctx, a.id, most, also...)
			if err != nil {
				return 0, until, fmt.Errorf("look at uploads: %w", err)
			}
			if free := oldest.Add(l.Period); free.After(until) {
				until = free
			}
		}
		n = min(n, max(left-flying, 0))
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
