package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// knownMax bounds how many jobs of the same bytes Known looks through.
const knownMax = 100

// knownWhere are done jobs with a link of their own or from history.
const knownWhere = ` FROM jobs INDEXED BY jobs_bytes JOIN answers ON answers.job = jobs.id
	WHERE jobs.state = 'done' AND jobs.account = ? AND jobs.size = ? AND jobs.sha256 <> ''
	AND jobs.outcome IN ('uploaded', 'known') AND answers.deleted = 0`

// SumsOf returns the SHA-256 of what history has of that size on the account,
// at most so many; more says that there are others. Only where there is one is
// hashing before sending worth it.
func (q *Queue) SumsOf(ctx context.Context, account string, size int64, most int) (sums []string, more bool, err error) {
	rows, err := q.readers.QueryContext(ctx, "SELECT jobs.sha256"+knownWhere+" LIMIT ?", account, size, most+1)
	if err != nil {
		return nil, false, q.failed(ctx, "sums of a size", err)
	}
	err = eachRow(rows, func(row scan) error {
		var sum string
		err := row(&sum)
		sums = append(sums, sum)
		return err
	})
	if err != nil {
		return nil, false, q.failed(ctx, "sums of a size", err)
	}
	if len(sums) > most {
		return sums[:most], true, nil
	}
	return sums, false, nil
}

// Known returns done jobs with these bytes on the account, newest first,
// that have an approved image, were not deleted on the host and have not
// expired. The engine decides on the rest of the conditions. It looks at the
// newest hundred jobs of these bytes. What was removed from history (Trim,
// Clear, Remove) is known no more.
func (q *Queue) Known(ctx context.Context, account string, size int64, sha256 string) ([]job.Job, error) {
	if sha256 == "" {
		return nil, nil
	}
	rows, err := q.readers.QueryContext(ctx, "SELECT "+jobColumns+knownWhere+" AND jobs.sha256 = ? ORDER BY jobs.id DESC LIMIT ?",
		account, size, sha256, knownMax)
	if err != nil {
		return nil, q.failed(ctx, "known", err)
	}
	var known []job.Job
	now := time.Now()
	err = eachRow(rows, func(row scan) error {
		j, err := q.images.scanJob(row)
		if err := q.tolerate(j, err); err != nil {
			return err
		}
		if j.Image != nil && j.Image.Approved && (j.Image.Expires.IsZero() || j.Image.Expires.After(now)) {
			known = append(known, j)
		}
		return nil
	})
	if err != nil {
		return nil, q.failed(ctx, "known", err)
	}
	return known, nil
}

// sameImage are the rows of answers about the image of one job: its own,
// and those of other jobs on the account that were given the same link from
// history. An image without an id is only itself.
const sameImage = `(SELECT other.job FROM answers AS mine
	JOIN jobs AS my ON my.id = mine.job
	JOIN answers AS other ON other.job = mine.job OR mine.image <> '' AND other.image = mine.image
	JOIN jobs AS its ON its.id = other.job
	WHERE mine.job = ? AND its.account = my.account)`

// DeleteLink returns the delete link of a done job; fs.ErrNotExist when
// there is none, or the file was deleted already.
func (q *Queue) DeleteLink(ctx context.Context, id job.ID) (client.DeleteLink, error) {
	var link string
	err := q.readers.QueryRowContext(ctx, `SELECT delete_link FROM answers
		WHERE deleted = 0 AND delete_link <> '' AND job IN `+sameImage+`
		ORDER BY job = ? DESC, job DESC LIMIT 1`, int64(id), int64(id)).Scan(&link)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("delete link of job %d: %w", id, fs.ErrNotExist)
	}
	if err != nil {
		return client.DeleteLink{}, q.failed(ctx, "delete link", err)
	}
	return client.NewDeleteLink(link), nil
}

// Deleted remembers that the job's file was deleted on the host, for every
// job with that image, and drops the delete link, which is of no more use.
func (q *Queue) Deleted(ctx context.Context, id job.ID) error {
	return q.changeAs(ctx, "deleted", wish{must: true, do: func(ctx context.Context, t *tx) error {
		res, err := t.exec(ctx, "UPDATE answers SET deleted = ?, delete_link = '' WHERE job IN "+sameImage, toNano(time.Now()), int64(id))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			err = fmt.Errorf("image of job %d: %w", id, fs.ErrNotExist)
		}
		return err
	}})
}
