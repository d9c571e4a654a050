// Package queue keeps jobs and history in SQLite and is the one owner of job
// states: every change goes through the table in package job, and is on disk
// (WAL, synchronous=FULL) before the method returns.
//
// Changes of several callers that wait at the same time share one
// transaction and so one fsync; each keeps its own success or failure.
//
// It starts one goroutine, the writer, and for a large database that was not
// closed another one that looks through it; Close ends both, and no other
// outlives the call that needs it. The writer also fills the index and the
// sheets that searches go by, in small steps while nobody wants anything else
// of it; a search is right before that too. Of ours it imports client and job; from outside
// modernc.org/sqlite.
package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Config says where the database lies.
type Config struct {
	Path string // of the database file; its directory exists and is the person's own
	Log  *slog.Logger
	Rest time.Duration // without a change, after which history's index is seen to, 0: 2 s

	small int64 // up to this size all is looked through at each start, 0: checkSize
}

// Queue is the open database. It is safe for concurrent use.
type Queue struct {
	path    string
	log     *slog.Logger
	notices []string

	writer  *writer
	readers *readers
	images  *images
	sharing sync.Mutex // held by the one read that uses several readers

	troubles troubles

	looking sync.WaitGroup     // lookThrough
	enough  context.CancelFunc // of it
	damage  chan struct{}      // closed when damage was seen
	seen    sync.Once

	closing sync.Once
	closed  error
}

// Open opens or makes the database. A damaged one is set aside, salvaged as
// far as it can be read, and told in Notices; a newer one is refused with
// ErrNewer. Only one Queue at a time should be open on a file.
func Open(ctx context.Context, cfg Config) (*Queue, error) {
	return open(ctx, cfg, current())
}

func open(ctx context.Context, cfg Config, s schema) (*Queue, error) {
	if cfg.Path == "" {
		return nil, errors.New("queue: open: no path given")
	}
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("queue: open: %w", err)
	}
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	p := place{path: path, schema: s, log: log, small: cmp.Or(cfg.small, checkSize)}
	db, err := p.ready(ctx)
	if err != nil {
		return nil, fmt.Errorf("queue: open %s: %w", path, p.explain(ctx, err))
	}
	q := &Queue{path: path, log: log, notices: p.notices, images: newImages(), damage: make(chan struct{})}
	q.readers, err = openReaders(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("queue: open %s: %w", path, named(ctx, err)), db.Close())
	}
	rest := cfg.Rest
	if rest <= 0 {
		rest = restDefault
	}
	ctx = context.WithoutCancel(ctx)
	q.troubles.init()
	q.writer = (&writer{
		db: db, images: q.images, rest: rest, upkeep: q.upkeep, full: q.troubles.setFull,
		reserve: &reserve{path: path + suffixReserve, log: log},
	}).start(ctx)
	ctx, q.enough = context.WithCancel(ctx)
	if p.later {
		q.looking.Go(func() { q.lookThrough(ctx) })
	}
	return q, nil
}

// Close waits for changes that were already asked for, then ends it. Methods
// called later fail with an error that wraps fs.ErrClosed.
func (q *Queue) Close() error {
	q.closing.Do(func() {
		q.writeLeft(context.Background())
		q.enough()
		q.looking.Wait()
		// The writer's connection goes last: it takes the write-ahead log
		// back into the database and removes it.
		q.writer.stop()
		q.closed = errors.Join(q.readers.Close(), q.writer.db.Close())
	})
	return q.closed
}

// Notices are sentences about what Open had to do (a damaged database set aside).
func (q *Queue) Notices() []string { return slices.Clone(q.notices) }

// change runs do in a transaction, perhaps together with other callers'
// changes, and returns once it is durable or has failed. do may run more
// than once: it must set what it hands out anew each time.
func (q *Queue) change(ctx context.Context, doing string, do func(context.Context, *tx) error) error {
	return q.changeAs(ctx, doing, wish{do: do})
}

// changeAs is change of a wish.
func (q *Queue) changeAs(ctx context.Context, doing string, wi wish) error {
	if err := q.writer.wait(ctx, &wi); err != nil {
		return q.failed(ctx, doing, err)
	}
	return nil
}

// upkeep does a step of it, in a transaction of its own. After a failure the
// next change brings it up again.
func (q *Queue) upkeep(ctx context.Context, t *tx) (more bool) {
	wi := &wish{do: func(ctx context.Context, t *tx) error {
		var err error
		more, err = t.upkeep(ctx)
		return err
	}}
	t.alone(ctx, wi)
	if wi.err == nil {
		return more
	}
	err := named(ctx, wi.err)
	if errors.Is(err, ErrDamaged) {
		q.suspect("upkeep", err)
	} else {
		q.log.Warn("history's index could not be seen to", "err", err)
	}
	return false
}

// failed names an error of a method.
func (q *Queue) failed(ctx context.Context, doing string, err error) error {
	err = named(ctx, err)
	if q.writer.isClosed() {
		err = errClosed
	}
	if errors.Is(err, ErrDamaged) {
		q.suspect(doing, err)
	}
	return fmt.Errorf("queue: %s: %w", doing, err)
}

// suspect leaves word for the next Open to look through all of the database.
func (q *Queue) suspect(doing string, err error) {
	q.log.Error("database is damaged, the next start will salvage it", "doing", doing, "err", err)
	if err := leaveWord(q.path + suffixCheck); err != nil {
		q.log.Error("damage could not be noted", "err", err)
	}
	q.seen.Do(func() { close(q.damage) })
}

// Damage is closed when the database was found damaged while open; the next
// Open sees to it.
func (q *Queue) Damage() <-chan struct{} { return q.damage }

// errClosed is what every method returns after Close.
var errClosed = fmt.Errorf("the queue is closed: %w", fs.ErrClosed)
