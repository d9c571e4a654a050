package queue

import (
	"context"
	"database/sql"
	"encoding/binary"
	"slices"
	"strings"

	"images-uploader.com/upshot/client/job"
)

// carver looks for rows in every page of a damaged database, also those to
// which no way leads any more because the page above them is lost. It cannot
// tell a row from an older one in a page that was given up: so what SQLite
// could still read comes first, and a job that seems to be open is held for
// the person to decide.
type carver struct {
	src    *damaged
	tables []table
	jobs   map[int64][]any // the best version of each job found
	rows   map[string][][]any
}

// carve adds what it finds to what was copied, and returns how many jobs it
// holds for the person.
func (d *damaged) carve(ctx context.Context, tx *sql.Tx, tables []table) (held int, err error) {
	c := &carver{src: d, tables: tables, jobs: make(map[int64][]any), rows: make(map[string][][]any)}
	if err := c.look(ctx); err != nil {
		return 0, err
	}
	for _, t := range tables {
		rows := c.rows[t.name]
		if t.name == "jobs" {
			rows = c.bestJobs(t)
		}
		n, err := putMissing(ctx, tx, t, rows)
		if err != nil {
			return 0, err
		}
		if t.name == "jobs" {
			held = n
		}
	}
	return held, nil
}

// look reads page by page. A page that cannot be read is passed over.
func (c *carver) look(ctx context.Context) error {
	var pages int
	if err := c.src.db.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return ctx.Err()
	}
	for number := 1; number <= pages; number++ {
		page := c.page(ctx, uint32(number))
		if err := ctx.Err(); err != nil {
			return err
		}
		first := 0
		if number == 1 {
			first = headSize
		}
		for _, at := range cells(page, first) {
			c.take(ctx, page, at)
		}
	}
	return nil
}

// page returns a page as the log has it last, nil when there is none.
func (c *carver) page(ctx context.Context, number uint32) []byte {
	var data []byte
	if c.src.db.QueryRowContext(ctx, "SELECT data FROM sqlite_dbpage WHERE pgno = ?", number).Scan(&data) != nil {
		return nil
	}
	return data
}

// take keeps a row if it has the shape of one of our tables.
func (c *carver) take(ctx context.Context, page []byte, at int) {
	found, err := readCell(page, at)
	if err != nil || found.rowid < 1 {
		return
	}
	payload := slices.Clone(found.local)
	for next := found.overflow; len(payload) < found.size; {
		more := c.page(ctx, next)
		if len(more) < 5 {
			return
		}
		next = binary.BigEndian.Uint32(more)
		payload = append(payload, more[4:4+min(len(more)-4, found.size-len(payload))]...)
	}
	values, err := readRecord(payload)
	if err != nil {
		return
	}
	for _, t := range c.tables {
		if !t.fits(values) {
			continue
		}
		for len(values) < len(t.columns) {
			values = append(values, nil)
		}
		if t.key >= 0 {
			values[t.key] = found.rowid
		}
		if t.name != "jobs" {
			c.rows[t.name] = append(c.rows[t.name], values)
		} else if best, ok := c.jobs[found.rowid]; !ok || t.progress(values) > t.progress(best) {
			c.jobs[found.rowid] = values
		}
		return
	}
}

// fits reports whether a row can be one of t, by number and types of columns.
// A row that was written before the last columns were added ends before them.
func (t table) fits(values []any) bool {
	if len(values) > len(t.columns) || slices.Contains(t.null[len(values):], false) {
		return false
	}
	for i, value := range values {
		switch value.(type) {
		case nil:
			if i != t.key && !t.null[i] { // the key is kept as the rowid
				return false
			}
		case int64:
			if t.types[i] != "INTEGER" || i == t.key {
				return false
			}
		case string:
			if t.types[i] != "TEXT" {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// progress orders versions of a job by how far it had come.
func (t table) progress(values []any) int {
	state, _ := values[slices.Index(t.columns, "state")].(string)
	order := []job.State{job.Queued, job.Held, job.Waiting, job.Sending, job.Canceled, job.Failed, job.Done}
	return slices.Index(order, job.State(state))
}

// bestJobs are the versions found last in life; open ones are held.
func (c *carver) bestJobs(t table) [][]any {
	var rows [][]any
	for _, values := range c.jobs {
		state, _ := values[slices.Index(t.columns, "state")].(string)
		if job.State(state).Open() {
			values[slices.Index(t.columns, "state")] = string(job.Held)
			values[slices.Index(t.columns, "not_before")] = int64(0)
			if i := slices.Index(t.columns, "waiting_since"); i >= 0 {
				values[i] = nil
			}
			values[slices.Index(t.columns, "maybe_sent")] = int64(1)
		}
		rows = append(rows, values)
	}
	return rows
}

// putMissing inserts rows that are not there yet, and returns how many of
// them are jobs that are held.
func putMissing(ctx context.Context, tx *sql.Tx, t table, rows [][]any) (held int, err error) {
	insert, err := tx.PrepareContext(ctx, t.insert("INSERT"))
	if err != nil {
		return 0, err
	}
	defer insert.Close()
	state := slices.Index(t.columns, "state")
	for _, values := range rows {
		_, err := insert.ExecContext(ctx, values...)
		if isRefused(err) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if state >= 0 && values[state] == string(job.Held) {
			held++
		}
	}
	return held, nil
}

// insert is the statement for one row of t.
func (t table) insert(verb string) string {
	return verb + " INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES (" +
		strings.TrimSuffix(strings.Repeat("?, ", len(t.columns)), ", ") + ")"
}
