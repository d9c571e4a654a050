package cli

import (
	"testing"
	"time"

	"images-uploader.com/upshot/client/job"
)

func TestTheLastUploadIsTheLastOfThoseGivenTogetherWhicheverEndedLast(t *testing.T) {
	given := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	ended := []job.Job{ // as asked for: the one that ended last is first
		{ID: 7, Added: given},
		{ID: 8, Added: given},
		{ID: 9, Added: given.Add(-time.Minute)},
	}
	if got := lastGiven(ended); got.ID != 8 {
		t.Errorf("upload %d is taken for the last one, want 8", got.ID)
	}
	if got := lastGiven(ended[2:]); got.ID != 9 {
		t.Errorf("upload %d is taken for the only one, want 9", got.ID)
	}
}
