package queue

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// readers are the connections that read. What is asked the same way again
// and again is prepared once.
type readers struct {
	*sql.DB
	mu    sync.Mutex
	stmts map[string]*sql.Stmt
}

// preparedMost is more than there are texts in this package.
const preparedMost = 64

func newReaders(db *sql.DB) *readers { return &readers{DB: db, stmts: map[string]*sql.Stmt{}} }

// prepared returns nil when the text cannot be prepared: asked plainly, it
// says why.
func (r *readers) prepared(ctx context.Context, query string) *sql.Stmt {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.stmts[query]; s != nil {
		return s
	}
	if len(r.stmts) >= preparedMost {
		return nil
	}
	s, err := r.PrepareContext(context.WithoutCancel(ctx), query)
	if err != nil {
		return nil
	}
	r.stmts[query] = s
	return s
}

// QueryContext is sql.DB's, prepared.
func (r *readers) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := r.prepared(ctx, query); s != nil {
		return s.QueryContext(ctx, args...)
	}
	return r.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext is sql.DB's, prepared.
func (r *readers) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s := r.prepared(ctx, query); s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return r.DB.QueryRowContext(ctx, query, args...)
}

// Close closes all of it.
func (r *readers) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	for _, s := range r.stmts {
		err = errors.Join(err, s.Close())
	}
	clear(r.stmts)
	return errors.Join(err, r.DB.Close())
}
