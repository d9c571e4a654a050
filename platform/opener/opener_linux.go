package opener

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/godbus/dbus/v5"
)

// managerTime bounds a file manager that the bus must start first.
const managerTime = 5 * time.Second

// Ready says whether there is something that would open a link; nothing is
// opened.
func (o *Opener) Ready() error {
	if !hasScreen() {
		return errNoScreen
	}
	for _, p := range []string{"xdg-open", "gio"} {
		if _, err := exec.LookPath(p); err == nil {
			return nil
		}
	}
	return errNoProgram
}

func (o *Opener) openURL(ctx context.Context, address string) error {
	// Without a screen xdg-open would look for a browser in a terminal.
	if !hasScreen() {
		return errNoScreen
	}
	return o.startAny(ctx, [][]string{{"xdg-open", address}, {"gio", "open", address}})
}

func (o *Opener) showFile(ctx context.Context, path string) error {
	if !hasScreen() {
		return errNoScreen
	}
	if showItem(ctx, path) == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	dir := filepath.Dir(path) // without a file manager on the bus: its folder
	return o.startAny(ctx, [][]string{{"xdg-open", dir}, {"gio", "open", dir}})
}

// showItem asks the file manager, by the interface that most of them have.
func showItem(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, managerTime)
	defer cancel()
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Auth(nil); err != nil {
		return err
	}
	if err := conn.Hello(); err != nil {
		return err
	}
	uri := (&url.URL{Scheme: "file", Path: path}).String()
	return conn.Object("org.freedesktop.FileManager1", "/org/freedesktop/FileManager1").
		CallWithContext(ctx, "org.freedesktop.FileManager1.ShowItems", 0, []string{uri}, "").Err
}

var errNoScreen = fmt.Errorf("there is no screen to show it on: %w", errors.ErrUnsupported)

func hasScreen() bool {
	return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}
