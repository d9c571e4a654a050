package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestAJobThatWasTakenOffTheListElsewhereHasEnded(t *testing.T) {
	var out, errs bytes.Buffer
	r := newResults(&program{out: &out, err: &errs}, false, uploader.Receipt{Entries: []uploader.Entry{
		{Job: 1, Input: "seen.png"}, {Job: 2, Input: "never-seen.png"}, {Job: 3, Input: "there.png"},
	}})
	for _, jobs := range [][]job.Job{
		{{ID: 1, State: job.Queued}, {ID: 3, State: job.Queued}},
		{{ID: 3, State: job.Queued}},
	} {
		if err := r.see(jobs); err != nil {
			t.Fatal(err)
		}
	}
	if r.open() != 1 || out.String() != "\n\n" {
		t.Errorf("%d are open, printed %q", r.open(), &out)
	}
	if got, want := errs.String(), "never-seen.png: canceled\nseen.png: canceled\n"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
	if err := r.see(nil); err != nil || r.code("") != (exitError{exitFailed}) {
		t.Errorf("%v, ends with %v", err, r.code(""))
	}
}

func TestWhatARunEndsWithIsNotRunAgain(t *testing.T) {
	for err, want := range map[error]bool{
		fmt.Errorf("at last: %w", exitError{exitPartly}): true,
		usagef("no such account"):                        true,
		errors.New("connection reset"):                   false,
		context.Canceled:                                 false,
		uploader.ErrGone:                                 false,
	} {
		if final(err) != want {
			t.Errorf("%v: final is %v", err, !want)
		}
	}
}
