package queue_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

const account = "home@https://img.example"

// opened returns a queue of its own that the test closes.
func opened(t testing.TB) *queue.Queue {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "upshot.db"))
}

func openAt(t testing.TB, path string) *queue.Queue {
	t.Helper()
	q, err := queue.Open(t.Context(), queue.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return q
}

// file is a New for a file of that name.
func file(name string) queue.New {
	return queue.New{
		Account: account,
		Via:     job.ViaCommand,
		Path:    "/pictures/" + name,
		Input:   name,
		Name:    name,
		File:    job.Fingerprint{Size: 1000, ModTime: time.Unix(1700000000, 123456789), Inode: 42},
		Link:    job.LinkChoice{Kind: client.LinkDirect},
	}
}

func files(n int) []queue.New {
	items := make([]queue.New, n)
	for i := range items {
		items[i] = file(fmt.Sprintf("picture %05d.png", i))
		items[i].File.Inode = uint64(i + 1)
	}
	return items
}

// given adds items as a batch of their own and returns their jobs' ids.
func given(t testing.TB, q *queue.Queue, items ...queue.New) []job.ID {
	t.Helper()
	added, err := q.Add(t.Context(), job.Batch{ID: job.NewBatchID()}, items)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]job.ID, len(added))
	for i, a := range added {
		ids[i] = a.ID
	}
	return ids
}

func move(t testing.TB, q *queue.Queue, id job.ID, e job.Event, u queue.Update) job.Job {
	t.Helper()
	j, err := q.Move(t.Context(), id, e, u)
	if err != nil {
		t.Fatalf("%s: %v", e, err)
	}
	return j
}

// stored is the Update of a good upload of bytes with that checksum.
func stored(t testing.TB, id, sha256 string, more ...string) queue.Update {
	t.Helper()
	im := answer(t, id, more...)
	return queue.Update{
		Outcome:    job.Uploaded,
		Image:      &im,
		DeleteLink: client.NewDeleteLink("https://img.example/delete/" + id + "/sesame"),
		SHA256:     sha256,
		MD5:        "d41d8cd98f00b204e9800998ecf8427e",
		Verified:   client.VerifiedIdentical,
	}
}

// answer is an image as a host tells it; more are further JSON members.
func answer(t testing.TB, id string, more ...string) client.Image {
	t.Helper()
	raw := fmt.Sprintf(`{"id_encoded":%q,"title":"Sunset at the lake","url":"https://img.example/i/%s.png","url_viewer":"https://img.example/v/%s","url_short":"https://img.example/s/%s","size":"1000","width":10,"height":"20","mime":"image/png","is_approved":1`, id, id, id, id)
	for _, m := range more {
		raw += "," + m
	}
	im, err := client.DecodeImage([]byte(raw + "}"))
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// claim takes n jobs of the account.
func claim(t testing.TB, q *queue.Queue, n int) []job.Job {
	t.Helper()
	jobs, err := q.Claim(t.Context(), queue.Claiming{Accounts: []string{account}, N: n})
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

// done leads a job from queued to done.
func done(t testing.TB, q *queue.Queue, id job.ID, u queue.Update) job.Job {
	t.Helper()
	move(t, q, id, job.Claim, queue.Update{})
	return move(t, q, id, job.Succeed, u)
}

func get(t testing.TB, q *queue.Queue, id job.ID) job.Job {
	t.Helper()
	j, err := q.Job(context.WithoutCancel(t.Context()), id)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// diff compares what was wanted with what is; empty when they are the same.
func diff(want, got any) string {
	return cmp.Diff(want, got, cmp.Comparer(func(a, b client.DeleteLink) bool { return a.Reveal() == b.Reveal() }))
}
