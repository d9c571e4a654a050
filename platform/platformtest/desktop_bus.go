package platformtest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/godbus/dbus/v5"
)

// busConfig is a bus that starts no service but those a test allows: quick,
// quiet and the same on every machine.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <servicedir>%s</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

func (d *Desktop) startBus() {
	d.t.Helper()
	Need(d.t, "dbus-daemon")
	config := filepath.Join(d.dir, "bus.conf")
	text := fmt.Sprintf(busConfig, filepath.Join(d.RuntimeDir(), "bus"), d.services())
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("dbus-daemon", "--config-file="+config, "--nofork", "--nopidfile", "--print-address=3")
	cmd.ExtraFiles = []*os.File{w}
	cmd.Env = d.Env()
	p := d.Start(cmd)
	w.Close()
	address, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		d.t.Fatalf("dbus-daemon did not start: %v\n%s", err, p.Log())
	}
	d.address = strings.TrimSpace(address)
	d.setenv("DBUS_SESSION_BUS_ADDRESS", d.address)
	d.busProcess = p
}

// KillBus ends the session bus under everybody's feet.
func (d *Desktop) KillBus() { d.busProcess.Kill() }

// Bus is the test's own connection to the session bus.
func (d *Desktop) Bus() *dbus.Conn {
	d.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.bus == nil {
		d.bus = d.Connect()
	}
	return d.bus
}

// Connect is one more connection to the session bus, closed with the test: to
// stand for a service.
func (d *Desktop) Connect() *dbus.Conn {
	d.t.Helper()
	conn, err := dbus.Connect(d.address)
	if err != nil {
		d.t.Fatalf("connect to the session bus: %v", err)
	}
	d.t.Cleanup(func() { conn.Close() })
	return conn
}

// Own takes a name on the bus for conn.
func (d *Desktop) Own(conn *dbus.Conn, name string) {
	d.t.Helper()
	reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue)
	if err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		d.t.Fatalf("own %s: reply %d, error %v", name, reply, err)
	}
}

// OwnMute takes a name on the bus for a service that never answers.
func (d *Desktop) OwnMute(name string) {
	d.t.Helper()
	conn := d.Connect()
	d.Own(conn, name)
	conn.Eavesdrop(make(chan *dbus.Message, 1)) // takes every call away from who would answer it
}

// HasOwner says whether somebody has name on the bus.
func (d *Desktop) HasOwner(name string) bool {
	var has bool
	err := d.Bus().BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, name).Store(&has)
	return err == nil && has
}

func (d *Desktop) services() string { return filepath.Join(d.dir, "services") }

// AllowService lets the bus start a service that the machine has installed.
func (d *Desktop) AllowService(name string) {
	d.t.Helper()
	b, err := os.ReadFile(filepath.Join("/usr/share/dbus-1/services", name+".service"))
	if err != nil {
		d.t.Fatalf("the service %s is not installed: %v", name, err)
	}
	if err := os.WriteFile(filepath.Join(d.services(), name+".service"), b, 0o600); err != nil {
		d.t.Fatal(err)
	}
}
