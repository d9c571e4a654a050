package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
)

// table is a table to be salvaged.
type table struct {
	name    string
	columns []string
	types   []string
	null    []bool // the column may be NULL; a row may end before such columns
	key     int    // the column that is the rowid, -1 when there is none
}

// tablesOf lists our tables, those that are referred to first, without those
// that follow from others.
func tablesOf(ctx context.Context, tx *sql.Tx) ([]table, error) {
	names, err := texts(ctx, tx, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'words%' AND name <> 'counts' ORDER BY rowid")
	if err != nil {
		return nil, err
	}
	tables := make([]table, len(names))
	for i, name := range names {
		tables[i].name = name
		if err := tables[i].readColumns(ctx, tx); err != nil {
			return nil, err
		}
	}
	return tables, nil
}

func (t *table) readColumns(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, "SELECT name, type, \"notnull\" = 0, pk FROM pragma_table_info(?)", t.name)
	if err != nil {
		return err
	}
	t.key = -1
	return eachRow(rows, func(row scan) error {
		var name, kind string
		var null, key bool
		err := row(&name, &kind, &null, &key)
		if key {
			t.key = len(t.columns)
		}
		t.columns, t.types, t.null = append(t.columns, name), append(t.types, kind), append(t.null, null && !key)
		return err
	})
}

func texts(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	var all []string
	err = eachRow(rows, func(row scan) error {
		var s string
		err := row(&s)
		all = append(all, s)
		return err
	})
	return all, err
}

// copier copies one table row by row, along the rowid.
type copier struct {
	src    *damaged
	insert *sql.Stmt
	from   string // SELECT of rowid and columns, up to WHERE
	width  int
	lost   bool
}

// copyTable copies what can be read of t. Where a page cannot be read it
// goes on behind it.
func (d *damaged) copyTable(ctx context.Context, tx *sql.Tx, t table) (lost bool, err error) {
	verb := "INSERT"
	if t.name == "meta" {
		verb = "INSERT OR REPLACE" // building it has put a row there
	}
	insert, err := tx.PrepareContext(ctx, t.insert(verb))
	if err != nil {
		return false, err
	}
	defer insert.Close()
	c := &copier{
		src: d, insert: insert, width: len(t.columns),
		from: fmt.Sprintf("SELECT rowid, %s FROM %s NOT INDEXED", strings.Join(t.columns, ", "), t.name),
	}
	next := int64(math.MinInt64)
	for {
		var ended bool
		next, ended, err = c.copyFrom(ctx, next)
		if err != nil || ended {
			return c.lost, err
		}
		c.lost = true
		var readable bool
		next, readable, err = c.copyAcross(ctx, next)
		if err != nil || !readable {
			return c.lost, err
		}
	}
}

// copyFrom copies rows in order until the end, or until one cannot be read:
// then next is the first rowid not copied.
func (c *copier) copyFrom(ctx context.Context, from int64) (next int64, ended bool, err error) {
	next = from
	rows, err := c.src.db.QueryContext(ctx, c.from+" WHERE rowid >= ? ORDER BY rowid", from)
	if err != nil {
		return next, false, ctx.Err()
	}
	rowid, values := c.target()
	sound := true
	for sound && rows.Next() {
		// Rows out of order are damage that SQLite did not see.
		sound = rows.Scan(values...) == nil && *rowid >= next
		if !sound {
			break
		}
		if err := c.put(ctx, values); err != nil {
			return next, false, errors.Join(err, rows.Close())
		}
		next = *rowid + 1
	}
	broken := errors.Join(rows.Err(), rows.Close())
	return next, sound && broken == nil, ctx.Err()
}

// copyAcross looks for the next stretch that can be read behind next, in
// steps that double, and then tries row by row what it has leapt over: all
// of a short leap, both ends of a long one. Garbage can make any number of a
// rowid, and what is left out here the carver finds.
func (c *copier) copyAcross(ctx context.Context, next int64) (on int64, readable bool, err error) {
	next = max(next, 0) // our rowids begin at 1
	on = next
	for step := int64(1); !readable && on < math.MaxInt32; step *= 2 {
		on += step
		readable = c.canRead(ctx, on)
		if err := ctx.Err(); err != nil {
			return 0, false, err
		}
	}
	one, err := c.src.db.PrepareContext(ctx, c.from+" WHERE rowid = ?")
	if err != nil {
		return on, readable, ctx.Err()
	}
	defer one.Close()
	const end = 5000
	for id := next; id < on; id++ {
		if id == next+end && on-end > id {
			if !readable {
				break
			}
			id = on - end
		}
		if err := c.copyOne(ctx, one, id); err != nil {
			return 0, false, err
		}
	}
	return on, readable, nil
}

// canRead reports whether the first row from rowid on can be read.
func (c *copier) canRead(ctx context.Context, rowid int64) bool {
	got, values := c.target()
	err := c.src.db.QueryRowContext(ctx, c.from+" WHERE rowid >= ? ORDER BY rowid LIMIT 1", rowid).Scan(values...)
	return errors.Is(err, sql.ErrNoRows) || err == nil && *got >= rowid
}

// copyOne copies one row if it is there and can be read.
func (c *copier) copyOne(ctx context.Context, one *sql.Stmt, rowid int64) error {
	got, values := c.target()
	err := one.QueryRowContext(ctx, rowid).Scan(values...)
	if err != nil || *got != rowid {
		return ctx.Err()
	}
	return c.put(ctx, values)
}

// target makes room for a row: its rowid and then its columns.
func (c *copier) target() (rowid *int64, values []any) {
	rowid = new(int64)
	values = append(values, rowid)
	for range c.width {
		values = append(values, new(any))
	}
	return rowid, values
}

// put inserts a row. A row that the checks of the new database refuse is
// lost; any other failure ends the salvage.
func (c *copier) put(ctx context.Context, values []any) error {
	args := make([]any, c.width)
	for i := range args {
		args[i] = *values[i+1].(*any)
	}
	_, err := c.insert.ExecContext(ctx, args...)
	if isRefused(err) {
		c.lost = true
		return nil
	}
	return err
}
