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

// mark sends duplicates again as other files: with a mark in the metadata,
// and the same pixels. The marked copy lies in the spool; the person's own
// file is not touched.
func (e *Engine) mark(ctx context.Context, ids []job.ID) (uploader.Steered, error) {
	var done uploader.Steered
	for _, id := range ids {
		j, err := e.cfg.Queue.Job(ctx, id)
		if err != nil {
			return done, fmt.Errorf("read the upload: %w", err)
		}
		if j.State != job.Done || j.Outcome != job.Duplicate {
			return done, fmt.Errorf("only a duplicate is sent with a mark: %w", job.ErrTransition)
		}
		n, err := e.marked(ctx, j)
		if err != nil {
			return done, err
		}
		added, err := e.add(ctx, job.Batch{ID: job.NewBatchID(), Copy: true, Notify: true, Added: time.Now()}, uploader.Order{}, []queue.New{n})
		if err != nil {
			removeSpooled(n.Path, e.log)
			return done, err
		}
		done.IDs = append(done.IDs, added[0].ID)
	}
	return done, nil
}

// marked spools a marked copy of a job's file.
func (e *Engine) marked(ctx context.Context, j job.Job) (queue.New, error) {
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
