package engine

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

// mostChanges is how often a file may change under us before we give up.
const mostChanges = 5

// send carries one claimed job to its next state.
func (e *Engine) send(ctx context.Context, a *account, s *sending) {
	j := s.job
	if j.Transfer.URL != "" {
		e.sendURL(ctx, a, s)
		return
	}
	about := []any{"job", int64(j.ID), "account", a.conf().Name}
	f, print, err := openRegular(j.Path)
	if errors.Is(err, errEmpty) {
		e.changed(ctx, s, print) // somebody may be writing it anew
		return
	}
	if err != nil {
		e.end(ctx, a, s, nil, err)
		return
	}
	defer f.Close()
	if !print.Same(j.File) {
		e.changed(ctx, s, print)
		return
	}
	e.awaitTwins(ctx, s, f)
	body := &source{File: f, size: print.Size}
	defer body.release()
	if known, ok := e.known(ctx, j, body); ok {
		f.Close()
		e.succeed(j, known)
		e.log.Info("known already", append(about, "size", print.Size)...)
		return
	}
	api, number, err := e.connect(ctx, a)
	s.key = number
	if err != nil {
		e.end(ctx, a, s, nil, err)
		return
	}
	result, err := api.Upload(ctx, client.Upload{
		Name: j.Name, Body: body, Params: j.Params,
		Encoding: j.Transfer.As, Format: j.Transfer.Format, Pace: e.paceOf(s), Paced: e.pacedOf(s),
		Progress: func(sent int64) {
			s.sent.Store(sent)
			whole := sent >= print.Size
			e.changes.moved(whole && !s.answer.Swap(whole))
		},
	})
	if err == nil {
		e.release(a, s)
	}
	if after, serr := f.Stat(); serr == nil && (err == nil || isKind(err, client.KindLocalFile)) {
		if now := fingerprint(after); !now.Same(j.File) {
			e.takeBack(ctx, api, result)
			e.changed(ctx, s, now)
			return
		}
	}
	if isKind(err, client.KindDuplicate) {
		u := e.duplicate(ctx, j, body)
		f.Close()
		e.succeed(j, u)
		return
	}
	f.Close() // Windows moves and removes no file that is open
	body.release()
	e.end(ctx, a, s, result, err)
	e.log.Info("sender done", append(about, "size", print.Size, "took", time.Since(s.since).Round(time.Millisecond), "ok", err == nil)...)
}

// end moves a job on by what its upload came to.
func (e *Engine) end(ctx context.Context, a *account, s *sending, result *client.Result, err error) {
	j := s.job
	if err == nil {
		e.stored(a, j, result)
		return
	}
	var ce *client.Error
	if !errors.As(err, &ce) {
		ce = &client.Error{Kind: client.KindLocalFile, Message: err.Error(), Err: err}
	}
	u := queue.Update{Failure: job.FailureOf(ce), MaybeSent: ce.Sent == client.SentWhole && !refusals[ce.Kind]}
	if ce.Kind == client.KindCanceled || ctx.Err() != nil {
		e.mu.Lock()
		wish := s.wish
		e.mu.Unlock()
		switch wish {
		case job.Cancel, job.Hold:
			u.Failure = nil
			e.move(j.ID, wish, u)
		case "":
			u.Failure, u.Uncounted = nil, true
			if u.MaybeSent && a.conf().Ask {
				e.move(j.ID, job.Uncertain, u)
			} else {
				e.move(j.ID, job.Stopped, u)
			}
		}
		return
	}
	e.log.Info("upload failed", "job", int64(j.ID), "attempt", j.Attempts, "error", err)
	f := followOf(ce)
	most := mostAttempts
	if j.MaxAttempts > 0 {
		most = j.MaxAttempts
	}
	switch {
	case f.gate != "":
		u.Uncounted = true
		if f.gate != job.GateNoKey || e.current(a, s) {
			e.shut(a, f.gate, ce)
		}
		if u.MaybeSent && a.conf().Ask {
			e.move(j.ID, job.Uncertain, u)
		} else {
			e.move(j.ID, job.Shut, u)
		}
	case f.retry && u.MaybeSent && a.conf().Ask:
		e.move(j.ID, job.Uncertain, u)
	case f.retry && j.Attempts < most:
		u.NotBefore = time.Now().Add(max(backoff(j.Attempts), ce.RetryAfter))
		e.move(j.ID, job.Retry, u)
	default:
		e.move(j.ID, job.Fail, u)
	}
}

// refusals are the host's own word that it did not take the file: however
// much was sent, nothing is stored.
var refusals = map[client.Kind]bool{
	client.KindThrottled: true, client.KindAuth: true, client.KindDenied: true,
	client.KindTooLarge: true, client.KindRejected: true,
}

// current reports whether the key that s was sent with is still the account's.
func (e *Engine) current(a *account, s *sending) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return a.changed == s.key
}

// stored makes the host's answer durable.
func (e *Engine) stored(a *account, j job.Job, r *client.Result) {
	u := queue.Update{
		Outcome: job.Uploaded, Image: &r.Image, DeleteLink: r.Image.DeleteLink,
		SHA256: r.SHA256, MD5: r.MD5, Verified: r.Verified, Warnings: r.Warnings,
	}
	if j.Transfer.URL != "" {
		u.File = &job.Fingerprint{Size: cmp.Or(r.Size, r.Image.Size)}
	}
	if !r.Image.Approved {
		u.Outcome = job.Unapproved
	}
	e.succeed(j, u)
	e.mu.Lock()
	a.refusals, a.misses = 0, 0
	e.mu.Unlock()
}

// succeed ends a job that the host has, and does with its file what shall follow.
func (e *Engine) succeed(j job.Job, u queue.Update) {
	if after := e.afterOf(j.Folder); after != "" && after != uploader.AfterKeep {
		e.setAway(j.ID, after) // before the answer, so that no moment is without one of them
	}
	if done, ok := e.move(j.ID, job.Succeed, u); ok {
		e.afterUpload(done)
	}
}

// writeAgain is the first pause before a write that failed is tried again.
const writeAgain = time.Second

// move applies an event and says so. What cannot be written now (a full
// disk) is tried again until it can, or the engine ends: an answer that is
// not kept would mean a second upload.
func (e *Engine) move(id job.ID, on job.Event, u queue.Update) (job.Job, bool) {
	const notice = "database"
	run := e.background()
	for pause := writeAgain; ; pause = min(2*pause, time.Minute) {
		// Not the caller's context: an answer must reach the disk also while
		// the program ends.
		j, err := e.cfg.Queue.Move(context.WithoutCancel(run), id, on, u)
		if err == nil {
			e.dropNotice(notice)
			e.noteMove(j)
			e.changes.touch(id)
			return j, true
		}
		e.log.Error("job state not kept", "job", int64(id), "event", string(on), "error", err)
		if errors.Is(err, job.ErrTransition) || errors.Is(err, fs.ErrNotExist) {
			return j, false
		}
		e.addNotice(uploader.Notice{ID: notice, Headline: "What was uploaded cannot be written down", Hint: unwrittenHint(err)})
		select {
		case <-run.Done():
			return j, false
		case <-time.After(pause):
		}
	}
}

// unwrittenHint is what to do about a write that failed.
func unwrittenHint(err error) string {
	switch {
	case errors.Is(err, job.ErrBusy):
		return "another program holds the list of uploads: end the backup or the database browser that has it open; it is tried again by itself"
	case errors.Is(err, job.ErrReadOnly):
		return "check the permissions of Upshot's own directory and that its drive is not read-only; it is tried again by itself"
	default:
		return "make room on the disk; it is tried again by itself"
	}
}

// noteMove keeps what is known of the queue true.
func (e *Engine) noteMove(j job.Job) {
	switch j.State {
	case job.Waiting:
		e.mu.Lock()
		e.dueChanged = true
		e.mu.Unlock()
	case job.Done:
		e.links.Add(1)
		e.sizes.done(j)
	}
}

// changeFirst is the first pause before a changing file is looked at again;
// each further one is twice as long.
const changeFirst = 200 * time.Millisecond

// changed takes a job back whose file is not the one that was given, after a
// pause for whoever is writing it.
func (e *Engine) changed(ctx context.Context, s *sending, now job.Fingerprint) {
	j := s.job
	if j.Changes >= mostChanges {
		f := &job.Failure{Kind: client.KindLocalFile, Code: job.CodeChanging}
		if now.Size == 0 && j.File.Size == 0 { // not only between truncating and writing
			f.Code = job.CodeEmpty
		}
		e.move(j.ID, job.Fail, queue.Update{Failure: f})
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(changeFirst << j.Changes):
	}
	e.move(j.ID, job.Changed, queue.Update{File: &now, Uncounted: true})
}

// takeBack deletes what the host made of a file that changed while it was
// read: nobody has its link, and it may be torn.
func (e *Engine) takeBack(ctx context.Context, api *client.Client, r *client.Result) {
	if r == nil || r.Image.DeleteLink.IsZero() {
		return
	}
	if err := api.Delete(ctx, r.Image.DeleteLink); err != nil {
		e.log.Warn("torn copy stays on the host", "image", r.Image.ID, "error", err)
	}
}

// known looks the bytes up in history and returns what a done job has of them.
func (e *Engine) known(ctx context.Context, j job.Job, f *source) (queue.Update, bool) {
	if e.sendsAgain() {
		return queue.Update{}, false
	}
	has, err := e.sizes.has(ctx, e.cfg.Queue, j.Account, j.File.Size)
	if err != nil || !has {
		return queue.Update{}, false
	}
	sum, err := f.sum()
	if err != nil || !e.sizes.mayKnow(j.Account, j.File.Size, sum) {
		return queue.Update{}, false
	}
	return e.lookUp(ctx, j, sum)
}

// sendsAgain reports whether the person wants also those bytes sent that
// history knows.
func (e *Engine) sendsAgain() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.settings.SendAgain
}

// lookUp finds a done job that may stand for j: same bytes, account, album,
// width, expiration and nsfw, approved, not deleted, not expiring sooner.
func (e *Engine) lookUp(ctx context.Context, j job.Job, sum string) (queue.Update, bool) {
	jobs, err := e.cfg.Queue.Known(ctx, j.Account, j.File.Size, sum)
	if err != nil {
		return queue.Update{}, false
	}
	for _, k := range jobs {
		p, q := k.Params, j.Params
		if k.Image == nil || p.Album != q.Album || p.Width != q.Width || p.Expiration != q.Expiration || p.NSFW != q.NSFW {
			continue
		}
		if !k.Image.Expires.IsZero() {
			continue // sent again it would live longer
		}
		return queue.Update{Outcome: job.Known, Image: k.Image, SHA256: sum, MD5: k.MD5, Verified: k.Verified}, true
	}
	return queue.Update{}, false
}

// duplicate is how a job ends whose bytes the host has: with the link when
// history knows it, without otherwise.
func (e *Engine) duplicate(ctx context.Context, j job.Job, f *source) queue.Update {
	u := queue.Update{Outcome: job.Duplicate}
	if sum, err := f.sum(); err == nil {
		u.SHA256 = sum
		if known, ok := e.lookUp(context.WithoutCancel(ctx), j, sum); ok {
			u = known
		}
	}
	return u
}

// isKind reports whether err is a client.Error of that kind.
func isKind(err error, k client.Kind) bool {
	var ce *client.Error
	return errors.As(err, &ce) && ce.Kind == k
}

// openRegular opens a file to be sent, following no link, and returns what
// it is now. Its errors are of KindLocalFile with a code.
func openRegular(path string) (*os.File, job.Fingerprint, error) {
	f, err := openNoFollow(path)
	if err != nil {
		return nil, job.Fingerprint{}, localError(path, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
		if info.IsDir() {
			err = errDirectory
		}
	}
	if err == nil && info.Size() == 0 {
		f.Close()
		return nil, fingerprint(info), localError(path, errEmpty)
	}
	if err != nil {
		f.Close()
		return nil, job.Fingerprint{}, localError(path, err)
	}
	return f, fingerprint(info), nil
}

var (
	errNotRegular = errors.New("not a regular file")
	errDirectory  = errors.New("a directory")
	errEmpty      = errors.New("an empty file")
)

// localError says in a code what is wrong with a file of ours.
func localError(path string, err error) error {
	code := job.CodeUnreadable
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		code = job.CodeMissing // below a file, or under a name that no file can have, nothing is
	case errors.Is(err, errDirectory):
		code = job.CodeDirectory
	case errors.Is(err, errNotRegular), isLink(path):
		code = job.CodeIrregular
	case errors.Is(err, errEmpty):
		code = job.CodeEmpty
	}
	return &client.Error{Kind: client.KindLocalFile, Code: code, Message: err.Error(), Err: err}
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}
