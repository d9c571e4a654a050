package engine

import (
	"context"
	"errors"
	"os"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

// sendURL has the host fetch an address. Most hosts do that for nobody or for
// administrators only: then it is fetched here, as any other address, and
// sent as a file.
func (e *Engine) sendURL(ctx context.Context, a *account, s *sending) {
	j := s.job
	api, number, err := e.connect(ctx, a)
	s.key = number
	if err != nil {
		e.end(ctx, a, s, nil, err)
		return
	}
	result, err := api.Upload(ctx, client.Upload{Params: j.Params, Format: j.Transfer.Format, URL: j.Transfer.URL, Get: j.Transfer.Get})
	if errors.Is(err, client.ErrURLSource) {
		result, err = e.sendFetched(ctx, api, j, e.paceOf(s))
	}
	if isKind(err, client.KindDuplicate) {
		e.duplicateURL(j)
		return
	}
	e.end(ctx, a, s, result, err)
}

// sendFetched fetches the job's address into the spool and uploads that. The
// copy goes again at once: another try fetches anew.
func (e *Engine) sendFetched(ctx context.Context, api *client.Client, j job.Job, pace func(context.Context, int) error) (*client.Result, error) {
	got, err := e.fetch(ctx, j.Transfer.URL)
	if err != nil {
		return nil, err
	}
	defer removeSpooled(got.path, e.log)
	f, err := os.Open(got.path)
	if err != nil {
		return nil, localError(got.path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, localError(got.path, err)
	}
	result, err := api.Upload(ctx, client.Upload{
		Name: got.name, Body: &source{File: f, size: info.Size()}, Params: j.Params, Format: j.Transfer.Format, Pace: pace,
	})
	if err != nil {
		return nil, err
	}
	result.Warnings = append(result.Warnings, "the host takes no addresses; the file was fetched here and uploaded")
	return result, nil
}

// duplicateURL ends a job whose bytes the host has. What they are is known to
// nobody here, so history cannot tell their link.
func (e *Engine) duplicateURL(j job.Job) {
	e.succeed(j, queue.Update{Outcome: job.Duplicate})
}
