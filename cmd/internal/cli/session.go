package cli

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
	"images-uploader.com/upshot/platform/instance"
)

// session runs work against the engine, here or another process's. When the
// engine goes (hand-over, kill, Ctrl-C of the command that ran it), it
// attaches again, which may mean to run it here, and runs work again: work
// finds its batch by its durable id.
func (p *program) session(ctx context.Context, h *wire.House, as wire.As, work func(ctx context.Context, a *wire.Attached) error) error {
	as.Role = uploader.RoleCommand
	for {
		a, err := h.Attach(ctx, as)
		if err != nil {
			return err
		}
		again, err := p.shift(ctx, a, work)
		if cerr := a.Close(); cerr != nil {
			h.Log.Warn("engine not left cleanly", "error", cerr)
		}
		if !again || ctx.Err() != nil {
			return err
		}
		as.Yield = a.Serving
	}
}

// shift is one attachment: it reports whether the engine went before work was
// done. A command that runs the engine stays until the batches that others
// wait for have ended too.
func (p *program) shift(ctx context.Context, a *wire.Attached, work func(ctx context.Context, a *wire.Attached) error) (again bool, err error) {
	wctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		select {
		case <-a.Asked():
			// Files in flight end first; work goes on looking meanwhile.
			_ = a.Drain(wctx)
			cancel(uploader.ErrGone)
		case <-wctx.Done():
		}
	}()
	err = work(wctx, a)
	lost := a.Lost(err) || errors.Is(context.Cause(wctx), uploader.ErrGone)
	if err != nil && lost {
		cancel(uploader.ErrGone)
		<-watching
		return true, err
	}
	var stopped exitError
	if a.Serving && !(errors.As(err, &stopped) && stopped.code == exitUnfinished) {
		_ = a.Settled(wctx) // ends early when asked to hand over
	}
	if a.Serving && errors.Is(context.Cause(wctx), uploader.ErrGone) {
		_ = a.Drain(ctx)
	}
	cancel(nil)
	<-watching
	return false, err
}

// agentWait is how long a new agent may take to answer.
const agentWait = 15 * time.Second

// withAgent runs work against an agent, which it starts if none runs.
func (p *program) withAgent(ctx context.Context, h *wire.House, work func(ctx context.Context, a *wire.Attached) error) error {
	deadline := time.Now().Add(agentWait)
	started := false
	for {
		a, err := h.Attach(ctx, wire.As{Role: uploader.RoleCommand, Client: true})
		if err == nil && a.Welcome.Role == uploader.RoleAgent {
			err := work(ctx, a)
			return errors.Join(err, a.Close())
		}
		if err == nil {
			a.Close() // a serving command: the agent asks it to hand over
		} else if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, uploader.ErrGone) {
			return err
		}
		if !started {
			self, err := instance.Sibling("upshot")
			if err != nil {
				return err
			}
			if _, err := instance.Spawn(self, "agent"); err != nil {
				return err
			}
			started = true
		}
		if time.Now().After(deadline) {
			return errors.Join(errors.New("the agent was started but does not answer; run \"upshot agent\" to see why"), context.DeadlineExceeded)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
