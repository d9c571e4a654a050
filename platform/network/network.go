// Package network tells whether this machine has a network, and when that
// changes. It does not ask anybody outside: "up" means that a connection can be
// tried, not that a server will answer.
//
// Linux tells of changes by netlink; elsewhere, and where that fails, it looks
// every few seconds.
//
// It imports nothing of Upshot. Watch starts one goroutine, which ends with it.
package network

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"
)

// Config is what New needs; its zero value is right.
type Config struct {
	Poll time.Duration // how often to look where the system does not tell; 0 is 10 s
}

// Network is this machine's network.
type Network struct{ poll time.Duration }

// New returns the network.
func New(c Config) *Network {
	if c.Poll <= 0 {
		c.Poll = 10 * time.Second
	}
	return &Network{poll: c.Poll}
}

// inside are the names of interfaces that lead to containers and virtual
// machines of this machine only.
var inside = []string{"docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lxcbr", "lxdbr", "podman", "cni"}

// Up says whether an interface that leads outside is running and has an
// address of its own.
func (n *Network) Up(ctx context.Context) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	all, err := net.Interfaces()
	if err != nil {
		return false, fmt.Errorf("look at the network: %w", err)
	}
	for _, i := range all {
		if i.Flags&(net.FlagUp|net.FlagRunning|net.FlagLoopback) != net.FlagUp|net.FlagRunning || staysInside(i.Name) {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			continue // it has just gone
		}
		for _, a := range addresses {
			if ip, ok := a.(*net.IPNet); ok && ip.IP.IsGlobalUnicast() {
				return true, nil
			}
		}
	}
	return false, nil
}

func staysInside(name string) bool {
	for _, prefix := range inside {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// settle is how long a change may be followed by others before it is looked
// at: a cable makes a dozen.
const settle = 200 * time.Millisecond

// Watch calls changed with what Up says now, and again each time that it
// changes, until ctx ends; it returns ctx's error.
func (n *Network) Watch(ctx context.Context, changed func(up bool)) error {
	hints := make(chan struct{}, 1)
	stop, err := listen(hints)
	every := n.poll
	if err == nil {
		defer stop()
		every = max(every, time.Minute) // in case a hint was lost
	}
	tick := time.NewTimer(untilNext(every))
	defer tick.Stop()
	var last, known bool
	for {
		up, err := n.Up(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && (!known || up != last) {
			last, known = up, true
			changed(up)
		}
		select {
		case <-hints:
			select {
			case <-time.After(settle):
			case <-ctx.Done():
			}
		case <-tick.C:
			tick.Reset(untilNext(every))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// untilNext is the time until every's next full turn of the clock: what looks
// now and then in one process does so together, which wakes it once.
func untilNext(every time.Duration) time.Duration {
	now := time.Now()
	return now.Truncate(every).Add(every).Sub(now)
}
