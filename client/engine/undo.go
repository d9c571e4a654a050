package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// undoTime is how long an upload can be taken back with one click.
const undoTime = 10 * time.Second

// undo is what can be taken back: uploads, and what they put on the clipboard.
type undo struct {
	ids     []job.ID
	name    string
	until   time.Time
	text    string                      // what we put on the clipboard; empty: nothing
	restore func(context.Context) error // what was there before; nil: nothing that may be kept
}

// offerUndo remembers what was just told. text is empty when the clipboard
// was not written.
func (e *Engine) offerUndo(links []job.Job, text string, restore func(context.Context) error) {
	if len(links) == 0 {
		return
	}
	u := &undo{name: links[0].Name, until: time.Now().Add(undoTime), text: text, restore: restore}
	for _, j := range links {
		u.ids = append(u.ids, j.ID)
	}
	e.mu.Lock()
	e.undone = u
	e.mu.Unlock()
	e.changes.touch()
	e.poke() // the dispatcher ends the offer
}

// endUndo drops the offer when its time is over, and returns when that is.
// The caller holds mu.
func (e *Engine) endUndo(now time.Time) (next time.Time) {
	switch {
	case e.undone == nil || e.undone.until.IsZero():
		return time.Time{}
	case now.Before(e.undone.until):
		return e.undone.until
	default:
		// What was on the clipboard is kept no longer than it may be of use.
		e.undone = nil
		e.changes.touch()
		return time.Time{}
	}
}

// undoOffer is the offer for a snapshot. The caller holds mu.
func (e *Engine) undoOffer() *uploader.UndoOffer {
	if e.undone == nil || !time.Now().Before(e.undone.until) {
		return nil
	}
	return &uploader.UndoOffer{IDs: e.undone.ids, Name: e.undone.name, Until: e.undone.until}
}

// Undo takes an upload back.
func (e *Engine) Undo(ctx context.Context, r uploader.UndoRequest) (uploader.Undone, error) {
	e.mu.Lock()
	u := e.undone
	switch {
	case r.ID == 0 && (u == nil || !time.Now().Before(u.until)):
		e.mu.Unlock()
		return uploader.Undone{}, uploader.ErrNothing
	case r.ID == 0:
		e.undone = nil
	default:
		u = &undo{ids: []job.ID{r.ID}}
		if e.undone != nil && len(e.undone.ids) == 1 && e.undone.ids[0] == r.ID {
			u, e.undone = e.undone, nil
		}
	}
	e.mu.Unlock()
	e.changes.touch()
	var done uploader.Undone
	var failed error
	for _, id := range u.ids {
		switch err := e.takeOffHost(ctx, id); {
		case err == nil:
			done.IDs = append(done.IDs, id)
		case errors.Is(err, errEarlier):
		default:
			failed = errors.Join(failed, err)
		}
	}
	done.Restored = e.restore(ctx, u)
	if failed == nil && len(done.IDs) == 0 && !done.Restored {
		return done, uploader.ErrNothing
	}
	return done, failed
}

// undoAll takes back what a notification told of: with the clipboard as long
// as the offer stands, else the uploads alone.
func (e *Engine) undoAll(ctx context.Context, ids []job.ID) error {
	e.mu.Lock()
	offered := e.undone != nil && slices.Equal(e.undone.ids, ids)
	e.mu.Unlock()
	if offered {
		_, err := e.Undo(ctx, uploader.UndoRequest{})
		return err
	}
	var failed error
	for _, id := range ids {
		if _, err := e.Undo(ctx, uploader.UndoRequest{ID: id}); err != nil && !errors.Is(err, uploader.ErrNothing) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// errEarlier says that a job's link is that of an earlier upload, which stays.
var errEarlier = errors.New("the link is that of an earlier upload")

// takeOffHost deletes what a job has stored. The link of a known file is that
// of an upload before it: it stays.
func (e *Engine) takeOffHost(ctx context.Context, id job.ID) error {
	j, err := e.cfg.Queue.Job(ctx, id)
	switch {
	case err != nil:
		return fmt.Errorf("read the upload: %w", err)
	case j.State != job.Done:
		return fmt.Errorf("upload %d is not done: %w", id, fs.ErrNotExist)
	case j.Outcome == job.Known || j.Outcome == job.Duplicate:
		return errEarlier
	}
	_, err = e.DeleteOnHost(ctx, uploader.JobRequest{ID: id})
	return err
}

// restore puts back what was on the clipboard, as long as our link is on it.
func (e *Engine) restore(ctx context.Context, u *undo) bool {
	if u.restore == nil || u.text == "" || e.cfg.Clipboard == nil {
		return false
	}
	ctx, stop := context.WithTimeout(ctx, clipboardWait)
	defer stop()
	if now, err := e.cfg.Clipboard.Text(ctx); err != nil || now != u.text {
		return false
	}
	if err := u.restore(ctx); err != nil {
		e.log.Warn("clipboard not restored", "error", err)
		return false
	}
	return true
}

// remember keeps what is on the clipboard, to be put back by Undo; nil when
// there is nothing, or nothing that may be kept.
func (e *Engine) remember(ctx context.Context) func(context.Context) error {
	if e.cfg.Clipboard == nil {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, clipboardWait)
	defer stop()
	restore, err := e.cfg.Clipboard.Keep(ctx)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			e.log.Info("clipboard not kept for undo", "error", err)
		}
		return nil
	}
	return restore
}
