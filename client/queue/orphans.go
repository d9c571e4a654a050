package queue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Orphan is a file in the spool that belongs to no job.
type Orphan struct {
	Path    string
	Size    int64
	ModTime time.Time
}

// Orphans lists the files in the spool directory dir that belong to no job,
// oldest first: what was spooled when the program died before it could give
// it, or jobs that a salvage could not save. The file of a job that ended and
// is still in history belongs to it. Files changed at or after before are
// passed over: they may be about to be given. Nothing is ever deleted here; a
// person decides. A dir that is not there has none.
func (q *Queue) Orphans(ctx context.Context, dir string, before time.Time) ([]Orphan, error) {
	// Files first, jobs then: one that is given in between is known.
	found, err := filesIn(dir, before)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	names, err := q.spooledNames(ctx)
	if err != nil {
		return nil, err
	}
	orphans := slices.DeleteFunc(found, func(o Orphan) bool { return names[filepath.Base(o.Path)] })
	slices.SortFunc(orphans, func(a, b Orphan) int { return a.ModTime.Compare(b.ModTime) })
	return orphans, nil
}

func filesIn(dir string, before time.Time) ([]Orphan, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("queue: orphans: %w", err)
	}
	var files []Orphan
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // its job has just ended
		}
		if err != nil {
			return nil, fmt.Errorf("queue: orphans: %w", err)
		}
		if info.ModTime().Before(before) {
			files = append(files, Orphan{Path: filepath.Join(dir, entry.Name()), Size: info.Size(), ModTime: info.ModTime()})
		}
	}
	return files, nil
}

// spooledNames are the names of the spooled files of all jobs. Names in the
// spool are random: the same name is the same file, whatever way its
// directory was named.
func (q *Queue) spooledNames(ctx context.Context) (map[string]bool, error) {
	rows, err := q.readers.QueryContext(ctx, "SELECT path FROM jobs WHERE spooled")
	if err != nil {
		return nil, q.failed(ctx, "orphans", err)
	}
	names := make(map[string]bool)
	err = eachRow(rows, func(row scan) error {
		var path string
		err := row(&path)
		names[filepath.Base(path)] = true
		return err
	})
	if err != nil {
		return nil, q.failed(ctx, "orphans", err)
	}
	return names, nil
}
