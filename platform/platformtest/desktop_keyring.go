package platformtest

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/godbus/dbus/v5"
)

const secretService = "org.freedesktop.secrets"

// KeyringPassword opens the keyring of a Desktop.
const KeyringPassword = "a password of the test"

func (d *Desktop) startKeyring(k Keyring) {
	d.t.Helper()
	switch k {
	case NoKeyring:
	case UnlockedKeyring:
		d.gnomeKeyring("--unlock")
	case LockedKeyring, PromptingKeyring:
		if k == PromptingKeyring {
			d.AllowService("org.gnome.keyring.SystemPrompter")
			d.Bus().BusObject().Call("org.freedesktop.DBus.ReloadConfig", 0)
		}
		// A keyring is made by opening it for the first time; then the daemon
		// starts again without a password.
		d.gnomeKeyring("--unlock").Stop()
		Eventually(d.t, "the first keyring daemon has gone", func() bool { return !d.HasOwner(secretService) })
		if _, err := os.Stat(filepath.Join(d.Home(), ".local/share/keyrings/login.keyring")); err != nil {
			d.t.Fatalf("the keyring was not made: %v", err)
		}
		d.gnomeKeyring("")
	case MuteKeyring:
		d.OwnMute(secretService)
	}
}

// gnomeKeyring starts a real one and waits until its collection is there.
func (d *Desktop) gnomeKeyring(flag string) *Process {
	d.t.Helper()
	Need(d.t, "gnome-keyring-daemon")
	args := []string{"--foreground", "--components=secrets"}
	if flag != "" {
		args = append(args, flag)
	}
	cmd := d.Command("gnome-keyring-daemon", args...)
	if flag == "--unlock" {
		cmd.Stdin = strings.NewReader(KeyringPassword)
	}
	p := d.Start(cmd)
	d.keyring = p
	Eventually(d.t, "gnome-keyring serves its login keyring", func() bool {
		if !d.HasOwner(secretService) {
			return false
		}
		v, err := d.Bus().Object(secretService, "/org/freedesktop/secrets/collection/login").
			GetProperty("org.freedesktop.Secret.Collection.Locked")
		if err != nil {
			return false
		}
		locked, ok := v.Value().(bool)
		return ok && locked == (flag != "--unlock")
	})
	return p
}

// EndKeyring ends the keyring's program, as if it had not started yet.
func (d *Desktop) EndKeyring() {
	d.t.Helper()
	d.keyring.Stop()
	Eventually(d.t, "the keyring has gone", func() bool { return !d.HasOwner(secretService) })
}

// StartKeyring starts it again, open.
func (d *Desktop) StartKeyring() {
	d.t.Helper()
	d.gnomeKeyring("--unlock")
}

// LockKeyring locks the login keyring, as a screen lock may.
func (d *Desktop) LockKeyring() {
	d.t.Helper()
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := d.Bus().Object(secretService, "/org/freedesktop/secrets").Call("org.freedesktop.Secret.Service.Lock", 0,
		[]dbus.ObjectPath{"/org/freedesktop/secrets/collection/login"}).Store(&locked, &prompt)
	if err != nil || len(locked) != 1 {
		d.t.Fatalf("lock the keyring: %v, %v", locked, err)
	}
}
