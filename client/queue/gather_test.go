package queue

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestOnlyABurstOfChangesThatCanWaitGathers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late, now := &wish{late: true}, &wish{}
		in := func(waiting ...*wish) *writer {
			w := &writer{}
			for range burst / 2 {
				w.durable(2)
			}
			w.waiting = waiting
			return w
		}
		if w := in(late); w.pause() != gather {
			t.Errorf("in a burst: %v", w.pause())
		}
		if w := in(late, now); w.pause() != 0 {
			t.Errorf("with one that cannot wait: %v", w.pause())
		}
		if w := in(); w.pause() != 0 {
			t.Errorf("with none: %v", w.pause())
		}
		if w := in(late); w.pause() == gather {
			time.Sleep(gather)
			if w.pause() > 0 {
				t.Errorf("when it has waited: %v", w.pause())
			}
			time.Sleep(2 * burstPause)
			w.durable(2)
			if w.pause() > 0 {
				t.Errorf("after a burst: %v", w.pause())
			}
		}
		w := in(late)
		w.closed = true
		if w.pause() != 0 {
			t.Errorf("at the end: %v", w.pause())
		}
		one := &writer{waiting: []*wish{late}}
		for range 3 * burst {
			one.durable(1)
		}
		if one.pause() != 0 {
			t.Errorf("of one caller who does one thing after the other: %v", one.pause())
		}
	})
}
