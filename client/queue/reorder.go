package queue

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"images-uploader.com/upshot/client/job"
)

// Place is where Reorder puts jobs.
type Place string

// The places.
const (
	Top    Place = "top"    // before all others
	Up     Place = "up"     // before the one that was before
	Down   Place = "down"   // behind the one that was behind
	Bottom Place = "bottom" // behind all others that are there now
)

// turnOf is where a job stands in its account's order. Between two jobs that
// were added one after the other there is room for a million that were put
// at the bottom meanwhile.
const (
	turnOf    = "ifnull(jobs.turn, jobs.id << 20)"
	turnShift = 20
)

// inLine is a job with where it stands.
type inLine struct {
	id   job.ID
	turn int64
}

func (a inLine) compare(b inLine) int {
	return cmp.Or(cmp.Compare(a.turn, b.turn), cmp.Compare(a.id, b.id))
}

func idsOf(line []inLine) []job.ID {
	ids := make([]job.ID, len(line))
	for i, in := range line {
		ids[i] = in.id
	}
	return ids
}

// Reorder puts jobs at another place in the order in which their account
// sends, and returns those that it applies to: queued, held and waiting ones,
// also where they stand at that place already. Several keep their order among
// themselves. It is durable; jobs added later stand behind.
func (q *Queue) Reorder(ctx context.Context, ids []job.ID, to Place) ([]job.ID, error) {
	switch to {
	case Top, Up, Down, Bottom:
	default:
		return nil, fmt.Errorf("queue: reorder: no such place: %q", to)
	}
	var moved []job.ID
	err := q.change(ctx, "reorder", func(ctx context.Context, t *tx) error {
		var err error
		moved, err = t.reorder(ctx, ids, to)
		return err
	})
	if err != nil {
		return nil, err
	}
	return moved, nil
}

func (t *tx) reorder(ctx context.Context, ids []job.ID, to Place) ([]job.ID, error) {
	list, err := encode(ids)
	if err != nil {
		return nil, err
	}
	accounts, err := t.texts(ctx, "SELECT DISTINCT account FROM jobs WHERE id IN (SELECT value FROM json_each(?)) AND ended = 0", list)
	if err != nil {
		return nil, err
	}
	chosen := make(map[job.ID]bool, len(ids))
	for _, id := range ids {
		chosen[id] = true
	}
	movable := make(map[job.ID]bool, len(ids))
	for _, account := range accounts {
		line, err := t.line(ctx, account)
		if err != nil {
			return nil, err
		}
		for _, in := range line {
			movable[in.id] = chosen[in.id]
		}
		var last int64
		if err := t.row(ctx, "SELECT seq FROM sqlite_sequence WHERE name = 'jobs'", nil, &last); err != nil {
			return nil, err
		}
		for _, in := range reordered(line, chosen, to, last<<turnShift) {
			if _, err := t.exec(ctx, "UPDATE jobs SET turn = ? WHERE id = ?", in.turn, int64(in.id)); err != nil {
				return nil, err
			}
		}
	}
	var moved []job.ID
	for _, id := range ids {
		if movable[id] {
			moved = append(moved, id)
			delete(movable, id) // named twice, it is told once
		}
	}
	return moved, nil
}

// line is the order of an account's jobs that are still to be sent.
func (t *tx) line(ctx context.Context, account string) ([]inLine, error) {
	var line []inLine
	err := t.each(ctx, func(row scan) error {
		var in inLine
		err := row(&in.id, &in.turn)
		line = append(line, in)
		return err
	}, "SELECT id, "+turnOf+" FROM jobs INDEXED BY jobs_path WHERE ended = 0 AND state <> 'sending' AND account = ?", account)
	slices.SortFunc(line, inLine.compare)
	return line, err
}

// reordered returns the jobs that stand elsewhere afterwards. newest is the
// turn of the job that was added last, on any account.
func reordered(line []inLine, chosen map[job.ID]bool, to Place, newest int64) (changed []inLine) {
	if len(line) == 0 {
		return nil
	}
	switch to {
	case Top:
		turn := line[0].turn
		for _, in := range slices.Backward(line) {
			if chosen[in.id] {
				turn--
				changed = append(changed, inLine{in.id, turn})
			}
		}
		return changed
	case Bottom:
		turn := max(line[len(line)-1].turn, newest)
		for _, in := range line {
			if chosen[in.id] {
				turn++
				changed = append(changed, inLine{in.id, turn})
			}
		}
		return changed
	}
	after := slices.Clone(line)
	if to == Up {
		for i := 1; i < len(after); i++ {
			if chosen[after[i].id] && !chosen[after[i-1].id] {
				after[i-1], after[i] = after[i], after[i-1]
			}
		}
	} else {
		for i := len(after) - 2; i >= 0; i-- {
			if chosen[after[i].id] && !chosen[after[i+1].id] {
				after[i+1], after[i] = after[i], after[i+1]
			}
		}
	}
	// The jobs take the turns of those whose places they take. Two that had
	// the same are set apart.
	for i := range after {
		turn := line[i].turn
		if i > 0 && turn <= after[i-1].turn {
			turn = after[i-1].turn + 1
		}
		moved := after[i].turn != turn
		after[i].turn = turn
		if moved {
			changed = append(changed, after[i])
		}
	}
	return changed
}

// texts reads a column of text.
func (t *tx) texts(ctx context.Context, query string, args ...any) ([]string, error) {
	var all []string
	err := t.each(ctx, func(row scan) error {
		var s string
		err := row(&s)
		all = append(all, s)
		return err
	}, query, args...)
	return all, err
}
