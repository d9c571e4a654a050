package queue

import (
	"context"
	"errors"
	"time"
)

// The index of history and its sheets are filled behind the writer's changes, when there have
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

// Indexed reports whether all of history is in the index and on sheets. Until
// then searches find the same, but read over the other texts one by one.
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
	// Merging first: a search looks at each part of the index. What is gone
	// leaves its sheet before it may come onto another one.
	for _, step := range []func(context.Context) (bool, error){t.mergeIndex, t.clearGone, t.mergeSheets, t.fillIndex} {
		if more, err = step(ctx); err != nil || more {
			return more, err
		}
	}
	return t.dropSent(ctx, time.Now().Add(-sentLife))
}

// fillIndex puts some ended jobs into the index, and onto a sheet.
func (t *tx) fillIndex(ctx context.Context) (more bool, err error) {
	var s sheet
	full := errors.New("enough for a step")
	err = t.each(ctx, func(row scan) error {
		var f fact
		var of sort
		var text []byte
		if err := row(&f.job, &text, &f.added, &f.ended, &of.state, &of.account, &of.folder, &of.kind); err != nil {
			return err
		}
		s.add(f, of, briefly(text))
		if len(s.texts) > indexBytes {
			return full
		}
		return nil
	}, `SELECT words.job, words.text, jobs.added, jobs.ended, words.state, jobs.account, jobs.folder,
		CASE WHEN json_valid(answers.raw) AND json_type(answers.raw, '$.type') = 'text' THEN json_extract(answers.raw, '$.type') ELSE '' END
		FROM words INDEXED BY words_fresh CROSS JOIN jobs ON jobs.id = words.job LEFT JOIN answers ON answers.job = words.job
		WHERE words.indexed = 0 AND words.state <> '' ORDER BY words.job LIMIT ?`, indexRows)
	if err != nil && !errors.Is(err, full) || len(s.jobs) == 0 {
		return false, err
	}
	err = t.addSheet(ctx, &s)
	s.each(func(f fact, text []byte) {
		if err == nil {
			_, err = t.exec(ctx, "INSERT INTO words_index (rowid, text) VALUES (?, ?)", f.job, string(text))
		}
		if err == nil {
			_, err = t.exec(ctx, "UPDATE words SET indexed = 1 WHERE job = ?", f.job)
		}
	})
	return err == nil, err
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
