package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
	"images-uploader.com/upshot/platform/instance"
)

// agentWait is how long a new agent may take to answer.
const agentWait = 15 * time.Second

// agentStarts is how often an agent is started that fails at once.
const agentStarts = 3

// detach leaves the order to the agent, which it starts if none runs. A
// command that runs the engine takes the order into the same store meanwhile;
// the agent asks that command to hand over and goes on by itself. Only a key
// that is nowhere but in our environment must be given to the agent in person.
func (f *follower) detach(ctx context.Context, give submit) error {
	deadline := time.Now().Add(agentWait)
	var agent *startedAgent // the last one
	failed := 0
	for {
		a, err := f.p.attach(ctx, f.house, wire.As{Role: uploader.RoleCommand, Client: true}, silentEnd)
		switch {
		case err == nil:
			err = f.p.heard(ctx, a, silentEnd, func(ctx context.Context) error { return f.leave(ctx, a, give) })
			if err != nil && !errors.Is(err, uploader.ErrGone) {
				if agent != nil && a.Welcome.Role == uploader.RoleAgent {
					qctx, cancel := lastWords(ctx)
					_, _ = a.Quit(qctx, uploader.None{}) // it was started for what was refused
					cancel()
				}
				a.Close()
				if silent := (silentError{}); errors.As(err, &silent) && f.kept {
					f.p.say("what was given may be in the queue; look there before giving it again: upshot queue")
				}
				return err
			}
			a.Close()
			if err == nil && a.Welcome.Role == uploader.RoleAgent {
				return f.refused()
			}
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, uploader.ErrGone):
			return err
		}
		queued := f.results != nil
		switch {
		case agent != nil && !closed(agent.ended):
		case agent == nil || agent.code <= 0 || failed < agentStarts:
			// One that ended well met another that has the engine, or had it;
			// one that was killed tells nothing.
			if agent != nil && agent.code > 0 {
				failed++
			}
			if agent, err = startAgent(); err != nil {
				return err
			}
		case errors.Is(err, fs.ErrNotExist) && !queued:
			return f.withoutAgent(ctx, give)
		}
		if queued && !f.keyed {
			return f.refused()
		}
		if time.Now().After(deadline) && queued {
			f.p.say("queued; when the agent has taken over, give it the key with: upshot queue run")
			return f.refused()
		}
		if time.Now().After(deadline) {
			return errors.Join(errors.New("the agent was started but does not answer; run \"upshot agent\" to see why"), context.DeadlineExceeded)
		}
		if err := rest(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// startedAgent is an agent that was started here.
type startedAgent struct {
	ended chan struct{} // closed when it ends, which is mostly long after us
	code  int           // how it ended; negative: it was killed
}

// startAgent starts the agent; one goroutine waits for its end.
func startAgent() (*startedAgent, error) {
	self, err := agentProgram()
	if err != nil {
		return nil, err
	}
	cmd := instance.Command(self, "agent")
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the agent: %w", err)
	}
	a := &startedAgent{ended: make(chan struct{})}
	go func() {
		defer close(a.ended)
		_ = cmd.Wait() // the code says all
		a.code = cmd.ProcessState.ExitCode()
	}()
	return a, nil
}

// agentProgram is the program that an agent is started from: upshot, or this
// one, which has been given another name.
func agentProgram() (string, error) {
	if path, err := instance.Sibling("upshot"); err == nil {
		return path, nil
	}
	path, err := instance.Program()
	if err != nil {
		return "", fmt.Errorf("the agent cannot be started: upshot is neither beside this program nor in PATH, and this program cannot be found either (%v); put upshot into a directory of your PATH", err) //nolint:errorlint // a file that is missing has words of its own, which are not these
	}
	return path, nil
}

// withoutAgent queues the order where the agent that was started has ended at
// once. What ended it (a full disk, say) mostly ends this too, and is told.
func (f *follower) withoutAgent(ctx context.Context, give submit) error {
	a, err := f.p.attach(ctx, f.house, wire.As{Role: uploader.RoleCommand}, silentEnd)
	if err != nil {
		return err
	}
	err = f.p.heard(ctx, a, silentEnd, func(ctx context.Context) error { return f.leave(ctx, a, give) })
	if cerr := a.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	f.p.say("queued, but the agent has ended at once; run \"upshot agent\" to see why, or send with: upshot queue run")
	return exitError{exitUnfinished}
}

// leave gives the order to an engine, or says again what the last one has.
func (f *follower) leave(ctx context.Context, a *wire.Attached, give submit) error {
	if f.results != nil {
		_, err := f.send(ctx, a, f.rejoin)
		return err
	}
	receipt, err := f.send(ctx, a, give)
	if err != nil {
		return err
	}
	f.results = newResults(f.p, f.o.json, receipt)
	for _, e := range receipt.Entries {
		if e.Failure != nil {
			f.results.complain(e)
		}
	}
	return nil
}

// refused is the exit code of an order that is only to be queued.
func (f *follower) refused() error {
	bad := 0
	for _, e := range f.results.entries {
		if e.Failure != nil {
			bad++
		}
	}
	switch bad {
	case 0:
		return nil
	case len(f.results.entries):
		return exitError{exitFailed}
	default:
		return exitError{exitPartly}
	}
}
