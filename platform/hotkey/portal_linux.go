package hotkey

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	portalName      = "org.freedesktop.portal.Desktop"
	portalPath      = dbus.ObjectPath("/org/freedesktop/portal/desktop")
	portalRequest   = "org.freedesktop.portal.Request"
	portalSession   = "org.freedesktop.portal.Session"
	portalShortcuts = "org.freedesktop.portal.GlobalShortcuts"
	portalRegistry  = "org.freedesktop.host.portal.Registry"

	// portalAnswer bounds what the portal does by itself, portalLife what it
	// may ask the person about.
	portalAnswer = 25 * time.Second
	portalLife   = 2 * time.Minute
)

// portal is org.freedesktop.portal.GlobalShortcuts.
type portal struct {
	app string
	log *slog.Logger
}

// shortcut is one as the portal tells of it.
type shortcut struct {
	ID      string
	Details map[string]dbus.Variant
}

func (p portal) serve(ctx context.Context, all []Binding, tell func([]Status), press func(string)) error {
	s, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer s.conn.Close()
	return s.run(ctx, all, tell, press)
}

// session is one connection to the portal with its session of shortcuts.
type session struct {
	conn    *dbus.Conn
	desktop dbus.BusObject
	sender  string // as it is part of the names of our objects
	signals chan *dbus.Signal
	handle  dbus.ObjectPath // of the session
	log     *slog.Logger
}

func (p portal) connect(ctx context.Context) (*session, error) {
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()))
	if err != nil {
		return nil, errNone(noPortal)
	}
	// From here on the connection outlives ctx by a moment, to say goodbye.
	hangUp := context.AfterFunc(ctx, func() { conn.Close() })
	if conn.Auth(nil) != nil || conn.Hello() != nil || !hangUp() {
		conn.Close()
		return nil, errNone(noPortal)
	}
	s := &session{
		conn: conn, desktop: conn.Object(portalName, portalPath), signals: make(chan *dbus.Signal, 32), log: p.log,
		sender: strings.ReplaceAll(strings.TrimPrefix(conn.Names()[0], ":"), ".", "_"),
	}
	conn.Signal(s.signals)
	for _, match := range [][]dbus.MatchOption{
		{dbus.WithMatchInterface(portalRequest), dbus.WithMatchMember("Response")},
		{dbus.WithMatchInterface(portalShortcuts)},
		{dbus.WithMatchInterface(portalSession), dbus.WithMatchMember("Closed")},
		{dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, portalName)},
	} {
		if err := conn.AddMatchSignalContext(ctx, match...); err != nil {
			conn.Close()
			return nil, errNone(noPortal)
		}
	}
	// Since xdg-desktop-portal 1.20 a program outside of a sandbox says who it
	// is; older ones find out by themselves, or do not care.
	rctx, cancel := context.WithTimeout(ctx, portalAnswer)
	defer cancel()
	if err := s.desktop.CallWithContext(rctx, portalRegistry+".Register", 0, p.app, map[string]dbus.Variant{}).Err; err != nil {
		p.log.Debug("portal does not register programs", "error", err)
	}
	return s, nil
}

func (s *session) run(ctx context.Context, all []Binding, tell func([]Status), press func(string)) error {
	if err := s.create(ctx); err != nil {
		return err
	}
	defer s.object(s.handle).Go(portalSession+".Close", dbus.FlagNoReplyExpected, nil)
	bound, err := s.bind(ctx, all)
	if err != nil {
		return err
	}
	tell(granted(all, bound))
	for {
		select {
		case signal, ok := <-s.signals:
			if !ok {
				return errGone
			}
			switch s.read(signal) {
			case portalShortcuts + ".Activated":
				if len(signal.Body) > 1 {
					if id, ok := signal.Body[1].(string); ok && slices.ContainsFunc(all, func(b Binding) bool { return b.Action == id }) {
						press(id)
					}
				}
			case portalShortcuts + ".ShortcutsChanged":
				var changed []shortcut
				if len(signal.Body) > 1 && dbus.Store(signal.Body[1:2], &changed) == nil {
					tell(granted(all, changed))
				}
			case portalSession + ".Closed":
				// The person has taken them back. They come again when they
				// are bound again, not by nagging.
				tell(statuses(all, fmt.Errorf("the desktop has taken the hotkeys back: %w", fs.ErrPermission)))
			case ownerGone:
				return errGone
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// object is another object of the portal's.
func (s *session) object(path dbus.ObjectPath) dbus.BusObject { return s.conn.Object(portalName, path) }

const ownerGone = "the portal has gone"

// read is the name of a signal that is meant for this session, or "".
func (s *session) read(signal *dbus.Signal) string {
	switch signal.Name {
	case "org.freedesktop.DBus.NameOwnerChanged":
		if len(signal.Body) > 2 && signal.Body[2] == "" {
			return ownerGone
		}
		return ""
	case portalSession + ".Closed":
		if signal.Path != s.handle {
			return ""
		}
	case portalShortcuts + ".Activated", portalShortcuts + ".ShortcutsChanged":
		if len(signal.Body) == 0 || signal.Body[0] != s.handle {
			return ""
		}
	}
	return signal.Name
}

// create makes the session.
func (s *session) create(ctx context.Context) error {
	results, err := s.request(ctx, portalAnswer, func(token string) *dbus.Call {
		return s.desktop.CallWithContext(ctx, portalShortcuts+".CreateSession", 0, map[string]dbus.Variant{
			"handle_token": dbus.MakeVariant(token), "session_handle_token": dbus.MakeVariant(token),
		})
	})
	if err != nil {
		return err
	}
	// The specification has a string here, as a slip of its first version.
	switch handle := results["session_handle"].Value().(type) {
	case string:
		s.handle = dbus.ObjectPath(handle)
	case dbus.ObjectPath:
		s.handle = handle
	}
	if !s.handle.IsValid() {
		return errors.New("the desktop's answer names no session")
	}
	return nil
}

// bind asks for the combinations; the desktop may ask the person.
func (s *session) bind(ctx context.Context, all []Binding) ([]shortcut, error) {
	var wanted []shortcut
	for _, b := range all {
		title := b.Title
		if title == "" {
			title = b.Action
		}
		wanted = append(wanted, shortcut{b.Action, map[string]dbus.Variant{
			"description":       dbus.MakeVariant(title),
			"preferred_trigger": dbus.MakeVariant(trigger(b.Combination)),
		}})
	}
	// Without a parent: who keeps hotkeys has no window.
	results, err := s.request(ctx, portalLife, func(token string) *dbus.Call {
		return s.desktop.CallWithContext(ctx, portalShortcuts+".BindShortcuts", 0, s.handle, wanted, "",
			map[string]dbus.Variant{"handle_token": dbus.MakeVariant(token)})
	})
	if err != nil {
		return nil, err
	}
	var bound []shortcut
	if v, ok := results["shortcuts"]; ok {
		if err := v.Store(&bound); err != nil {
			return nil, fmt.Errorf("the desktop's answer makes no sense: %w", err)
		}
	}
	return bound, nil
}

// trigger is a combination as the portal wants it (the freedesktop shortcuts
// specification).
func trigger(c Combination) string {
	var words []string
	for _, m := range []struct {
		mod  Modifiers
		name string
	}{{Ctrl, "CTRL"}, {Alt, "ALT"}, {Shift, "SHIFT"}, {Super, "LOGO"}} {
		if c.Mods&m.mod != 0 {
			words = append(words, m.name)
		}
	}
	return strings.Join(append(words, keyOf(c.Key).symbol), "+")
}

// granted is what became of the bindings by the portal's list.
func granted(all []Binding, bound []shortcut) []Status {
	out := make([]Status, len(all))
	for i, b := range all {
		out[i] = Status{Binding: b}
		at := slices.IndexFunc(bound, func(s shortcut) bool { return s.ID == b.Action })
		if at < 0 {
			out[i].Err = fmt.Errorf("%s: the desktop did not allow it: %w", b.Combination, fs.ErrPermission)
			continue
		}
		out[i].Shown, _ = bound[at].Details["trigger_description"].Value().(string)
		if out[i].Shown == "" {
			out[i].Err = fmt.Errorf("%s: the desktop has given it no key; choose one in its keyboard settings: %w", b.Combination, fs.ErrNotExist)
			continue
		}
		out[i].Active = true
	}
	return out
}

// request makes one request and waits for its answer, which is a signal of an
// object whose name follows from ours and the token: we listen already.
func (s *session) request(ctx context.Context, life time.Duration, call func(token string) *dbus.Call) (map[string]dbus.Variant, error) {
	token := "upshot" + strings.ToLower(rand.Text())
	path := portalPath + "/request/" + dbus.ObjectPath(s.sender+"/"+token)
	late := time.NewTimer(life)
	defer late.Stop()
	answered := make(chan *dbus.Call, 1)
	go func() { answered <- call(token) }()
	handle := path
	for {
		select {
		case c := <-answered:
			if c.Err != nil {
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				return nil, portalError(c.Err)
			}
			_ = c.Store(&handle) // an old portal chooses the name itself
			answered = nil
		case signal, ok := <-s.signals:
			if !ok {
				return nil, errGone
			}
			if s.read(signal) == ownerGone {
				return nil, errGone
			}
			if signal.Name == portalRequest+".Response" && (signal.Path == path || signal.Path == handle) {
				return response(signal.Body)
			}
		case <-late.C:
			s.object(path).Go(portalRequest+".Close", dbus.FlagNoReplyExpected, nil)
			return nil, fmt.Errorf("the desktop did not answer the request for hotkeys: %w", context.DeadlineExceeded)
		case <-ctx.Done():
			s.object(path).Go(portalRequest+".Close", dbus.FlagNoReplyExpected, nil)
			return nil, ctx.Err()
		}
	}
}

// response reads an answer: 0 is done, 1 canceled by the person, 2 ended in
// some other way.
func response(body []any) (map[string]dbus.Variant, error) {
	var code uint32
	var results map[string]dbus.Variant
	if err := dbus.Store(body, &code, &results); err != nil {
		return nil, fmt.Errorf("the desktop's answer makes no sense: %w", err)
	}
	switch code {
	case 0:
		return results, nil
	case 1:
		return nil, fmt.Errorf("the hotkeys were not allowed: %w", fs.ErrPermission)
	default:
		return nil, fmt.Errorf("the desktop did not allow hotkeys: %w", fs.ErrPermission)
	}
}

func portalError(err error) error {
	var de dbus.Error
	if !errors.As(err, &de) {
		return err
	}
	switch de.Name {
	case "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.UnknownMethod",
		"org.freedesktop.DBus.Error.UnknownInterface", "org.freedesktop.DBus.Error.UnknownObject",
		"org.freedesktop.DBus.Error.NameHasNoOwner", "org.freedesktop.DBus.Error.Spawn.ChildExited",
		"org.freedesktop.DBus.Error.Spawn.ExecFailed", "org.freedesktop.DBus.Error.Spawn.Failed":
		return errNone(noPortal)
	case "org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.portal.Error.NotAllowed":
		return fmt.Errorf("the desktop does not allow hotkeys: %w", fs.ErrPermission)
	default:
		return fmt.Errorf("ask the desktop for hotkeys: %w", err)
	}
}
