//go:build !windows && !darwin

package trayhost

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"
)

const (
	watcher      = "org.kde.StatusNotifierWatcher" // its name and its interface
	watcherPath  = "/StatusNotifierWatcher"
	hostProperty = "IsStatusNotifierHostRegistered"
)

func present(ctx context.Context) (bool, error) {
	conn, err := connect(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	var owned bool
	err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, watcher).Store(&owned)
	if err != nil || !owned {
		return false, asked(ctx, err)
	}
	var value dbus.Variant
	err = conn.Object(watcher, watcherPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart, watcher, hostProperty).Store(&value)
	if err != nil {
		return false, asked(ctx, err)
	}
	there, _ := value.Value().(bool)
	return there, nil
}

func lost(ctx context.Context) error {
	conn, err := connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	<-conn.Context().Done()
	return ctx.Err()
}

// connect opens a connection of our own, so that closing it harms nobody.
func connect(ctx context.Context) (*dbus.Conn, error) {
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return nil, unsupported(ctx, err)
	}
	if err := conn.Auth(nil); err != nil {
		conn.Close()
		return nil, unsupported(ctx, err)
	}
	if err := conn.Hello(); err != nil {
		conn.Close()
		return nil, unsupported(ctx, err)
	}
	return conn, nil
}

// unsupported tells a bus that is not there from a context that has ended.
func unsupported(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("no session bus (%v): %w", err, errors.ErrUnsupported) //nolint:errorlint // why there is none does not matter to a caller
}

// asked is why a question got no answer.
func asked(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
