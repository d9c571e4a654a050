package keyring_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/platform/keyring"
	"images-uploader.com/upshot/platform/platformtest"
)

func TestKeyringKeepsTheContract(t *testing.T) {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true, Keyring: platformtest.UnlockedKeyring})
	d.Setenv()
	platformtest.TestKeys(t, func(*testing.T) platformtest.KeysPort { return keyring.New(keyring.Config{}) })
}

func TestEntriesAreFiledUnderTheService(t *testing.T) {
	platformtest.Need(t, "secret-tool")
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true, Keyring: platformtest.UnlockedKeyring})
	d.Setenv()
	ctx := t.Context()
	if err := keyring.New(keyring.Config{}).Set(ctx, "work", "the secret"); err != nil {
		t.Fatal(err)
	}
	if got := d.Run("secret-tool", "lookup", "service", "upshot", "username", "work"); got != "the secret" {
		t.Errorf("another program finds %q", got)
	}
	if _, err := keyring.New(keyring.Config{Service: "other"}).Get(ctx, "work"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("another service finds it too: %v", err)
	}
}

func TestAbsentKeyringIsUnsupported(t *testing.T) {
	cases := []struct {
		name   string
		config platformtest.DesktopConfig
		bus    string
	}{
		{"no keyring on the bus", platformtest.DesktopConfig{Headless: true}, ""},
		{"no bus", platformtest.DesktopConfig{Headless: true, NoBus: true}, ""},
		{"a bus that has gone", platformtest.DesktopConfig{Headless: true, NoBus: true}, "unix:path=/nowhere/bus"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := os.Stat(fmt.Sprintf("/run/user/%d/bus", os.Getuid())); err == nil && c.config.NoBus && c.bus == "" {
				t.Skip("somebody is logged in here: the bus of the session would be found")
			}
			d := platformtest.NewDesktop(t, c.config)
			d.Setenv()
			if c.bus != "" {
				t.Setenv("DBUS_SESSION_BUS_ADDRESS", c.bus)
			}
			launched := fakeLauncher(t)
			k := keyring.New(keyring.Config{})
			_, getErr := k.Get(t.Context(), "a")
			for doing, err := range map[string]error{
				"Get": getErr, "Set": k.Set(t.Context(), "a", "s3cret"), "Delete": k.Delete(t.Context(), "a"),
			} {
				if !errors.Is(err, errors.ErrUnsupported) {
					t.Errorf("%s: %v, want errors.ErrUnsupported", doing, err)
				}
				if strings.Contains(fmt.Sprint(err), "s3cret") {
					t.Errorf("%s tells the secret: %v", doing, err)
				}
			}
			if _, err := os.Stat(launched); err == nil {
				t.Error("a bus of our own was started")
			}
		})
	}
}

// fakeLauncher puts a dbus-launch first in PATH that leaves a mark.
func fakeLauncher(t *testing.T) (mark string) {
	dir := t.TempDir()
	mark = filepath.Join(dir, "launched")
	script := "#!/bin/sh\n: >" + mark + "\nexit 1\n"
	if err := os.WriteFile(filepath.Join(dir, "dbus-launch"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return mark
}

func TestMuteKeyringEndsWithTheContext(t *testing.T) {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true, Keyring: platformtest.MuteKeyring})
	d.Setenv()
	k := keyring.New(keyring.Config{})
	for range 6 { // more than may wait at once
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := k.Get(ctx, "a")
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Get: %v, want context.DeadlineExceeded", err)
		}
	}
}

func TestLockedKeyringWithoutAnybodyToAskIsToldAtOnce(t *testing.T) {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true, Keyring: platformtest.LockedKeyring})
	d.Setenv()
	k := keyring.New(keyring.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, getErr := k.Get(ctx, "a")
	for doing, err := range map[string]error{"Get": getErr, "Set": k.Set(ctx, "a", "s"), "Delete": k.Delete(ctx, "a")} {
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v, want context.DeadlineExceeded", doing, err)
		}
	}
	if ctx.Err() != nil {
		t.Error("the calls waited for their deadline")
	}
}

func TestLockedKeyringAsksOnce(t *testing.T) {
	platformtest.Need(t, "xdotool", "wmctrl")
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{WindowManager: true, Keyring: platformtest.PromptingKeyring})
	d.Setenv()
	k := keyring.New(keyring.Config{})
	windows := func() int {
		// It fails when a window goes while it looks.
		out, err := d.Command("wmctrl", "-l").Output()
		if err != nil {
			return -1
		}
		return strings.Count(string(out), "\n")
	}

	t.Run("a call that cannot wait gives up and leaves the window open", func(t *testing.T) {
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			_, err := k.Get(ctx, "a")
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("Get: %v, want context.DeadlineExceeded", err)
			}
		}
		platformtest.Eventually(t, "the password window is open", func() bool { return windows() == 1 })
	})
	t.Run("the person closes the window: refused", func(t *testing.T) {
		answer := inBackground(func() error { _, err := k.Get(t.Context(), "a"); return err })
		pressUntil(t, d, answer, "Escape", func(err error) {
			if !errors.Is(err, fs.ErrPermission) {
				t.Errorf("Get: %v, want fs.ErrPermission", err)
			}
		})
	})
	t.Run("the person gives the password: the call goes on", func(t *testing.T) {
		platformtest.Eventually(t, "the old window has gone", func() bool { return windows() == 0 })
		answer := inBackground(func() error { return k.Set(t.Context(), "a", "behind the lock") })
		platformtest.Eventually(t, "the password window is open", func() bool { return windows() == 1 })
		d.Run("xdotool", "type", "--delay", "20", platformtest.KeyringPassword)
		pressUntil(t, d, answer, "Return", func(err error) {
			if err != nil {
				t.Errorf("Set: %v", err)
			}
		})
		if got, err := k.Get(t.Context(), "a"); err != nil || got != "behind the lock" {
			t.Errorf("Get: %q, %v", got, err)
		}
	})
}

func inBackground(f func() error) <-chan error {
	c := make(chan error, 1)
	go func() { c <- f() }()
	return c
}

// pressUntil presses a key, again if the window was not ready for it, until
// the answer is there.
func pressUntil(t *testing.T, d *platformtest.Desktop, answer <-chan error, key string, check func(error)) {
	t.Helper()
	platformtest.Eventually(t, key+" is answered", func() bool {
		d.Command("xdotool", "key", key).Run() // fails when its window goes at that moment
		select {
		case err := <-answer:
			check(err)
			return true
		case <-time.After(300 * time.Millisecond):
			return false
		}
	})
}

func TestFirstKeyringIsMadeWhenSomethingIsStored(t *testing.T) {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true})
	d.Setenv()
	platformtest.Need(t, "gnome-keyring-daemon")
	// A daemon without any collection: the person has never stored a secret.
	d.Start(d.Command("gnome-keyring-daemon", "--foreground", "--components=secrets"))
	platformtest.Eventually(t, "gnome-keyring is on the bus", func() bool { return d.HasOwner("org.freedesktop.secrets") })
	k := keyring.New(keyring.Config{})
	if _, err := k.Get(t.Context(), "a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Get: %v, want fs.ErrNotExist", err)
	}
	// Without anybody who could be asked for its password none can be made.
	if err := k.Set(t.Context(), "a", "s"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Set: %v, want context.DeadlineExceeded", err)
	}
}

func TestKeyringThatComesLaterIsFound(t *testing.T) {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true, Keyring: platformtest.UnlockedKeyring})
	d.Setenv()
	k := keyring.New(keyring.Config{})
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
	if err := k.Set(t.Context(), "a", "s"); !errors.Is(err, errors.ErrUnsupported) {
		t.Fatalf("without its bus: %v", err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", d.Address())
	if err := k.Set(t.Context(), "a", "s"); err != nil {
		t.Errorf("with its bus: %v", err)
	}
}
