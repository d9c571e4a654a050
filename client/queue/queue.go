// Package queue keeps jobs and history in SQLite and is the one owner of job
// states: every change goes through the table in package job, and is on disk
// (WAL, synchronous=FULL) before the method returns.
//
// It starts no goroutine that outlives Close. Of ours it imports client and
// job; from outside modernc.org/sqlite.
package queue

import (
	"context"
	"log/slog"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// Config says where the database lies.
type Config struct {
	Path string // of the database file; its directory exists and is the person's own
	Log  *slog.Logger
}

// Queue is the open database. It is safe for concurrent use.
type Queue struct{}

// Open opens or makes the database. A damaged one is set aside, salvaged as
// far as it can be read, and told in Notices; a newer one is refused with
// ErrNewer.
func Open(ctx context.Context, cfg Config) (*Queue, error) { panic("not written yet") }

// Close ends it. Methods called later fail.
func (q *Queue) Close() error { panic("not written yet") }

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
// first time returned and changes nothing.
func (q *Queue) Add(ctx context.Context, b job.Batch, items []New) ([]Added, error) {
	panic("not written yet")
}

// Claiming says which jobs a worker may take.
type Claiming struct {
	Accounts []string      // accounts whose gates are open
	Batches  []job.BatchID // nil: all; else only jobs of these batches
	N        int           // at most
}

// Claim takes up to N queued jobs, oldest first: they are sending, with
// their attempts counted, durably, before it returns.
func (q *Queue) Claim(ctx context.Context, c Claiming) ([]job.Job, error) { panic("not written yet") }

// Update carries what an event brings along; zero fields change nothing.
type Update struct {
	Outcome     job.Outcome
	Failure     *job.Failure // cleared by Succeed and Again
	NotBefore   time.Time
	MaybeSent   bool // set, never cleared by false; Succeed clears it
	Uncounted   bool // the attempt is given back (Shut)
	Image       *client.Image
	DeleteLink  client.DeleteLink
	SHA256, MD5 string
	Verified    client.Verified
	Warnings    []string
	File        *job.Fingerprint // new fingerprint (Changed)
}

// Move applies event e to the job and returns it as it stands after. An
// event the table does not allow is job.ErrTransition; a job not there is
// fs.ErrNotExist.
func (q *Queue) Move(ctx context.Context, id job.ID, e job.Event, u Update) (job.Job, error) {
	panic("not written yet")
}

// Recover puts jobs that a dead program left in sending back to queued, with
// maybe_sent, and returns them.
func (q *Queue) Recover(ctx context.Context) ([]job.ID, error) { panic("not written yet") }

// Due moves waiting jobs whose time has come to queued and returns them and
// the time when the next one is due (zero: none waits).
func (q *Queue) Due(ctx context.Context, now time.Time) (woken []job.ID, next time.Time, err error) {
	panic("not written yet")
}

// Remove deletes ended jobs from the list. It never touches their files.
func (q *Queue) Remove(ctx context.Context, ids []job.ID) ([]job.ID, error) { panic("not written yet") }

// Job returns one job; fs.ErrNotExist if there is none.
func (q *Queue) Job(ctx context.Context, id job.ID) (job.Job, error) { panic("not written yet") }

// Filter selects jobs.
type Filter struct {
	States []job.State
	IDs    []job.ID
	Batch  job.BatchID
	Search string
	From   int
	N      int // 0: 100; -1: all
	Oldest bool
}

// Jobs returns a page of jobs, newest first unless Oldest, and how many there are.
func (q *Queue) Jobs(ctx context.Context, f Filter) ([]job.Job, int, error) { panic("not written yet") }

// Batch returns a batch and its jobs in the order given; fs.ErrNotExist.
func (q *Queue) Batch(ctx context.Context, id job.BatchID) (job.Batch, []job.Job, error) {
	panic("not written yet")
}

// Untold returns the batches that asked for copy or notify and have not been told.
func (q *Queue) Untold(ctx context.Context) ([]job.Batch, error) { panic("not written yet") }

// BatchesOf returns the batches a job belongs to.
func (q *Queue) BatchesOf(ctx context.Context, id job.ID) ([]job.Batch, error) {
	panic("not written yet")
}

// Tell marks a batch as told.
func (q *Queue) Tell(ctx context.Context, id job.BatchID) error { panic("not written yet") }

// Counts returns how many jobs are in each state.
func (q *Queue) Counts(ctx context.Context) (map[job.State]int, error) { panic("not written yet") }

// OpenOutside counts open jobs that belong to none of the batches.
func (q *Queue) OpenOutside(ctx context.Context, batches []job.BatchID) (int, error) {
	panic("not written yet")
}

// HasSize reports whether history has a done job of that size on the
// account: only then is hashing before sending worth it.
func (q *Queue) HasSize(ctx context.Context, account string, size int64) (bool, error) {
	panic("not written yet")
}

// Known returns done jobs with these bytes on the account, newest first,
// that have an approved image, were not deleted on the host and have not
// expired. The engine decides on the rest of the conditions.
func (q *Queue) Known(ctx context.Context, account string, size int64, sha256 string) ([]job.Job, error) {
	panic("not written yet")
}

// DeleteLink returns the delete link of a done job; fs.ErrNotExist.
func (q *Queue) DeleteLink(ctx context.Context, id job.ID) (client.DeleteLink, error) {
	panic("not written yet")
}

// Deleted remembers that the job's file was deleted on the host.
func (q *Queue) Deleted(ctx context.Context, id job.ID) error { panic("not written yet") }

// Seen is a file of a watched folder that was given, or skipped as existing.
type Seen struct {
	Path string
	File job.Fingerprint
}

// Baseline reports whether SetBaseline was called for key.
func (q *Queue) Baseline(ctx context.Context, key string) (bool, error) { panic("not written yet") }

// SetBaseline remembers files as seen under key, and that this was done.
func (q *Queue) SetBaseline(ctx context.Context, key string, files []Seen) error {
	panic("not written yet")
}

// IsSeen reports whether that version of the file was seen under key.
func (q *Queue) IsSeen(ctx context.Context, key string, s Seen) (bool, error) {
	panic("not written yet")
}

// MarkSeen remembers files as seen under key.
func (q *Queue) MarkSeen(ctx context.Context, key string, files []Seen) error {
	panic("not written yet")
}

// Forget drops all that was seen under key, and its baseline.
func (q *Queue) Forget(ctx context.Context, key string) error { panic("not written yet") }

// Meta returns a small value kept with the database, "" when not set.
func (q *Queue) Meta(ctx context.Context, name string) (string, error) { panic("not written yet") }

// SetMeta keeps a small value with the database. Never a secret.
func (q *Queue) SetMeta(ctx context.Context, name, value string) error { panic("not written yet") }

// Notices are sentences about what Open had to do (a damaged database set aside).
func (q *Queue) Notices() []string { panic("not written yet") }
