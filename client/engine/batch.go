package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// clipboardWait bounds writing the clipboard and reading it back, notifyWait
// showing a notification.
const (
	clipboardWait = 10 * time.Second
	notifyWait    = 10 * time.Second
)

// settleJob looks at the batches of a job that has moved.
func (e *Engine) settleJob(id job.ID) {
	ctx := e.background()
	e.mu.Lock()
	none := !e.tells && !e.all
	e.mu.Unlock()
	if ctx.Err() != nil || none {
		return
	}
	batches, err := e.cfg.Queue.BatchesOf(ctx, id)
	if err != nil {
		if ctx.Err() == nil {
			e.log.Error("batches cannot be read", "job", int64(id), "error", err)
		}
		return
	}
	for _, b := range batches {
		if b.Copy || b.Notify {
			e.settleBatch(ctx, b, id)
		}
	}
}

// settleWaiting looks at every batch that has not been told: a gate has
// closed, and what waits behind it no longer holds its batch up.
func (e *Engine) settleWaiting() {
	ctx := e.background()
	e.mu.Lock()
	defer e.mu.Unlock()
	if ctx.Err() != nil || e.ended {
		return
	}
	e.workers.Go(func() {
		batches, err := e.cfg.Queue.Untold(ctx)
		if err != nil {
			if ctx.Err() == nil {
				e.log.Error("batches cannot be read", "error", err)
			}
			return
		}
		e.mu.Lock()
		for id := range e.late {
			if !slices.ContainsFunc(batches, func(b job.Batch) bool { return b.ID == id }) {
				batches = append(batches, job.Batch{ID: id})
			}
		}
		e.mu.Unlock()
		for _, b := range batches {
			e.settleBatch(ctx, b, 0)
		}
	})
}

// settling is a batch that is looked at. One goroutine does so at a time;
// whoever else has news of the batch leaves them there and goes: thousands of
// small files end faster than a batch is read.
type settling struct {
	moved []job.ID        // jobs that have ended since the last look; 0: a gate has closed
	told  map[job.ID]bool // jobs that were told of with the batch
}

// settleBatch ends a batch once every job of it has ended or waits: its links
// go to the clipboard together, in order, and a notification follows. A link
// that comes later only notifies.
func (e *Engine) settleBatch(ctx context.Context, b job.Batch, moved job.ID) {
	e.mu.Lock()
	s := e.settling[b.ID]
	if s != nil {
		s.moved = append(s.moved, moved)
		e.mu.Unlock()
		return
	}
	s = &settling{}
	e.settling[b.ID] = s
	e.mu.Unlock()
	for news := []job.ID{moved}; len(news) > 0; news = e.moreOf(b.ID, s) {
		note := e.tellBatch(ctx, b.ID, s, news)
		if note == nil {
			continue
		}
		ctx, stop := context.WithTimeout(ctx, notifyWait)
		note(ctx)
		stop()
	}
}

// moreOf takes the news that have come of a batch; without any it is no longer
// looked at.
func (e *Engine) moreOf(id job.BatchID, s *settling) []job.ID {
	e.mu.Lock()
	defer e.mu.Unlock()
	news := s.moved
	s.moved = nil
	if len(news) == 0 {
		delete(e.settling, id)
		close(e.idle) // Drain waits for it
		e.idle = make(chan struct{})
	}
	return news
}

// keepLate remembers what has ended of a batch while others of it were on their
// way: if the batch was told before, one notification tells of all of them.
func (e *Engine) keepLate(id job.BatchID, news []job.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, moved := range news {
		if moved != 0 {
			e.late[id] = append(e.late[id], moved)
		}
	}
}

// takeLate takes what keepLate has remembered.
func (e *Engine) takeLate(id job.BatchID) []job.ID {
	e.mu.Lock()
	defer e.mu.Unlock()
	late := e.late[id]
	delete(e.late, id)
	return late
}

// tellBatch does what settleBatch says up to the notification, which it
// returns: a notification service that hangs must not hold up the clipboard.
func (e *Engine) tellBatch(ctx context.Context, id job.BatchID, s *settling, news []job.ID) (note func(context.Context)) {
	news = slices.DeleteFunc(news, func(moved job.ID) bool { return s.told[moved] || e.toldWith(id, moved) })
	if len(news) == 0 {
		return nil
	}
	e.tell.Lock()
	defer e.tell.Unlock()
	// A batch may be large: it is read only when it may have ended.
	if moves, err := e.cfg.Queue.Moves(ctx, id, e.openAccounts()); err != nil || moves {
		e.keepLate(id, news)
		return nil
	}
	b, jobs, err := e.cfg.Queue.Batch(ctx, id)
	if err != nil || slices.ContainsFunc(jobs, e.moving) {
		e.keepLate(id, news)
		return nil
	}
	late := e.takeLate(id)
	if b.Told || e.toldHere[id] {
		return e.noteLater(b, jobs, slices.Concat(news, late, e.aboutToLook(id, s, jobs)))
	}
	links, failed := endsOf(jobs)
	if len(links) == 0 && failed == 0 {
		return nil // nothing to tell yet
	}
	copied := false
	text := ""
	var before func(context.Context) error
	if b.Copy && len(links) > 0 && e.expected(b) {
		text, before = e.textOf(ctx, links), e.remember(ctx)
		copied = e.copyText(ctx, text) == nil
	}
	if !copied {
		text, before = "", nil
	}
	e.offerUndo(links, text, before)
	e.tellWith(b.ID, s, jobs)
	defer e.leave(b.ID, jobs)
	if err := e.cfg.Queue.Tell(ctx, b.ID); err != nil {
		if ctx.Err() == nil {
			e.log.Error("batch not marked as told", "error", err)
		}
		e.toldHere[b.ID] = true // or the clipboard would be written again and again
		return nil
	}
	e.changes.touch()
	return func(ctx context.Context) { e.notifyLinks(ctx, b, links, copied, failed) }
}

// endsOf are the jobs that have a link, and how many have ended without one.
func endsOf(jobs []job.Job) (links []job.Job, failed int) {
	for _, j := range jobs {
		switch {
		case !j.Deleted.IsZero(): // the person has seen to it
		case j.Text() != "":
			links = append(links, j)
		case j.State == job.Failed || j.State == job.Done:
			failed++
		}
	}
	return links, failed
}

// tellWith remembers of jobs that have ended that this batch was told with
// them: their senders may have yet to look at it.
func (e *Engine) tellWith(id job.BatchID, s *settling, jobs []job.Job) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s.told = make(map[job.ID]bool, len(jobs))
	for _, j := range jobs {
		if j.State.Open() {
			continue
		}
		s.told[j.ID] = true
		if on := e.sending[j.ID]; on != nil {
			on.told = append(on.told, id)
		}
	}
}

// aboutToLook are those of jobs that have ended whose senders have yet to look
// at the batch, or have just left word that it is to be looked at: they are told
// of now.
func (e *Engine) aboutToLook(id job.BatchID, s *settling, jobs []job.Job) []job.ID {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s.told == nil {
		s.told = map[job.ID]bool{}
	}
	var ids []job.ID
	for _, j := range jobs {
		if j.State.Open() {
			continue
		}
		switch on := e.sending[j.ID]; {
		case on != nil && slices.Contains(on.told, id), on == nil && (s.told[j.ID] || !slices.Contains(s.moved, j.ID)):
			continue
		case on != nil:
			on.told = append(on.told, id)
		}
		s.told[j.ID] = true
		ids = append(ids, j.ID)
	}
	return ids
}

// toldWith reports whether a job that moved was in what was told of its batch.
func (e *Engine) toldWith(id job.BatchID, moved job.ID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.sending[moved]
	return s != nil && slices.Contains(s.told, id)
}

// leave forgets a batch that has been told and has nothing open any more.
func (e *Engine) leave(id job.BatchID, jobs []job.Job) {
	if slices.ContainsFunc(jobs, func(j job.Job) bool { return j.State.Open() }) {
		return
	}
	e.mu.Lock()
	delete(e.active, id)
	e.mu.Unlock()
}

// expected reports whether the person still expects the links of a batch on
// the clipboard: not of one that was given before this program started, unless
// a command waits for it.
func (e *Engine) expected(b job.Batch) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	role := e.active[b.ID]
	return role.fresh || role.attended
}

// noteLater tells of jobs that ended after their batch had been told.
func (e *Engine) noteLater(b job.Batch, jobs []job.Job, news []job.ID) func(context.Context) {
	jobs = slices.DeleteFunc(jobs, func(j job.Job) bool { return !slices.Contains(news, j.ID) })
	links, _ := endsOf(jobs)
	failed := 0
	for _, j := range jobs {
		if j.State == job.Failed {
			failed++
		}
	}
	if len(links) == 0 && failed == 0 {
		return nil
	}
	return func(ctx context.Context) { e.notifyLinks(ctx, b, links, false, failed) }
}

// textOf are the chosen links, one a line; with the delete link where a
// template names it.
func (e *Engine) textOf(ctx context.Context, jobs []job.Job) string {
	texts := make([]string, len(jobs))
	for i, j := range jobs {
		if j.Link.WantsDeleteLink() {
			im := *j.Image
			im.DeleteLink, _ = e.cfg.Queue.DeleteLink(ctx, j.ID) // none: the template gets an empty one
			j.Image = &im
		}
		texts[i] = j.Text()
	}
	return strings.Join(texts, "\n")
}

// copyText writes the clipboard and reads it back.
func (e *Engine) copyText(ctx context.Context, text string) error {
	if e.cfg.Clipboard == nil {
		return unsupported("clipboard")
	}
	ctx, stop := context.WithTimeout(ctx, clipboardWait)
	defer stop()
	err := e.cfg.Clipboard.SetText(ctx, text)
	if err == nil {
		var back string
		back, err = e.cfg.Clipboard.Text(ctx)
		if err == nil && back != text {
			err = fmt.Errorf("the clipboard holds something else")
		}
	}
	if err != nil {
		e.log.Warn("clipboard not written", "error", err)
		x := uploader.Explain(err)
		e.addNotice(uploader.Notice{ID: uploader.NoticeClipboard, Headline: "Links cannot be put on the clipboard", Hint: x.Hint})
		return fmt.Errorf("write the clipboard: %w", err)
	}
	e.dropNotice(uploader.NoticeClipboard)
	return nil
}

// notifyLinks shows what became of a batch.
func (e *Engine) notifyLinks(ctx context.Context, b job.Batch, links []job.Job, copied bool, failed int) {
	if !b.Notify || e.cfg.Notifier == nil {
		return
	}
	title, body := noteText(links, copied, failed)
	ids := make([]job.ID, len(links))
	for i, j := range links {
		ids[i] = j.ID
	}
	var actions [][2]string
	if len(links) > 0 {
		if !copied {
			actions = append(actions, [2]string{"copy", "Copy link"})
		}
		actions = append(actions, [2]string{"open", "Open"}, [2]string{"undo", "Undo"})
	}
	chosen := func(key string) {
		ctx := e.background()
		var err error
		switch key {
		case "copy":
			_, err = e.CopyLinks(ctx, uploader.CopyRequest{IDs: ids})
		case "undo":
			err = e.undoAll(ctx, ids)
		case "open", "default":
			_, err = e.OpenLink(ctx, uploader.JobRequest{ID: ids[0]})
		}
		if err != nil {
			e.log.Warn("notification's action failed", "action", key, "error", err)
		}
	}
	if err := e.cfg.Notifier.Notify(ctx, title, body, actions, chosen); err != nil {
		e.log.Info("notification not shown", "error", err)
	}
}

// noteText is a notification's headline and text.
func noteText(links []job.Job, copied bool, failed int) (title, body string) {
	names := make([]string, 0, 3)
	for _, j := range links[:min(len(links), 3)] {
		names = append(names, j.Name)
	}
	body = strings.Join(names, ", ")
	if more := len(links) - len(names); more > 0 {
		body += fmt.Sprintf(" and %d more", more)
	}
	switch {
	case len(links) == 0:
		title, body = "Upload failed", "Look at Upshot's window for the reason"
		if failed > 1 {
			title = fmt.Sprintf("%d uploads failed", failed)
		}
	case len(links) == 1 && copied:
		title = "Link copied"
	case len(links) == 1:
		title = "Uploaded"
	case copied:
		title = fmt.Sprintf("%d links copied", len(links))
	default:
		title = fmt.Sprintf("%d files uploaded", len(links))
	}
	if len(links) > 0 && failed > 0 {
		body += fmt.Sprintf("; %d failed", failed)
	}
	return title, body
}
