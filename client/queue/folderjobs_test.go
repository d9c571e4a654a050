package queue_test

import (
	"path/filepath"
	"testing"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

func TestAFoldersJobsAreToldOldestFirst(t *testing.T) {
	q := opened(t)
	in := func(folder, name string) queue.New {
		n := file(name)
		n.Folder, n.Via, n.Path = folder, job.ViaFolder, filepath.Join(folder, name)
		return n
	}
	ids := given(t, q, in("/shots", "a.png"), in("/shots", "b.png"), in("/other", "a.png"), file("c.png"))
	done(t, q, ids[0], stored(t, "i1", ""))
	move(t, q, ids[1], job.Claim, queue.Update{})
	move(t, q, ids[1], job.Fail, queue.Update{Failure: &job.Failure{Kind: client.KindTooLarge, Message: "too big"}})
	again := given(t, q, in("/shots", "a.png")) // another version
	var got []queue.FolderJob
	if err := q.FolderJobs(t.Context(), "/shots", func(j queue.FolderJob) { got = append(got, j) }); err != nil {
		t.Fatal(err)
	}
	want := file("a.png")
	if len(got) != 3 {
		t.Fatalf("%d jobs: %+v", len(got), got)
	}
	for i, w := range []struct {
		id     job.ID
		state  job.State
		failed client.Kind
	}{{ids[0], job.Done, ""}, {ids[1], job.Failed, client.KindTooLarge}, {again[0], job.Queued, ""}} {
		j := got[i]
		if j.ID != w.id || j.State != w.state || j.Failed != w.failed || j.Account != want.Account {
			t.Errorf("job %d is %+v", i, j)
		}
	}
	if got[0].Path != filepath.Join("/shots", "a.png") || !got[0].File.Same(want.File) {
		t.Errorf("the first is %+v, want the file %+v", got[0], want.File)
	}
}

func TestTheLargestFileThatAnAccountHasTakenIsKnown(t *testing.T) {
	q := opened(t)
	sized := func(name string, size int64) queue.New {
		n := file(name)
		n.File.Size = size
		return n
	}
	largest := func(account string) int64 {
		t.Helper()
		n, err := q.LargestSent(t.Context(), account)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	account := file("a").Account
	if n := largest(account); n != 0 {
		t.Errorf("%d bytes before anything was sent", n)
	}
	ids := given(t, q, sized("a", 500), sized("b", 900), sized("c", 700))
	done(t, q, ids[0], stored(t, "i1", ""))
	done(t, q, ids[1], queue.Update{Outcome: job.Duplicate}) // the host had it
	u := stored(t, "i2", "")
	u.Outcome = job.Unapproved
	done(t, q, ids[2], u)
	if n := largest(account); n != 700 {
		t.Errorf("largest is %d", n)
	}
	if n := largest("nobody"); n != 0 {
		t.Errorf("another account's is %d", n)
	}
}
