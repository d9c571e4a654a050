package cli

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

// follower follows one batch to its end, over any number of engines.
type follower struct {
	p       *program
	o       *options
	house   *wire.House
	batch   job.BatchID
	ids     []job.ID // instead of batch: jobs of older runs
	signals *interrupts
	results *results
	ledger  ledger
	bar     *bar
	told    string    // what was last said about waiting
	stuck   time.Time // since when nothing of the batch can move; zero: it can
	noticed map[string]bool
	toldOf  bool    // the engine has dealt with the clipboard
	held    bool    // Ctrl-C: what was not sent is held
	keyed   bool    // the order came with a key of this process only
	agent   bool    // the engine is an agent's
	kept    bool    // the engine may have the order, whatever it answered
	mute    bool    // that standard output takes nothing more is said
	why     job.Job // a job that cannot go on, with the failure that closed its gate
}

// news says what has come up since the run began: a disk that is full, say.
func (f *follower) news(snap uploader.Snapshot) {
	for _, n := range snap.Notices {
		if f.noticed[n.ID] || n.ID == uploader.NoticeClipboard {
			continue
		}
		if f.noticed == nil {
			f.noticed = map[string]bool{}
		}
		f.noticed[n.ID] = true
		f.bar.pause()
		f.p.say("%s%s", plain(n.Headline), hint(n.Hint))
	}
}

// begin starts following a batch that was just given.
func (f *follower) begin(r uploader.Receipt, before uploader.Snapshot, a *wire.Attached) {
	f.results = newResults(f.p, f.o.json, r)
	f.results.deleteURL = f.o.deleteURL
	f.bar = newBar(f.p, f.o)
	f.results.clear = f.bar.pause
	f.news(before)
	older := before.Open() - before.Counts[job.Held]
	for _, e := range r.Entries {
		if e.Joined {
			older-- // and goes with this run
		}
	}
	if a.Serving && older > 0 {
		f.p.say("%s from before still in the queue; send with: upshot queue run", count(older, "upload"))
	}
}

func hint(s string) string {
	if s == "" {
		return ""
	}
	return "; " + plain(s)
}

// rejoin is how an order is given again to another engine, which has the
// batch in its store: only the key, the wish to wait for it and a Ctrl-C are
// given; the clipboard is not read and the screen not captured again.
func (f *follower) rejoin(ctx context.Context, a *wire.Attached, order uploader.Order) (uploader.Receipt, error) {
	jobs, err := f.jobs(ctx, a)
	if err != nil || len(jobs) == 0 {
		return uploader.Receipt{}, err
	}
	for _, j := range jobs {
		order.Items = append(order.Items, uploader.Item{Path: j.Path, URL: j.Transfer.URL, Input: j.Input})
	}
	receipt, err := a.Submit(ctx, order)
	if err == nil && f.held {
		_, err = a.Steer(ctx, uploader.SteerRequest{Verb: uploader.VerbHold, Batch: f.batch, Unsent: true})
	}
	return receipt, err
}

// follow prints links as they come and returns when all have ended or the
// run shall not wait longer.
func (f *follower) follow(ctx context.Context, a *wire.Attached) error {
	defer f.bar.pause()
	err := f.look(ctx, a)
	if err != nil && !final(err) && f.signals.twice() {
		return f.breakOff(ctx, a)
	}
	return err
}

// look is follow until the second Ctrl-C.
func (f *follower) look(ctx context.Context, a *wire.Attached) error {
	f.agent = withAgent(a)
	for {
		snap, err := a.Snapshot(ctx, uploader.None{})
		if err != nil {
			return err
		}
		f.news(snap)
		err = f.ledger.look(ctx, a, snap, func() ([]job.Job, error) { return f.jobs(ctx, a) }, nil)
		if err != nil {
			return err
		}
		jobs := f.ledger.jobs
		if err := f.o.addDeleteLinks(ctx, a, jobs); err != nil {
			return err
		}
		f.bar.show(jobs, snap.Sending)
		f.unread(f.results.see(jobs))
		if f.results.open() == 0 {
			done, err := f.copied(ctx, a)
			if err != nil {
				return err
			}
			if done {
				f.bar.end()
				return f.results.code("")
			}
		}
		if err := f.keepBack(ctx, a, jobs); err != nil {
			return err
		}
		if stop, blocked := f.blocked(jobs, snap); stop {
			return f.unfinished(blocked)
		}
		if err := f.pause(ctx, a); err != nil {
			return err
		}
	}
}

// unread says, once, that standard output takes no links: the files go all the
// same, and nothing is lost.
func (f *follower) unread(err error) {
	if err == nil || f.mute {
		return
	}
	f.mute = true
	f.bar.pause()
	f.p.say("upshot: %s; the links are kept: upshot history", f.p.explain(err))
}

// jobs are those of the batch; an order of which nothing could be queued has none.
func (f *follower) jobs(ctx context.Context, a *wire.Attached) ([]job.Job, error) {
	if f.ids != nil {
		page, err := a.Jobs(ctx, uploader.JobsRequest{IDs: f.ids, N: len(f.ids), Oldest: true})
		return page.Jobs, err
	}
	if !slices.ContainsFunc(f.results.entries, func(e uploader.Entry) bool { return e.Job != 0 }) {
		return nil, nil
	}
	view, err := a.Batch(ctx, uploader.BatchRequest{Batch: f.batch})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // all of it was taken off the list
	}
	f.toldOf = view.Batch.Told
	return view.Jobs, err
}

// copied reports whether the clipboard, if it was asked for, has been dealt
// with; a clipboard that could not be written is said so.
func (f *follower) copied(ctx context.Context, a *wire.Attached) (bool, error) {
	if with, _ := f.results.links(); !f.o.copy || with == 0 {
		return true, nil
	}
	if _, err := f.jobs(ctx, a); err != nil || !f.toldOf {
		return false, err
	}
	snap, err := a.Snapshot(ctx, uploader.None{})
	if err != nil {
		return false, err
	}
	for _, n := range snap.Notices {
		if n.ID == uploader.NoticeClipboard {
			f.bar.pause()
			f.p.say("%s%s", plain(n.Headline), hint(n.Hint))
		}
	}
	return true, nil
}

// pause waits for a change, for the end of the run's patience, or for Ctrl-C.
func (f *follower) pause(ctx context.Context, a *wire.Attached) error {
	wctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	changed := make(chan error, 1)
	go func() { changed <- f.ledger.wait(wctx, a) }()
	first := f.signals.first
	if f.held {
		first = nil
	}
	select {
	case err := <-changed:
		if err != nil && wctx.Err() != nil && ctx.Err() == nil && !errors.Is(err, uploader.ErrGone) {
			return nil // only time to look at the clock
		}
		return err
	case <-first:
		cancel()
		<-changed
		f.held = true
		f.bar.pause()
		// Held before it is said: what is said to be stopping does not start.
		held, err := a.Steer(ctx, uploader.SteerRequest{Verb: uploader.VerbHold, Batch: f.batch, IDs: f.ids, Unsent: true})
		if err != nil && !errors.Is(err, job.ErrTransition) && !unwritable(err) {
			return err
		}
		f.results.keptBack(held.IDs)
		f.p.say(stopping)
		return nil
	}
}

// stopping is said at the first Ctrl-C.
const stopping = "stopping: files on the way end first; press Ctrl-C again to stop at once"

// keepBack holds, after Ctrl-C, what is not on the way, each time that there
// is something: a file on its way that fails is queued again, and nothing goes
// later against the person's wish.
func (f *follower) keepBack(ctx context.Context, a *wire.Attached, jobs []job.Job) error {
	if !f.held {
		return nil
	}
	held, err := hold(ctx, a, jobs)
	f.results.keptBack(held)
	if unwritable(err) {
		return nil // what could not be held is told in the end
	}
	return err
}

// unwritable reports whether err says that nothing can be written down now.
func unwritable(err error) bool {
	return errors.Is(err, job.ErrFull) || errors.Is(err, job.ErrReadOnly)
}

// hold holds those of jobs that are not on the way, and returns them.
func hold(ctx context.Context, a *wire.Attached, jobs []job.Job) ([]job.ID, error) {
	var unsent []job.ID
	for _, j := range jobs {
		if j.State == job.Queued || j.State == job.Waiting {
			unsent = append(unsent, j.ID)
		}
	}
	if len(unsent) == 0 {
		return nil, nil
	}
	held, err := a.Steer(ctx, uploader.SteerRequest{Verb: uploader.VerbHold, IDs: unsent, Unsent: true})
	if errors.Is(err, job.ErrTransition) {
		return nil, nil // all of them are on the way or have ended meanwhile
	}
	return held.IDs, err
}

// breakOff holds everything, also what is on the way, and ends the run.
func (f *follower) breakOff(ctx context.Context, a *wire.Attached) error {
	ctx, cancel := lastWords(ctx)
	defer cancel()
	held, err := a.Steer(ctx, uploader.SteerRequest{Verb: uploader.VerbHold, Batch: f.batch, IDs: f.ids})
	f.results.keptBack(held.IDs)
	f.held = err == nil || errors.Is(err, job.ErrTransition)
	return f.unfinished(client.KindCanceled)
}

// meteredWords say why nothing goes over a network that is paid by volume.
const meteredWords = "this network is paid by volume: it goes on with another one, or with upshot settings set pause-metered false"

// meteredAlone is meteredWords where nothing goes on by itself.
const meteredAlone = "this network is paid by volume: send over another one, or after upshot settings set pause-metered false"

// patience is what a closed gate means for a run: how long to wait, and as
// what the run ends.
func (f *follower) patience(g uploader.GateStatus) (wait time.Duration, kind client.Kind) {
	if g.Failure != nil {
		kind = g.Failure.Kind
	}
	switch {
	case g.Gate == job.GateNoKey:
		return 0, client.KindAuth
	case g.Gate == job.GateUnavailable && kind != client.KindProtocol:
		return 0, kind
	case f.o.attempts == 1:
		return 0, kind
	default:
		return f.o.wait, kind
	}
}

// blocked reports whether the run shall end although jobs are open, and why.
func (f *follower) blocked(jobs []job.Job, snap uploader.Snapshot) (bool, client.Kind) {
	gates := map[string][]uploader.GateStatus{}
	for _, a := range snap.Accounts {
		gates[a.ID] = a.Gates
	}
	wait, kind, words := f.o.wait, client.Kind(""), ""
	blocked, moving := 0, 0
	full := isFull(snap)
	for _, j := range jobs {
		switch {
		case unwritten(snap, j.ID), full && (j.State == job.Queued || j.State == job.Waiting):
			blocked++
			words = f.told // news has said it
			if f.held {
				wait = 0
			}
		case j.State == job.Sending, j.State == job.Waiting:
			moving++
		case j.State == job.Held:
			blocked++
			words = "held before; let go with: upshot queue release"
			f.why = j
			if f.held {
				wait = 0
			}
		case j.State == job.Queued && !known(snap, j.Account):
			blocked++
			wait, kind = 0, client.KindAuth
			gone := job.Failure{Kind: client.KindAuth, Code: job.CodeNoAccount}
			f.why = job.Job{Account: j.Account, Failure: &gone}
			words = uploader.ExplainFailure(gone).String()
		case j.State == job.Queued && (len(gates[j.Account]) > 0 || snap.Paused || snap.Metered):
			blocked++
			switch {
			case snap.Paused:
				words = "paused: resume with upshot queue resume"
			case snap.Metered && !f.agent && wait == 0:
				words = meteredAlone
			case snap.Metered:
				words = meteredWords
			}
			for _, g := range gates[j.Account] {
				w, k := f.patience(g)
				if w <= wait {
					wait, kind, words = w, k, gateWords(j.Account, g)
					if !f.agent && f.endsBefore(g.Until, w) {
						words = gateWordsAlone(j.Account, g)
					}
					f.why = job.Job{Account: j.Account, Failure: g.Failure}
				}
			}
		case j.State == job.Queued:
			moving++
		}
	}
	if moving > 0 || blocked == 0 {
		f.stuck = time.Time{}
		return false, ""
	}
	if f.stuck.IsZero() {
		f.stuck = time.Now()
	}
	if words != f.told && !f.held {
		f.told = words
		f.bar.pause()
		if wait > 0 {
			words = "waiting: " + words
		}
		f.p.say("%s", plain(words))
	}
	return time.Since(f.stuck) >= wait, kind
}

// isFull reports whether the disk is full, so that nothing new is sent.
func isFull(snap uploader.Snapshot) bool {
	return slices.ContainsFunc(snap.Notices, func(n uploader.Notice) bool { return n.ID == uploader.NoticeFull })
}

// unwritten reports whether what became of a job cannot be written down.
func unwritten(snap uploader.Snapshot, id job.ID) bool {
	return slices.ContainsFunc(snap.Sending, func(s uploader.Progress) bool { return s.ID == id && s.Unwritten })
}

// endsBefore reports whether the run will not be there any more at a time, or
// does not wait at all.
func (f *follower) endsBefore(at time.Time, wait time.Duration) bool {
	since := f.stuck
	if since.IsZero() {
		since = time.Now()
	}
	return wait == 0 || at.After(since.Add(wait))
}

// known reports whether the engine has the account: one whose key was given in
// the environment of an earlier run is gone with that run.
func known(snap uploader.Snapshot, account string) bool {
	return slices.ContainsFunc(snap.Accounts, func(a uploader.AccountStatus) bool { return a.ID == account })
}

// unfinished ends a run whose files stay in the queue.
func (f *follower) unfinished(kind client.Kind) error {
	f.bar.pause()
	f.unread(f.results.finish())
	onHost, held, others := f.results.standing()
	switch {
	case onHost > 0 && f.agent:
		f.p.say("%s on the host; the agent writes that down as soon as there is room on the disk", count(onHost, "file"))
	case onHost > 0:
		f.p.say("%s on the host, which could not be written down; make room on the disk, then cancel what upshot queue says may be on the host already, or it is sent again", count(onHost, "file"))
	}
	if f.held || held > 0 && f.why.State == job.Held {
		if held > 0 {
			f.p.say("%s held; let go with: upshot queue release", count(held, "file"))
		}
		if others > 0 {
			f.p.say("%s in the queue: that nothing of it is to be sent could not be written down; make room on the disk, then hold it with: upshot queue hold", count(others, "file"))
		}
		return exitError{exitUnfinished}
	}
	if open := others + held; open > 0 {
		f.p.say("%s in the queue; %s", count(open, "file"), plain(later(open, kind, f.why.Account, f.why.Failure, f.agent)))
	}
	return f.results.code(kind)
}

// count says how many of a thing, in words that fit the number.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}
