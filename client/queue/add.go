package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// New is a job to be added. Account, Params and Link are frozen with it.
type New struct {
	Account     string
	Via         job.Via
	Folder      string // watched folder it came from, or ""
	SeenKey     string // if not "", the file is marked seen under this key in the same transaction
	Path        string
	Spooled     bool
	Input, Name string
	File        job.Fingerprint
	Params      client.Params
	Transfer    job.Transfer // with a URL the file needs no Path
	Link        job.LinkChoice
	MaxAttempts int
}

// Added tells what became of a New.
type Added struct {
	ID     job.ID
	Joined bool // an open job of the same file, account, parameters and link was joined
}

// Add makes batch b with its jobs durable in one transaction and returns one
// Added for each item, in order. Adding a batch id again returns what the
// first time returned and changes nothing. The same file twice among items
// is one job.
func (q *Queue) Add(ctx context.Context, b job.Batch, items []New) ([]Added, error) {
	if b.ID == "" {
		return nil, errors.New("queue: add: the batch has no id")
	}
	if b.Added.IsZero() {
		b.Added = time.Now()
	}
	rows, err := encodeNew(items)
	if err != nil {
		return nil, fmt.Errorf("queue: add: %w", err)
	}
	var added []Added
	err = q.changeAs(ctx, "add", wish{starts: true, do: func(ctx context.Context, t *tx) error {
		var err error
		added, err = t.add(ctx, b, rows)
		return err
	}})
	if err != nil {
		return nil, err
	}
	return added, nil
}

// frozen is the column params: all that is fixed of how a file is sent.
type frozen struct {
	client.Params
	Transfer job.Transfer `json:"transfer,omitzero"`
}

// newRow is a New with its JSON columns written.
type newRow struct {
	New
	params, link string
}

func encodeNew(items []New) ([]newRow, error) {
	rows := make([]newRow, len(items))
	for i, item := range items {
		if item.Account == "" || item.Path == "" && item.Transfer.URL == "" {
			return nil, fmt.Errorf("item %d has no account or no path", i)
		}
		rows[i].New = item
		var err error
		if rows[i].params, err = encode(frozen{item.Params, item.Transfer}); err != nil {
			return nil, err
		}
		if rows[i].link, err = encode(item.Link); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// sameness is the joining rule: two files that agree in it are one job as
// long as it is open.
type sameness struct {
	account, path string
	size          int64
	mtime         int64
	mtimeNS       int64
	inode         int64
	params, link  string
}

func (r newRow) sameness() sameness {
	return sameness{
		account: r.Account, path: r.Path,
		size: r.File.Size, mtime: r.File.ModTime.Unix(), mtimeNS: int64(r.File.ModTime.Nanosecond()), inode: int64(r.File.Inode),
		params: r.params, link: r.link,
	}
}

const insertJobs = `INSERT INTO jobs (id, account, via, folder, path, spooled, input, name, size, mtime, mtime_ns, inode,
	params, link, max_attempts, added, state)`

func (t *tx) add(ctx context.Context, b job.Batch, rows []newRow) ([]Added, error) {
	var batch int64
	err := t.row(ctx, "SELECT n FROM batches WHERE id = ?", []any{string(b.ID)}, &batch)
	if err == nil {
		return t.addedBefore(ctx, batch)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	made, err := t.exec(ctx, "INSERT INTO batches (id, copy, notify, told, added) VALUES (?, ?, ?, ?, ?)",
		string(b.ID), b.Copy, b.Notify, b.Told, toNano(b.Added))
	if err != nil {
		return nil, err
	}
	if batch, err = made.LastInsertId(); err != nil {
		return nil, err
	}
	var last int64
	err = t.row(ctx, "SELECT seq FROM sqlite_sequence WHERE name = 'jobs'", nil, &last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}

	jobs := inserter{into: insertJobs, width: 17}
	words := inserter{into: "INSERT INTO words (job, text)", width: 2}
	places := inserter{into: "INSERT INTO batch_jobs (batch, place, job, joined)", width: 4}
	seen := newSeenInserter()
	added := make([]Added, len(rows))
	fresh := make(map[sameness]job.ID, len(rows))
	now := time.Now()
	for i, r := range rows {
		same := r.sameness()
		id, joined := fresh[same]
		if !joined {
			id, joined, err = t.openLike(ctx, same)
			if err != nil {
				return nil, err
			}
		}
		if !joined {
			last++
			id = job.ID(last)
			fresh[same] = id
			err = errors.Join(
				jobs.add(ctx, t, last, r.Account, string(r.Via), r.Folder, r.Path, r.Spooled, r.Input, r.Name,
					same.size, same.mtime, same.mtimeNS, same.inode, r.params, r.link, r.MaxAttempts, toNano(now), string(job.Queued)),
				words.add(ctx, t, last, wordsOf(r.Name, r.Input, r.Params, nil, now)),
			)
			if err != nil {
				return nil, err
			}
		}
		added[i] = Added{ID: id, Joined: joined}
		if err := places.add(ctx, t, batch, i, int64(id), joined); err != nil {
			return nil, err
		}
		if r.SeenKey != "" {
			if err := seen.addSeen(ctx, t, r.SeenKey, Seen{Path: r.Path, File: r.File}); err != nil {
				return nil, err
			}
		}
	}
	// Rows of words refer to rows of jobs.
	for _, in := range []*inserter{&jobs, &words, &places, &seen.inserter} {
		if err := in.flush(ctx, t); err != nil {
			return nil, err
		}
	}
	return added, nil
}

// addedBefore is what the first Add of the batch returned.
func (t *tx) addedBefore(ctx context.Context, batch int64) ([]Added, error) {
	added := []Added{}
	err := t.each(ctx, func(row scan) error {
		var a Added
		err := row(&a.ID, &a.Joined)
		added = append(added, a)
		return err
	}, "SELECT job, joined FROM batch_jobs WHERE batch = ? ORDER BY place", batch)
	return added, err
}

// openLike finds an open job that the joining rule calls the same.
func (t *tx) openLike(ctx context.Context, s sameness) (id job.ID, found bool, err error) {
	err = t.row(ctx, `SELECT id FROM jobs INDEXED BY jobs_path
		WHERE path = ? AND ended = 0 AND account = ? AND size = ? AND mtime = ? AND mtime_ns = ? AND inode = ?
		AND params = ? AND link = ? ORDER BY id LIMIT 1`,
		[]any{s.path, s.account, s.size, s.mtime, s.mtimeNS, s.inode, s.params, s.link}, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return id, err == nil, err
}
