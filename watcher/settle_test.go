package watcher

import (
	"math/rand/v2"
	"testing"
	"time"
)

var epoch = time.Unix(1_700_000_000, 0)

func statSized(n int64) stat { return stat{version: version{size: n, sec: n, inode: 1}} }

func TestSettleDecidesByWriterStructureAndTime(t *testing.T) {
	const quiet = time.Second
	still := history{asked: true, last: statSized(5), first: epoch, since: epoch}
	once := still
	once.confirmed = true
	deep := func(w writer, is wholeness) answer {
		return answer{sight: sightFile, stat: statSized(5), deep: true, writer: w, verdict: verdict{is: is, reason: "why"}}
	}
	for _, c := range []struct {
		name  string
		h     history
		a     answer
		after time.Duration
		waits bool
		phase phase
		wait  time.Duration
	}{
		{"a first sight is looked at again", history{}, answer{sight: sightFile, stat: statSized(5)}, 0, false, settling, step},
		{"a change begins anew", once, answer{sight: sightFile, stat: statSized(6)}, 0, false, settling, step},
		{"whole and no writer, once: one more look", still, deep(writerNone, whole), 0, false, settling, step},
		{"whole and no writer, twice: finished", once, deep(writerNone, whole), 0, false, ready, -1},
		{"whole, writer unknown: the quiet time runs", still, deep(writerUnknown, whole), 300 * time.Millisecond, false, resting, 700 * time.Millisecond},
		{"whole, writer unknown, quiet: finished", still, deep(writerUnknown, whole), quiet, false, ready, -1},
		{"not provable, no writer: the quiet time runs", still, deep(writerNone, unsure), 0, false, resting, quiet},
		{"not provable, no writer, quiet: finished", still, deep(writerNone, unsure), quiet, false, ready, -1},
		{"not provable, writer unknown: it takes longer", still, deep(writerUnknown, unsure), quiet, false, resting, 4 * quiet},
		{"not provable, writer unknown, long quiet: finished", still, deep(writerUnknown, unsure), 5 * quiet, false, ready, -1},
		{"likely to grow, no writer: it takes longer", still, deep(writerNone, growing), quiet, false, resting, 4 * quiet},
		{"likely to grow, no writer, long quiet: finished", still, deep(writerNone, growing), 5 * quiet, false, ready, -1},
		{"incomplete: never, however long", still, deep(writerNone, cut), 24 * time.Hour, false, parked, -1},
		{"incomplete, writer unknown: looked at now and then", still, deep(writerUnknown, cut), 24 * time.Hour, false, parked, firstRetry},
		{"foreign: never", still, deep(writerNone, foreign), 24 * time.Hour, false, parked, -1},
		{"a writer has it open: never, however whole and quiet", once, deep(writerOpen, whole), 24 * time.Hour, true, writing, firstRetry},
		{"it cannot be read", once, answer{sight: sightBroken, reason: "no"}, 0, false, broken, firstRetry},
		{"it stands still but could not be judged", once, answer{sight: sightFile, stat: statSized(5)}, 0, false, settling, step},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, n := settle(c.h, c.a, epoch.Add(c.after), quiet, c.waits)
			if h.phase != c.phase || n.wait != c.wait {
				t.Errorf("phase %v after %v, want %v after %v", h.phase, n.wait, c.phase, c.wait)
			}
			if h.reason == "" && h.phase != settling {
				t.Error("no reason for a person")
			}
		})
	}
}

// What is written under another name is told by the file's own closing alone.
func TestTheClosingOfAnIncompleteFileWithAnotherNameIsWaitedFor(t *testing.T) {
	still := history{asked: true, last: statSized(5), first: epoch, since: epoch}
	for _, is := range []wholeness{cut, foreign} {
		for _, linked := range []bool{false, true} {
			a := answer{sight: sightFile, stat: statSized(5), deep: true, writer: writerNone, linked: linked, verdict: verdict{is: is, reason: "why"}}
			if _, n := settle(still, a, epoch, time.Second, false); n.close != linked || n.wait != -1 {
				t.Errorf("%v, linked %v: %+v", is, linked, n)
			}
		}
	}
}

// Whatever a file does: ready never follows a look at which a writer was open,
// which saw a change, or whose structure was incomplete; and never comes before
// the quiet time where that decides.
func TestSettleNeverCallsAFileFinishedTooEarly(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var h history
		now, size, changed := epoch, int64(1), epoch
		for range 60 {
			now = now.Add(time.Duration(rnd.Int64N(int64(400 * time.Millisecond))))
			if rnd.IntN(4) == 0 {
				size++
				changed = now
			}
			a := answer{sight: sightFile, stat: statSized(size), writer: writer(rnd.IntN(3)), verdict: verdict{is: wholeness(rnd.IntN(5)), reason: "why"}}
			a.deep = h.asked && a.stat == h.last
			before := h
			var n next
			h, n = settle(h, a, now, time.Second, rnd.IntN(2) == 0)
			if h.phase != ready {
				if n.wait < 0 && h.phase != parked {
					t.Fatalf("a file in phase %v is never looked at again", h.phase)
				}
				continue
			}
			seen := now.Sub(changed) // the change was seen at the look after it, so this is more than was known
			switch {
			case !a.deep, a.writer == writerOpen, a.is < growing:
				t.Fatalf("finished after %+v", a)
			case quietFor(a, time.Second) > 0 && seen < quietFor(a, time.Second):
				t.Fatalf("finished after %v of quiet", seen)
			case quietFor(a, time.Second) == 0 && !before.confirmed:
				t.Fatal("finished at the first look without a writer")
			}
			break
		}
	}
}

func TestBackoffGrowsAndEnds(t *testing.T) {
	last := time.Duration(0)
	for n := 1; n < 100; n++ {
		d := backoff(n)
		if d < last || d > lastRetry || d < firstRetry {
			t.Fatalf("try %d waits %v after %v", n, d, last)
		}
		last = d
	}
	if last != lastRetry {
		t.Errorf("it ends at %v", last)
	}
}

func TestMemoryForgetsOnlyWhatAScanDidNotMeet(t *testing.T) {
	m := newMemory()
	v := statSized(1).version
	m.add("a", v, 0)
	m.add("gone", v, 0)
	m.begin()
	if !m.has("a", v) {
		t.Error("a was forgotten")
	}
	m.add("new", v, 7)
	m.end(true)
	for path, want := range map[string]bool{"a": true, "new": true, "gone": false} {
		if m.has(path, v) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
	if m.has("a", statSized(2).version) {
		t.Error("another version is not the same")
	}
	if m.equal("a", v, 0) || !m.equal("new", v, 7) || m.equal("new", v, 8) || m.equal("new", statSized(2).version, 7) {
		t.Error("contents are not told apart")
	}
	m.begin()
	m.end(false) // the scan was given up
	if !m.has("a", v) || !m.has("new", v) {
		t.Error("a scan that was given up made it forget")
	}
}
