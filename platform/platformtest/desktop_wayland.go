package platformtest

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// startWayland starts a compositor without a screen. It refuses to run as
// root, and then runs as somebody else, for whom a place is opened.
func (d *Desktop) startWayland() {
	d.t.Helper()
	Need(d.t, "sway")
	run := filepath.Join(d.dir, "wayland")
	config := filepath.Join(d.dir, "wayland", "config")
	if err := os.Mkdir(run, 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte("xwayland disable\n"), 0o644); err != nil {
		d.t.Fatal(err)
	}
	cmd := d.Command("sway", "-c", config)
	cmd.Dir = "/"
	cmd.Env = append(cmd.Env, "XDG_RUNTIME_DIR="+run, "HOME="+run, "WLR_BACKENDS=headless", "WLR_LIBINPUT_NO_DEVICES=1",
		"WLR_RENDERER=pixman", "DBUS_SESSION_BUS_ADDRESS=", "DISPLAY=")
	if os.Geteuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{}
		runAs(cmd.SysProcAttr, nobody)
		if err := os.Chmod(d.dir, 0o711); err != nil {
			d.t.Fatal(err)
		}
		if err := os.Chown(run, nobody, nobody); err != nil {
			d.t.Fatal(err)
		}
	}
	p := d.Start(cmd)
	var socket string
	Eventually(d.t, "sway is there", func() bool {
		select {
		case <-p.Done():
			d.t.Fatalf("sway ended: %v\n%s", p.Err(), p.Log())
		default:
		}
		for n := range 4 {
			socket = filepath.Join(run, "wayland-"+strconv.Itoa(n))
			// Its socket is there before it listens.
			if conn, err := net.Dial("unix", socket); err == nil {
				conn.Close()
				return true
			}
		}
		return false
	})
	d.setenv("WAYLAND_DISPLAY", socket)
	d.setenv("XDG_SESSION_TYPE", "wayland")
}
