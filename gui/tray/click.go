package tray

import (
	"context"
	"errors"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// menuCloses is how long a menu may still be on the screen after a click on it.
const menuCloses = 400 * time.Millisecond

func (t *Tray) open() {
	t.looked()
	start(t.cfg.Open)
}

// capture takes a picture of the screen, or of the region that is picked.
func (t *Tray) capture(shot uploader.ShotKind) func(context.Context) error {
	return func(ctx context.Context) error {
		pause(ctx, menuCloses)
		r, err := t.cfg.Uploader.Capture(ctx, uploader.CaptureOrder{Order: order(job.ViaCapture), Shot: shot})
		if errors.Is(err, uploader.ErrNoRegion) {
			return nil // they did not want to
		}
		return t.received(r, err)
	}
}

// quit ends the program, and says what is left in the queue.
func (t *Tray) quit() {
	t.mu.Lock()
	left, w := t.drawn.left, t.words
	t.mu.Unlock()
	if left > 0 {
		t.tell(w.Many("ends_with", left), w.L("what is on its way is sent first; the rest goes when Upshot runs again"))
	}
	if t.cfg.Quit != nil {
		t.cfg.Quit()
	}
}

func (t *Tray) uploadClipboard(ctx context.Context) error {
	o := order(job.ViaClipboard)
	o.AskURL = true // nobody sees here which address it is
	r, err := t.cfg.Uploader.SubmitClipboard(ctx, o)
	return t.received(r, err)
}

// undo takes the last upload back while that is offered.
func (t *Tray) undo(ctx context.Context) error {
	_, err := t.cfg.Uploader.Undo(ctx, uploader.UndoRequest{})
	return err
}

func order(via job.Via) uploader.Order {
	return uploader.Order{Batch: job.NewBatchID(), Via: via, Copy: true, Notify: true}
}

func (t *Tray) pauseOrResume(ctx context.Context) error {
	t.mu.Lock()
	paused := t.drawn.paused
	t.mu.Unlock()
	if paused {
		return t.resume(ctx)
	}
	_, err := t.cfg.Uploader.Pause(ctx, uploader.AccountRequest{})
	return err
}

// resume also has hosts asked at once that could not be reached.
func (t *Tray) resume(ctx context.Context) error {
	_, err := t.cfg.Uploader.Resume(ctx, uploader.AccountRequest{})
	return err
}

func (t *Tray) copyLink(ctx context.Context, i int) error {
	t.mu.Lock()
	recent := t.drawn.recent
	t.mu.Unlock()
	if i >= len(recent) {
		return nil // it was hidden in this moment
	}
	_, err := t.cfg.Uploader.CopyLinks(ctx, uploader.CopyRequest{IDs: []job.ID{recent[i].ID}})
	return err
}

// received tells about the first item of an order that was not taken, and
// passes on that the order itself was not.
func (t *Tray) received(r uploader.Receipt, err error) error {
	if err != nil {
		return err
	}
	for _, e := range r.Entries {
		if e.Failure != nil {
			x := uploader.ExplainFailure(*e.Failure)
			w := t.speech()
			t.tell(w.Because(shorten(clean(e.Input), maxName), w.LowerFirst(w.Say(x.Headline))), w.Say(x.Hint))
			break
		}
	}
	return nil
}

// report tells the person why a click did nothing.
func (t *Tray) report(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return
	}
	t.cfg.Log.Info("click in the tray failed", "error", err)
	x, w := uploader.Explain(err), t.speech()
	t.tell(w.Say(x.Headline), w.Say(x.Hint))
}

func (t *Tray) tell(headline, hint string) {
	if t.cfg.Tell != nil {
		t.cfg.Tell(headline, hint)
	}
}
