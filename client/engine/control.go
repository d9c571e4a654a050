package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

// steers is what each verb does to a job in each state.
var steers = map[uploader.Verb]map[job.State]job.Event{
	uploader.VerbHold:    {job.Queued: job.Hold, job.Waiting: job.Hold, job.Sending: job.Hold},
	uploader.VerbRelease: {job.Held: job.Release},
	uploader.VerbRetry:   {job.Failed: job.Again, job.Canceled: job.Again, job.Waiting: job.Due},
	uploader.VerbCancel:  {job.Queued: job.Cancel, job.Held: job.Cancel, job.Waiting: job.Cancel, job.Sending: job.Cancel},
}

// Steer applies a verb to jobs. A job that the verb does not apply to is
// left as it is; when jobs were named and it applies to none, that is an
// error that wraps job.ErrTransition, or fs.ErrNotExist.
func (e *Engine) Steer(ctx context.Context, r uploader.SteerRequest) (uploader.Steered, error) {
	switch r.Verb {
	case uploader.VerbRetry, uploader.VerbRelease, uploader.VerbRun, uploader.VerbRemove, uploader.VerbMark:
	default: // what keeps jobs back or moves them is to find those that are claimed ahead
		defer e.still()()
	}
	switch r.Verb {
	case uploader.VerbRun:
		if r.Server != nil {
			if _, err := e.lend(ctx, *r.Server); err != nil {
				return uploader.Steered{}, err
			}
		}
		e.mu.Lock()
		e.all = true
		e.mu.Unlock()
		e.poke()
		return uploader.Steered{}, nil
	case uploader.VerbRemove:
		return e.remove(ctx, r)
	case uploader.VerbTop, uploader.VerbUp, uploader.VerbDown, uploader.VerbBottom:
		return e.told(e.cfg.Queue.Reorder(ctx, r.IDs, queue.Place(r.Verb)))
	case uploader.VerbMove:
		a, err := e.resolve(ctx, r.Account, r.Server)
		if err != nil {
			return uploader.Steered{}, err
		}
		return e.told(e.cfg.Queue.Reassign(ctx, r.IDs, a.id))
	case uploader.VerbMark:
		return e.mark(ctx, r.IDs)
	}
	table, ok := steers[r.Verb]
	if !ok {
		return uploader.Steered{}, &client.Error{Kind: client.KindInvalid, Message: fmt.Sprintf("there is no verb %q", r.Verb)}
	}
	jobs, err := e.chosen(ctx, r, table)
	if err != nil {
		return uploader.Steered{}, err
	}
	if r.Verb == uploader.VerbHold && r.Batch != "" {
		if jobs, err = e.notWanted(ctx, r.Batch, jobs); err != nil {
			return uploader.Steered{}, err
		}
	}
	byEvent := map[job.Event][]job.ID{}
	for _, j := range jobs {
		if on, ok := table[j.State]; ok && !(r.Unsent && j.State == job.Sending) {
			byEvent[on] = append(byEvent[on], j.ID)
		}
	}
	var done uploader.Steered
	for on, ids := range byEvent {
		moved, err := e.steer(ctx, ids, on, r.Unsent)
		if err != nil {
			return done, err
		}
		done.IDs = append(done.IDs, e.withoutEnded(ctx, moved, on)...)
	}
	slices.Sort(done.IDs)
	e.poke()
	if len(done.IDs) == 0 && len(r.IDs) > 0 {
		return done, fmt.Errorf("%s: %w", r.Verb, job.ErrTransition)
	}
	e.settleWaiting()
	return done, nil
}

// told ends a verb that the queue has done by itself.
func (e *Engine) told(ids []job.ID, err error) (uploader.Steered, error) {
	switch {
	case err != nil:
		return uploader.Steered{}, fmt.Errorf("change the queue: %w", err)
	case len(ids) == 0:
		return uploader.Steered{}, fmt.Errorf("no such upload waits: %w", job.ErrTransition)
	}
	e.changes.touch(ids...)
	e.poke()
	return uploader.Steered{IDs: ids}, nil
}

// steer applies one event to jobs. Those on their way are told to stop, unless
// they shall be left alone; their senders then write what came of it, so that an answer that
// is already here is kept. It holds mu, as starting a sender does: no job comes
// to be on its way between the look and the write.
func (e *Engine) steer(ctx context.Context, ids []job.ID, on job.Event, unsent bool) ([]job.ID, error) {
	if on != job.Hold && on != job.Cancel {
		if err := e.waitFor(ctx, func() bool { return !slices.ContainsFunc(ids, e.stopping) }); err != nil {
			return nil, fmt.Errorf("wait for what is being stopped: %w", err)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	var moved, still []job.ID
	for _, id := range ids {
		s := e.sending[id]
		switch {
		case s == nil, s.ended():
			still = append(still, id)
		case on != job.Hold && on != job.Cancel:
			// It has come to be on its way since it was looked at: it goes on.
		case !unsent:
			s.wish = on
			s.cancel()
			moved = append(moved, id)
		}
	}
	if len(still) > 0 {
		done, err := e.cfg.Queue.MoveAll(ctx, still, on, queue.Update{})
		if err != nil {
			return moved, fmt.Errorf("change the queue: %w", err)
		}
		moved = append(moved, done...)
	}
	e.dueChanged = true
	e.changes.touch(moved...)
	return moved, nil
}

// stopTime is how long is waited for a sender that was told to stop.
const stopTime = time.Second

// withoutEnded leaves those out of what was told to stop that the host's answer
// was quicker for: they have ended as they would have.
func (e *Engine) withoutEnded(ctx context.Context, ids []job.ID, on job.Event) []job.ID {
	if on != job.Hold && on != job.Cancel || len(ids) == 0 {
		return ids
	}
	wait, stop := context.WithTimeout(ctx, stopTime)
	defer stop()
	_ = e.waitFor(wait, func() bool { return !slices.ContainsFunc(ids, e.stopping) }) // or they stop later
	ended, _, err := e.cfg.Queue.Jobs(ctx, queue.Filter{IDs: ids, States: []job.State{job.Done, job.Failed}, N: -1})
	if err != nil {
		return ids
	}
	return slices.DeleteFunc(ids, func(id job.ID) bool {
		return slices.ContainsFunc(ended, func(j job.Job) bool { return j.ID == id })
	})
}

// stopping reports whether a job is on its way still, but told to stop. The
// caller holds mu.
func (e *Engine) stopping(id job.ID) bool {
	s := e.sending[id]
	return s != nil && s.wish != ""
}

// chosen are the jobs a request means.
func (e *Engine) chosen(ctx context.Context, r uploader.SteerRequest, table map[job.State]job.Event) ([]job.Job, error) {
	f := queue.Filter{IDs: r.IDs, Batch: r.Batch, N: -1, Oldest: true}
	if len(r.IDs) == 0 {
		for s := range table {
			if r.Verb == uploader.VerbRetry && s == job.Canceled && r.Batch == "" {
				continue // "retry all" means what failed, not what the person gave up
			}
			f.States = append(f.States, s)
		}
	}
	jobs, _, err := e.cfg.Queue.Jobs(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("read the queue: %w", err)
	}
	if len(r.IDs) > 0 && len(jobs) == 0 {
		return nil, fmt.Errorf("no such upload: %w", fs.ErrNotExist)
	}
	return jobs, nil
}

// notWanted are those of a batch's jobs that no other batch of this process has
// joined: who gave the one keeps them back, who gave the other still wants them.
func (e *Engine) notWanted(ctx context.Context, batch job.BatchID, jobs []job.Job) ([]job.Job, error) {
	wanting := map[job.BatchID]bool{}
	e.mu.Lock()
	role, active := e.active[batch]
	if role.left = true; active {
		e.active[batch] = role
	}
	for id, other := range e.active {
		if id != batch && !other.left {
			wanting[id] = true
		}
	}
	e.mu.Unlock()
	if len(wanting) == 0 {
		return jobs, nil
	}
	var kept []job.Job
	for _, j := range jobs {
		all, err := e.cfg.Queue.BatchesOf(ctx, j.ID)
		if err != nil {
			return nil, fmt.Errorf("read the queue: %w", err)
		}
		if !slices.ContainsFunc(all, func(b job.Batch) bool { return wanting[b.ID] }) {
			kept = append(kept, j)
		}
	}
	return kept, nil
}

// remove takes ended jobs off the list.
func (e *Engine) remove(ctx context.Context, r uploader.SteerRequest) (uploader.Steered, error) {
	ids := r.IDs
	if len(ids) == 0 {
		// What is done is history with its links: it goes only by name.
		jobs, _, err := e.cfg.Queue.Jobs(ctx, queue.Filter{Batch: r.Batch, States: []job.State{job.Failed, job.Canceled}, N: -1})
		if err != nil {
			return uploader.Steered{}, fmt.Errorf("read the queue: %w", err)
		}
		for _, j := range jobs {
			ids = append(ids, j.ID)
		}
	}
	gone, err := e.cfg.Queue.Remove(ctx, ids)
	if err != nil {
		return uploader.Steered{}, fmt.Errorf("remove from the list: %w", err)
	}
	if len(gone) == 0 && len(r.IDs) > 0 {
		return uploader.Steered{}, fmt.Errorf("remove: %w", job.ErrTransition)
	}
	e.links.Add(1)
	e.changes.touch(gone...)
	e.keepUp() // their previews go too
	return uploader.Steered{IDs: gone}, nil
}

// Hello tells who runs the engine, and takes a client's desktop over.
func (e *Engine) Hello(_ context.Context, h uploader.Hello) (uploader.Welcome, error) {
	if e.cfg.Adopt != nil && len(h.Env) > 0 {
		e.cfg.Adopt(h.Env)
	}
	return uploader.Welcome{Protocol: uploader.Protocol, Version: e.cfg.Version, PID: e.cfg.PID, Role: e.cfg.Role}, nil
}

// HandOver makes a serving command give the engine up.
func (e *Engine) HandOver(context.Context, uploader.None) (uploader.None, error) {
	if e.cfg.HandOver == nil {
		return uploader.None{}, unsupported("hand over")
	}
	e.cfg.HandOver()
	return uploader.None{}, nil
}

// Quit ends an agent after the files in flight.
func (e *Engine) Quit(context.Context, uploader.None) (uploader.None, error) {
	if e.cfg.Quit == nil {
		return uploader.None{}, unsupported("quit")
	}
	e.cfg.Quit()
	return uploader.None{}, nil
}

// CopyLinks puts the links of done jobs on the clipboard, one a line.
func (e *Engine) CopyLinks(ctx context.Context, r uploader.CopyRequest) (uploader.Copied, error) {
	if err := checkTemplate(r.Link); err != nil {
		return uploader.Copied{}, err
	}
	var links []job.Job
	for _, id := range r.IDs {
		j, err := e.cfg.Queue.Job(ctx, id)
		if err != nil {
			return uploader.Copied{}, fmt.Errorf("read the upload: %w", err)
		}
		if r.Link != (job.LinkChoice{}) {
			j.Link = r.Link
		}
		if j.Text() != "" {
			links = append(links, j)
		}
	}
	if len(links) == 0 {
		return uploader.Copied{}, fmt.Errorf("no link: %w", fs.ErrNotExist)
	}
	text := e.textOf(ctx, links)
	return uploader.Copied{Text: text}, e.copyText(ctx, text)
}

// OpenLink opens the viewer link of a done job.
func (e *Engine) OpenLink(ctx context.Context, r uploader.JobRequest) (uploader.None, error) {
	if e.cfg.Opener == nil {
		return uploader.None{}, unsupported("open a link")
	}
	j, err := e.cfg.Queue.Job(ctx, r.ID)
	if err != nil {
		return uploader.None{}, fmt.Errorf("read the upload: %w", err)
	}
	if j.Image == nil || j.Image.Link(client.LinkViewer) == "" || !j.Deleted.IsZero() {
		return uploader.None{}, fmt.Errorf("no link: %w", fs.ErrNotExist)
	}
	return uploader.None{}, e.cfg.Opener.OpenURL(ctx, j.Image.Link(client.LinkViewer))
}

// ShowFile shows a job's own file in the file manager.
func (e *Engine) ShowFile(ctx context.Context, r uploader.JobRequest) (uploader.None, error) {
	if e.cfg.Opener == nil {
		return uploader.None{}, unsupported("show a file")
	}
	j, err := e.cfg.Queue.Job(ctx, r.ID)
	if err != nil {
		return uploader.None{}, fmt.Errorf("read the upload: %w", err)
	}
	if j.Path == "" || j.Spooled {
		return uploader.None{}, fmt.Errorf("no file of the person's own: %w", fs.ErrNotExist)
	}
	return uploader.None{}, e.cfg.Opener.ShowFile(ctx, j.Path)
}

// DeleteLink returns a done job's delete link.
func (e *Engine) DeleteLink(ctx context.Context, r uploader.JobRequest) (client.DeleteLink, error) {
	link, err := e.cfg.Queue.DeleteLink(ctx, r.ID)
	if err != nil {
		return client.DeleteLink{}, fmt.Errorf("find the delete link: %w", err)
	}
	return link, nil
}

// DeleteOnHost deletes the job's file on the host.
func (e *Engine) DeleteOnHost(ctx context.Context, r uploader.JobRequest) (uploader.None, error) {
	j, err := e.cfg.Queue.Job(ctx, r.ID)
	if err != nil {
		return uploader.None{}, fmt.Errorf("read the upload: %w", err)
	}
	link, err := e.cfg.Queue.DeleteLink(ctx, r.ID)
	if err != nil {
		return uploader.None{}, fmt.Errorf("find the delete link: %w", err)
	}
	e.mu.Lock()
	a := e.accounts[j.Account]
	e.mu.Unlock()
	conf, known := accountOnce(j.Account)
	if a != nil {
		conf, known = a.conf(), true
	}
	if !known {
		return uploader.None{}, uploader.ErrNoAccount
	}
	api, err := e.dial(conf, client.Key{})
	if err != nil {
		return uploader.None{}, err
	}
	if err := api.Delete(ctx, link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return uploader.None{}, err
	}
	if err := e.cfg.Queue.Deleted(ctx, r.ID); err != nil {
		return uploader.None{}, fmt.Errorf("remember the deletion: %w", err)
	}
	e.links.Add(1)
	e.changes.touch(r.ID)
	return uploader.None{}, nil
}

// Jobs returns a page of jobs.
func (e *Engine) Jobs(ctx context.Context, r uploader.JobsRequest) (uploader.JobsPage, error) {
	if len(r.States) == 0 || slices.Contains(r.States, job.Queued) || slices.Contains(r.States, job.Sending) {
		e.taking.RLock() // history alone, which may take long to search, holds up nobody
		defer e.taking.RUnlock()
	}
	jobs, total, err := e.jobsAsShown(ctx, queue.Filter{
		States: r.States, IDs: r.IDs, Search: r.Search, From: r.From, N: r.N, Oldest: r.Oldest, InOrder: r.InOrder, ByEnded: r.ByEnded, Behind: r.Behind,
		Account: r.Account, Folder: r.Folder, Type: r.Type, Since: r.Since, Until: r.Until,
	})
	if err != nil {
		return uploader.JobsPage{}, fmt.Errorf("read the queue: %w", err)
	}
	return uploader.JobsPage{Jobs: e.withAnswers(jobs), Total: total}, nil
}

// Batch returns a batch with its jobs.
func (e *Engine) Batch(ctx context.Context, r uploader.BatchRequest) (uploader.BatchView, error) {
	e.taking.RLock()
	defer e.taking.RUnlock()
	b, jobs, err := e.cfg.Queue.Batch(ctx, r.Batch)
	if err != nil {
		return uploader.BatchView{}, fmt.Errorf("read the batch: %w", err)
	}
	return uploader.BatchView{Batch: b, Jobs: e.withAnswers(asShown(jobs, e.waitingIDs()))}, nil
}

// Changes blocks until something is new.
func (e *Engine) Changes(ctx context.Context, s uploader.Since) (uploader.Change, error) {
	return e.changes.since(ctx, s.Revision)
}

// Snapshot returns the engine at this moment.
func (e *Engine) Snapshot(ctx context.Context, _ uploader.None) (uploader.Snapshot, error) {
	revision := e.changes.at()
	recent, err := e.recents(ctx)
	if err != nil {
		return uploader.Snapshot{}, err
	}
	e.taking.RLock()
	defer e.taking.RUnlock()
	counts, err := e.cfg.Queue.Counts(ctx)
	if err != nil {
		return uploader.Snapshot{}, fmt.Errorf("count the queue: %w", err)
	}
	s := uploader.Snapshot{Revision: revision, Version: e.cfg.Version, Role: e.cfg.Role, Counts: counts, Recent: recent}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.countAsShown(&s)
	e.fill(&s)
	return s, nil
}

// recents are the newest links. They are read again only when there may be
// others: a snapshot is taken many times a second.
func (e *Engine) recents(ctx context.Context) ([]uploader.Recent, error) {
	at := e.links.Load()
	e.mu.Lock()
	recent, known := e.recent, e.recentAt == at+1
	e.mu.Unlock()
	if known {
		return recent, nil
	}
	jobs, _, err := e.cfg.Queue.Jobs(ctx, queue.Filter{States: []job.State{job.Done}, ByEnded: true, N: 10})
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	recent = nil
	for _, j := range jobs {
		if text := j.Text(); text != "" {
			recent = append(recent, uploader.Recent{ID: j.ID, Name: j.Name, Text: text})
		}
	}
	e.mu.Lock()
	e.recent, e.recentAt = recent, at+1
	e.mu.Unlock()
	return recent, nil
}
