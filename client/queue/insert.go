package queue

import (
	"context"
	"strings"
)

// insertChunk is how many rows go into one INSERT: ten thousand jobs are
// then added in a fraction of the time that single rows take.
const insertChunk = 50

// inserter gathers rows for one table.
type inserter struct {
	into  string // "INSERT INTO t (a, b)"
	width int    // values in a row
	after string // what follows the values, such as ON CONFLICT
	args  []any
}

// add takes a row, and writes when enough have come together.
func (in *inserter) add(ctx context.Context, t *tx, values ...any) error {
	in.args = append(in.args, values...)
	if len(in.args) < insertChunk*in.width {
		return nil
	}
	return in.write(ctx, t, insertChunk)
}

// flush writes the rest.
func (in *inserter) flush(ctx context.Context, t *tx) error {
	for len(in.args) > 0 {
		if err := in.write(ctx, t, 1); err != nil {
			return err
		}
	}
	return nil
}

func (in *inserter) write(ctx context.Context, t *tx, rows int) error {
	n := rows * in.width
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", in.width), ", ") + ")"
	text := in.into + " VALUES " + strings.TrimSuffix(strings.Repeat(row+", ", rows), ", ") + " " + in.after
	if _, err := t.exec(ctx, text, in.args[:n]...); err != nil {
		return err
	}
	in.args = append(in.args[:0], in.args[n:]...)
	return nil
}
