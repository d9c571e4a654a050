package queue_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

func BenchmarkAdd10000(b *testing.B) {
	items := files(10_000)
	for b.Loop() {
		b.StopTimer()
		q := opened(b)
		b.StartTimer()
		if _, err := q.Add(b.Context(), job.Batch{ID: job.NewBatchID()}, items); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := q.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkClaimAndSucceed is a job's way through the queue with one worker:
// claims of 16, each answer durable before the next.
func BenchmarkClaimAndSucceed(b *testing.B) {
	q := opened(b)
	u := stored(b, "abc", "00ff")
	var jobs []job.Job
	for b.Loop() {
		if len(jobs) == 0 {
			if jobs = claim(b, q, 16); len(jobs) == 0 {
				b.StopTimer()
				given(b, q, files(5_000)...)
				b.StartTimer()
				jobs = claim(b, q, 16)
			}
		}
		move(b, q, jobs[0].ID, job.Succeed, u)
		jobs = jobs[1:]
	}
}

// BenchmarkClaimAndSucceedParallel is the same with 16 workers, whose
// commits are grouped.
func BenchmarkClaimAndSucceedParallel(b *testing.B) {
	q := opened(b)
	u := stored(b, "abc", "00ff")
	given(b, q, files(b.N)...)
	b.SetParallelism(8)
	var failed atomic.Bool
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		var jobs []job.Job
		var err error
		for pb.Next() && !failed.Load() {
			if len(jobs) == 0 {
				jobs, err = q.Claim(b.Context(), queue.Claiming{Accounts: []string{account}, N: 16})
				if err != nil || len(jobs) == 0 {
					return // the others hold the last ones
				}
			}
			if _, err := q.Move(b.Context(), jobs[0].ID, job.Succeed, u); err != nil {
				failed.Store(true)
				b.Error(err)
			}
			jobs = jobs[1:]
		}
	})
}

// large makes a store of 100,000 done and 10,000 queued jobs, with answers
// as long as real ones.
func large(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "upshot.db")
	q, err := queue.Open(b.Context(), queue.Config{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	padding := fmt.Sprintf(`"exif":%q`, strings.Repeat("f/2.8 1/250s ", 180))
	for i := range 10 {
		items := files(10_000)
		for k := range items {
			items[k].Path = fmt.Sprintf("%s.%d", items[k].Path, i)
		}
		given(b, q, items...)
		if i == 0 {
			continue
		}
	}
	u := stored(b, "abcdef", strings.Repeat("0f", 32), padding)
	ids := make([]job.ID, 0, 100_000)
	for id := range job.ID(100_000) {
		ids = append(ids, id+1)
	}
	for _, e := range []job.Event{job.Claim, job.Succeed} {
		// They end in any order, the worst for a list by that.
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(ids), func(i, k int) { ids[i], ids[k] = ids[k], ids[i] })
		if moved, err := q.MoveAll(b.Context(), ids, e, u); err != nil || len(moved) != len(ids) {
			b.Fatal(len(moved), err)
		}
	}
	given(b, q, files(10_000)...)
	if err := q.BuildIndex(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := q.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

func BenchmarkLargeStore(b *testing.B) {
	path := large(b)
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			q, err := queue.Open(b.Context(), queue.Config{Path: path})
			if err != nil {
				b.Fatal(err)
			}
			if err := q.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	q := openAt(b, path)
	ended := []job.State{job.Done, job.Canceled}
	at, _, err := q.Jobs(b.Context(), queue.Filter{States: ended, ByEnded: true, Oldest: true, From: 90_000, N: 1})
	if err != nil || len(at) != 1 {
		b.Fatal(len(at), err)
	}
	deep := at[0].End()
	for _, c := range []struct {
		name string
		f    queue.Filter
	}{
		{"page", queue.Filter{N: 100}},
		{"page of done", queue.Filter{States: []job.State{job.Done}, N: 100}},
		{"page of failed", queue.Filter{States: []job.State{job.Failed}, N: 100}},
		{"last page", queue.Filter{From: 109_900, N: 100}},
		{"search", queue.Filter{Search: "00777 lake", N: 100}},
		{"search that finds nothing", queue.Filter{Search: "zzz", N: 100}},
		{"search in history", queue.Filter{Search: "00777", States: []job.State{job.Done}, N: 100}},
		{"search that finds all", queue.Filter{Search: "lake", States: []job.State{job.Done}, N: 100}},
		{"search that finds all, deep", queue.Filter{Search: "lake", States: []job.State{job.Done}, From: 90_000, N: 100}},
		{"search that finds a tenth", queue.Filter{Search: "picture 007", States: []job.State{job.Done}, N: 100}},
		{"search for one character", queue.Filter{Search: "湖", N: 100}},
		{"search in an account", queue.Filter{Search: "007", Account: account, States: []job.State{job.Done}, N: 100}},
		{"page of an account", queue.Filter{Account: account, States: []job.State{job.Done}, N: 100}},
		{"page of a type", queue.Filter{Type: "image", States: []job.State{job.Done}, N: 100}},
		{"page of done, deep", queue.Filter{States: []job.State{job.Done}, From: 90_000, N: 100}},
		{"search for two characters", queue.Filter{Search: "zq", States: []job.State{job.Done}, N: 100}},
		{"history, first page", queue.Filter{States: ended[:1], ByEnded: true, N: 100}},
		{"history of two states, first page", queue.Filter{States: ended, ByEnded: true, N: 40}},
		{"history, page at 4,999", queue.Filter{States: ended, ByEnded: true, From: 4999, N: 40}},
		{"history, page at 90,000", queue.Filter{States: ended, ByEnded: true, From: 90_000, N: 100}},
		{"history, page behind 90,000", queue.Filter{States: ended[:1], ByEnded: true, Oldest: true, Behind: deep, N: 500}},
		{"history of an account", queue.Filter{Account: account, States: ended, ByEnded: true, N: 40}},
		{"history of an account, deep", queue.Filter{Account: account, States: ended, ByEnded: true, From: 90_000, N: 40}},
		{"history, search", queue.Filter{Search: "00777 lake", States: ended[:1], ByEnded: true, N: 40}},
		{"history, search that finds nothing", queue.Filter{Search: "zzz", States: ended[:1], ByEnded: true, N: 40}},
		{"history, search that finds all", queue.Filter{Search: "lake", States: ended, ByEnded: true, N: 40}},
		{"history, search that finds all, deep", queue.Filter{Search: "lake", States: ended, ByEnded: true, From: 90_000, N: 40}},
		{"history, search that finds all, behind 90,000", queue.Filter{Search: "lake", States: ended, ByEnded: true, Oldest: true, Behind: deep, N: 500}},
		{"history, search that finds a tenth", queue.Filter{Search: "picture 007", States: ended, ByEnded: true, N: 40}},
		{"history, search that finds a hundredth", queue.Filter{Search: "0077", States: ended, ByEnded: true, N: 40}},
		{"history, search for two characters", queue.Filter{Search: "zq", States: ended, ByEnded: true, N: 40}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := q.Jobs(b.Context(), c.f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("counts", func(b *testing.B) {
		for b.Loop() {
			if _, err := q.Counts(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open outside", func(b *testing.B) {
		for b.Loop() {
			if _, err := q.OpenOutside(b.Context(), []job.BatchID{"none"}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("claim 16", func(b *testing.B) {
		for b.Loop() {
			jobs := claim(b, q, 16)
			b.StopTimer()
			for _, j := range jobs {
				move(b, q, j.ID, job.Shut, queue.Update{})
			}
			b.StartTimer()
		}
	})
	b.Run("due, none", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := q.Due(context.Background(), time.Now()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
