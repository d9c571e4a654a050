package network

import (
	"context"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	managerName = "org.freedesktop.NetworkManager"
	managerPath = dbus.ObjectPath("/org/freedesktop/NetworkManager")
	// managerTime bounds a question to NetworkManager.
	managerTime = 5 * time.Second
)

func metered(ctx context.Context) (bool, error) {
	conn, err := systemBus(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	return askMetered(ctx, conn)
}

func systemBus(ctx context.Context) (*dbus.Conn, error) {
	conn, err := dbus.SystemBusPrivate(dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()))
	if err != nil {
		return nil, errNoCost
	}
	hangUp := context.AfterFunc(ctx, func() { conn.Close() })
	if conn.Auth(nil) != nil || conn.Hello() != nil || !hangUp() {
		conn.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, errNoCost
	}
	return conn, nil
}

// askMetered reads the property Metered: 1 yes, 2 no, 3 a guess that it is, 4
// a guess that it is not, 0 unknown (NMMetered). Nobody is started for it.
func askMetered(ctx context.Context, conn *dbus.Conn) (bool, error) {
	ask, cancel := context.WithTimeout(ctx, managerTime)
	defer cancel()
	var v dbus.Variant
	err := conn.Object(managerName, managerPath).CallWithContext(ask, "org.freedesktop.DBus.Properties.Get",
		dbus.FlagNoAutoStart, managerName, "Metered").Store(&v)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		return false, errNoCost
	}
	state, _ := v.Value().(uint32)
	return state == 1 || state == 3, nil
}

// watchMetered tells now, and whenever NetworkManager does, until ctx ends.
func watchMetered(ctx context.Context, tell func(bool)) {
	conn, err := systemBus(ctx)
	if err != nil {
		tell(false)
		return
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	for _, match := range [][]dbus.MatchOption{
		{dbus.WithMatchObjectPath(managerPath), dbus.WithMatchInterface("org.freedesktop.DBus.Properties"), dbus.WithMatchMember("PropertiesChanged"), dbus.WithMatchArg(0, managerName)},
		{dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, managerName)},
	} {
		if err := conn.AddMatchSignalContext(ctx, match...); err != nil {
			tell(false)
			return
		}
	}
	for {
		costs, err := askMetered(ctx, conn)
		if ctx.Err() != nil {
			return
		}
		tell(err == nil && costs)
		if _, ok := <-signals; !ok {
			return // the bus has gone, or ctx ended
		}
	}
}
