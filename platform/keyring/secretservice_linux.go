package keyring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// The Secret Service is asked here whether it is there and open before
// go-keyring is: that one knows no context, drops the answer "refused", and
// starts a bus of its own where there is none.

const (
	serviceName     = "org.freedesktop.secrets"
	servicePath     = dbus.ObjectPath("/org/freedesktop/secrets")
	serviceFace     = "org.freedesktop.Secret.Service"
	collectionFace  = "org.freedesktop.Secret.Collection"
	promptFace      = "org.freedesktop.Secret.Prompt"
	loginCollection = servicePath + "/collection/login"
	gnomeKeyring    = "org.gnome.keyring"
	gnomePrompter   = "org.gnome.keyring.SystemPrompter"
	noObject        = dbus.ObjectPath("/")
	promptLife      = 2 * time.Minute
)

// errNoBus and its like are the sentences for what a person can do something
// about.
var (
	errNoBus     = fmt.Errorf("there is no session bus, so no keyring can be reached: %w", errors.ErrUnsupported)
	errNoService = fmt.Errorf("no keyring program is running or installed: %w", errors.ErrUnsupported)
	errLocked    = fmt.Errorf("the keyring is locked: %w", context.DeadlineExceeded)
	errNobody    = fmt.Errorf("the keyring is locked and nothing could ask for its password: %w", context.DeadlineExceeded)
	errRefused   = fmt.Errorf("the keyring's password was not given: %w", fs.ErrPermission)
	errNoEntry   = fmt.Errorf("there is no such entry: %w", fs.ErrNotExist)
)

// asker remembers the password window that is open now.
type asker struct {
	mu     sync.Mutex
	asking *question
}

// question is one password window, for all calls that need its answer.
type question struct {
	done chan struct{}
	err  error // valid after done
}

// unlock makes sure that the collection go-keyring will use is there and open.
func (k *Keyring) unlock(ctx context.Context, writes bool) error {
	conn, err := connect(ctx)
	if err != nil {
		return wording(ctx, err)
	}
	defer conn.Close()
	collection, err := defaultCollection(ctx, conn)
	if err != nil {
		return wording(ctx, err)
	}
	if collection == noObject {
		if !writes {
			return errNoEntry // nothing was ever stored
		}
		return k.ask(ctx, createCollection)
	}
	locked, err := isLocked(ctx, conn, collection)
	if err != nil {
		return wording(ctx, err)
	}
	if !locked {
		return nil
	}
	return k.ask(ctx, func(ctx context.Context, conn *dbus.Conn) (dbus.ObjectPath, error) {
		var unlocked []dbus.ObjectPath
		var prompt dbus.ObjectPath
		err := conn.Object(serviceName, servicePath).
			CallWithContext(ctx, serviceFace+".Unlock", 0, []dbus.ObjectPath{collection}).Store(&unlocked, &prompt)
		return prompt, err
	})
}

// connect opens a connection that ends with ctx, and starts no bus.
func connect(ctx context.Context) (*dbus.Conn, error) {
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return nil, errNoBus
	}
	if err := conn.Auth(nil); err != nil {
		conn.Close()
		return nil, errNoBus
	}
	if err := conn.Hello(); err != nil {
		conn.Close()
		return nil, errNoBus
	}
	return conn, nil
}

// defaultCollection finds the collection as go-keyring does: "login" if there
// is one, else the default one, else none.
func defaultCollection(ctx context.Context, conn *dbus.Conn) (dbus.ObjectPath, error) {
	service := conn.Object(serviceName, servicePath)
	var all dbus.Variant
	err := service.CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, serviceFace, "Collections").Store(&all)
	if err != nil {
		return "", err
	}
	if paths, ok := all.Value().([]dbus.ObjectPath); ok && slices.Contains(paths, loginCollection) {
		return loginCollection, nil
	}
	var path dbus.ObjectPath
	err = service.CallWithContext(ctx, serviceFace+".ReadAlias", 0, "default").Store(&path)
	return path, err
}

func isLocked(ctx context.Context, conn *dbus.Conn, collection dbus.ObjectPath) (bool, error) {
	var v dbus.Variant
	err := conn.Object(serviceName, collection).
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, collectionFace, "Locked").Store(&v)
	if err != nil {
		return false, err
	}
	locked, ok := v.Value().(bool)
	if !ok {
		return false, fmt.Errorf("the keyring says of its lock: %v", v)
	}
	return locked, nil
}

// createCollection makes the first keyring of a person who has none; the
// service asks for its password.
func createCollection(ctx context.Context, conn *dbus.Conn) (dbus.ObjectPath, error) {
	var collection, prompt dbus.ObjectPath
	err := conn.Object(serviceName, servicePath).CallWithContext(ctx, serviceFace+".CreateCollection", 0,
		map[string]dbus.Variant{collectionFace + ".Label": dbus.MakeVariant("Default keyring")}, "default").
		Store(&collection, &prompt)
	return prompt, err
}

// ask has the service ask the person, by the prompt that start returns, and
// waits for the answer as long as ctx lasts. Only one window is open at a
// time, and it outlives the call: it must not vanish under the typing fingers.
func (k *Keyring) ask(ctx context.Context, start func(context.Context, *dbus.Conn) (dbus.ObjectPath, error)) error {
	k.mu.Lock()
	q := k.asking
	if q == nil {
		q = &question{done: make(chan struct{})}
		k.asking = q
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), promptLife)
		go func() {
			defer cancel()
			q.err = prompt(bounded, start)
			k.mu.Lock()
			k.asking = nil
			k.mu.Unlock()
			close(q.done)
		}()
	}
	k.mu.Unlock()
	select {
	case <-q.done:
		return q.err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return errLocked
		}
		return ctx.Err()
	}
}

// prompt shows one prompt and waits until it has been answered.
func prompt(ctx context.Context, start func(context.Context, *dbus.Conn) (dbus.ObjectPath, error)) error {
	// The connection must outlive ctx a little, to dismiss the window.
	linked, cancel := context.WithTimeout(context.WithoutCancel(ctx), promptLife+5*time.Second)
	defer cancel()
	conn, err := connect(linked)
	if err != nil {
		return err
	}
	defer conn.Close()
	signals := make(chan *dbus.Signal, 8)
	conn.Signal(signals)
	err = conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(serviceName), dbus.WithMatchInterface(promptFace))
	if err != nil {
		return wording(ctx, err)
	}
	path, err := start(ctx, conn)
	if err != nil {
		return wording(ctx, err)
	}
	if path == noObject {
		return nil // it opened without asking
	}
	if err := conn.Object(serviceName, path).CallWithContext(ctx, promptFace+".Prompt", 0, "").Err; err != nil {
		return wording(ctx, err)
	}
	for {
		select {
		case s, ok := <-signals:
			if !ok {
				return errNoBus
			}
			if s.Path != path || s.Name != promptFace+".Completed" || len(s.Body) == 0 {
				continue
			}
			if dismissed, _ := s.Body[0].(bool); !dismissed {
				return nil
			}
			if canAsk(ctx, conn) {
				return errRefused
			}
			return errNobody
		case <-ctx.Done():
			// Nobody is there. The answer to Dismiss is not waited for.
			conn.Object(serviceName, path).Go(promptFace+".Dismiss", dbus.FlagNoReplyExpected, nil)
			return errLocked
		}
	}
}

// canAsk says whether a dismissed prompt was dismissed by a person: without a
// screen or a program that asks, gnome-keyring dismisses it by itself.
func canAsk(ctx context.Context, conn *dbus.Conn) bool {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return false
	}
	var names, activatable []string
	if conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.ListNames", 0).Store(&names) != nil {
		return false
	}
	if !slices.Contains(names, gnomeKeyring) {
		return true // another service has its own window
	}
	if conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.ListActivatableNames", 0).Store(&activatable) != nil {
		return false
	}
	return slices.Contains(names, gnomePrompter) || slices.Contains(activatable, gnomePrompter)
}

// wording gives an error on the way to the service one of the shared words.
func wording(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return silent(ctx)
	}
	return systemError(err)
}

// systemError knows the errors of the bus by their names.
func systemError(err error) error {
	var de dbus.Error
	if !errors.As(err, &de) {
		if errors.Is(err, dbus.ErrClosed) {
			return errNoBus
		}
		return err
	}
	switch de.Name {
	case "org.freedesktop.DBus.Error.ServiceUnknown",
		"org.freedesktop.DBus.Error.NameHasNoOwner",
		"org.freedesktop.DBus.Error.Spawn.ExecFailed",
		"org.freedesktop.DBus.Error.Spawn.ChildExited",
		"org.freedesktop.DBus.Error.Spawn.ChildSignaled",
		"org.freedesktop.DBus.Error.Spawn.Failed",
		"org.freedesktop.DBus.Error.Spawn.ServiceNotFound",
		"org.freedesktop.DBus.Error.UnknownMethod",
		"org.freedesktop.DBus.Error.UnknownInterface":
		return errNoService
	case "org.freedesktop.DBus.Error.NoReply", "org.freedesktop.DBus.Error.Timeout", "org.freedesktop.DBus.Error.TimedOut":
		return fmt.Errorf("the keyring did not answer: %w", context.DeadlineExceeded)
	case "org.freedesktop.Secret.Error.IsLocked":
		return errLocked
	case "org.freedesktop.DBus.Error.AccessDenied":
		return fmt.Errorf("the keyring refused: %w", fs.ErrPermission)
	case "org.freedesktop.Secret.Error.NoSuchObject", "org.freedesktop.DBus.Error.UnknownObject":
		return errNoEntry
	default:
		return fmt.Errorf("the keyring failed: %w", err)
	}
}
