package agent

import (
	"sync"
	"testing"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// crowd is how many clients come at once.
const crowd = 200

func TestTwoHundredClientsAtOnceAreAllServed(t *testing.T) {
	s := newSmall()
	s.blocked, s.unblocked = make(chan struct{}, crowd), make(chan error, crowd)
	sock := serve(t, s, ServeConfig{})
	clients := make([]uploader.Uploader, crowd)
	for i := range clients {
		clients[i] = connect(t, sock)
	}
	at, err := clients[0].Snapshot(t.Context(), uploader.None{})
	if err != nil {
		t.Fatal(err)
	}
	// Half of them follow the engine, and hold a connection each while the
	// other half gives.
	var followers, givers sync.WaitGroup
	for _, c := range clients[:crowd/2] {
		followers.Go(func() {
			if ch, err := c.Changes(t.Context(), uploader.Since{Revision: at.Revision}); err != nil || ch.Revision == at.Revision {
				t.Errorf("a follower hears %+v, %v", ch, err)
			}
		})
	}
	for range crowd / 2 {
		select {
		case <-s.blocked:
		case <-time.After(20 * time.Second):
			t.Fatal("not all followers have come through")
		}
	}
	var mu sync.Mutex
	seen := map[job.ID]bool{}
	for _, c := range clients[crowd/2:] {
		givers.Go(func() {
			r, err := c.Submit(t.Context(), uploader.Order{Items: []uploader.Item{{Path: "/a.png"}}})
			if err != nil || len(r.Entries) != 1 {
				t.Errorf("a giver gets %+v, %v", r, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if seen[r.Entries[0].Job] {
				t.Errorf("job %d was given to two", r.Entries[0].Job)
			}
			seen[r.Entries[0].Job] = true
		})
	}
	givers.Wait()
	followers.Wait()
	if len(seen) != crowd/2 {
		t.Errorf("%d jobs for %d givers", len(seen), crowd/2)
	}
}
