package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/marker"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

// mark sends duplicates again as other files, together: with a mark in the
// metadata, and the same pixels. The marked copies lie in the spool; the
// person's own files are not touched. Those before one that cannot be marked
// go.
func (e *Engine) mark(ctx context.Context, ids []job.ID) (uploader.Steered, error) {
	var items []queue.New
	var failed error
	for _, id := range ids {
		n, err := e.marked(ctx, id)
		if err != nil {
			failed = err
			break
		}
		items = append(items, n)
	}
	var done uploader.Steered
	if len(items) == 0 {
		return done, failed
	}
	b := job.Batch{ID: job.NewBatchID(), Copy: true, Notify: true, Added: time.Now()}
	added, err := e.add(ctx, b, uploader.Order{Batch: b.ID}, items)
	if err != nil {
		e.unspool(items)
		return done, err
	}
	for _, a := range added {
		done.IDs = append(done.IDs, a.ID)
	}
	return done, failed
}

// marked spools a marked copy of a job's file.
func (e *Engine) marked(ctx context.Context, id job.ID) (queue.New, error) {
	j, err := e.cfg.Queue.Job(ctx, id)
	if err != nil {
		return queue.New{}, fmt.Errorf("read the upload: %w", err)
	}
	if j.State != job.Done || j.Outcome != job.Duplicate {
		return queue.New{}, fmt.Errorf("only a duplicate is sent with a mark: %w", job.ErrTransition)
	}
	f, print, err := openRegular(j.Path)
	if err != nil {
		return queue.New{}, err
	}
	defer f.Close()
	path, err := e.spool(j.Name, func(w io.Writer) error {
		return marker.Copy(w, f, print.Size, []byte(rand.Text()))
	})
	if errors.Is(err, errors.ErrUnsupported) {
		return queue.New{}, &client.Error{Kind: client.KindInvalid, Message: "only PNG, JPEG, GIF, WebP and MP4 files can carry a mark", Err: err}
	}
	if err != nil {
		return queue.New{}, err
	}
	s, now, err := openRegular(path)
	if err != nil {
		return queue.New{}, err
	}
	s.Close()
	return queue.New{
		Account: j.Account, Via: j.Via, Path: path, Spooled: true, Input: j.Input, Name: j.Name,
		File: now, Params: j.Params, Link: j.Link, Transfer: j.Transfer,
	}, nil
}
