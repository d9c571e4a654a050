package engine

import (
	"context"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

// watchTrouble begins nothing while the disk is full, and has everybody look
// again when what cannot be written down is something else.
func (e *Engine) watchTrouble(ctx context.Context) {
	goOn := func() {}
	defer func() { goOn() }()
	still, told := false, false
	for {
		now, changed := e.cfg.Queue.Trouble()
		switch {
		case now.Full && !still:
			e.log.Warn("the disk is full, nothing new is sent")
			goOn, still = e.still(), true
		case !now.Full && still:
			goOn()
			goOn, still = func() {}, false
		}
		ids := make([]job.ID, 0, len(now.Unwritten))
		for id := range now.Unwritten {
			ids = append(ids, id)
		}
		if told || now.Full || len(ids) > 0 { // else all is well, as it begins
			told = true
			e.mu.Lock()
			close(e.idle) // who waits for what cannot be written down waits no more
			e.idle = make(chan struct{})
			e.mu.Unlock()
			e.changes.touch(ids...)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// fillTrouble puts what cannot be written down into a snapshot.
func (e *Engine) fillTrouble(s *uploader.Snapshot) {
	now, _ := e.cfg.Queue.Trouble()
	if now.Full {
		s.Notices = append(s.Notices, uploader.Notice{
			ID: uploader.NoticeFull, Headline: "The disk is full, so nothing more is sent",
			Hint: "make room on the disk with Upshot's own directory; it goes on by itself",
		})
	}
	for i, p := range s.Sending {
		_, s.Sending[i].Unwritten = now.Unwritten[p.ID]
	}
}

// withAnswers gives jobs the answers that are here and cannot be written down.
// They are sending still: what is not on the disk has not happened.
func (e *Engine) withAnswers(jobs []job.Job) []job.Job {
	now, _ := e.cfg.Queue.Trouble()
	for i, j := range jobs {
		if after := now.Unwritten[j.ID]; after.State == job.Done && j.State == job.Sending {
			after.State, after.Ended, after.MaybeSent = j.State, j.Ended, true
			jobs[i] = after
		}
	}
	return jobs
}

// onTheWay counts what is sent, without what has ended and cannot be written
// down. The caller holds mu.
func (e *Engine) onTheWay(now queue.Trouble) int {
	n := 0
	for id := range e.sending {
		if _, ended := now.Unwritten[id]; !ended {
			n++
		}
	}
	return n
}

// stuck reports whether nothing goes on until there is room on the disk.
func (e *Engine) stuck() bool {
	now, _ := e.cfg.Queue.Trouble()
	e.mu.Lock()
	defer e.mu.Unlock()
	return (now.Full || len(now.Unwritten) > 0) && e.onTheWay(now) == 0
}
