package queue

import (
	"context"
	"errors"
	"time"
)

// The index of history is filled behind the writer's changes, when there have
// been none for a while, in steps that each take some milliseconds: a change
// that comes meanwhile waits for one of them at most. Each step is a
// transaction of its own; what it did stays done when the program is killed.

// restDefault is how long there must have been no change before a step.
const restDefault = 2 * time.Second

// A step puts so many jobs into the index at most, or so many bytes of their
// texts, or merges so many pages of it.
const (
	indexRows  = 32
	indexBytes = 8 << 10
	indexPages = 8
)

// Indexed reports whether all of history is in the index. Until then searches
// find the same, but read over all texts for it.
func (q *Queue) Indexed(ctx context.Context) (bool, error) {
	var all bool
	err := q.readers.QueryRowContext(ctx, "SELECT NOT EXISTS (SELECT 1 FROM words INDEXED BY words_fresh WHERE indexed = 0 AND state <> '')").Scan(&all)
	if err != nil {
		return false, q.failed(ctx, "indexed", err)
	}
	return all, nil
}

// upkeep does a step of what is to be done behind the changes. more is false
// when nothing is left to do.
func (t *tx) upkeep(ctx context.Context) (more bool, err error) {
	// Merging first: a search looks at each part of the index.
	for _, step := range []func(context.Context) (bool, error){t.mergeIndex, t.fillIndex} {
		if more, err = step(ctx); err != nil || more {
			return more, err
		}
	}
	return t.dropSent(ctx, time.Now().Add(-sentLife))
}

// fillIndex puts some ended jobs into the index.
func (t *tx) fillIndex(ctx context.Context) (more bool, err error) {
	type text struct {
		job  int64
		text string
	}
	var texts []text
	size := 0
	full := errors.New("enough for a step")
	err = t.each(ctx, func(row scan) error {
		var w text
		if err := row(&w.job, &w.text); err != nil {
			return err
		}
		texts = append(texts, w)
		if size += len(w.text); size > indexBytes {
			return full
		}
		return nil
	}, "SELECT job, text FROM words INDEXED BY words_fresh WHERE indexed = 0 AND state <> '' ORDER BY job LIMIT ?", indexRows)
	if err != nil && !errors.Is(err, full) {
		return false, err
	}
	for _, w := range texts {
		if _, err := t.exec(ctx, "INSERT INTO words_index (rowid, text) VALUES (?, ?)", w.job, w.text); err != nil {
			return false, err
		}
		if _, err := t.exec(ctx, "UPDATE words SET indexed = 1 WHERE job = ?", w.job); err != nil {
			return false, err
		}
	}
	return len(texts) > 0, nil
}

// mergeIndex joins some of the many small parts that steps leave.
func (t *tx) mergeIndex(ctx context.Context) (more bool, err error) {
	changes := func() (n int64, err error) {
		err = t.row(ctx, "SELECT total_changes()", nil, &n)
		return n, err
	}
	before, err := changes()
	if err != nil {
		return false, err
	}
	if _, err := t.exec(ctx, "INSERT INTO words_index (words_index, rank) VALUES ('merge', ?)", indexPages); err != nil {
		return false, err
	}
	after, err := changes()
	// The command itself counts as one change
	// (https://www.sqlite.org/fts5.html#the_merge_command).
	return after-before >= 2, err
}
