package engine_test

import (
	"testing"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestNothingIsSentOverANetworkPaidByVolume(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.store.s.PauseMetered = true
	network := &memNetwork{changed: make(chan [2]bool)}
	h.change = func(c *engine.Config) { c.Network = network }
	h.start()
	network.changed <- [2]bool{true, true}
	h.await("the network's cost in the snapshot", func() bool {
		s, err := h.Snapshot(t.Context(), uploader.None{})
		return err == nil && s.Metered
	})
	r := h.submit(order(h.file("a.png", 1)))
	network.changed <- [2]bool{true, true} // the dispatcher has looked in between
	if jobs := h.until(r.Batch, "queued", all(job.Queued)); jobs[0].Attempts != 0 || len(h.host.Stored()) != 0 {
		t.Errorf("it was sent all the same: %+v", jobs[0])
	}
	network.changed <- [2]bool{true, false}
	h.until(r.Batch, "done", all(job.Done))
}

func TestAnUnreachableHostIsAskedAtOnceWhenTheNetworkReturns(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	network := &memNetwork{changed: make(chan [2]bool)}
	h.change = func(c *engine.Config) { c.Network = network }
	h.start()
	network.changed <- [2]bool{false, false}
	h.host.Close()
	h.submit(order(h.file("a.png", 1)))
	h.await("an offline gate", func() bool { return !h.gates()[job.GateOffline].Until.IsZero() })
	// Asked again and again, the pause has grown: the network's word shortens it.
	h.await("a pause of some seconds", func() bool {
		g := h.gates()[job.GateOffline]
		return g.Failure != nil && untilLong(g)
	})
	before := h.gates()[job.GateOffline].Until
	network.changed <- [2]bool{true, false}
	h.await("another look before its time", func() bool {
		g := h.gates()[job.GateOffline]
		return g.Failure != nil && g.Until.Before(before)
	})
}
