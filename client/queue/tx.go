package queue

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"

	"images-uploader.com/upshot/client/job"
)

// tx is the writer's connection with its prepared statements. Only the
// writer's goroutine uses it.
type tx struct {
	db    *sql.DB
	conn  *sql.Conn
	stmts map[string]*sql.Stmt

	images  *images // may be nil
	reserve *reserve
	wrote   bool // since it was set to false
	// claimed are jobs as they were claimed, until something else than their
	// sender's word may have changed them: they need not be read to be written.
	claimed map[job.ID]job.Job
}

// commit does the group's wishes in one transaction. When one fails that has
// written something, or the transaction as a whole (the disk is full), each
// wish gets one of its own: nothing of the one that fails stays, and a small
// one may still find room.
func (t *tx) commit(ctx context.Context, group []*wish) {
	if len(group) == 1 {
		t.alone(ctx, group[0])
		return
	}
	if err := t.together(ctx, group); err == nil {
		return
	} else if isBusy(err) {
		for _, wi := range group {
			wi.err = err
		}
		return
	}
	for _, wi := range group {
		t.alone(ctx, wi)
	}
}

// together returns an error when nothing of the transaction was kept. A wish
// that fails before it has written anything, as one does that the table of
// states does not allow, leaves nothing to undo: the others go on. (A
// savepoint for each would cost a sixth of the whole.) After some errors of
// its own SQLite has rolled everything back by itself.
func (t *tx) together(ctx context.Context, group []*wish) error {
	if err := t.begin(ctx); err != nil {
		return err
	}
	for _, wi := range group {
		t.wrote = false
		if wi.err = t.fulfil(ctx, wi); wi.err != nil && (t.wrote || isSQLite(wi.err)) {
			t.rollback(ctx)
			return wi.err
		}
	}
	if _, err := t.exec(ctx, "COMMIT"); err != nil {
		t.rollback(ctx)
		return err
	}
	return nil
}

// fulfil does what a wish wants, within a transaction.
func (t *tx) fulfil(ctx context.Context, wi *wish) error {
	if wi.starts {
		if err := t.reserve.refill(); err != nil {
			return err
		}
	}
	if !wi.knows {
		clear(t.claimed)
	}
	return wi.do(ctx, t)
}

// alone does a wish in a transaction of its own; if it must be, and the disk
// is full, with room that was kept, and then over what of the log is done with.
func (t *tx) alone(ctx context.Context, wi *wish) {
	t.once(ctx, wi)
	if !wi.must {
		return
	}
	for isFull(ctx, []*wish{wi}) && t.reserve.release() {
		t.once(ctx, wi)
	}
	if isFull(ctx, []*wish{wi}) && t.rewind(ctx) {
		t.once(ctx, wi)
	}
}

// isFull reports whether a wish has failed because the disk is full.
func isFull(ctx context.Context, group []*wish) bool {
	return slices.ContainsFunc(group, func(wi *wish) bool { return wi.err != nil && errors.Is(named(ctx, wi.err), ErrFull) })
}

// rewind takes the log back into the database, so that it is written from its
// beginning again, if no reader is at its end. What the database has to grow
// by must find room.
func (t *tx) rewind(ctx context.Context) bool {
	if t.conn == nil {
		return false
	}
	var busy, inLog, done int
	err := t.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(RESTART)").Scan(&busy, &inLog, &done)
	return err == nil && busy == 0
}

func (t *tx) once(ctx context.Context, wi *wish) {
	if wi.err = t.begin(ctx); wi.err != nil {
		return
	}
	wi.err = t.fulfil(ctx, wi)
	if wi.err == nil {
		_, wi.err = t.exec(ctx, "COMMIT")
	}
	if wi.err != nil {
		t.rollback(ctx)
	}
}

func (t *tx) begin(ctx context.Context) error {
	if t.conn == nil {
		conn, err := t.db.Conn(ctx)
		if err != nil {
			return err
		}
		t.conn, t.stmts = conn, make(map[string]*sql.Stmt)
	}
	_, err := t.exec(ctx, "BEGIN IMMEDIATE")
	if err != nil && !isBusy(err) {
		t.discard()
	}
	return err
}

// rollback ends a transaction that failed; SQLite may have done so itself.
func (t *tx) rollback(ctx context.Context) {
	clear(t.claimed)
	if _, err := t.exec(ctx, "ROLLBACK"); err != nil {
		t.discard()
	}
}

// discard ends the connection for good, in whatever state it is; begin
// takes a fresh one.
func (t *tx) discard() {
	clear(t.claimed)
	t.forgetStatements() // they must not outlive their connection
	if t.conn != nil {
		_ = t.conn.Raw(func(any) error { return driver.ErrBadConn })
	}
	t.close()
}

// close gives the connection back.
func (t *tx) close() {
	t.forgetStatements()
	if t.conn != nil {
		_ = t.conn.Close()
	}
	t.conn = nil
}

func (t *tx) forgetStatements() {
	for _, s := range t.stmts {
		_ = s.Close()
	}
	t.stmts = nil
}

// prepared returns the statement of that text, which must be a constant or
// one of few: statements are kept.
func (t *tx) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if s, ok := t.stmts[text]; ok {
		return s, nil
	}
	s, err := t.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	t.stmts[text] = s
	return s, nil
}

func (t *tx) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	s, err := t.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	t.wrote = true
	return s.ExecContext(ctx, args...)
}

func (t *tx) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	s, err := t.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// row scans the one row of the answer; sql.ErrNoRows when there is none.
func (t *tx) row(ctx context.Context, text string, args []any, dest ...any) error {
	s, err := t.prepared(ctx, text)
	if err != nil {
		return err
	}
	return s.QueryRowContext(ctx, args...).Scan(dest...)
}

// each calls row for every row of the answer.
func (t *tx) each(ctx context.Context, row func(scan) error, text string, args ...any) error {
	rows, err := t.query(ctx, text, args...)
	if err != nil {
		return err
	}
	return eachRow(rows, row)
}

// scan is the Scan method of a row.
type scan func(dest ...any) error

func eachRow(rows *sql.Rows, row func(scan) error) error {
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}
