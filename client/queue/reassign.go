package queue

import (
	"context"
	"errors"
	"io/fs"

	"images-uploader.com/upshot/client/job"
)

// Reassign gives jobs to another account, in one transaction, and returns
// those it did so with: queued, held, waiting, failed and canceled ones that
// were not that account's already. A waiting one is queued; its tries, its
// failure and its place in the order were those of the old account and are
// dropped. MaybeSent stays: the bytes may lie at the old host. Parameters are
// frozen and stay too, also an album that the new host does not know.
func (q *Queue) Reassign(ctx context.Context, ids []job.ID, account string) ([]job.ID, error) {
	if account == "" {
		return nil, errors.New("queue: reassign: no account given")
	}
	var moved []job.ID
	err := q.change(ctx, "reassign", func(ctx context.Context, t *tx) error {
		moved = nil
		for _, id := range ids {
			ok, err := t.reassign(ctx, id, account)
			if err != nil {
				return err
			}
			if ok {
				moved = append(moved, id)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return moved, nil
}

func (t *tx) reassign(ctx context.Context, id job.ID, account string) (bool, error) {
	j, err := t.job(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || j.Account == account {
		return false, err
	}
	switch j.State {
	case job.Waiting:
		if j, err = t.move(ctx, j, job.Due, Update{}); err != nil {
			return false, err
		}
	case job.Queued, job.Held, job.Failed, job.Canceled:
	default:
		return false, nil
	}
	if j.State.Open() {
		j.Attempts, j.Failure = 0, nil
		if err := t.save(ctx, j); err != nil {
			return false, err
		}
	}
	_, err = t.exec(ctx, "UPDATE jobs SET account = ?, turn = NULL WHERE id = ?", account, int64(id))
	return err == nil, err
}
