package queue

import (
	"context"
	"testing"

	"images-uploader.com/upshot/client/job"
)

// TestTheSchemaKnowsTheWordsOfPackageJob holds the rules that SQLite keeps
// against the words that package job has.
func TestTheSchemaKnowsTheWordsOfPackageJob(t *testing.T) {
	q := openInside(t)
	added, err := q.Add(t.Context(), job.Batch{ID: "b"}, []New{{Account: "a", Path: "/p"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range job.States() {
		for _, outcome := range []job.Outcome{"", job.Uploaded, job.Known, job.Duplicate, job.Unapproved, "lost"} {
			for _, ended := range []int64{0, 5} {
				err := q.writer.change(t.Context(), setRaw(added[0].ID, state, outcome, ended))
				wants := state.Open() == (ended == 0) && (state == job.Done) == (outcome != "") && outcome != "lost"
				if (err == nil) != wants {
					t.Errorf("%s with outcome %q, ended at %d: %v", state, outcome, ended, err)
				}
			}
		}
	}
	if err := q.writer.change(t.Context(), setRaw(added[0].ID, "asleep", "", 0)); !isRefused(err) {
		t.Errorf("an unknown state: %v", err)
	}
}

// setRaw goes round the table of transitions.
func setRaw(id job.ID, state job.State, outcome job.Outcome, ended int64) func(context.Context, *tx) error {
	return func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, "UPDATE jobs SET state = ?, outcome = ?, ended = ? WHERE id = ?", string(state), string(outcome), ended, int64(id))
		return err
	}
}
