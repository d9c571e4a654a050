package cli

import (
	"fmt"
	"math"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func terminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// bar shows a run's progress on a terminal, and nothing elsewhere.
type bar struct {
	on       bool
	p        *program
	progress *mpb.Progress
	bar      *mpb.Bar
	begun    time.Time    // when it was first shown: what is drawn anew after words goes on
	moved    atomic.Int64 // bytes that went out since
	working  atomic.Bool  // all that is on the way is out, and the host works on it
}

// pace is the speed so far, or in its place that the host works: nothing is
// sent then, and a speed would only fall.
func (b *bar) pace(decor.Statistics) string {
	if b.working.Load() {
		return " the host is working on it"
	}
	speed := float64(b.moved.Load()) / max(time.Since(b.begun), time.Millisecond).Seconds()
	return fmt.Sprintf(" % .1f", decor.FmtAsSpeed(decor.SizeB1024(math.Round(speed))))
}

// count adds the bytes of all files, of those that have ended or are out, and
// of those that went out since the bar was first shown: a file that the
// history knows, or that was canceled, did not.
func (b *bar) count(jobs []job.Job, sending []uploader.Progress) (total, sent, moved int64) {
	on := map[job.ID]int64{}
	for _, s := range sending {
		on[s.ID] = s.Sent
	}
	for _, j := range jobs {
		total += j.File.Size
		switch {
		case j.State.Open():
			sent, moved = sent+on[j.ID], moved+on[j.ID]
		case j.State == job.Done && j.Outcome != job.Known && !j.Ended.Before(b.begun):
			moved += j.File.Size
			fallthrough
		default:
			sent += j.File.Size
		}
	}
	return total, sent, moved
}

// hostWorks reports whether all that is on the way waits for the host's answer.
func hostWorks(sending []uploader.Progress) bool {
	return len(sending) > 0 && !slices.ContainsFunc(sending, func(s uploader.Progress) bool { return !s.Answer })
}

func newBar(p *program, o *options) *bar {
	return &bar{p: p, on: !o.quiet && isTerminal(p.err)}
}

// show draws the bytes of all files together.
func (b *bar) show(jobs []job.Job, sending []uploader.Progress) {
	if !b.on {
		return
	}
	if b.begun.IsZero() {
		b.begun = time.Now()
	}
	total, sent, moved := b.count(jobs, sending)
	b.moved.Store(moved)
	if b.bar == nil {
		b.progress = mpb.New(mpb.WithOutput(b.p.err), mpb.WithWidth(60))
		b.p.screen.Store(b.progress)
		b.bar = b.progress.New(0, mpb.BarStyle().Rbound("|"),
			mpb.PrependDecorators(decor.Name(count(len(jobs), "file"))),
			mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f"), decor.Any(b.pace)),
			mpb.BarRemoveOnComplete(),
		)
	}
	b.working.Store(hostWorks(sending))
	b.bar.SetTotal(total, false)
	b.bar.SetCurrent(sent)
}

// pause takes the bar off the screen so that words can be written.
func (b *bar) pause() {
	if b.bar == nil {
		return
	}
	b.p.screen.Store(nil)
	b.bar.Abort(true)
	b.progress.Wait()
	b.bar, b.progress = nil, nil
}

// end takes the bar off for good.
func (b *bar) end() {
	b.pause()
	b.on = false
}
