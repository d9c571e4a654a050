package power

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	logindName    = "org.freedesktop.login1"
	logindPath    = dbus.ObjectPath("/org/freedesktop/login1")
	logindManager = "org.freedesktop.login1.Manager"

	// usualDelay is how long logind waits for us if it does not say, margin
	// what of it is kept for our letting go.
	usualDelay = 5 * time.Second
	margin     = 300 * time.Millisecond
	// answerTime bounds a call; logind may have to be started first.
	answerTime = 25 * time.Second
)

var errGone = fmt.Errorf("the system's bus has gone: %w", io.ErrUnexpectedEOF)

// logind is a connection to systemd-logind, or elogind.
type logind struct {
	conn    *dbus.Conn
	manager dbus.BusObject
	signals chan *dbus.Signal
	lock    *os.File // while we hold it, the system waits for us; nil: it does not
	delay   time.Duration
}

// Announced says whether the system tells before it sleeps or ends, and waits
// for us: nil, or errors.ErrUnsupported.
func (p *Power) Announced(ctx context.Context) error {
	l, err := connect(ctx)
	if err != nil {
		return err
	}
	defer l.close()
	return l.inhibit(ctx, p.config)
}

func (p *Power) listen(ctx context.Context) error {
	l, err := connect(ctx)
	if err != nil {
		return err
	}
	defer l.close()
	defer context.AfterFunc(ctx, func() { l.conn.Close() })()
	if err := l.inhibit(ctx, p.config); err != nil {
		if errors.Is(err, errors.ErrUnsupported) {
			return err
		}
		// It is told all the same, only nobody waits for us.
		p.config.Log.Warn("the system will not wait before it sleeps", "error", err)
	}
	for s := range l.signals {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch s.Name {
		case logindManager + ".PrepareForSleep":
			p.prepare(ctx, l, s.Body, Suspending, Resumed)
		case logindManager + ".PrepareForShutdown":
			p.prepare(ctx, l, s.Body, Ending, Staying)
		case "org.freedesktop.DBus.NameOwnerChanged":
			if len(s.Body) > 2 && s.Body[2] != "" {
				p.renew(ctx, l) // it has started anew and knows nothing of us
			}
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errGone
}

// prepare tells of what comes and lets it, or that it is over.
func (p *Power) prepare(ctx context.Context, l *logind, body []any, before, after Event) {
	if len(body) == 0 {
		return
	}
	switch body[0] {
	case true:
		p.tell(ctx, l.delay-margin, before)
		l.release()
	case false:
		p.renew(ctx, l)
		p.tell(ctx, relaxed, after)
	}
}

// renew asks the system to wait for us the next time.
func (p *Power) renew(ctx context.Context, l *logind) {
	l.release()
	if err := l.inhibit(ctx, p.config); err != nil && ctx.Err() == nil {
		p.config.Log.Warn("the system will not wait before it sleeps", "error", err)
	}
}

func connect(ctx context.Context) (*logind, error) {
	conn, err := dbus.SystemBusPrivate(dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()))
	if err != nil {
		return nil, errNobody
	}
	hangUp := context.AfterFunc(ctx, func() { conn.Close() })
	if conn.Auth(nil) != nil || conn.Hello() != nil || !hangUp() {
		conn.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, errNobody
	}
	l := &logind{
		conn: conn, manager: conn.Object(logindName, logindPath),
		signals: make(chan *dbus.Signal, 16), delay: usualDelay,
	}
	conn.Signal(l.signals)
	for _, match := range [][]dbus.MatchOption{
		{dbus.WithMatchSender(logindName), dbus.WithMatchInterface(logindManager), dbus.WithMatchMember("PrepareForSleep")},
		{dbus.WithMatchSender(logindName), dbus.WithMatchInterface(logindManager), dbus.WithMatchMember("PrepareForShutdown")},
		{dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, logindName)},
	} {
		if err := conn.AddMatchSignalContext(ctx, match...); err != nil {
			conn.Close()
			return nil, errNobody
		}
	}
	return l, nil
}

// inhibit has the system wait for us before it sleeps or ends.
func (l *logind) inhibit(ctx context.Context, c Config) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var fd dbus.UnixFD
	err := l.manager.CallWithContext(ctx, logindManager+".Inhibit", 0, "sleep:shutdown", c.App, c.Why, "delay").Store(&fd)
	if err != nil {
		return inWords(ctx, err)
	}
	l.lock = os.NewFile(uintptr(fd), "inhibitor")
	l.delay = usualDelay
	var limit dbus.Variant
	err = l.manager.CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, logindManager, "InhibitDelayMaxUSec").Store(&limit)
	if usec, ok := limit.Value().(uint64); err == nil && ok && usec > 0 && usec < uint64(time.Hour/time.Microsecond) {
		l.delay = max(time.Duration(usec)*time.Microsecond, 2*margin)
	}
	return nil
}

// release lets the system go on.
func (l *logind) release() {
	if l.lock != nil {
		l.lock.Close()
		l.lock = nil
	}
}

func (l *logind) close() {
	l.release()
	l.conn.Close()
}

func inWords(ctx context.Context, err error) error {
	var de dbus.Error
	if errors.As(err, &de) {
		switch de.Name {
		case "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
			"org.freedesktop.DBus.Error.UnknownMethod", "org.freedesktop.DBus.Error.UnknownInterface",
			"org.freedesktop.DBus.Error.UnknownObject", "org.freedesktop.DBus.Error.Spawn.ChildExited",
			"org.freedesktop.DBus.Error.Spawn.ExecFailed", "org.freedesktop.DBus.Error.Spawn.Failed",
			"org.freedesktop.DBus.Error.Spawn.ServiceNotFound":
			return errNobody
		}
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("logind does not answer: %w", context.DeadlineExceeded)
	}
	return fmt.Errorf("ask the system to wait before it sleeps: %w", err)
}
