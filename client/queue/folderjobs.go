package queue

import (
	"context"
	"encoding/json"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// FolderJob is of a job that came from a watched folder what a list of that
// folder's files needs to know.
type FolderJob struct {
	ID      job.ID
	Path    string
	Account string
	State   job.State
	Failed  client.Kind // why, if it has failed
	File    job.Fingerprint
}

// FolderJobs shows each every job of a watched folder, oldest first. Rows are
// not kept: a folder may have a hundred thousand.
func (q *Queue) FolderJobs(ctx context.Context, folder string, each func(FolderJob)) error {
	rows, err := q.readers.QueryContext(ctx,
		"SELECT id, path, account, state, failure, size, mtime, mtime_ns, inode FROM jobs WHERE folder = ? ORDER BY id", folder)
	if err == nil {
		err = eachRow(rows, func(row scan) error {
			var j FolderJob
			var failure string
			var mtime, mtimeNS, inode int64
			if err := row(&j.ID, &j.Path, &j.Account, &j.State, &failure, &j.File.Size, &mtime, &mtimeNS, &inode); err != nil {
				return err
			}
			j.File.ModTime, j.File.Inode = time.Unix(mtime, mtimeNS), uint64(inode)
			if j.State == job.Failed {
				var f job.Failure
				if json.Unmarshal([]byte(failure), &f) == nil {
					j.Failed = f.Kind
				}
			}
			each(j)
			return nil
		})
	}
	if err != nil {
		return q.failed(ctx, "folder jobs", err)
	}
	return nil
}

// LargestSent is the size of the largest file that was sent to an account and
// stored there, as far as history goes back; 0 if there is none.
func (q *Queue) LargestSent(ctx context.Context, account string) (int64, error) {
	var n int64
	err := q.readers.QueryRowContext(ctx, `SELECT ifnull((SELECT size FROM jobs WHERE account = ? AND state = 'done'
		AND outcome IN ('uploaded', 'unapproved') ORDER BY size DESC LIMIT 1), 0)`, account).Scan(&n)
	if err != nil {
		return 0, q.failed(ctx, "largest sent", err)
	}
	return n, nil
}
