package queue

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"images-uploader.com/upshot/client/job"
)

// Seen is a file of a watched folder that was given, or skipped as existing.
// Of each path the last version seen is remembered.
type Seen struct {
	Path string
	File job.Fingerprint
}

// seenInserter gathers rows of table seen.
type seenInserter struct{ inserter }

func newSeenInserter() *seenInserter {
	return &seenInserter{inserter{
		into:  "INSERT INTO seen (key, path, size, mtime, mtime_ns, inode)",
		width: 6,
		after: `ON CONFLICT (key, path) DO UPDATE SET size = excluded.size, mtime = excluded.mtime,
			mtime_ns = excluded.mtime_ns, inode = excluded.inode`,
	}}
}

func (in *seenInserter) addSeen(ctx context.Context, t *tx, key string, s Seen) error {
	return in.add(ctx, t, append([]any{key, s.Path}, fileColumns(s.File)...)...)
}

// Baseline reports whether SetBaseline was called for key.
func (q *Queue) Baseline(ctx context.Context, key string) (bool, error) {
	var made bool
	err := q.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM baselines WHERE key = ?)", key).Scan(&made)
	if err != nil {
		return false, q.failed(ctx, "baseline", err)
	}
	return made, nil
}

// SetBaseline remembers files as seen under key, and that this was done.
func (q *Queue) SetBaseline(ctx context.Context, key string, files []Seen) error {
	return q.change(ctx, "set baseline", func(ctx context.Context, t *tx) error {
		if err := t.markSeen(ctx, key, files); err != nil {
			return err
		}
		_, err := t.exec(ctx, "INSERT INTO baselines (key, files, made) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING",
			key, len(files), toNano(time.Now()))
		return err
	})
}

// MarkSeen remembers files as seen under key.
func (q *Queue) MarkSeen(ctx context.Context, key string, files []Seen) error {
	return q.change(ctx, "mark seen", func(ctx context.Context, t *tx) error {
		return t.markSeen(ctx, key, files)
	})
}

func (t *tx) markSeen(ctx context.Context, key string, files []Seen) error {
	in := newSeenInserter()
	for _, s := range files {
		if err := in.addSeen(ctx, t, key, s); err != nil {
			return err
		}
	}
	return in.flush(ctx, t)
}

// IsSeen reports whether that version of the file was seen under key.
func (q *Queue) IsSeen(ctx context.Context, key string, s Seen) (bool, error) {
	var mtime, mtimeNS, inode int64
	var f job.Fingerprint
	err := q.readers.QueryRowContext(ctx, "SELECT size, mtime, mtime_ns, inode FROM seen WHERE key = ? AND path = ?", key, s.Path).
		Scan(&f.Size, &mtime, &mtimeNS, &inode)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, q.failed(ctx, "is seen", err)
	}
	f.ModTime, f.Inode = time.Unix(mtime, mtimeNS), uint64(inode)
	if f.Inode == 0 || s.File.Inode == 0 { // a file system that makes them up anew
		f.Inode, s.File.Inode = 0, 0
	}
	return f.Same(s.File), nil
}

// SeenElsewhere returns other paths under key at which the same version of a
// file was seen, at most a hundred: it may have been moved or renamed. Without
// an inode they are those of the same size and time.
func (q *Queue) SeenElsewhere(ctx context.Context, key string, s Seen) ([]string, error) {
	rows, err := q.readers.QueryContext(ctx, "SELECT path FROM seen WHERE key = ? AND size = ? AND mtime = ? AND mtime_ns = ? AND inode = ? AND path <> ? LIMIT 100",
		append(append([]any{key}, fileColumns(s.File)...), s.Path)...)
	if err != nil {
		return nil, q.failed(ctx, "seen elsewhere", err)
	}
	var paths []string
	err = eachRow(rows, func(row scan) error {
		var path string
		err := row(&path)
		paths = append(paths, path)
		return err
	})
	if err != nil {
		return nil, q.failed(ctx, "seen elsewhere", err)
	}
	return paths, nil
}

// Forget drops all that was seen under key, and its baseline.
func (q *Queue) Forget(ctx context.Context, key string) error {
	return q.change(ctx, "forget", func(ctx context.Context, t *tx) error {
		if _, err := t.exec(ctx, "DELETE FROM seen WHERE key = ?", key); err != nil {
			return err
		}
		_, err := t.exec(ctx, "DELETE FROM baselines WHERE key = ?", key)
		return err
	})
}
