package queue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// jobColumns and jobTables are what scanJob reads. The delete link is not
// among them: a job never carries it.
const (
	jobColumns = `jobs.id, jobs.account, jobs.via, jobs.folder, jobs.path, jobs.spooled, jobs.input, jobs.name,
	jobs.size, jobs.mtime, jobs.mtime_ns, jobs.inode, jobs.params, jobs.link, jobs.max_attempts, jobs.added,
	jobs.state, jobs.outcome, jobs.maybe_sent, jobs.attempts, jobs.changes, jobs.not_before, jobs.failure,
	jobs.sha256, jobs.md5, jobs.verified, jobs.warnings, jobs.ended, answers.raw, ifnull(answers.deleted, 0)`
	jobTables = `jobs LEFT JOIN answers ON answers.job = jobs.id`
)

// scanJob reads a row of jobColumns. Columns that do not hold what we wrote
// are ErrDamaged; the job then comes without them.
func (c *images) scanJob(row scan) (job.Job, error) {
	var (
		j                                job.Job
		mtime, mtimeNS                   int64
		inode                            int64
		added, notBefore, ended, deleted int64
		params, link, failure, warnings  []byte
		raw                              []byte
	)
	err := row(&j.ID, &j.Account, &j.Via, &j.Folder, &j.Path, &j.Spooled, &j.Input, &j.Name,
		&j.File.Size, &mtime, &mtimeNS, &inode, &params, &link, &j.MaxAttempts, &added,
		&j.State, &j.Outcome, &j.MaybeSent, &j.Attempts, &j.Changes, &notBefore, &failure,
		&j.SHA256, &j.MD5, &j.Verified, &warnings, &ended, &raw, &deleted)
	if err != nil {
		return job.Job{}, err
	}
	j.File.ModTime = time.Unix(mtime, mtimeNS).UTC()
	j.File.Inode = uint64(inode)
	j.Added, j.NotBefore, j.Ended = fromNano(added), fromNano(notBefore), fromNano(ended)
	j.Deleted = fromNano(deleted)
	var sent frozen
	err = errors.Join(
		decode(params, &sent),
		decode(link, &j.Link),
		decode(failure, &j.Failure),
		decode(warnings, &j.Warnings),
	)
	j.Params, j.Transfer = sent.Params, sent.Transfer
	if len(raw) > 0 {
		im, ierr := c.decode(j.ID, raw)
		j.Image, err = im, errors.Join(err, ierr)
	}
	if err != nil {
		return j, fmt.Errorf("%w: job %d: %w", ErrDamaged, j.ID, err)
	}
	return j, nil
}

// decodeImage reads an answer as kept. A delete link that it still holds
// comes back apart: what is kept as Raw is shown and exported.
func decodeImage(raw []byte) (*client.Image, client.DeleteLink, error) {
	im, err := client.DecodeImage(json.RawMessage(raw))
	if err != nil {
		return nil, client.DeleteLink{}, err
	}
	link := im.DeleteLink
	im.DeleteLink = client.DeleteLink{}
	return &im, link, nil
}

// decode reads a JSON column; an empty one leaves v as it is.
func decode(text []byte, v any) error {
	if len(text) == 0 || bytes.Equal(text, []byte("{}")) {
		return nil
	}
	return json.Unmarshal(text, v)
}

// encode writes a JSON column. The same value is always the same text, which
// the joining rule rests on.
func encode(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}

// encodeSome is encode, and empty for what is absent.
func encodeSome(v any, absent bool) (string, error) {
	if absent {
		return "", nil
	}
	return encode(v)
}

// toNano writes a time of ours: after 1970, or zero.
func toNano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromNano(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// fileColumns are the values of size, mtime, mtime_ns and inode.
func fileColumns(f job.Fingerprint) []any {
	return []any{f.Size, f.ModTime.Unix(), f.ModTime.Nanosecond(), int64(f.Inode)}
}
