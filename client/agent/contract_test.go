package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// TestContract runs the same checks against an engine in the same process and
// through the socket: a face cannot tell the difference.
func TestContract(t *testing.T) {
	t.Run("directly", func(t *testing.T) {
		contract(t, func(t *testing.T, up uploader.Uploader) uploader.Uploader { return up })
	})
	t.Run("over the socket", func(t *testing.T) {
		contract(t, func(t *testing.T, up uploader.Uploader) uploader.Uploader {
			return connect(t, serve(t, up, ServeConfig{}))
		})
	})
}

func contract(t *testing.T, through func(*testing.T, uploader.Uploader) uploader.Uploader) {
	t.Run("an order gets its receipt with an entry for each item, in order", func(t *testing.T) {
		up := through(t, newSmall())
		got, err := up.Submit(t.Context(), uploader.Order{
			Batch: "b1",
			Items: []uploader.Item{{Path: "/a.png"}, {Path: "/gone"}, {Path: "/latin-\xe4.png"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		want := uploader.Receipt{Batch: "b1", Entries: []uploader.Entry{
			{Job: 1, Input: "/a.png"},
			{Input: "/gone", Failure: &job.Failure{Kind: client.KindLocalFile, Message: "it is not there"}},
			{Job: 2, Input: "/latin-\xe4.png"},
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("receipt (-want +got):\n%s", diff)
		}
	})
	t.Run("a refused order keeps the kind and the sentinel of its error", func(t *testing.T) {
		up := through(t, newSmall())
		_, err := up.Submit(t.Context(), uploader.Order{})
		if !errors.Is(err, uploader.ErrNothing) {
			t.Errorf("an empty order: %v", err)
		}
		_, err = up.Submit(t.Context(), uploader.Order{Account: "nobody", Items: []uploader.Item{{Path: "/a"}}})
		if !errors.Is(err, uploader.ErrNoAccount) {
			t.Errorf("an unknown account: %v", err)
		}
		_, err = up.Submit(t.Context(), uploader.Order{Server: &uploader.Server{Address: "https://h"}, Items: []uploader.Item{{Path: "/a"}}})
		if failed := (*client.Error)(nil); !errors.As(err, &failed) || failed.Kind != client.KindAuth {
			t.Errorf("a server without key: %v", err)
		}
	})
	t.Run("a key reaches the engine", func(t *testing.T) {
		up := through(t, newSmall())
		_, err := up.Submit(t.Context(), uploader.Order{
			Server: &uploader.Server{Address: "https://h", Key: client.NewKey("right")},
			Items:  []uploader.Item{{Path: "/a"}},
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("what is not there is fs.ErrNotExist", func(t *testing.T) {
		up := through(t, newSmall())
		if _, err := up.Thumb(t.Context(), uploader.JobRequest{ID: 5}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("Changes returns when something has changed", func(t *testing.T) {
		s := newSmall()
		up := through(t, s)
		changed := make(chan uploader.Change, 1)
		go func() {
			c, _ := up.Changes(t.Context(), uploader.Since{Revision: 0})
			changed <- c
		}()
		soon(t, s.blocked)
		if _, err := up.Submit(t.Context(), uploader.Order{Items: []uploader.Item{{Path: "/a"}}}); err != nil {
			t.Fatal(err)
		}
		if got := soon(t, changed); got.Revision != 1 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("Changes ends with its context", func(t *testing.T) {
		s := newSmall()
		up := through(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() {
			_, err := up.Changes(ctx, uploader.Since{})
			failed <- err
		}()
		soon(t, s.blocked)
		cancel()
		if err := soon(t, failed); !errors.Is(err, context.Canceled) || errors.Is(err, uploader.ErrGone) {
			t.Errorf("the caller got %v", err)
		}
		if err := soon(t, s.unblocked); !errors.Is(err, context.Canceled) {
			t.Errorf("the engine's call ended with %v", err)
		}
	})
	t.Run("a deadline is context.DeadlineExceeded", func(t *testing.T) {
		s := newSmall()
		up := through(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := up.Changes(ctx, uploader.Since{})
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, uploader.ErrGone) {
			t.Errorf("the caller got %v", err)
		}
		soon(t, s.unblocked)
	})
	t.Run("a lent folder is watched as long as its context lives", func(t *testing.T) {
		s := newSmall()
		up := through(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := up.Lend(ctx, uploader.Lent{ID: "l", Folder: uploader.Folder{Path: "/pictures"}})
			ended <- err
		}()
		soon(t, s.blocked)
		snap, err := up.Snapshot(t.Context(), uploader.None{})
		if err != nil || len(snap.Folders) != 1 || !snap.Folders[0].Lent || snap.Folders[0].Folder.Path != "/pictures" {
			t.Errorf("while it is lent: %+v, %v", snap.Folders, err)
		}
		cancel()
		soon(t, ended)
		soon(t, s.unblocked)
		if snap, err := up.Snapshot(t.Context(), uploader.None{}); err != nil || len(snap.Folders) != 0 {
			t.Errorf("afterwards: %+v, %v", snap.Folders, err)
		}
	})
	t.Run("the files of a folder come page by page, with names that are no text too", func(t *testing.T) {
		up := through(t, newSmall())
		got, err := up.FolderFiles(t.Context(), uploader.FolderFilesRequest{Folder: "/pictures", From: 1, N: 1, States: []uploader.FileState{uploader.FileIncomplete}})
		if err != nil {
			t.Fatal(err)
		}
		want := uploader.FolderFilesPage{
			Files: []uploader.FolderFile{{Path: "/pictures/latin-\xe4.png", State: uploader.FileIncomplete, Reason: "not complete: the end is missing", ByHand: true}},
			Total: 2, Counts: map[uploader.FileState]int{uploader.FileIncomplete: 2, uploader.FileSent: 1}, State: uploader.FolderWatching,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("page (-want +got):\n%s", diff)
		}
		if _, err := up.FolderFiles(t.Context(), uploader.FolderFilesRequest{Folder: "/elsewhere"}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a folder that is not watched: %v", err)
		}
	})
	t.Run("many ask at once and each gets its own answer", func(t *testing.T) {
		up := through(t, newSmall())
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				id := job.BatchID(fmt.Sprint("batch ", i))
				got, err := up.Submit(t.Context(), uploader.Order{Batch: id, Items: []uploader.Item{{Path: "/a"}}})
				if err != nil || got.Batch != id {
					t.Errorf("%s got %q, %v", id, got.Batch, err)
				}
			})
		}
		all.Wait()
	})
}

// small is an engine that does just enough.
type small struct {
	fake
	blocked   chan struct{} // a call to Changes or Lend waits
	unblocked chan error    // it has ended so

	mu       sync.Mutex
	revision uint64
	jobs     job.ID
	lent     []uploader.FolderStatus
	changed  chan struct{}
}

func newSmall() *small {
	s := &small{
		blocked:   make(chan struct{}, 10),
		unblocked: make(chan error, 10),
		changed:   make(chan struct{}),
	}
	s.fake = fake{do: func(_ context.Context, method string, _ any) (any, error) {
		if method == "Hello" {
			return nil, nil
		}
		return nil, fmt.Errorf("small does not %s", method)
	}}
	return s
}

func (s *small) Submit(_ context.Context, o uploader.Order) (uploader.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := uploader.Receipt{Batch: o.Batch}
	switch {
	case len(o.Items) == 0:
		return r, fmt.Errorf("submit: %w", uploader.ErrNothing)
	case o.Account != "":
		return r, fmt.Errorf("%w: %s", uploader.ErrNoAccount, o.Account)
	case o.Server != nil && o.Server.Key != client.NewKey("right"):
		return r, &client.Error{Kind: client.KindAuth, Message: "no key"}
	}
	for _, item := range o.Items {
		e := uploader.Entry{Input: item.Path}
		if item.Path == "/gone" {
			e.Failure = &job.Failure{Kind: client.KindLocalFile, Message: "it is not there"}
		} else {
			s.jobs++
			e.Job = s.jobs
		}
		r.Entries = append(r.Entries, e)
	}
	s.revision++
	close(s.changed)
	s.changed = make(chan struct{})
	return r, nil
}

func (s *small) Thumb(context.Context, uploader.JobRequest) (uploader.Thumb, error) {
	return uploader.Thumb{}, &fs.PathError{Op: "open", Path: "/thumbs/5", Err: fs.ErrNotExist}
}

func (s *small) FolderFiles(_ context.Context, r uploader.FolderFilesRequest) (uploader.FolderFilesPage, error) {
	if r.Folder != "/pictures" {
		return uploader.FolderFilesPage{}, fmt.Errorf("folder: %w", fs.ErrNotExist)
	}
	page := uploader.FolderFilesPage{Counts: map[uploader.FileState]int{}, State: uploader.FolderWatching}
	for _, f := range []uploader.FolderFile{
		{Path: "/pictures/a.png", State: uploader.FileIncomplete, Reason: "not complete: no end", ByHand: true},
		{Path: "/pictures/b.png", State: uploader.FileSent, Reason: "Uploaded", Job: 1},
		{Path: "/pictures/latin-\xe4.png", State: uploader.FileIncomplete, Reason: "not complete: the end is missing", ByHand: true},
	} {
		page.Counts[f.State]++
		if slices.Contains(r.States, f.State) {
			page.Files = append(page.Files, f)
		}
	}
	page.Total = len(page.Files)
	page.Files = page.Files[r.From : r.From+r.N]
	return page, nil
}

func (s *small) Snapshot(context.Context, uploader.None) (uploader.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return uploader.Snapshot{Revision: s.revision, Folders: s.lent}, nil
}

func (s *small) Changes(ctx context.Context, since uploader.Since) (uploader.Change, error) {
	s.mu.Lock()
	changed := s.changed
	s.mu.Unlock()
	s.blocked <- struct{}{}
	var err error
	select {
	case <-changed:
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.unblocked <- err
	return uploader.Change{Revision: since.Revision + 1}, err
}

func (s *small) Lend(ctx context.Context, l uploader.Lent) (uploader.None, error) {
	s.mu.Lock()
	s.lent = []uploader.FolderStatus{{Folder: l.Folder, Lent: true, State: uploader.FolderWatching}}
	s.mu.Unlock()
	s.blocked <- struct{}{}
	<-ctx.Done()
	s.mu.Lock()
	s.lent = nil
	s.mu.Unlock()
	s.unblocked <- ctx.Err()
	return uploader.None{}, ctx.Err()
}
