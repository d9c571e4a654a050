package watcher

import "time"

const (
	// step is the time between two looks that must agree. Go's timers and the
	// kernel's coarse file times are no finer.
	step = time.Millisecond
	// slowStep is used after many changes in a row, where closing cannot be
	// waited for.
	slowStep  = 5 * time.Millisecond
	manySteps = 20
	// long is how long a file changes until its closing is waited for instead.
	long = 20 * time.Millisecond
	// naming is how long a file is held open until the program is looked up.
	naming = 2 * time.Second
	// doubt multiplies the quiet time when neither writer nor structure tells,
	// and where a program that opens the file anew for every part would leave
	// it looking just so.
	doubt = 5

	firstRetry = 100 * time.Millisecond
	lastRetry  = time.Minute
)

// phase is where a file stands on its way.
type phase int

const (
	settling phase = iota // looks follow each other
	resting               // a quiet time runs
	writing               // a writer has it open
	parked                // nothing but a change brings it on: incomplete or foreign
	broken                // it cannot be read
	ready                 // finished
)

// history is what looks so far have told about a file.
type history struct {
	asked     bool
	last      stat
	first     time.Time // of the first look
	since     time.Time // of the first look that saw this version
	changes   int       // looks in a row that saw a change
	known     bool      // verdict is that of last
	verdict   verdict
	confirmed bool // whole and without a writer at the look before
	tries     int  // looks in a row without progress: writer, disk error
	phase     phase
	reason    string
}

// stir says that an event told of a write. The version may be the same all the
// same: file times are as coarse as 4 ms on many systems and 2 s on FAT.
func (h *history) stir(now time.Time) {
	h.known, h.confirmed, h.since = false, false, now
}

// next is what follows a look.
type next struct {
	wait  time.Duration // until the next look; negative: none, a change must bring it on
	close bool          // waiting for its closing helps
}

// settle is the rule that decides when a file is finished. It is a function of
// what was seen and when, and nothing else. waits says that the closing of
// this file is being waited for, so that looks may be far apart.
func settle(h history, a answer, now time.Time, quiet time.Duration, waits bool) (history, next) {
	if a.sight == sightBroken {
		h.phase, h.reason, h.confirmed = broken, a.reason, false
		h.tries++
		return h, next{wait: backoff(h.tries)}
	}
	if !h.asked {
		h.first = now
	}
	if !h.asked || a.stat != h.last {
		if h.asked {
			h.changes++
		}
		h.asked, h.last, h.since = true, a.stat, now
		h.known, h.confirmed, h.tries = false, false, 0
		h.phase, h.reason = settling, "settling: it changed a moment ago"
		growing := now.Sub(h.first) > long
		wait := step
		switch {
		case waits:
			h.reason = "it is still being written"
			wait = min(step<<min(h.changes, 20), time.Second)
		case h.changes > manySteps:
			wait = slowStep
		}
		return h, next{wait: wait, close: growing}
	}
	h.changes = 0
	if !a.deep {
		h.confirmed = false
		h.tries++
		return h, next{wait: min(step<<min(h.tries-1, 20), lastRetry)}
	}
	if a.writer == writerOpen {
		h.phase, h.confirmed = writing, false
		h.reason = "it is still being written"
		if a.by != "" {
			h.reason += " by " + a.by
		}
		if a.reason != "" {
			h.reason = a.reason
		}
		h.tries++
		// The closing brings it on at once; the looks are for when that is not
		// to be had, and for the name of the program.
		wait := backoff(h.tries)
		if !waits {
			wait = min(wait, time.Second)
		}
		return h, next{wait: wait, close: true}
	}
	h.known, h.verdict = true, a.verdict
	switch a.is {
	case foreign:
		h.phase, h.reason = parked, a.verdict.reason
		return h, next{wait: -1, close: a.linked}
	case cut:
		h.phase, h.reason, h.confirmed = parked, "not complete: "+a.verdict.reason, false
		if a.writer == writerNone {
			return h, next{wait: -1, close: a.linked}
		}
		h.tries++ // where a writer is not seen, its last words may be missed as well
		return h, next{wait: backoff(h.tries)}
	}
	h.tries = 0
	need := quietFor(a, quiet)
	if need == 0 && !h.confirmed {
		h.confirmed = true
		h.phase = settling
		return h, next{wait: step}
	}
	if still := now.Sub(h.since); still < need {
		h.phase, h.confirmed = resting, false
		h.reason = "it may still be written: waiting until it is quiet"
		if a.verdict.reason != "" {
			h.reason += " (" + a.verdict.reason + ")"
		}
		return h, next{wait: need - still}
	}
	h.phase, h.reason = ready, "finished; it goes with the files that came with it"
	return h, next{wait: -1}
}

// quietFor is how long a file that shows no fault must stand still.
func quietFor(a answer, quiet time.Duration) time.Duration {
	switch {
	case a.writer == writerNone && a.is == whole:
		return 0
	case a.is == growing:
		return doubt * quiet
	case a.writer == writerNone || a.is == whole:
		return quiet
	}
	return doubt * quiet
}

// backoff is the wait before try n, from 1: doubling, with an end.
func backoff(n int) time.Duration {
	if n > 12 {
		return lastRetry
	}
	return min(firstRetry<<max(n-1, 0), lastRetry)
}
