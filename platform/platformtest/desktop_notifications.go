package platformtest

import (
	"fmt"
	"slices"
	"sync"

	"github.com/godbus/dbus/v5"
)

// Notification is one that a program of the desktop has shown.
type Notification struct {
	ID       uint32
	Replaces uint32
	App      string
	Icon     string
	Title    string
	Body     string // as it was sent: markup is not undone
	Actions  [][2]string
	Hints    map[string]dbus.Variant
	Timeout  int32
}

// recorder is org.freedesktop.Notifications as a desktop's would be, without
// the picture.
type recorder struct {
	capabilities []string
	conn         *dbus.Conn

	mu   sync.Mutex
	last uint32
	all  []Notification
}

const (
	notificationsName = "org.freedesktop.Notifications"
	notificationsPath = "/org/freedesktop/Notifications"
)

func (d *Desktop) startNotifications(capabilities []string) {
	d.t.Helper()
	if capabilities == nil {
		capabilities = []string{"actions", "body", "body-markup"}
	}
	r := &recorder{capabilities: capabilities, conn: d.Connect()}
	if err := r.conn.Export(r, notificationsPath, notificationsName); err != nil {
		d.t.Fatal(err)
	}
	d.Own(r.conn, notificationsName)
	d.recorder = r
}

// Notify is the method of the bus.
func (r *recorder) Notify(app string, replaces uint32, icon, title, body string, actions []string,
	hints map[string]dbus.Variant, timeout int32,
) (uint32, *dbus.Error) {
	if len(actions)%2 != 0 {
		return 0, dbus.MakeFailedError(fmt.Errorf("%d actions do not pair", len(actions)))
	}
	n := Notification{Replaces: replaces, App: app, Icon: icon, Title: title, Body: body, Hints: hints, Timeout: timeout}
	for pair := range slices.Chunk(actions, 2) {
		n.Actions = append(n.Actions, [2]string{pair[0], pair[1]})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n.ID = replaces
	if n.ID == 0 {
		r.last++
		n.ID = r.last
	}
	r.all = append(r.all, n)
	return n.ID, nil
}

// CloseNotification is the method of the bus.
func (r *recorder) CloseNotification(id uint32) *dbus.Error {
	r.conn.Emit(notificationsPath, notificationsName+".NotificationClosed", id, uint32(3))
	return nil
}

// GetCapabilities is the method of the bus.
func (r *recorder) GetCapabilities() ([]string, *dbus.Error) { return r.capabilities, nil }

// GetServerInformation is the method of the bus.
func (r *recorder) GetServerInformation() (name, vendor, version, spec string, err *dbus.Error) {
	return "recorder", "upshot", "1", "1.2", nil
}

// Notifications are those shown so far, oldest first.
func (d *Desktop) Notifications() []Notification {
	d.t.Helper()
	if d.recorder == nil {
		d.t.Fatal("this desktop was made without Notifications")
	}
	d.recorder.mu.Lock()
	defer d.recorder.mu.Unlock()
	return slices.Clone(d.recorder.all)
}

// WaitNotification waits until at least n have been shown.
func (d *Desktop) WaitNotification(n int) []Notification {
	d.t.Helper()
	Eventually(d.t, fmt.Sprintf("notification %d", n), func() bool { return len(d.Notifications()) >= n })
	return d.Notifications()
}

// Choose clicks the action key of notification id, which then goes, as on a
// real desktop.
func (d *Desktop) Choose(id uint32, key string) {
	d.t.Helper()
	d.emitNotification("ActionInvoked", id, key)
	d.emitNotification("NotificationClosed", id, uint32(2))
}

// Dismiss closes notification id without choosing anything.
func (d *Desktop) Dismiss(id uint32) {
	d.t.Helper()
	d.emitNotification("NotificationClosed", id, uint32(2))
}

func (d *Desktop) emitNotification(signal string, values ...any) {
	d.t.Helper()
	if err := d.recorder.conn.Emit(notificationsPath, notificationsName+"."+signal, values...); err != nil {
		d.t.Fatalf("emit %s: %v", signal, err)
	}
}
