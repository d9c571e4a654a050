package network

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// errNoCost is a system that does not tell what its networks cost.
var errNoCost = fmt.Errorf("this system does not tell whether the network is metered: %w", errors.ErrUnsupported)

// Metered says whether the network is paid by volume, or the system believes
// so; where it does not tell, it is errors.ErrUnsupported.
func (n *Network) Metered(ctx context.Context) (bool, error) { return metered(ctx) }

// Follow is Watch with the cost: it calls changed now, and again each time that
// up or metered changes, one call after the other, until ctx ends; it returns
// ctx's error. Where the system does not tell, no network is metered.
func (n *Network) Follow(ctx context.Context, changed func(up, metered bool)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mu sync.Mutex
	var isUp, costs, upKnown, costKnown bool
	tell := func() {
		if upKnown && costKnown {
			changed(isUp, costs)
		}
	}
	var working sync.WaitGroup
	defer working.Wait()
	defer cancel()
	working.Go(func() {
		watchMetered(ctx, func(m bool) {
			mu.Lock()
			defer mu.Unlock()
			if costKnown && m == costs {
				return
			}
			costs, costKnown = m, true
			tell()
		})
	})
	return n.Watch(ctx, func(up bool) {
		mu.Lock()
		defer mu.Unlock()
		isUp, upKnown = up, true
		tell()
	})
}
