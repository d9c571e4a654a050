package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

// watch lends the folders to the engine and prints links until Ctrl-C.
func (p *program) watch(ctx context.Context, o *watchOptions, dirs []string) error {
	h, err := p.open()
	if err != nil {
		return err
	}
	defer h.Close()
	signals := watchInterrupts()
	defer signals.stop()
	w := &watching{p: p, o: o, dirs: dirs, house: h, id: string(job.NewBatchID()), since: time.Now(), said: map[job.ID]bool{}, answers: map[job.ID]*results{}, signals: signals}
	return p.session(ctx, h, wire.As{Stays: true}, signals, forever, w.follow)
}

// watching is a run of watch over any number of engines.
type watching struct {
	p       *program
	o       *watchOptions
	dirs    []string
	house   *wire.House
	id      string // of the loan
	since   time.Time
	ended   job.ID // all jobs up to this one have ended and are said
	said    map[job.ID]bool
	answers map[job.ID]*results // of jobs that are answered, until that is written down
	ledger  ledger
	told    string // what was last said about waiting
	greeted bool
	// heldBack is what was last said of files that are not uploaded, by path.
	heldBack map[string]string
	signals  *interrupts
}

// follow watches with one engine until Ctrl-C, and then until nothing is on
// the way.
func (w *watching) follow(ctx context.Context, a *wire.Attached) error {
	var err error
	if !w.signals.told() {
		cctx, cancel := context.WithCancel(ctx)
		calm := make(chan struct{})
		go func() {
			defer close(calm)
			giveBackWhenCalm(cctx, a, giveMemoryBack)
		}()
		err = w.lend(ctx, a)
		cancel()
		<-calm
	}
	if err == nil {
		err = w.end(ctx, a)
	}
	if err != nil && !final(err) && w.signals.twice() {
		return w.breakOff(ctx, a)
	}
	return err
}

// lend lends the folders and prints what comes of them until Ctrl-C.
func (w *watching) lend(ctx context.Context, a *wire.Attached) error {
	settings, err := a.Settings(ctx, uploader.None{})
	if err != nil {
		return err
	}
	account, server, err := w.o.target(w.house, settings)
	if err != nil {
		return err
	}
	if _, ok := settings.Account(account); !ok && server == nil {
		return uploader.ErrNoAccount
	}
	lctx, cancel := context.WithCancel(ctx)
	lent := make(chan error, len(w.dirs))
	for i, dir := range w.dirs {
		f := w.o.folder(dir)
		f.Account = account
		go func() {
			_, err := a.Lend(lctx, uploader.Lent{ID: fmt.Sprintf("%s-%d", w.id, i), Folder: f, Server: server})
			if server != nil {
				err = httpRefused(server.Address, server.AllowHTTP, err)
			}
			lent <- err
		}()
	}
	running := len(w.dirs)
	defer func() {
		cancel()
		for ; running > 0; running-- {
			<-lent
		}
	}()
	for {
		snap, err := a.Snapshot(ctx, uploader.None{})
		if err != nil {
			return err
		}
		if _, err := w.report(ctx, a, snap); err != nil {
			return err
		}
		stop, err := w.pause(ctx, a, lent, &running)
		if stop || err != nil {
			return err
		}
	}
}

// pause waits for something new.
func (w *watching) pause(ctx context.Context, a *wire.Attached, lent <-chan error, running *int) (stop bool, err error) {
	wctx, cancel := context.WithCancel(ctx)
	changed := make(chan error, 1)
	go func() { changed <- w.ledger.wait(wctx, a) }()
	select {
	case err := <-changed:
		cancel()
		return false, err
	case err := <-lent:
		*running--
		cancel()
		<-changed
		return false, err
	case <-w.signals.first:
		cancel()
		<-changed
		return true, nil
	}
}

// minePage is how many jobs are asked for at once.
const minePage = 200

// mine are the jobs of the watched folders since this run began, the oldest
// first, without those before the first that was open when last looked at.
func (w *watching) mine(ctx context.Context, a *wire.Attached) ([]job.Job, error) {
	mine := map[job.ID]job.Job{} // a job that comes meanwhile moves others to the next page, where they are seen again
	for from := 0; ; from += minePage {
		page, err := a.Jobs(ctx, uploader.JobsRequest{From: from, N: minePage})
		if err != nil {
			return nil, err
		}
		older := func(j job.Job) bool { return j.ID <= w.ended || j.Added.Before(w.since) }
		for _, j := range page.Jobs {
			if !older(j) && slices.Contains(w.dirs, j.Folder) {
				mine[j.ID] = j
			}
		}
		if len(page.Jobs) < minePage || older(page.Jobs[len(page.Jobs)-1]) {
			break
		}
	}
	return slices.SortedFunc(maps.Values(mine), func(x, y job.Job) int { return cmp.Compare(x.ID, y.ID) }), nil
}

// report prints links, failures, and why things wait; it returns the jobs
// that it looked at.
func (w *watching) report(ctx context.Context, a *wire.Attached, snap uploader.Snapshot) ([]job.Job, error) {
	belongs := func(j job.Job) bool { return !j.Added.Before(w.since) && slices.Contains(w.dirs, j.Folder) }
	if err := w.ledger.look(ctx, a, snap, func() ([]job.Job, error) { return w.mine(ctx, a) }, belongs); err != nil {
		return nil, err
	}
	jobs := w.ledger.jobs
	if !inOrder(jobs) {
		slices.SortFunc(jobs, func(x, y job.Job) int { return cmp.Compare(x.ID, y.ID) })
	}
	w.ledger.jobs = openOf(jobs) // what has ended is told below, once
	waiting, allEnded := false, true
	for _, j := range jobs {
		waiting = waiting || j.State == job.Queued
		known := w.said[j.ID] || j.ID < w.ended-saidMost
		if !known && (!j.State.Open() || answered(j)) {
			if err := w.tell(ctx, a, j); err != nil {
				return nil, err
			}
		}
		if allEnded = allEnded && !j.State.Open(); allEnded {
			w.ended = j.ID // not before it is said: the engine may have gone meanwhile
		}
	}
	if len(w.said) > 2*saidMost {
		maps.DeleteFunc(w.said, func(id job.ID, _ bool) bool { return id < w.ended-saidMost })
	}
	w.explain(snap, waiting)
	return jobs, nil
}

// tell says what became of a job. One whose answer cannot be written down has
// its link told now, which nobody else has, and not again when it ends.
func (w *watching) tell(ctx context.Context, a *wire.Attached, j job.Job) error {
	jobs := []job.Job{j}
	if err := w.o.addDeleteLinks(ctx, a, jobs); err != nil {
		return err
	}
	r := w.answers[j.ID]
	if r == nil {
		r = newResults(w.p, w.o.json, uploader.Receipt{Entries: []uploader.Entry{{Job: j.ID, Input: j.Input}}})
		r.deleteURL = w.o.deleteURL
	}
	if answered(j) {
		w.answers[j.ID] = r
	} else {
		w.said[j.ID] = true
		delete(w.answers, j.ID)
	}
	return r.see(jobs)
}

// afresh is report of all jobs as they are now. A snapshot may know of a full
// disk, and of what cannot be written down, before the change of a job is heard
// of: the run must not end on what it knew before.
func (w *watching) afresh(ctx context.Context, a *wire.Attached, snap uploader.Snapshot) ([]job.Job, error) {
	w.ledger.all = true
	return w.report(ctx, a, snap)
}

// saidMost is how far back it is remembered which jobs were said: a watch may
// run for years.
const saidMost = 100_000

// inOrder reports whether jobs stand in the order they were given in, as nearly
// always; sorting would copy each several times.
func inOrder(jobs []job.Job) bool {
	for i := 1; i < len(jobs); i++ {
		if jobs[i-1].ID > jobs[i].ID {
			return false
		}
	}
	return true
}

// openOf are those that have not ended: jobs itself when that are all.
func openOf(jobs []job.Job) []job.Job {
	open := 0
	for i := range jobs {
		if jobs[i].State.Open() {
			open++
		}
	}
	if open == len(jobs) {
		return jobs
	}
	left := make([]job.Job, 0, open)
	for i := range jobs {
		if jobs[i].State.Open() {
			left = append(left, jobs[i])
		}
	}
	return left
}

// explain says, once, why things wait.
func (w *watching) explain(snap uploader.Snapshot, waiting bool) {
	w.greet(snap)
	words := ""
	for _, s := range snap.Accounts {
		if waiting && len(s.Gates) > 0 {
			words = uploader.ExplainGate(s.Gates[0]).String()
		}
	}
	if waiting && snap.Paused {
		words = "paused: resume with upshot queue resume"
	}
	for _, n := range snap.Notices {
		if n.ID == uploader.NoticeFull {
			words = n.Headline + hint(n.Hint)
		}
	}
	for _, f := range snap.Folders {
		if !f.Lent || !slices.Contains(w.dirs, f.Folder.Path) {
			continue
		}
		if f.Reason != "" {
			words = f.Folder.Path + ": " + f.Reason
		}
		w.tellHeldBack(f)
	}
	if words != w.told && words != "" && !w.o.quiet {
		w.p.say("%s", plain(words))
	}
	w.told = words
}

// tellHeldBack says of a file that something is wrong with, once for each
// reason, why it is not uploaded. What a rule leaves out is not told: that is
// as the person wanted it.
func (w *watching) tellHeldBack(f uploader.FolderStatus) {
	for _, file := range f.Pending {
		switch file.State {
		case uploader.FileIncomplete, uploader.FileTooLarge, uploader.FileUnreadable, uploader.FileWaiting:
		default:
			continue
		}
		if w.o.quiet || w.heldBack[file.Path] == file.Reason {
			continue
		}
		if w.heldBack == nil {
			w.heldBack = map[string]string{}
		}
		w.heldBack[file.Path] = file.Reason
		name := file.Path
		if rel, err := filepath.Rel(f.Folder.Path, name); err == nil {
			name = rel
		}
		hint := ""
		if file.State == uploader.FileIncomplete {
			hint = "; send it all the same with: upshot folder send FILE"
		}
		w.p.say("%s waits: %s%s", plain(name), plain(file.Reason), hint)
	}
}

// greet says that the folders are watched, once they are: what is saved from
// then on is uploaded.
func (w *watching) greet(snap uploader.Snapshot) {
	starting := func(f uploader.FolderStatus) bool { return f.Lent && f.Starting }
	if !w.greeted && w.lent(snap) == len(w.dirs) && !slices.ContainsFunc(snap.Folders, starting) { // what is saved once this is said must go
		w.greeted = true
		w.p.say("watching %s; stop with Ctrl-C", plain(strings.Join(w.dirs, ", ")))
	}
}

// lent counts the folders that the engine has for this run.
func (w *watching) lent(snap uploader.Snapshot) int {
	n := 0
	for _, f := range snap.Folders {
		if f.Lent && slices.Contains(w.dirs, f.Folder.Path) {
			n++
		}
	}
	return n
}

// end holds what was found and not sent, and lets files on the way end. The
// engine may find files until it has given the folders back.
func (w *watching) end(ctx context.Context, a *wire.Attached) error {
	for said := false; ; {
		snap, err := a.Snapshot(ctx, uploader.None{})
		if err != nil {
			return err
		}
		jobs, err := w.report(ctx, a, snap)
		if err != nil {
			return err
		}
		if _, err := hold(ctx, a, jobs); err != nil && !unwritable(err) {
			return err
		}
		full := isFull(snap) // nothing new is sent then, but what is on the way goes through
		moving := func(j job.Job) bool {
			return moving(j) && !unwritten(snap, j.ID) && (!full || j.State == job.Sending)
		}
		if w.lent(snap) == 0 && !slices.ContainsFunc(jobs, moving) {
			if jobs, err = w.afresh(ctx, a, snap); err != nil {
				return err
			}
			if !slices.ContainsFunc(jobs, moving) {
				return w.left(a, jobs)
			}
		}
		if !said && slices.ContainsFunc(jobs, moving) {
			said = true
			w.p.say(stopping)
		}
		if err := w.pauseBriefly(ctx, a); err != nil {
			return err
		}
	}
}

// moving reports whether a job may go on by itself.
func moving(j job.Job) bool { return j.State.Open() && j.State != job.Held }

// pauseBriefly waits for something new, but not for long.
func (w *watching) pauseBriefly(ctx context.Context, a *wire.Attached) error {
	wctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	err := w.ledger.wait(wctx, a)
	if wctx.Err() != nil && !errors.Is(err, uploader.ErrGone) {
		return ctx.Err()
	}
	return err
}

// breakOff holds everything, also what is on the way.
func (w *watching) breakOff(ctx context.Context, a *wire.Attached) error {
	ctx, cancel := lastWords(ctx)
	defer cancel()
	jobs, err := w.mine(ctx, a)
	if err != nil {
		return err
	}
	var open []job.ID
	for _, j := range jobs {
		if j.State.Open() {
			open = append(open, j.ID)
		}
	}
	if len(open) == 0 {
		return exitError{exitUnfinished}
	}
	if _, err := a.Steer(ctx, uploader.SteerRequest{Verb: uploader.VerbHold, IDs: open}); err != nil && !errors.Is(err, job.ErrTransition) {
		return err
	}
	w.p.say("%s held; let go with: upshot queue release", count(len(open), "file"))
	return exitError{exitUnfinished}
}

// left is the end of the run: what has not ended is told as an upload's
// Ctrl-C tells it.
func (w *watching) left(a *wire.Attached, jobs []job.Job) error {
	r := newResults(w.p, w.o.json, uploader.Receipt{})
	r.deleteURL = w.o.deleteURL
	for i, j := range openOf(jobs) {
		r.entries = append(r.entries, uploader.Entry{Job: j.ID, Input: j.Input})
		r.jobs[j.ID] = j
		r.said[i] = !answered(j) // what stays in the queue has its line when it is sent
	}
	if r.open() == 0 {
		return nil
	}
	r.next = len(r.entries) // report has printed the links
	f := &follower{p: w.p, o: &w.o.options, results: r, bar: newBar(w.p, &w.o.options), held: true, agent: withAgent(a)}
	return f.unfinished("")
}
