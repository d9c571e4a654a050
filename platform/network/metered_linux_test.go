package network_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"images-uploader.com/upshot/platform/network"
	"images-uploader.com/upshot/platform/platformtest"
)

const manager = "org.freedesktop.NetworkManager"

// networkManager is one of the test's own.
func networkManager(t *testing.T, d *platformtest.Desktop, metered uint32) (*dbus.Conn, *prop.Properties) {
	t.Helper()
	conn := d.Connect()
	p, err := prop.Export(conn, "/org/freedesktop/NetworkManager", prop.Map{manager: {
		"Metered": {Value: metered, Writable: true, Emit: prop.EmitTrue},
	}})
	if err != nil {
		t.Fatal(err)
	}
	d.Own(conn, manager)
	return conn, p
}

func systemBus(t *testing.T) *platformtest.Desktop {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true})
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", d.Address())
	return d
}

func TestCostKeepsTheContract(t *testing.T) {
	platformtest.TestCost(t, func(t *testing.T) (platformtest.CostPort, platformtest.CostPeer) {
		return network.New(network.Config{}), &teller{d: systemBus(t)}
	})
}

// teller is a NetworkManager that can go.
type teller struct {
	d     *platformtest.Desktop
	conn  *dbus.Conn
	props *prop.Properties
}

func (n *teller) SetMetered(t *testing.T, metered bool) {
	state := map[bool]uint32{true: 1, false: 2}[metered]
	if n.conn == nil {
		n.conn, n.props = networkManager(t, n.d, state)
		return
	}
	n.props.SetMust(manager, "Metered", state)
}

func (n *teller) Silence(*testing.T) {
	n.conn.Close()
	n.conn = nil
}

func TestMeteredIsWhatNetworkManagerSays(t *testing.T) {
	d := systemBus(t)
	n := network.New(network.Config{})
	if _, err := n.Metered(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("without NetworkManager: %v", err)
	}
	_, p := networkManager(t, d, 0)
	for state, want := range map[uint32]bool{0: false, 1: true, 2: false, 3: true, 4: false} {
		p.SetMust(manager, "Metered", state)
		if got, err := n.Metered(t.Context()); err != nil || got != want {
			t.Errorf("state %d: %v, %v", state, got, err)
		}
	}
}

func TestChangesOfTheCostAreTold(t *testing.T) {
	d := systemBus(t)
	conn, p := networkManager(t, d, 1)
	ctx, cancel := context.WithCancel(t.Context())
	costs := make(chan bool, 16)
	ended := make(chan error, 1)
	go func() {
		ended <- network.New(network.Config{}).Follow(ctx, func(_, metered bool) { costs <- metered })
	}()
	next := func(want bool) {
		t.Helper()
		select {
		case got := <-costs:
			if got != want {
				t.Errorf("told %v, want %v", got, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("not told %v", want)
		}
	}
	next(true)
	p.SetMust(manager, "Metered", uint32(2))
	next(false)
	p.SetMust(manager, "Metered", uint32(4)) // the same to us
	p.SetMust(manager, "Metered", uint32(3))
	next(true)
	conn.Close() // NetworkManager ends, and starts anew
	next(false)
	networkManager(t, d, 1)
	next(true)
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Follow ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Follow did not end")
	}
}

func TestWithoutABusNoNetworkIsMetered(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := network.New(network.Config{}).Follow(ctx, func(_, metered bool) {
		if metered {
			t.Error("metered")
		}
		cancel()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Follow: %v", err)
	}
}
