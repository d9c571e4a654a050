package engine_test

import (
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
)

// closings counts how often a gate has closed, and tries how often a sender
// has come to its end.
func (h *house) closings() (closed, tries int) {
	h.log.mu.Lock()
	defer h.log.mu.Unlock()
	text := h.log.text.String()
	return strings.Count(text, `msg="gate closed"`), strings.Count(text, `msg="sender done"`)
}

func TestAHostThatStaysUnavailableIsAskedLessAndLessOften(t *testing.T) {
	h := newHouse(t, chevtest.Config{Site: chevtest.Site{Maintenance: true}}).start()
	h.submit(order(h.file("a.png", 1)))
	for n, want := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, 30 * time.Minute} {
		h.await("the gate has closed once more", func() bool { closed, _ := h.closings(); return closed > n })
		wait := time.Until(h.gates()[job.GateUnavailable].Until)
		if wait > want || wait < want-30*time.Second {
			t.Errorf("after %d answers it is asked again in %s, want %s", n+1, wait, want)
		}
		h.LookAgain()
	}
	// A host that is only asked is sent nothing.
	if _, tries := h.closings(); tries > 1 {
		t.Errorf("it was tried to send %d times", tries)
	}
	if err := h.host.Change(func(s *chevtest.Site) { s.Maintenance = false }); err != nil {
		t.Fatal(err)
	}
	h.LookAgain()
	h.await("it is sent", func() bool { return len(h.host.Stored()) == 1 && len(h.gates()) == 0 })
	// From then on it is asked as often as at first.
	before, _ := h.closings()
	if err := h.host.Change(func(s *chevtest.Site) { s.Maintenance = true }); err != nil {
		t.Fatal(err)
	}
	h.submit(order(h.file("b.png", 2)))
	h.await("the gate has closed again", func() bool { closed, _ := h.closings(); return closed > before })
	if wait := time.Until(h.gates()[job.GateUnavailable].Until); wait > time.Minute {
		t.Errorf("after it had answered well it is asked again in %s", wait)
	}
}

func TestNothingIsSentToAHostThatIsOnlyLookedFor(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	if err := h.host.Close(); err != nil {
		t.Fatal(err)
	}
	h.start()
	o := order(h.file("a.png", 1), h.file("b.png", 2))
	o.Jobs = 1
	h.submit(o)
	for n := range 4 {
		h.await("the gate has closed once more", func() bool { closed, _ := h.closings(); return closed > n })
		h.LookAgain()
	}
	if _, tries := h.closings(); tries > 1 {
		t.Errorf("it was tried to send %d times", tries)
	}
	for _, j := range h.until(o.Batch, "queued", all(job.Queued)) {
		if j.Attempts != 0 {
			t.Errorf("%s has spent %d attempts", j.Name, j.Attempts)
		}
	}
}
