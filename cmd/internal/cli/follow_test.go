package cli

import (
	"context"
	"slices"
	"testing"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

// holding is an engine that only remembers what it was told to hold.
type holding struct {
	uploader.Uploader
	held []job.ID
}

func (h *holding) Steer(_ context.Context, r uploader.SteerRequest) (uploader.Steered, error) {
	if r.Verb == uploader.VerbHold && r.Unsent {
		h.held = append(h.held, r.IDs...)
	}
	return uploader.Steered{IDs: r.IDs}, nil
}

func TestAfterCtrlCWhatFailsOnItsWayIsHeldToo(t *testing.T) {
	h := &holding{}
	a := &wire.Attached{Uploader: h}
	f := &follower{}
	rounds := [][]job.Job{
		{{ID: 1, State: job.Queued}},
		{{ID: 1, State: job.Held}, {ID: 2, State: job.Sending}, {ID: 3, State: job.Sending}, {ID: 4, State: job.Done}},
		{{ID: 1, State: job.Held}, {ID: 2, State: job.Waiting}, {ID: 3, State: job.Queued}, {ID: 4, State: job.Done}},
	}
	for i, jobs := range rounds {
		f.held = i > 0
		if err := f.keepBack(t.Context(), a, jobs); err != nil {
			t.Fatal(err)
		}
	}
	if want := []job.ID{2, 3}; !slices.Equal(h.held, want) {
		t.Errorf("held %v, want %v", h.held, want)
	}
}
