package cli

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

func (p *program) undoCommand() *cobra.Command {
	yes := false
	cmd := &cobra.Command{
		Use: "undo [ID]", Short: "Take the last upload back: delete it on the host, restore the clipboard",
		Long: "Takes an upload back: it is deleted on the host, for ever, and what was on the\n" +
			"clipboard before is there again if the link still is. Within ten seconds of an\n" +
			"upload nothing is asked.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%s takes one upload's number at most", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
				r, err := p.whatToUndo(ctx, a, args, yes)
				if err != nil {
					return err
				}
				done, err := a.Undo(ctx, r)
				switch {
				case errors.Is(err, uploader.ErrNothing):
					return usagef("there is nothing to take back: its link is that of an earlier upload, which stays")
				case errors.Is(err, fs.ErrNotExist):
					return usagef("upload %d cannot be taken back: the host gave no delete link", r.ID)
				case err != nil:
					return err
				}
				p.say("%s deleted on the host%s", count(len(done.IDs), "upload"), map[bool]string{true: "; the clipboard is as it was before"}[done.Restored])
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// whatToUndo is the upload of that number, or what was given last. It asks,
// unless the upload ended a moment ago.
func (p *program) whatToUndo(ctx context.Context, a *wire.Attached, args []string, yes bool) (uploader.UndoRequest, error) {
	var r uploader.UndoRequest
	if len(args) == 1 {
		id, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil || id < 1 {
			return r, usagef("%q is no upload's number; see upshot history", args[0])
		}
		r.ID = job.ID(id)
	}
	snap, err := a.Snapshot(ctx, uploader.None{})
	if err != nil {
		return r, err
	}
	if r.ID == 0 && snap.Undo != nil {
		return r, nil
	}
	last, err := lastUpload(ctx, a, r.ID)
	if err != nil {
		return r, err
	}
	r.ID = last.ID
	if !yes && time.Since(last.Ended) > undoUnasked && !p.confirm(wantsDeletion(last)) {
		return r, usagef("not deleted; confirm with y, or give --yes")
	}
	return r, nil
}

// lastUpload is the upload of that number, 0: the last one given.
func lastUpload(ctx context.Context, a *wire.Attached, id job.ID) (job.Job, error) {
	if id != 0 {
		return deletable(ctx, a, id)
	}
	page, err := a.Jobs(ctx, uploader.JobsRequest{States: []job.State{job.Done}, N: givenWith, ByEnded: true})
	if err != nil {
		return job.Job{}, err
	}
	if len(page.Jobs) == 0 {
		return job.Job{}, usagef("nothing was uploaded yet")
	}
	last := lastGiven(page.Jobs)
	if !last.Deleted.IsZero() {
		return job.Job{}, usagef("the last upload, %s, was deleted on the host already; for another: upshot undo ID, see upshot history", plain(last.Name))
	}
	return last, nil
}

// givenWith is how many of the uploads that ended last are looked at for the
// last one given.
const givenWith = 100

// lastGiven is the upload whose link was printed last: of those that were
// given together with the one that ended last, the last given. Which of them
// ends last is chance: several are sent at once.
func lastGiven(ended []job.Job) job.Job {
	last := ended[0]
	for _, j := range ended {
		if j.Added.Equal(ended[0].Added) && j.ID > last.ID {
			last = j
		}
	}
	return last
}

// undoUnasked is how long after its end an upload is taken back without a
// question.
const undoUnasked = 10 * time.Second
