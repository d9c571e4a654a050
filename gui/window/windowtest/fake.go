// Package windowtest is an uploader in memory for the tests and the pictures
// of the window: jobs that stand as the test puts them, accounts that accept
// one key, and a record of what was asked. Nothing leaves it and nothing
// moves by itself.
//
// It starts no goroutine; of ours it imports client, client/job and
// client/uploader.
package windowtest

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// GoodKey is the only key that Check and AddAccount accept.
const GoodKey = "good-key"

// Fake is an uploader.Uploader in memory. The zero value is ready.
type Fake struct {
	mu        sync.Mutex
	autostart uploader.Autostart
	jobs      []job.Job // by rising id
	snap      uploader.Snapshot
	settings  uploader.Settings
	thumbs    map[job.ID][]byte
	changed   chan struct{} // closed with every change
	jobsAt    uint64        // revision that last touched a job
	gone      bool
	asked     []string
	orders    []uploader.Order
	refusal   error
	preview   uploader.Preview
	given     []uploader.FileRequest
}

var _ uploader.Uploader = (*Fake)(nil)

// Change puts something else in place and wakes those who wait for changes.
func (f *Fake) Change(edit func(s *uploader.Snapshot, jobs *[]job.Job)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	edit(&f.snap, &f.jobs)
	f.touch()
}

// Progress moves the bytes of what is being sent, and no job.
func (f *Fake) Progress(sending ...uploader.Progress) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.snap.Sending = sending
	jobsAt := f.jobsAt
	f.touch()
	f.jobsAt = jobsAt
}

// SetThumb gives a job a picture.
func (f *Fake) SetThumb(id job.ID, jpeg []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.thumbs == nil {
		f.thumbs = make(map[job.ID][]byte)
	}
	f.thumbs[id] = jpeg
}

// SetPreview says what is in every folder.
func (f *Fake) SetPreview(p uploader.Preview) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.preview = p
}

// SetSettings puts settings in place, as another face would.
func (f *Fake) SetSettings(s uploader.Settings) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settings = s
	f.touch()
}

// KeptSettings are the settings as they are now.
func (f *Fake) KeptSettings() uploader.Settings {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.settings
}

// Folders are the watched folders as they are now.
func (f *Fake) Folders() []uploader.Folder {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []uploader.Folder
	for _, s := range f.snap.Folders {
		out = append(out, s.Folder)
	}
	return out
}

// Refuse makes every following order fail with err; nil ends that.
func (f *Fake) Refuse(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refusal = err
}

// Go makes the uploader go: every call fails from now on.
func (f *Fake) Go() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gone = true
	f.touch()
}

// Asked tells what was asked so far, methods that only look left out.
func (f *Fake) Asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked)
}

// Orders are the orders taken so far.
func (f *Fake) Orders() []uploader.Order {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.orders)
}

// touch must be called with mu held.
func (f *Fake) touch() {
	f.snap.Revision++
	f.jobsAt = f.snap.Revision
	if f.changed != nil {
		close(f.changed)
		f.changed = nil
	}
}

// enter takes the lock, or fails when the uploader has gone or refuses.
func (f *Fake) enter(ctx context.Context, format string, args ...any) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f.mu.Lock()
	if f.gone {
		f.mu.Unlock()
		return nil, fmt.Errorf("fake: %w", uploader.ErrGone)
	}
	if format == "" {
		return f.mu.Unlock, nil
	}
	f.asked = append(f.asked, fmt.Sprintf(format, args...))
	if f.refusal != nil {
		f.mu.Unlock()
		return nil, f.refusal
	}
	return func() { f.touch(); f.mu.Unlock() }, nil
}

func (f *Fake) take(o uploader.Order) uploader.Receipt {
	f.orders = append(f.orders, o)
	r := uploader.Receipt{Batch: o.Batch}
	for _, item := range o.Items {
		id := job.ID(len(f.jobs) + 1)
		name := item.Path[strings.LastIndexAny(item.Path, `/\`)+1:]
		f.jobs = append(f.jobs, job.Job{
			ID: id, Account: f.accountID(o.Account), Via: o.Via, Path: item.Path, Input: item.Path, Name: name,
			State: job.Queued, Link: o.Link, Added: time.Now(),
		})
		r.Entries = append(r.Entries, uploader.Entry{Job: id, Input: item.Path})
	}
	return r
}

func (f *Fake) accountID(name string) string {
	a, _ := f.settings.Account(name)
	return a.ID()
}

// Submit queues the order's items.
func (f *Fake) Submit(ctx context.Context, o uploader.Order) (uploader.Receipt, error) {
	leave, err := f.enter(ctx, "submit %d", len(o.Items))
	if err != nil {
		return uploader.Receipt{}, err
	}
	defer leave()
	return f.take(o), nil
}

// SubmitClipboard queues a picture.
func (f *Fake) SubmitClipboard(ctx context.Context, o uploader.Order) (uploader.Receipt, error) {
	leave, err := f.enter(ctx, "clipboard")
	if err != nil {
		return uploader.Receipt{}, err
	}
	defer leave()
	o.Items = []uploader.Item{{Path: "/spool/clipboard.png"}}
	return f.take(o), nil
}

// Capture queues a picture.
func (f *Fake) Capture(ctx context.Context, c uploader.CaptureOrder) (uploader.Receipt, error) {
	leave, err := f.enter(ctx, "capture %s", c.Shot)
	if err != nil {
		return uploader.Receipt{}, err
	}
	defer leave()
	c.Order.Items = []uploader.Item{{Path: "/spool/screen.png"}}
	return f.take(c.Order), nil
}

// Pause pauses everything.
func (f *Fake) Pause(ctx context.Context, r uploader.AccountRequest) (uploader.None, error) {
	return f.pause(ctx, "pause", true)
}

// Resume goes on.
func (f *Fake) Resume(ctx context.Context, r uploader.AccountRequest) (uploader.None, error) {
	return f.pause(ctx, "resume", false)
}

func (f *Fake) pause(ctx context.Context, name string, on bool) (uploader.None, error) {
	leave, err := f.enter(ctx, "%s", name)
	if err != nil {
		return uploader.None{}, err
	}
	defer leave()
	f.snap.Paused = on
	return uploader.None{}, nil
}

// Steer moves the jobs by the table of states.
func (f *Fake) Steer(ctx context.Context, r uploader.SteerRequest) (uploader.Steered, error) {
	leave, err := f.enter(ctx, "%s %v", r.Verb, r.IDs)
	if err != nil {
		return uploader.Steered{}, err
	}
	defer leave()
	events := map[uploader.Verb][]job.Event{
		uploader.VerbHold: {job.Hold}, uploader.VerbRelease: {job.Release},
		uploader.VerbRetry: {job.Again, job.Due}, uploader.VerbCancel: {job.Cancel},
	}
	var out uploader.Steered
	for _, id := range r.IDs {
		if f.reorder(r, id) {
			out.IDs = append(out.IDs, id)
			continue
		}
		i := slices.IndexFunc(f.jobs, func(j job.Job) bool { return j.ID == id })
		if i < 0 {
			continue
		}
		if r.Verb == uploader.VerbRemove {
			f.jobs = slices.Delete(f.jobs, i, i+1)
			out.IDs = append(out.IDs, id)
			continue
		}
		for _, e := range events[r.Verb] {
			if to, err := f.jobs[i].State.Next(e); err == nil {
				f.jobs[i].State = to
				out.IDs = append(out.IDs, id)
				break
			}
		}
	}
	return out, nil
}

// reorder does what a verb says about a job's place or account.
func (f *Fake) reorder(r uploader.SteerRequest, id job.ID) bool {
	i := slices.IndexFunc(f.jobs, func(j job.Job) bool { return j.ID == id })
	if i < 0 {
		return false
	}
	to := i
	switch r.Verb {
	case uploader.VerbTop:
		to = 0
	case uploader.VerbUp:
		to = max(0, i-1)
	case uploader.VerbDown:
		to = min(len(f.jobs)-1, i+1)
	case uploader.VerbBottom:
		to = len(f.jobs) - 1
	case uploader.VerbMove:
		f.jobs[i].Account = f.accountID(r.Account)
	case uploader.VerbMark:
		f.jobs[i].State, f.jobs[i].Outcome = job.Queued, ""
	default:
		return false
	}
	j := f.jobs[i]
	f.jobs = slices.Insert(slices.Delete(f.jobs, i, i+1), to, j)
	return true
}

// Jobs pages through the jobs.
func (f *Fake) Jobs(ctx context.Context, r uploader.JobsRequest) (uploader.JobsPage, error) {
	leave, err := f.enter(ctx, "")
	if err != nil {
		return uploader.JobsPage{}, err
	}
	defer leave()
	var hits []job.Job
	for _, j := range f.jobs {
		if !wanted(r, j) {
			continue
		}
		hits = append(hits, j)
	}
	if r.ByEnded {
		slices.SortStableFunc(hits, func(a, b job.Job) int {
			switch {
			case a.End().Before(b.End()):
				return -1
			case b.End().Before(a.End()):
				return 1
			}
			return 0
		})
	}
	total := len(hits)
	if !r.Oldest && !r.InOrder {
		slices.Reverse(hits)
	}
	if r.ByEnded && !r.Behind.IsZero() {
		hits = slices.DeleteFunc(hits, func(j job.Job) bool {
			if r.Oldest {
				return !r.Behind.Before(j.End())
			}
			return !j.End().Before(r.Behind)
		})
	}
	n := r.N
	if n == 0 {
		n = 100
	}
	from := min(r.From, len(hits))
	return uploader.JobsPage{Jobs: hits[from:min(from+n, len(hits))], Total: total}, nil
}

// wanted reports whether a request means a job.
func wanted(r uploader.JobsRequest, j job.Job) bool {
	kind := ""
	if j.Image != nil {
		kind = j.Image.Type
	}
	at := j.Ended
	if at.IsZero() {
		at = j.Added
	}
	return (len(r.States) == 0 || slices.Contains(r.States, j.State)) &&
		(len(r.IDs) == 0 || slices.Contains(r.IDs, j.ID)) &&
		strings.Contains(strings.ToLower(j.Name), strings.ToLower(r.Search)) &&
		(r.Account == "" || r.Account == j.Account) && (r.Folder == "" || r.Folder == j.Folder) &&
		(r.Type == "" || r.Type == kind) &&
		(r.Since.IsZero() || !at.Before(r.Since)) && (r.Until.IsZero() || at.Before(r.Until))
}

// Batch knows none.
func (f *Fake) Batch(ctx context.Context, r uploader.BatchRequest) (uploader.BatchView, error) {
	return uploader.BatchView{}, fs.ErrNotExist
}

// CopyLinks records the ids.
func (f *Fake) CopyLinks(ctx context.Context, r uploader.CopyRequest) (uploader.Copied, error) {
	leave, err := f.enter(ctx, "copy %v", r.IDs)
	if err != nil {
		return uploader.Copied{}, err
	}
	defer leave()
	return uploader.Copied{Text: "copied"}, nil
}

// OpenLink records the id.
func (f *Fake) OpenLink(ctx context.Context, r uploader.JobRequest) (uploader.None, error) {
	return f.record(ctx, "open %d", r.ID)
}

// ShowFile records the id.
func (f *Fake) ShowFile(ctx context.Context, r uploader.JobRequest) (uploader.None, error) {
	return f.record(ctx, "show the file of %d", r.ID)
}

// DeleteLink has none: the window never asks for one.
func (f *Fake) DeleteLink(context.Context, uploader.JobRequest) (client.DeleteLink, error) {
	return client.DeleteLink{}, fs.ErrNotExist
}

// Undo takes the offer, or the job, back.
func (f *Fake) Undo(ctx context.Context, r uploader.UndoRequest) (uploader.Undone, error) {
	leave, err := f.enter(ctx, "undo %d", r.ID)
	if err != nil {
		return uploader.Undone{}, err
	}
	defer leave()
	ids := []job.ID{r.ID}
	if r.ID == 0 {
		if f.snap.Undo == nil {
			return uploader.Undone{}, uploader.ErrNothing
		}
		ids = f.snap.Undo.IDs
	}
	f.snap.Undo = nil
	f.jobs = slices.DeleteFunc(f.jobs, func(j job.Job) bool { return slices.Contains(ids, j.ID) })
	return uploader.Undone{IDs: ids, Restored: r.ID == 0}, nil
}

// Preview tells what SetPreview was given.
func (f *Fake) Preview(ctx context.Context, r uploader.Folder) (uploader.Preview, error) {
	leave, err := f.enter(ctx, "")
	if err != nil {
		return uploader.Preview{}, err
	}
	defer leave()
	return f.preview, nil
}

// GiveFile queues a file that was held back.
func (f *Fake) GiveFile(ctx context.Context, r uploader.FileRequest) (uploader.None, error) {
	leave, err := f.enter(ctx, "give %s", r.Path)
	if err != nil {
		return uploader.None{}, err
	}
	defer leave()
	f.given = append(f.given, r)
	f.snap.Folders = slices.Clone(f.snap.Folders)
	for i := range f.snap.Folders {
		s := &f.snap.Folders[i]
		if s.Folder.Path == r.Folder {
			s.Pending = slices.DeleteFunc(slices.Clone(s.Pending), func(p uploader.PendingFile) bool { return p.Path == r.Path })
			s.Waiting = max(0, s.Waiting-1)
		}
	}
	return uploader.None{}, nil
}

// Autostart is off until it is set.
func (f *Fake) Autostart(context.Context, uploader.None) (uploader.Autostart, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.autostart, nil
}

// SetAutostart keeps and records it.
func (f *Fake) SetAutostart(ctx context.Context, a uploader.Autostart) (uploader.None, error) {
	f.mu.Lock()
	f.autostart = a
	f.mu.Unlock()
	return f.record(ctx, "autostart %t", a.On)
}

// DeleteOnHost records the id.
func (f *Fake) DeleteOnHost(ctx context.Context, r uploader.JobRequest) (uploader.None, error) {
	return f.record(ctx, "delete %d", r.ID)
}

func (f *Fake) record(ctx context.Context, format string, args ...any) (uploader.None, error) {
	leave, err := f.enter(ctx, format, args...)
	if err != nil {
		return uploader.None{}, err
	}
	leave()
	return uploader.None{}, nil
}

// Thumb returns what SetThumb was given.
func (f *Fake) Thumb(ctx context.Context, r uploader.JobRequest) (uploader.Thumb, error) {
	leave, err := f.enter(ctx, "")
	if err != nil {
		return uploader.Thumb{}, err
	}
	defer leave()
	data, ok := f.thumbs[r.ID]
	if !ok {
		return uploader.Thumb{}, fs.ErrNotExist
	}
	return uploader.Thumb{JPEG: data}, nil
}

// AddFolder watches a folder.
func (f *Fake) AddFolder(ctx context.Context, folder uploader.Folder) (uploader.None, error) {
	leave, err := f.enter(ctx, "add folder %s", folder.Path)
	if err != nil {
		return uploader.None{}, err
	}
	defer leave()
	f.snap.Folders = append(slices.DeleteFunc(slices.Clone(f.snap.Folders), func(s uploader.FolderStatus) bool {
		return s.Folder.Path == folder.Path
	}), uploader.FolderStatus{Folder: folder, State: uploader.FolderWatching})
	return uploader.None{}, nil
}

// RemoveFolder stops watching it.
func (f *Fake) RemoveFolder(ctx context.Context, r uploader.FolderRequest) (uploader.None, error) {
	leave, err := f.enter(ctx, "remove folder %s", r.Path)
	if err != nil {
		return uploader.None{}, err
	}
	defer leave()
	f.snap.Folders = slices.DeleteFunc(slices.Clone(f.snap.Folders), func(s uploader.FolderStatus) bool {
		return s.Folder.Path == r.Path
	})
	return uploader.None{}, nil
}

// PauseFolder pauses it or goes on.
func (f *Fake) PauseFolder(ctx context.Context, r uploader.PauseFolderRequest) (uploader.None, error) {
	leave, err := f.enter(ctx, "pause folder %s %v", r.Path, r.Paused)
	if err != nil {
		return uploader.None{}, err
	}
	defer leave()
	f.snap.Folders = slices.Clone(f.snap.Folders)
	for i := range f.snap.Folders {
		if s := &f.snap.Folders[i]; s.Folder.Path == r.Path {
			s.Folder.Paused = r.Paused
			s.State = uploader.FolderWatching
			if r.Paused {
				s.State = uploader.FolderPaused
			}
		}
	}
	return uploader.None{}, nil
}

// Lend waits for ctx.
func (f *Fake) Lend(ctx context.Context, l uploader.Lent) (uploader.None, error) {
	<-ctx.Done()
	return uploader.None{}, ctx.Err()
}

// Check accepts GoodKey and mends the address a little.
func (f *Fake) Check(ctx context.Context, c uploader.Candidate) (uploader.Checked, error) {
	leave, err := f.enter(ctx, "check %s", c.Account.Address)
	if err != nil {
		return uploader.Checked{}, err
	}
	defer leave()
	if c.Key != client.NewKey(GoodKey) && !(c.Key.IsZero() && f.has(c.Account.ID())) {
		return uploader.Checked{}, &client.Error{Kind: client.KindAuth, Status: 400, Code: "100"}
	}
	address := strings.TrimRight(strings.TrimSpace(c.Account.Address), "/")
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	return uploader.Checked{Address: address}, nil
}

// AddAccount sets the account up.
func (f *Fake) AddAccount(ctx context.Context, c uploader.Candidate) (uploader.None, error) {
	leave, err := f.enter(ctx, "add account %s %s", c.Account.Name, c.Account.Address)
	if err != nil {
		return uploader.None{}, err
	}
	defer leave()
	if c.Key != client.NewKey(GoodKey) && !(c.Key.IsZero() && f.has(c.Account.ID())) {
		return uploader.None{}, &client.Error{Kind: client.KindAuth, Status: 400, Code: "100"}
	}
	f.settings.Accounts = append(slices.DeleteFunc(slices.Clone(f.settings.Accounts), func(a uploader.Account) bool {
		return a.Name == c.Account.Name
	}), c.Account)
	if c.Default {
		f.settings.Default = c.Account.Name
	}
	c.Default = c.Default || f.settings.Default == c.Account.Name
	f.snap.Accounts = append(slices.DeleteFunc(slices.Clone(f.snap.Accounts), func(a uploader.AccountStatus) bool {
		return a.Name == c.Account.Name
	}), uploader.AccountStatus{
		ID: c.Account.ID(), Name: c.Account.Name, Address: c.Account.Address, Default: c.Default,
	})
	return uploader.None{}, nil
}

// has reports whether an account is set up, and so its key is kept.
func (f *Fake) has(id string) bool {
	return slices.ContainsFunc(f.settings.Accounts, func(a uploader.Account) bool { return a.ID() == id })
}

// RemoveAccount removes it.
func (f *Fake) RemoveAccount(ctx context.Context, r uploader.AccountRequest) (uploader.None, error) {
	leave, err := f.enter(ctx, "remove account %s", r.Account)
	if err != nil {
		return uploader.None{}, err
	}
	defer leave()
	f.settings.Accounts = slices.DeleteFunc(slices.Clone(f.settings.Accounts), func(a uploader.Account) bool { return a.Name == r.Account })
	f.snap.Accounts = slices.DeleteFunc(slices.Clone(f.snap.Accounts), func(a uploader.AccountStatus) bool { return a.Name == r.Account })
	return uploader.None{}, nil
}

// DefaultAccount makes it the default.
func (f *Fake) DefaultAccount(ctx context.Context, r uploader.AccountRequest) (uploader.None, error) {
	leave, err := f.enter(ctx, "default account %s", r.Account)
	if err != nil {
		return uploader.None{}, err
	}
	defer leave()
	f.settings.Default = r.Account
	f.snap.Accounts = slices.Clone(f.snap.Accounts)
	for i := range f.snap.Accounts {
		f.snap.Accounts[i].Default = f.snap.Accounts[i].Name == r.Account
	}
	return uploader.None{}, nil
}

// Settings returns them.
func (f *Fake) Settings(ctx context.Context, _ uploader.None) (uploader.Settings, error) {
	leave, err := f.enter(ctx, "")
	if err != nil {
		return uploader.Settings{}, err
	}
	defer leave()
	return f.settings, nil
}

// ChangeSettings takes them over.
func (f *Fake) ChangeSettings(ctx context.Context, s uploader.Settings) (uploader.None, error) {
	leave, err := f.enter(ctx, "settings link=%s nocopy=%v nonotify=%v", s.Link.Kind, s.NoCopy, s.NoNotify)
	if err != nil {
		return uploader.None{}, err
	}
	defer leave()
	s.Accounts, s.Default, s.Folders = f.settings.Accounts, f.settings.Default, f.settings.Folders
	f.settings = s
	return uploader.None{}, nil
}

// Snapshot counts the jobs.
func (f *Fake) Snapshot(ctx context.Context, _ uploader.None) (uploader.Snapshot, error) {
	leave, err := f.enter(ctx, "")
	if err != nil {
		return uploader.Snapshot{}, err
	}
	defer leave()
	s := f.snap
	s.Counts = make(map[job.State]int)
	for _, j := range f.jobs {
		s.Counts[j.State]++
	}
	s.Accounts, s.Folders, s.Sending = slices.Clone(s.Accounts), slices.Clone(s.Folders), slices.Clone(s.Sending)
	return s, nil
}

// Changes waits for the next one.
func (f *Fake) Changes(ctx context.Context, since uploader.Since) (uploader.Change, error) {
	for {
		leave, err := f.enter(ctx, "")
		if err != nil {
			return uploader.Change{}, err
		}
		if f.snap.Revision > since.Revision {
			c := uploader.Change{Revision: f.snap.Revision, All: f.jobsAt > since.Revision}
			leave()
			return c, nil
		}
		if f.changed == nil {
			f.changed = make(chan struct{})
		}
		changed := f.changed
		leave()
		select {
		case <-ctx.Done():
			return uploader.Change{}, ctx.Err()
		case <-changed:
		}
	}
}

// Hello answers.
func (f *Fake) Hello(ctx context.Context, h uploader.Hello) (uploader.Welcome, error) {
	return uploader.Welcome{Protocol: uploader.Protocol, Version: "test", Role: uploader.RoleAgent}, nil
}

// HandOver is not for agents.
func (f *Fake) HandOver(ctx context.Context, _ uploader.None) (uploader.None, error) {
	return uploader.None{}, fmt.Errorf("fake: hand over: %w", fs.ErrInvalid)
}

// Quit makes it go.
func (f *Fake) Quit(ctx context.Context, _ uploader.None) (uploader.None, error) {
	f.Go()
	return uploader.None{}, nil
}
