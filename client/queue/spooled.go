package queue

import (
	"context"
	"path/filepath"

	"images-uploader.com/upshot/client/job"
)

// Spent returns those of the given spooled files whose jobs are done: what a
// program that died between the durable answer and the file left behind.
// Files are known by their name, which is random.
func (q *Queue) Spent(ctx context.Context, paths []string) ([]string, error) {
	if len(paths) == 0 {
		return nil, nil // as mostly: a long history need not be looked through
	}
	byName := make(map[string]string, len(paths))
	for _, path := range paths {
		byName[filepath.Base(path)] = path
	}
	rows, err := q.readers.QueryContext(ctx, "SELECT path, state FROM jobs WHERE spooled")
	if err != nil {
		return nil, q.failed(ctx, "spent", err)
	}
	done, needed := map[string]bool{}, map[string]bool{}
	err = eachRow(rows, func(row scan) error {
		var path string
		var state job.State
		if err := row(&path, &state); err != nil {
			return err
		}
		if name := filepath.Base(path); state == job.Done {
			done[name] = true
		} else {
			needed[name] = true
		}
		return nil
	})
	if err != nil {
		return nil, q.failed(ctx, "spent", err)
	}
	var spent []string
	for name, path := range byName {
		if done[name] && !needed[name] {
			spent = append(spent, path)
		}
	}
	return spent, nil
}
