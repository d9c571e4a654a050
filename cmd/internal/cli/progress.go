package cli

import (
	"os"
	"slices"
	"sync/atomic"

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
	working  atomic.Bool // all that is on the way is out, and the host works on it
}

// pace is the speed, or in its place that the host works: nothing is sent
// then, and a speed would only fall.
type pace struct {
	decor.Decorator
	working *atomic.Bool
}

func (d pace) Decor(s decor.Statistics) (text string, width int) {
	if d.working.Load() {
		return d.Format(" the host is working on it")
	}
	return d.Decorator.Decor(s)
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
	var total, sent int64
	on := map[job.ID]int64{}
	for _, s := range sending {
		on[s.ID] = s.Sent
	}
	for _, j := range jobs {
		total += j.File.Size
		if !j.State.Open() {
			sent += j.File.Size
		} else {
			sent += on[j.ID]
		}
	}
	if b.bar == nil {
		b.progress = mpb.New(mpb.WithOutput(b.p.err), mpb.WithWidth(60))
		b.bar = b.progress.New(0, mpb.BarStyle().Rbound("|"),
			mpb.PrependDecorators(decor.Name(count(len(jobs), "file"))),
			mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f"), pace{decor.AverageSpeed(decor.SizeB1024(0), " % .1f"), &b.working}),
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
	b.bar.Abort(true)
	b.progress.Wait()
	b.bar, b.progress = nil, nil
}

// end takes the bar off for good.
func (b *bar) end() {
	b.pause()
	b.on = false
}
