package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// gate is a closed gate of an account.
type gate struct {
	since   time.Time // when it closed, by the wall clock
	until   time.Time // when it is asked again, by the wall clock; zero: when something changes
	failure *job.Failure
	asking  bool
}

// askAgain is when an unavailable host is asked again.
var askAgain = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute}

// probeFirst and probeMost bound the pause between looks at an unreachable host.
const (
	probeFirst = time.Second
	probeMost  = time.Minute
	probeTime  = 15 * time.Second // one look may take
)

// periods are what a flood limit's window may be.
var periods = map[string]time.Duration{
	"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour,
	"week": 7 * 24 * time.Hour, "month": 31 * 24 * time.Hour,
}

// shut closes a gate of the account for the reason err.
func (e *Engine) shut(a *account, g job.Gate, err error) {
	var ce *client.Error
	errors.As(err, &ce)
	now := time.Now().Round(0)
	closed := &gate{failure: job.FailureOf(err)}
	e.mu.Lock()
	have := a.gates[g]
	if have != nil && !have.asking && g != job.GateThrottled {
		e.mu.Unlock() // one refusal told by several senders counts once
		return
	}
	switch g {
	case job.GateOffline:
		wait := min(probeFirst<<min(a.misses, 10), probeMost)
		a.misses++
		closed.until = now.Add(wait)
	case job.GateUnavailable:
		closed.until = now.Add(askAgain[min(a.refusals, len(askAgain)-1)])
		a.refusals++
	case job.GateThrottled:
		closed.until = now.Add(throttle(ce))
	case job.GateNoKey:
		// A password window that the person closed does not come back by itself.
		if closed.failure.Code == job.CodeKeyring && !errors.Is(err, fs.ErrPermission) {
			closed.until = now.Add(keyringAgain)
		}
		a.key, a.api, a.keyState = keep(a), nil, refusedKey(closed.failure.Code)
	}
	closed.since = now
	a.gates[g] = closed
	e.giveBack(a)
	e.mu.Unlock()
	if g == job.GateThrottled && ce != nil {
		e.learn(context.WithoutCancel(e.background()), a, ce)
	}
	e.log.Info("gate closed", "account", a.conf().Name, "gate", string(g), "kind", string(closed.failure.Kind))
	e.changes.touch()
	e.settleWaiting()
}

// refusedKey is what the code of a failure says about an account's key.
func refusedKey(code string) uploader.KeyState {
	switch code {
	case job.CodeNoKey:
		return uploader.KeyMissing
	case job.CodeKeyring:
		return uploader.KeyLocked
	default:
		return uploader.KeyRefused
	}
}

// keep is the key that stays when the no_key gate closes: one that lives in
// memory only cannot be read again.
func keep(a *account) client.Key {
	if a.ephemeral {
		return a.key
	}
	return client.Key{}
}

// throttle is how long a flood limit is waited out.
func throttle(e *client.Error) time.Duration {
	switch {
	case e == nil:
		return time.Minute
	case e.RetryAfter > 0:
		return e.RetryAfter
	case periods[e.Period] > 0:
		return periods[e.Period]
	default:
		return time.Minute
	}
}

// open reports whether the account's jobs may be sent. The caller holds mu.
func (e *Engine) open(a *account) bool { return !e.paused && !a.gone && len(a.gates) == 0 }

// passGates opens gates whose time has come, or has them asked, and returns
// when the next one is due. The caller does not hold mu.
func (e *Engine) passGates(ctx context.Context, now time.Time) (next time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, a := range e.accounts {
		for name, g := range a.gates {
			g.follow(now)
			switch {
			case g.until.IsZero() || g.asking:
			case now.Before(g.until):
				if next.IsZero() || g.until.Before(next) {
					next = g.until
				}
			case name == job.GateThrottled || name == job.GateNoKey:
				delete(a.gates, name)
				e.changes.touch()
			default:
				g.asking = true
				e.workers.Go(func() { e.ask(ctx, a, name) })
			}
		}
	}
	return next
}

// follow keeps a gate closed for as long as it was meant to when the clock
// has been set back since.
func (g *gate) follow(now time.Time) {
	if !g.until.IsZero() && !g.since.IsZero() && now.Before(g.since) {
		g.until, g.since = now.Add(g.until.Sub(g.since)), now
	}
}

// ask looks whether the host behind a closed gate answers again.
func (e *Engine) ask(ctx context.Context, a *account, name job.Gate) {
	ctx, stop := context.WithTimeout(ctx, probeTime)
	defer stop()
	api, _, err := e.connect(ctx, a)
	if err == nil {
		err = api.Check(ctx)
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = &client.Error{Kind: client.KindNetwork, Message: "the host does not answer"}
	case ctx.Err() != nil:
		return
	}
	again := gateFor(err)
	if again != "" {
		e.shut(a, again, err) // before the old one opens: no job slips through
	}
	e.mu.Lock()
	if again != name {
		delete(a.gates, name)
	}
	if again != job.GateOffline {
		a.misses = 0
	}
	e.mu.Unlock()
	e.changes.touch()
	e.poke()
}

// gateFor is the gate that a failure closes, "" for none.
func gateFor(err error) job.Gate {
	var ce *client.Error
	if !errors.As(err, &ce) {
		return ""
	}
	return followOf(ce).gate
}

// openUnavailable asks unavailable and unreachable hosts at once; of one
// account by name, or of all.
func (e *Engine) openUnavailable(name string) {
	e.mu.Lock()
	for _, a := range e.accounts {
		if name != "" && a.conf().Name != name {
			continue
		}
		a.refusals, a.misses = 0, 0
		for _, g := range []job.Gate{job.GateUnavailable, job.GateOffline, job.GateNoKey, job.GateThrottled} {
			if have := a.gates[g]; have != nil && !have.asking {
				have.until = time.Now().Round(0)
			}
		}
	}
	e.mu.Unlock()
}

const metaPaused = "paused" // the account ids paused, one a line; "*" is everything

// Pause closes the account's gate, or holds everything.
func (e *Engine) Pause(ctx context.Context, r uploader.AccountRequest) (uploader.None, error) {
	return uploader.None{}, e.setPaused(ctx, r.Account, true)
}

// Resume opens it again and asks unavailable hosts at once.
func (e *Engine) Resume(ctx context.Context, r uploader.AccountRequest) (uploader.None, error) {
	if err := e.setPaused(ctx, r.Account, false); err != nil {
		return uploader.None{}, err
	}
	e.openUnavailable(r.Account)
	e.poke()
	return uploader.None{}, nil
}

func (e *Engine) setPaused(ctx context.Context, name string, paused bool) error {
	e.taking.Lock() // so that all that waits is queued when it returns
	e.mu.Lock()
	found := name == ""
	if name == "" {
		e.paused = paused
	}
	for _, a := range e.accounts {
		switch {
		case name != "" && a.conf().Name != name:
		case name == "" && paused:
		case paused:
			a.gates[job.GatePaused] = &gate{}
			found = true
		default: // resuming everything resumes each
			delete(a.gates, job.GatePaused)
			found = true
		}
	}
	var lines []string
	if e.paused {
		lines = append(lines, "*")
	}
	for id, a := range e.accounts {
		if a.gates[job.GatePaused] != nil {
			lines = append(lines, id)
		}
	}
	if name == "" && !paused {
		clear(e.pausedAway)
	}
	lines = append(lines, slices.Collect(maps.Keys(e.pausedAway))...)
	slices.Sort(lines)
	for _, a := range e.accounts {
		if !e.open(a) {
			e.giveBack(a)
		}
	}
	// Under the lock, so that of two pauses at once the later is kept.
	err := e.cfg.Queue.SetMeta(ctx, metaPaused, strings.Join(lines, "\n"))
	e.mu.Unlock()
	e.taking.Unlock()
	if !found {
		return uploader.ErrNoAccount
	}
	if err != nil {
		return fmt.Errorf("keep the pause: %w", err)
	}
	e.changes.touch()
	e.poke()
	if paused {
		e.settleWaiting()
	}
	return nil
}

// loadPauses restores what the person paused before.
func (e *Engine) loadPauses(ctx context.Context) error {
	text, err := e.cfg.Queue.Meta(ctx, metaPaused)
	if err != nil {
		return fmt.Errorf("read what is paused: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "*" {
			e.paused = true
		} else if a := e.accounts[line]; a != nil {
			a.gates[job.GatePaused] = &gate{}
		} else if line != "" {
			e.pausedAway[line] = true
		}
	}
	return nil
}
