package torture

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/platform/platformtest"
)

// instants are the points at which a round kills the agent.
var instants = []string{
	"at random", "at random", "after journal", "as soon as it is given",
	"head", "mid-body", "after the body", "stored", "after the answer", "before the clipboard", "before the clipboard",
}

// round gives files, kills the agent at some point, and starts it again.
func (r *rig) round() {
	r.t.Helper()
	if r.t.Failed() {
		r.t.FailNow() // what follows would only repeat it
	}
	instant := instants[r.dice.IntN(len(instants))]
	r.up()
	dead := make(chan struct{})
	die := func(pause time.Duration) func() {
		return func() {
			time.Sleep(pause)
			r.kill(instant)
			close(dead)
		}
	}
	pass, soon := r.dice.IntN(3), time.Duration(r.dice.IntN(20_000))*time.Microsecond
	var fed []string
	switch instant {
	case "after journal":
		fed = r.journaled()
		close(dead)
	case "as soon as it is given":
		fed = append(fed, r.feed())
		die(soon)()
	case "at random":
		fed = append(fed, r.feed(), r.feed())
		die(time.Duration(r.dice.IntN(400)) * time.Millisecond)()
	case "before the clipboard":
		r.tap.arm(answered, pass, die(soon))
	default:
		r.tap.arm(map[string]point{
			"head": atHead, "mid-body": inBody, "after the body": bodyRead, "stored": stored, "after the answer": answered,
		}[instant], pass, die(0))
	}
	if fed == nil {
		fed = append(fed, r.feed(), r.feed())
	}
	select {
	case <-dead:
	case <-time.After(3 * time.Second): // fewer requests came than were to pass
		r.tap.disarm()
		instant = "in vain: " + instant
		r.kill(instant)
	}
	r.log = append(r.log, fmt.Sprintf("%s: %s", instant, strings.Join(fed, ", ")))
	r.again()
}

// journaled is the point right after a receipt: the person's pause keeps the
// files from leaving, and lasts over the agent's death.
func (r *rig) journaled() []string {
	c := r.up()
	if _, err := c.Pause(r.ctx(), uploader.AccountRequest{}); err != nil {
		r.t.Fatal(err)
	}
	before := map[string]bool{}
	for sum := range r.given {
		before[sum] = true
	}
	r.feedSocket(r.files, 1+r.dice.IntN(4))
	r.feeds.Wait()
	r.kill("after journal")
	r.up()
	for sum := range r.given {
		if !before[sum] && len(r.tap.of(sum)) > 0 {
			r.t.Errorf("a file left though everything is paused")
		}
	}
	o := r.pending[len(r.pending)-1]
	view, err := r.up().Batch(r.ctx(), uploader.BatchRequest{Batch: o.Batch})
	if err != nil || len(view.Jobs) != len(o.Items) {
		r.t.Fatalf("a receipt was given for %d files; after the kill there are %d: %v", len(o.Items), len(view.Jobs), err)
	}
	for i, j := range view.Jobs {
		if j.ID != o.entries[i].Job || j.State != job.Queued || j.MaybeSent {
			r.t.Errorf("job %d is %s (maybe sent: %v) after a kill before anything was sent", j.ID, j.State, j.MaybeSent)
		}
	}
	if _, err := r.up().Resume(r.ctx(), uploader.AccountRequest{}); err != nil {
		r.t.Fatal(err)
	}
	return []string{fmt.Sprintf("%d by socket, paused", len(o.Items))}
}

// again starts the agent, sometimes to be killed as it starts, and looks
// whether all is in order; in one of three rounds it waits for the end.
func (r *rig) again() {
	r.t.Helper()
	for r.dice.IntN(4) == 0 {
		r.launch()
		time.Sleep(time.Duration(r.dice.IntN(150)) * time.Millisecond)
		r.kill("while it started")
	}
	r.up()
	r.feeds.Wait() // commands find the new agent
	r.up()         // theirs may have come before it
	r.regive()
	r.look()
	if r.dice.IntN(3) == 0 {
		r.settle()
	}
}

// settle waits until every job has ended.
func (r *rig) settle() {
	r.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for {
		c := r.up()
		s, err := c.Snapshot(r.ctx(), uploader.None{})
		if err != nil {
			r.t.Fatal(err)
		}
		if s.Open() == 0 {
			break
		}
		if s.Counts[job.Waiting] > 0 {
			_, _ = c.Steer(r.ctx(), uploader.SteerRequest{Verb: uploader.VerbRetry}) // it may be due by itself
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("jobs stay open: %v, accounts %+v", s.Counts, s.Accounts)
		}
		time.Sleep(5 * time.Millisecond)
	}
	r.look()
}

// watchClipboard reads the clipboard, by another program, until stop.
func (r *rig) watchClipboard(d *platformtest.Desktop) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-end:
				return
			case <-time.After(10 * time.Millisecond):
			}
			// An owner that is killed while it is asked never answers.
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			cmd := exec.CommandContext(ctx, "xclip", "-selection", "clipboard", "-o")
			cmd.Env = d.Env()
			out, err := cmd.Output()
			cancel()
			if err != nil || len(out) == 0 {
				continue // nobody owns it
			}
			r.book.Lock()
			r.clips[string(out)] = true
			r.book.Unlock()
		}
	}()
	return func() { close(end); <-ended }
}

// awaitClip waits until something was seen on the clipboard.
func (r *rig) awaitClip() {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		r.book.Lock()
		seen := len(r.clips) > 0
		r.book.Unlock()
		if seen {
			return
		}
	}
}
