package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"images-uploader.com/upshot/client/agent"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

const (
	burstFiles = 10_000
	knownMost  = 5 * time.Second
	sentMost   = 4 * time.Minute
	// flat is how much higher the second burst's peak may be.
	flat = 1.1
	// calm is what a process may take to come to rest: connections close four
	// seconds after their last use, an upload can be undone for ten, memory is
	// given back after twenty.
	calm     = 40 * time.Second
	idleTime = 30 * time.Second
	// idleMost are the wake-ups of 30 s: what the runtime itself does now and
	// then. Once a second would be 30 already.
	idleMost = 10
)

// measureBurst is the group "burst".
func measureBurst(ctx context.Context, b *bench) ([]section, error) {
	known, idle, err := b.burst(ctx)
	if err != nil {
		return nil, err
	}
	return []section{known, idle}, nil
}

// burst moves 10,000 files into a watched folder at once, twice, and looks at
// the process when it has come to rest.
func (b *bench) burst(ctx context.Context) (known, idle section, err error) {
	b.say("bursts of 10,000 files")
	h, err := startHost(ctx)
	if err != nil {
		return known, idle, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	home, dir := b.newHome(h), filepath.Join(b.dir, "burst")
	for _, d := range []string{dir, home.dir} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return known, idle, err
		}
	}
	watch, err := startWatch(ctx, home, dir, "--quiet")
	if err != nil {
		return known, idle, err
	}
	defer end(watch)
	c, err := home.dial(ctx)
	if err != nil {
		return known, idle, err
	}
	defer c.Close()
	before, err := memory(watch.Process.Pid, "VmRSS")
	if err != nil {
		return known, idle, err
	}
	var runs []burstRun
	for n := range 2 {
		r, err := b.burstOnce(ctx, watch, c, dir, n)
		if err != nil {
			return known, idle, err
		}
		b.say("  sent after %s, peak %s", ms(r.sent), mb(r.peak))
		runs = append(runs, r)
	}
	// A client of the socket would be a reason to wake up.
	if err := c.Close(); err != nil {
		return known, idle, err
	}
	if idle, err = b.idle(ctx, watch.Process.Pid); err != nil {
		return known, idle, err
	}
	more := float64(runs[1].peak) / float64(runs[0].peak)
	return section{
		title: "10,000 files in one burst",
		words: "10,000 finished pictures are moved into a folder of `upshot watch` as quickly as rename(2) can, and the time until the queue has all of them is taken, while they are being sent; then it is done again, and the peaks of memory are compared. " +
			"Nobody is beside it.",
		rows: []row{
			timeRow("burst of 10,000: all known", max(runs[0].known, runs[1].known), knownMost),
			{
				what: "burst of 10,000: memory", ours: fmt.Sprintf("%s before, at most %s", mb(before), mb(runs[0].peak)),
				against: "the next 10,000: at most " + mb(runs[1].peak), result: fmt.Sprintf("%.2f times", more),
				target: fmt.Sprintf("flat: at most %.2f times", flat), met: more <= flat,
			},
			{what: "burst of 10,000: all sent", ours: ms(runs[0].sent), result: fmt.Sprintf("%.0f files a second", burstFiles/runs[0].sent.Seconds())},
		},
	}, idle, nil
}

// burstRun is what a burst came to.
type burstRun struct {
	known, sent time.Duration
	peak        int64
}

func (b *bench) burstOnce(ctx context.Context, watch *exec.Cmd, c *agent.Client, dir string, n int) (r burstRun, err error) {
	from := filepath.Join(b.dir, fmt.Sprintf("ready%d", n))
	if err := os.MkdirAll(from, 0o700); err != nil {
		return r, err
	}
	names := make([]string, burstFiles)
	for i := range names {
		number := n*burstFiles + i
		names[i] = fmt.Sprintf("b%06d.png", number)
		picture, err := noise(number, 16, 16)
		if err != nil {
			return r, err
		}
		if err := os.WriteFile(filepath.Join(from, names[i]), picture, 0o600); err != nil {
			return r, err
		}
	}
	if err := onDisk(); err != nil {
		return r, err
	}
	if err := resetPeak(watch.Process.Pid); err != nil {
		return r, err
	}
	begun := time.Now()
	for _, name := range names {
		if err := os.Rename(filepath.Join(from, name), filepath.Join(dir, name)); err != nil {
			return r, err
		}
	}
	all := (n + 1) * burstFiles
	if r.known, err = until(ctx, c, begun, func(s uploader.Snapshot) bool { return total(s) >= all }); err != nil {
		return r, err
	}
	b.say("  known after %s", ms(r.known))
	if r.sent, err = until(ctx, c, begun, func(s uploader.Snapshot) bool { return s.Counts[job.Done] >= all }); err != nil {
		return r, err
	}
	r.peak, err = memory(watch.Process.Pid, "VmHWM")
	return r, err
}

// total is how many jobs there are in all.
func total(s uploader.Snapshot) int {
	n := 0
	for _, count := range s.Counts {
		n += count
	}
	return n
}

// until asks the engine now and then until it is so, and says how long after
// begun that was.
func until(ctx context.Context, c *agent.Client, begun time.Time, so func(uploader.Snapshot) bool) (time.Duration, error) {
	for {
		snap, err := c.Snapshot(ctx, none)
		switch {
		case err != nil:
			return 0, err
		case so(snap):
			return time.Since(begun), nil
		case time.Since(begun) > sentMost:
			return 0, fmt.Errorf("after %s there are only %v", ms(sentMost), snap.Counts)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// idle counts wake-ups of a process that has nothing to do.
func (b *bench) idle(ctx context.Context, pid int) (section, error) {
	b.say("idle for %v", idleTime)
	if err := pause(ctx, calm); err != nil {
		return section{}, err
	}
	before, err := wakeUps(pid)
	if err != nil {
		return section{}, err
	}
	if err := pause(ctx, idleTime); err != nil {
		return section{}, err
	}
	after, err := wakeUps(pid)
	if err != nil {
		return section{}, err
	}
	n := int64(0)
	for thread, count := range after {
		if more := count - before[thread]; more > 0 {
			b.say("  %s: %d", thread, more)
			n += more
		}
	}
	return section{
		title: "Idle with 10,000 watched files",
		words: "Voluntary context switches of all threads of the same `upshot watch` over 30 s, when all of both bursts is sent and the process has had 20 s to come to rest. " +
			"Nobody is beside it; the slow timer of the watched folder comes every five minutes, and what the Go runtime does by itself is the rest.",
		rows: []row{{
			what: "idle, 20,000 watched files: wake-ups in 30 s", ours: fmt.Sprint(n), result: fmt.Sprint(n),
			target: fmt.Sprintf("none beyond the slow timer (at most %d)", idleMost), met: n <= idleMost,
		}},
	}, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
