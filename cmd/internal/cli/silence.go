package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync/atomic"
	"time"

	"images-uploader.com/upshot/client/agent"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
	"images-uploader.com/upshot/platform/instance"
)

// An engine of another process may be stopped (Ctrl-Z, a debugger) or hang:
// its socket takes requests all the same, and nobody answers them.
const (
	silentFirst = time.Second      // before it is first looked whether the engine answers
	silentEach  = 5 * time.Second  // between two looks
	silentSoon  = 3 * time.Second  // no answer for so long is told
	silentEnd   = 10 * time.Second // and for so long ends what only asks something
	forever     = time.Duration(0) // nothing that waits for files ends: they go on when the engine does
)

// silentError ends what an engine did not answer.
type silentError struct{ pid int }

func (e silentError) Error() string { return fmt.Sprintf("%s: given up", silentEngine(e.pid)) }

func silentEngine(pid int) string {
	if pid == 0 {
		return "Upshot's engine does not answer"
	}
	return fmt.Sprintf("Upshot's engine (process %d) does not answer", pid)
}

// silentCure says what can be done about it.
func silentCure(pid int) string {
	switch {
	case pid == 0 || runtime.GOOS == "windows":
		return "end it in the task manager if it stays so"
	default:
		return fmt.Sprintf("let it go on with \"kill -CONT %d\", or end it with \"kill -KILL %d\"; nothing that was queued is lost", pid, pid)
	}
}

// silentOf is the silence that ended a context.
func silentOf(ctx context.Context) (silent silentError, ok bool) {
	ok = errors.As(context.Cause(ctx), &silent)
	return silent, ok
}

// tellSilent says that an engine does not answer, and what to do.
func (p *program) tellSilent(pid int, limit time.Duration) {
	goesOn := ""
	if limit == forever {
		goesOn = "; this run goes on when it does"
	}
	line := fmt.Sprintf("%s: %s%s\n", silentEngine(pid), silentCure(pid), goesOn)
	if screen := p.screen.Load(); screen != nil {
		if _, err := screen.Write([]byte(line)); err == nil {
			return
		}
	}
	fmt.Fprint(p.err, line)
}

// attach is House.Attach that says when there is an engine that does not
// answer. It gives up after limit, or never.
func (p *program) attach(ctx context.Context, h *wire.House, as wire.As, limit time.Duration) (*wire.Attached, error) {
	actx, end := context.WithCancelCause(ctx)
	defer end(nil)
	var told atomic.Bool
	looking := make(chan struct{})
	go func() {
		defer close(looking)
		begun := time.Now()
		for rest(actx, silentFirst) == nil {
			pid, silent := engineSilent(actx, h)
			if !silent {
				continue
			}
			if !told.Swap(true) {
				p.tellSilent(pid, limit)
			}
			if limit != forever && time.Since(begun) >= limit {
				end(silentError{pid})
			}
		}
	}()
	for {
		a, err := h.Attach(actx, as)
		if silent, ok := silentOf(actx); ok && err != nil {
			err = silent
		} else if limit == forever && told.Load() && actx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			continue
		}
		end(nil)
		<-looking
		return a, err
	}
}

// engineSilent reports whether an engine is there that does not answer.
func engineSilent(ctx context.Context, h *wire.House) (pid int, silent bool) {
	record, err := instance.ReadRecord(h.Dirs.EngineFile)
	if err != nil {
		return 0, false
	}
	lctx, cancel := context.WithTimeout(ctx, silentSoon)
	defer cancel()
	c, _, err := agent.Dial(lctx, agent.DialConfig{
		Dial:          func(ctx context.Context) (net.Conn, error) { return instance.Dial(ctx, record.Socket) },
		OtherProtocol: true,
	})
	if err == nil {
		_ = c.Close()
	}
	return record.PID, ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded)
}

// heard runs work with an engine, and says when that no longer answers. After
// limit without an answer it ends work, if there is a limit.
func (p *program) heard(ctx context.Context, a *wire.Attached, limit time.Duration, work func(ctx context.Context) error) error {
	if a.Serving {
		return work(ctx)
	}
	wctx, end := context.WithCancelCause(ctx)
	listening := make(chan struct{})
	go func() {
		defer close(listening)
		for wait := silentFirst; rest(wctx, wait) == nil; wait = silentEach {
			p.listen(wctx, a, limit, end)
		}
	}()
	err := work(wctx)
	if silent, ok := silentOf(wctx); ok && err != nil && !final(err) {
		err = silent
	}
	end(nil)
	<-listening
	return err
}

// listen asks the engine once whether it is there, and returns when it has
// answered.
func (p *program) listen(ctx context.Context, a *wire.Attached, limit time.Duration, end func(error)) {
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = a.Hello(ctx, uploader.Hello{Protocol: uploader.Protocol}) // an engine that has gone is found by the work itself
	}()
	if !slow(answered, silentSoon) {
		return
	}
	p.tellSilent(a.Welcome.PID, limit)
	if limit != forever && slow(answered, limit-silentSoon) {
		end(silentError{a.Welcome.PID})
	}
	<-answered
}

// slow reports whether something takes longer than d.
func slow(done <-chan struct{}, d time.Duration) bool {
	select {
	case <-done:
		return false
	case <-time.After(d):
		return true
	}
}
