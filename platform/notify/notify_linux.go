package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
)

const (
	// id is the name of our icon and of our .desktop file, as they are
	// installed; where they are not, the desktop shows its own sign.
	id          = "com.images_uploader.Upshot"
	serviceName = "org.freedesktop.Notifications"
	servicePath = "/org/freedesktop/Notifications"
	// maxWaiting bounds how many notifications with buttons are remembered:
	// some desktops never tell that one has gone.
	maxWaiting = 64
)

// Notifier shows notifications.
type Notifier struct {
	config Config
	turn   chan struct{} // holds one token: who has it may use what follows

	conn    *dbus.Conn
	waiting []waiting // oldest first
}

// waiting is a notification whose button may still be clicked.
type waiting struct {
	id     uint32
	chosen func(key string)
}

// New returns the notifier. It does not touch the bus.
func New(c Config) *Notifier {
	c.App, c.Icon, c.Entry = cmp.Or(c.App, "Upshot"), cmp.Or(c.Icon, id), cmp.Or(c.Entry, id)
	return &Notifier{config: c, turn: make(chan struct{}, 1)}
}

// Notify shows a notification. Actions are pairs of key and label, shown as
// buttons where the desktop has them ("default" is a click on the whole);
// chosen is called with the key of the one that is clicked, once, from another
// goroutine.
func (n *Notifier) Notify(ctx context.Context, title, body string, actions [][2]string, chosen func(key string)) error {
	select {
	case n.turn <- struct{}{}:
		defer func() { <-n.turn }()
	case <-ctx.Done():
		return inWords(ctx, ctx.Err())
	}
	if err := n.connect(ctx); err != nil {
		return inWords(ctx, err)
	}
	can, err := n.abilities(ctx)
	if err != nil {
		return err
	}
	body = clean(body, true)
	if slices.Contains(can, "body-markup") {
		body = escapeMarkup(body)
	}
	buttons := []string{}
	if slices.Contains(can, "actions") && chosen != nil {
		for _, a := range actions {
			buttons = append(buttons, a[0], clean(a[1], false))
		}
	}
	hints := map[string]dbus.Variant{"desktop-entry": dbus.MakeVariant(n.config.Entry)}
	var id uint32
	err = n.conn.Object(serviceName, servicePath).CallWithContext(ctx, serviceName+".Notify", 0, n.config.App, uint32(0), n.config.Icon,
		clean(title, false), body, buttons, hints, int32(-1)).Store(&id)
	if err != nil {
		return inWords(ctx, err)
	}
	if len(buttons) > 0 {
		n.waiting = append(n.waiting, waiting{id, chosen})
		n.waiting = n.waiting[max(0, len(n.waiting)-maxWaiting):]
	}
	return nil
}

// Ready says whether notifications would be shown, and with buttons; nothing is
// shown. Its errors are those of Notify.
func (n *Notifier) Ready(ctx context.Context) (buttons bool, err error) {
	select {
	case n.turn <- struct{}{}:
		defer func() { <-n.turn }()
	case <-ctx.Done():
		return false, inWords(ctx, ctx.Err())
	}
	if err := n.connect(ctx); err != nil {
		return false, inWords(ctx, err)
	}
	can, err := n.abilities(ctx)
	return slices.Contains(can, "actions"), err
}

// abilities are what the desktop's notifications can have.
func (n *Notifier) abilities(ctx context.Context) ([]string, error) {
	var can []string
	err := n.conn.Object(serviceName, servicePath).CallWithContext(ctx, serviceName+".GetCapabilities", 0).Store(&can)
	if err != nil {
		return nil, inWords(ctx, err)
	}
	return can, nil
}

// Close stops listening for clicks. A later Notify begins anew.
func (n *Notifier) Close() error {
	n.turn <- struct{}{}
	defer func() { <-n.turn }()
	n.waiting = nil
	if n.conn == nil {
		return nil
	}
	err := n.conn.Close()
	n.conn = nil
	return err
}

// connect makes sure of a connection and of somebody who listens to it.
func (n *Notifier) connect(ctx context.Context) error {
	if n.conn != nil && n.conn.Connected() {
		return nil
	}
	n.conn, n.waiting = nil, nil
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()))
	if err != nil {
		return errNoBus
	}
	// The connection outlives ctx, but not if ctx ends now.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	if conn.Auth(nil) != nil || conn.Hello() != nil {
		conn.Close()
		return errNoBus
	}
	err = conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(serviceName), dbus.WithMatchInterface(serviceName))
	if err != nil {
		conn.Close()
		return err
	}
	n.conn = conn
	go n.listen(signals)
	return nil
}

// listen tells of clicks until the connection ends.
func (n *Notifier) listen(signals <-chan *dbus.Signal) {
	for s := range signals {
		if len(s.Body) < 2 {
			continue
		}
		id, _ := s.Body[0].(uint32)
		switch s.Name {
		case serviceName + ".ActionInvoked":
			if key, ok := s.Body[1].(string); ok {
				if chosen := n.take(id); chosen != nil {
					go chosen(key)
				}
			}
		case serviceName + ".NotificationClosed":
			n.take(id)
		}
	}
}

// take forgets a notification and returns whom to tell. It waits for a Notify
// that is under way: the click may come before its answer was read.
func (n *Notifier) take(id uint32) func(key string) {
	n.turn <- struct{}{}
	defer func() { <-n.turn }()
	for i, w := range n.waiting {
		if w.id == id {
			n.waiting = slices.Delete(n.waiting, i, i+1)
			return w.chosen
		}
	}
	return nil
}

// escapeMarkup makes text of what could be markup.
func escapeMarkup(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(text)
}

var (
	errNoBus     = fmt.Errorf("there is no session bus, so nothing shows notifications: %w", errors.ErrUnsupported)
	errNoService = fmt.Errorf("nothing on this desktop shows notifications: %w", errors.ErrUnsupported)
)

func inWords(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("what shows notifications does not answer: %w", context.DeadlineExceeded)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var de dbus.Error
	if errors.As(err, &de) {
		switch de.Name {
		case "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
			"org.freedesktop.DBus.Error.UnknownMethod", "org.freedesktop.DBus.Error.UnknownObject",
			"org.freedesktop.DBus.Error.Spawn.ChildExited", "org.freedesktop.DBus.Error.Spawn.ExecFailed",
			"org.freedesktop.DBus.Error.Spawn.Failed", "org.freedesktop.DBus.Error.Spawn.ServiceNotFound":
			return errNoService
		case "org.freedesktop.DBus.Error.NoReply", "org.freedesktop.DBus.Error.Timeout":
			return fmt.Errorf("what shows notifications does not answer: %w", context.DeadlineExceeded)
		}
	}
	if errors.Is(err, dbus.ErrClosed) {
		return errNoBus
	}
	return fmt.Errorf("show a notification: %w", err)
}
