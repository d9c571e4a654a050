package platformtest_test

import (
	"context"
	"image"
	"testing"

	"images-uploader.com/upshot/platform/platformtest"
	"images-uploader.com/upshot/platform/power"
)

func TestKeysInMemory(t *testing.T) {
	platformtest.TestKeys(t, func(*testing.T) platformtest.KeysPort { return &platformtest.Keys{} })
}

func TestClipboardInMemory(t *testing.T) {
	platformtest.TestClipboard(t, func(*testing.T) (platformtest.ClipboardPort, platformtest.ClipboardPeer) {
		c := &platformtest.Clipboard{}
		return c, c
	})
}

func TestScreenInMemory(t *testing.T) {
	platformtest.TestScreen(t, func(*testing.T) (platformtest.ScreenPort, []image.Point) {
		monitors := []image.Point{{40, 30}, {60, 20}}
		return &platformtest.Screen{Monitors: monitors}, monitors
	})
}

func TestNotifierInMemory(t *testing.T) {
	platformtest.TestNotifier(t, func(*testing.T) (platformtest.NotifierPort, platformtest.NotifierPeer) {
		n := &platformtest.Notifier{}
		return n, n
	})
}

func TestTrashInMemory(t *testing.T) {
	platformtest.TestTrash(t, func(t *testing.T) (platformtest.TrashPort, platformtest.TrashPeer, string) {
		tr := &platformtest.Trash{}
		return tr, tr, t.TempDir()
	})
}

func TestNetworkInMemory(t *testing.T) {
	platformtest.TestNetwork(t, func(*testing.T) (platformtest.NetworkPort, platformtest.NetworkPeer) {
		n := &platformtest.Network{}
		return n, n
	})
}

func TestHotkeysInMemory(t *testing.T) {
	platformtest.TestHotkeys(t, func(_ *testing.T, pressed func(context.Context, string)) (platformtest.HotkeysPort, platformtest.HotkeysPeer) {
		h := &platformtest.Hotkeys{Pressed: pressed}
		return h, h
	})
}

func TestPowerInMemory(t *testing.T) {
	platformtest.TestPower(t, func(_ *testing.T, told func(context.Context, power.Event)) (platformtest.PowerPort, platformtest.PowerPeer) {
		p := &platformtest.Power{Told: told}
		return p, p
	})
}

func TestIntegrationInMemory(t *testing.T) {
	platformtest.TestIntegration(t, func(*testing.T) (platformtest.IntegrationPort, platformtest.IntegrationPeer, string) {
		m := &platformtest.Integration{Entries: []string{"menu", "list"}}
		return m, m, "menu"
	})
}

func TestShotsInMemory(t *testing.T) {
	platformtest.TestShots(t, func(*testing.T) (platformtest.ShotPort, []image.Rectangle, func(image.Rectangle, string)) {
		s := &platformtest.Screen{Monitors: []image.Point{{60, 50}, {50, 50}}}
		return s, []image.Rectangle{image.Rect(0, 0, 60, 50), image.Rect(60, 0, 110, 50)}, s.Activate
	})
}

func TestKeptClipboardInMemory(t *testing.T) {
	platformtest.TestKeptClipboard(t, func(*testing.T) (platformtest.KeepingClipboard, platformtest.ClipboardPeer) {
		c := &platformtest.Clipboard{}
		return c, c
	})
}

func TestOpenerInMemory(t *testing.T) {
	platformtest.TestOpener(t, func(*testing.T) (platformtest.OpenerPort, platformtest.OpenerPeer) {
		o := &platformtest.Opener{}
		return o, o
	})
}

func TestAutostartInMemory(t *testing.T) {
	platformtest.TestAutostart(t, func(*testing.T) (platformtest.AutostartPort, platformtest.AutostartPeer, string) {
		a := &platformtest.Autostart{Program: "/usr/bin/upshot"}
		return a, a, a.Program
	})
}

func TestInstancesInMemory(t *testing.T) {
	platformtest.TestInstance(t, func(*testing.T) (platformtest.InstancePort, string) {
		return &platformtest.Instances{}, "/run"
	})
}

func TestCostInMemory(t *testing.T) {
	platformtest.TestCost(t, func(*testing.T) (platformtest.CostPort, platformtest.CostPeer) {
		n := &platformtest.Network{}
		return n, n
	})
}

func TestTrayHostInMemory(t *testing.T) {
	platformtest.TestTrayHost(t, func(*testing.T) (platformtest.TrayHostPort, platformtest.TrayHostPeer) {
		h := &platformtest.TrayHost{}
		return h, h
	})
}
