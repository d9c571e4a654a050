package engine_test

import (
	"fmt"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestAKnownFloodLimitIsKeptFromTheNextStartOn(t *testing.T) {
	h := newHouse(t, chevtest.Config{Site: chevtest.Site{Flood: chevtest.Flood{Hour: 4}}})
	h.start()
	var paths []string
	for i := range 6 {
		paths = append(paths, h.file(string(rune('a'+i))+".png", i))
	}
	o := order(paths...)
	o.Jobs = 1 // a host that is asked for several at once lets more through
	r := h.submit(o)
	h.await("a throttled account", func() bool {
		_, ok := h.gates()[job.GateThrottled]
		return ok && len(h.host.Stored()) == 4
	})
	h.await("a learned limit of 4 an hour", func() bool {
		s, err := h.Snapshot(t.Context(), uploader.None{})
		return err == nil && len(s.Accounts[0].Limits) == 1 && s.Accounts[0].Limits[0].Uploads == 4 && s.Accounts[0].Limits[0].Period == time.Hour
	})
	refused := h.host.Stats().Requests
	h.stop()
	h.start()
	h.await("a throttled account again", func() bool { return h.gates()[job.GateThrottled].Failure != nil })
	if g := h.gates()[job.GateThrottled]; g.Failure.Code != job.CodePaced || g.Until.IsZero() {
		t.Errorf("gate is %+v", g)
	}
	if n := h.host.Stats().Requests; n != refused {
		t.Errorf("the host was asked %d times more", n-refused)
	}
	h.until(r.Batch, "two queued", func(jobs []job.Job) bool {
		n := 0
		for _, j := range jobs {
			if j.State == job.Queued {
				n++
			}
		}
		return n == 2
	})
}

func TestTwoAccountsAtOneHostShareItsFloodLimit(t *testing.T) {
	h := newHouse(t, chevtest.Config{Site: chevtest.Site{Flood: chevtest.Flood{Hour: 10}}})
	second := uploader.Account{Name: "second", Address: h.host.URL}
	h.store.s.Accounts = append(h.store.s.Accounts, second)
	h.keys.keys[second.ID()] = client.NewKey(h.host.Key)
	h.store.s.Workers = 1
	h.start()
	give := func(account string, from, n int) uploader.Receipt {
		var paths []string
		for i := range n {
			paths = append(paths, h.file(fmt.Sprintf("%s%d.png", account, from+i), 100*from+i))
		}
		o := order(paths...)
		o.Account = account
		return h.submit(o)
	}
	// The first learns the limit by being refused.
	give("main", 1, 11)
	h.await("a learned limit", func() bool {
		s, err := h.Snapshot(t.Context(), uploader.None{})
		return err == nil && len(s.Accounts[0].Limits) == 1 && len(s.Accounts[0].Gates) == 1
	})
	asked := h.host.Stats().Requests
	r := give("second", 2, 3)
	h.await("the second waits too", func() bool {
		s, err := h.Snapshot(t.Context(), uploader.None{})
		return err == nil && len(s.Accounts[1].Gates) == 1 && s.Accounts[1].Gates[0].Failure.Code == job.CodePaced && !s.Accounts[1].Gates[0].Until.IsZero()
	})
	h.until(r.Batch, "queued", all(job.Queued))
	if n := h.host.Stats().Requests; n != asked {
		t.Errorf("the host was asked %d times more, and has said no already", n-asked)
	}
}
