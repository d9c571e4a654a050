package watcher

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkCloseToTake is the time from a finished 300 KB PNG, written by
// another program's pattern (open, write, close), to Config.Take.
func BenchmarkCloseToTake(b *testing.B) {
	dir := b.TempDir()
	pic := pngOf(b, 61, 320, 320)
	taken := make(chan time.Time, 1)
	w, err := New(Config{Dir: dir, Rescan: time.Hour, Take: func(context.Context, []File) error {
		taken <- time.Now()
		return nil
	}})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	defer func() {
		cancel()
		<-done
	}()
	for w.Status().Reason != "" {
		time.Sleep(time.Millisecond)
	}
	var all []time.Duration
	for i := 0; b.Loop(); i++ {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("p%d.png", i)))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := f.Write(pic); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
		closed := time.Now()
		all = append(all, (<-taken).Sub(closed))
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(all[len(all)*95/100].Microseconds())/1000, "p95-ms")
}

// BenchmarkBurst is the time until 10,000 files that appear at once are all
// taken.
func BenchmarkBurst(b *testing.B) {
	pic := pngOf(b, 62, 40, 40)
	for b.Loop() {
		b.StopTimer()
		top := b.TempDir()
		dir, src := filepath.Join(top, "w"), filepath.Join(top, "all")
		if err := os.Mkdir(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		const n = 10_000
		for i := range n {
			put(b, filepath.Join(src, fmt.Sprintf("p%05d.png", i)), remarked(pic, i))
		}
		r := watch(b, dir, recursive)
		r.state(StateWatching)
		b.StartTimer()
		if err := os.Rename(src, filepath.Join(dir, "all")); err != nil {
			b.Fatal(err)
		}
		r.until("all are taken", func() bool { return len(r.taken) >= n })
		b.StopTimer()
		r.stop()
		b.StartTimer()
	}
}
