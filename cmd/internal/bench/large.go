package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"images-uploader.com/upshot/client/agent"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

const (
	largeRounds = 5
	readyMost   = 300 * time.Millisecond
	largeMost   = 80_000_000
	searchMost  = 50 * time.Millisecond
)

// none asks for nothing in particular.
var none uploader.None

// large is an agent on a store of years.
func (b *bench) large(ctx context.Context) (s section, err error) {
	b.say("a store of 100,000 done and 10,000 queued jobs")
	h, err := startHost(ctx)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	home := b.newHome(h)
	if err := os.MkdirAll(home.dir, 0o700); err != nil {
		return s, err
	}
	d, err := home.dirs()
	if err != nil {
		return s, err
	}
	filled, err := run(exec.CommandContext(ctx, b.self, "fill", d.Database))
	if err != nil {
		return s, err
	}
	b.say("  filled in %s", ms(filled.wall))
	var ready, search []time.Duration
	var resident int64
	for range largeRounds {
		l, err := b.largeOnce(ctx, home)
		if err != nil {
			return s, err
		}
		b.say("  ready after %s, a search %s, peak %s", ms(l.ready), ms(l.search), mb(l.peak))
		ready, search, resident = append(ready, l.ready), append(search, l.search), max(resident, l.peak)
	}
	return section{
		title: "A store of 100,000 done and 10,000 queued jobs",
		words: "`upshot agent --no-tray` is started on it, and the time to the first answer at its socket, the slowest of some searches over the socket (frequent, rare and absent words, two letters, Chinese) and its peak memory after them are taken. " +
			"Nobody is beside it.",
		rows: []row{
			timeRow("large store: agent ready", percentile(ready, 50), readyMost),
			memoryRow("large store: agent's peak memory", resident, largeMost),
			timeRow("large store: slowest search", percentile(search, 50), searchMost),
		},
	}, nil
}

// largeRun is what one start of the agent came to.
type largeRun struct {
	ready, search time.Duration
	peak          int64
}

func (b *bench) largeOnce(ctx context.Context, h home) (l largeRun, err error) {
	cmd, c, ready, err := h.startAgent(ctx)
	if err != nil {
		return l, err
	}
	defer end(cmd)
	defer func() { err = errors.Join(err, c.Close()) }()
	l.ready = ready
	snap, err := c.Snapshot(ctx, none)
	if err != nil {
		return l, err
	}
	if snap.Counts[job.Done] != storeDone || snap.Counts[job.Queued] != storeQueued {
		return l, fmt.Errorf("the store has %v", snap.Counts)
	}
	for _, words := range searches() {
		took, found, err := oneSearch(ctx, c, words)
		if err != nil {
			return l, err
		}
		b.say("    search %q: %d found, %s", words, found, ms(took))
		l.search = max(l.search, took)
	}
	l.peak, err = memory(cmd.Process.Pid, "VmHWM")
	return l, err
}

func oneSearch(ctx context.Context, c *agent.Client, words string) (time.Duration, int, error) {
	begun := time.Now()
	page, err := c.Jobs(ctx, uploader.JobsRequest{Search: words})
	return time.Since(begun), page.Total, err
}
