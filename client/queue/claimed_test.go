package queue

import (
	"errors"
	"testing"

	"images-uploader.com/upshot/client/job"
)

func TestWhatBecameOfAClaimedJobMeanwhileCounts(t *testing.T) {
	q := openInside(t)
	ids := addBatch(t, q, job.Batch{ID: "b"}, 3)
	claimed, err := q.Claim(t.Context(), Claiming{Accounts: []string{"home"}, N: 3})
	if err != nil || len(claimed) != 3 {
		t.Fatal(len(claimed), err)
	}
	if _, err := q.MoveAll(t.Context(), ids[:1], job.Cancel, Update{}); err != nil {
		t.Fatal(err)
	}
	j, err := q.Move(t.Context(), ids[0], job.Succeed, Update{Outcome: job.Duplicate})
	if !errors.Is(err, job.ErrTransition) || j.State != job.Canceled {
		t.Errorf("a job that was canceled after its claim is %s, %v", j.State, err)
	}
	if j, err := q.Move(t.Context(), ids[1], job.Succeed, Update{Outcome: job.Duplicate}); err != nil || j.State != job.Done || j.Attempts != 1 {
		t.Errorf("another one is %s after %d tries, %v", j.State, j.Attempts, err)
	}
}
