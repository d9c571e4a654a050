package queue

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// Update carries what an event brings along; zero fields change nothing.
type Update struct {
	Outcome     job.Outcome   // of Succeed, which needs one
	Failure     *job.Failure  // cleared by Succeed and Again
	NotBefore   time.Time     // of Retry; kept only while the job waits
	MaybeSent   bool          // set, never cleared by false; Succeed clears it
	Uncounted   bool          // the attempt is given back; Shut always does
	Image       *client.Image // with its Raw, which is what is kept
	DeleteLink  client.DeleteLink
	SHA256, MD5 string
	Verified    client.Verified
	Warnings    []string
	File        *job.Fingerprint // new fingerprint; Changed needs one
}

// Move applies event e to the job and returns it as it stands after. An
// event the table does not allow is job.ErrTransition, and the job is
// returned as it stands; a job not there is fs.ErrNotExist.
//
// Beside the state, Claim counts an attempt, Shut takes it back, Changed
// counts a change and drops the checksums of the old bytes, and Again begins
// anew: no attempts, no changes, no failure, but MaybeSent stays.
func (q *Queue) Move(ctx context.Context, id job.ID, e job.Event, u Update) (job.Job, error) {
	var after job.Job
	err := q.changeAs(ctx, "move", wish{late: e == job.Succeed, knows: true, must: true, do: func(ctx context.Context, t *tx) error {
		var err error
		after, err = t.claimedJob(ctx, id)
		if err != nil {
			return err
		}
		after, err = t.move(ctx, after, e, u)
		return err
	}})
	q.noteMove(ctx, id, e, u, err)
	return after, err
}

// mustMost is how many jobs may move together with the room that is kept for
// a full disk: as many as are on their way or claimed ahead.
const mustMost = 64

// MoveAll applies e to every one of the jobs that the table allows it for,
// in one transaction, and returns those.
func (q *Queue) MoveAll(ctx context.Context, ids []job.ID, e job.Event, u Update) ([]job.ID, error) {
	var moved []job.ID
	few := len(ids) <= mustMost && e != job.Claim
	err := q.changeAs(ctx, "move all", wish{must: few, do: func(ctx context.Context, t *tx) error {
		moved = nil
		for _, id := range ids {
			j, err := t.job(ctx, id)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
			_, err = t.move(ctx, j, e, u)
			if errors.Is(err, job.ErrTransition) {
				continue
			}
			if err != nil {
				return err
			}
			moved = append(moved, id)
		}
		return nil
	}})
	if err != nil {
		return nil, err
	}
	for _, id := range moved { // what could not be written before is of the past
		q.troubles.written(id)
	}
	return moved, nil
}

// moveEach applies e to jobs that are known to take it.
func (t *tx) moveEach(ctx context.Context, ids []job.ID, e job.Event, u Update) ([]job.Job, error) {
	moved := make([]job.Job, 0, len(ids))
	for _, id := range ids {
		j, err := t.job(ctx, id)
		if err != nil {
			return nil, err
		}
		if j, err = t.move(ctx, j, e, u); err != nil {
			return nil, err
		}
		moved = append(moved, j)
	}
	return moved, nil
}

// claimEach is moveEach of queued jobs with Claim, by two statements for all
// of them.
func (t *tx) claimEach(ctx context.Context, ids []job.ID) ([]job.Job, error) {
	if len(ids) < 2 {
		return t.moveEach(ctx, ids, job.Claim, Update{})
	}
	list, err := encode(ids)
	if err != nil {
		return nil, err
	}
	claimed := make(map[job.ID]job.Job, len(ids))
	err = t.each(ctx, func(row scan) error {
		j, err := t.images.scanJob(row)
		if err != nil {
			return err
		}
		to, err := j.State.Next(job.Claim)
		if err != nil {
			return err
		}
		if j, err = apply(j, job.Claim, to, Update{}); err != nil {
			return err
		}
		claimed[j.ID] = j
		return nil
	}, "SELECT "+jobColumns+" FROM "+jobTables+" WHERE jobs.id IN (SELECT value FROM json_each(?))", list)
	if err != nil {
		return nil, err
	}
	jobs := make([]job.Job, 0, len(ids))
	for _, id := range ids {
		j, ok := claimed[id]
		if !ok {
			return nil, fmt.Errorf("job %d: %w", id, fs.ErrNotExist)
		}
		jobs = append(jobs, j)
	}
	// What apply does to a queued job, and nothing else.
	_, err = t.exec(ctx, `UPDATE jobs SET state = ?, attempts = attempts + 1, not_before = 0, waiting_since = NULL
		WHERE id IN (SELECT value FROM json_each(?))`, string(job.Sending), list)
	if err != nil {
		return nil, err
	}
	if t.claimed == nil {
		t.claimed = make(map[job.ID]job.Job, len(jobs))
	}
	maps.Copy(t.claimed, claimed)
	return jobs, nil
}

// claimedJob is job, of one that was claimed lately without asking: nothing has
// changed it since.
func (t *tx) claimedJob(ctx context.Context, id job.ID) (job.Job, error) {
	if j, ok := t.claimed[id]; ok {
		delete(t.claimed, id)
		return j, nil
	}
	return t.job(ctx, id)
}

// job reads one job.
func (t *tx) job(ctx context.Context, id job.ID) (job.Job, error) {
	s, err := t.prepared(ctx, "SELECT "+jobColumns+" FROM "+jobTables+" WHERE jobs.id = ?")
	if err != nil {
		return job.Job{}, err
	}
	return t.images.oneJob(id, s.QueryRowContext(ctx, int64(id)))
}

func (c *images) oneJob(id job.ID, row *sql.Row) (job.Job, error) {
	j, err := c.scanJob(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return job.Job{}, fmt.Errorf("job %d: %w", id, fs.ErrNotExist)
	}
	return j, err
}

// move is the one way from state to state. On an error j comes back as it was.
func (t *tx) move(ctx context.Context, j job.Job, e job.Event, u Update) (job.Job, error) {
	to, err := j.State.Next(e)
	if err != nil {
		return j, err
	}
	after, err := apply(j, e, to, u)
	if err != nil {
		return j, err
	}
	if u.Image != nil {
		im, link, err := u.answer()
		if err != nil {
			return j, fmt.Errorf("the host's answer: %w", err)
		}
		after.Image, after.Deleted = im, time.Time{}
		t.images.keep(after.ID, im)
		if err := t.keepAnswer(ctx, after, link); err != nil {
			return j, err
		}
	}
	if err := t.save(ctx, after); err != nil {
		return j, err
	}
	if e == job.Again {
		// It begins anew, also in its place among the others.
		if _, err := t.exec(ctx, "UPDATE jobs SET turn = NULL WHERE id = ? AND turn IS NOT NULL", int64(j.ID)); err != nil {
			return j, err
		}
	}
	return after, nil
}

// answer is the image as it is kept, and its delete link apart. What was made
// by client.DecodeImage, and has no delete link in its text, is not decoded
// once more: the writer has thousands of them to write.
func (u Update) answer() (*client.Image, client.DeleteLink, error) {
	own := *u.Image
	im, link := &own, client.DeleteLink{}
	if own.ID == "" || bytes.Contains(own.Raw, []byte("delete")) {
		var err error
		if im, link, err = decodeImage(own.Raw); err != nil {
			return nil, client.DeleteLink{}, err
		}
	}
	im.DeleteLink = client.DeleteLink{}
	for _, other := range []client.DeleteLink{u.Image.DeleteLink, u.DeleteLink} {
		if !other.IsZero() {
			link = other
		}
	}
	return im, link, nil
}

// apply returns j as it is after e led it to state to. It does not see to
// the image.
func apply(j job.Job, e job.Event, to job.State, u Update) (job.Job, error) {
	j.State = to
	j.Outcome = ""
	j.NotBefore = time.Time{}
	j.MaybeSent = j.MaybeSent || u.MaybeSent
	if u.Failure != nil {
		f := *u.Failure
		j.Failure = &f
	}
	if u.File != nil {
		j.File = *u.File
		j.File.ModTime = j.File.ModTime.UTC().Round(0)
	}
	switch e {
	case job.Claim:
		j.Attempts++
	case job.Changed:
		if u.File == nil {
			return j, errors.New("changed without the new fingerprint")
		}
		j.Changes++
		j.SHA256, j.MD5, j.Verified = "", "", ""
	case job.Again:
		j.Attempts, j.Changes = 0, 0
		j.Failure = nil
		j.Warnings = nil
	}
	if (u.Uncounted || e == job.Shut) && e != job.Claim && j.Attempts > 0 {
		j.Attempts--
	}
	if u.SHA256 != "" {
		j.SHA256 = u.SHA256
	}
	if u.MD5 != "" {
		j.MD5 = u.MD5
	}
	if u.Verified != "" {
		j.Verified = u.Verified
	}
	if u.Warnings != nil {
		j.Warnings = slices.Clone(u.Warnings)
	}
	if to == job.Waiting {
		j.NotBefore = fromNano(toNano(u.NotBefore))
	}
	if to == job.Done {
		switch u.Outcome {
		case job.Uploaded, job.Known, job.Duplicate, job.Unapproved:
		default:
			return j, fmt.Errorf("done with outcome %q", u.Outcome)
		}
		j.Outcome = u.Outcome
		j.Failure = nil
		// Stored now, and perhaps by an earlier try as well: that stays said.
		j.MaybeSent = j.MaybeSent && (u.Outcome == job.Uploaded || u.Outcome == job.Unapproved)
	}
	j.Ended = time.Time{}
	if !to.Open() {
		j.Ended = fromNano(toNano(time.Now()))
	}
	return j, nil
}

// save writes what can change of a job.
func (t *tx) save(ctx context.Context, j job.Job) error {
	failure, err := encodeSome(j.Failure, j.Failure == nil)
	if err != nil {
		return err
	}
	warnings, err := encodeSome(j.Warnings, len(j.Warnings) == 0)
	if err != nil {
		return err
	}
	var since any
	if j.State == job.Waiting {
		since = toNano(time.Now())
	}
	args := append(fileColumns(j.File),
		string(j.State), string(j.Outcome), j.MaybeSent, j.Attempts, j.Changes, toNano(j.NotBefore), since, failure,
		j.SHA256, j.MD5, string(j.Verified), warnings, toNano(j.Ended), int64(j.ID))
	_, err = t.exec(ctx, `UPDATE jobs SET size = ?, mtime = ?, mtime_ns = ?, inode = ?,
		state = ?, outcome = ?, maybe_sent = ?, attempts = ?, changes = ?, not_before = ?, waiting_since = ?, failure = ?,
		sha256 = ?, md5 = ?, verified = ?, warnings = ?, ended = ? WHERE id = ?`, args...)
	return err
}

// keepAnswer writes the host's answer and makes it found by search.
func (t *tx) keepAnswer(ctx context.Context, j job.Job, link client.DeleteLink) error {
	_, err := t.exec(ctx, `INSERT INTO answers (job, image, raw, delete_link, deleted) VALUES (?, ?, ?, ?, 0)
		ON CONFLICT (job) DO UPDATE SET image = excluded.image, raw = excluded.raw, delete_link = excluded.delete_link, deleted = 0`,
		int64(j.ID), j.Image.ID, string(j.Image.Raw), link.Reveal())
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "INSERT INTO words (job, text) VALUES (?, ?) ON CONFLICT (job) DO UPDATE SET text = excluded.text",
		int64(j.ID), wordsOf(j.Name, j.Input, j.Params, j.Image, j.Added))
	return err
}
