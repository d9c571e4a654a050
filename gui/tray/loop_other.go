//go:build !windows && !darwin

package tray

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"fyne.io/systray"
)

// desktop checks for a session bus. The library would start one of its own
// with dbus-launch, where nobody would look for an icon, and only logs when
// that fails.
func desktop(ctx context.Context) error {
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if address == "" || address == "autolaunch:" {
		// Where systemd puts it; the library looks there too.
		address = "unix:path=" + filepath.Join("/run/user", strconv.Itoa(os.Getuid()), "bus")
	}
	reasons := errors.New("no address that a program can reach")
	for one := range strings.SplitSeq(address, ";") {
		kind, parameters, _ := strings.Cut(one, ":")
		if kind != "unix" {
			if kind == "tcp" || kind == "nonce-tcp" || kind == "unixexec" {
				return nil
			}
			continue
		}
		var d net.Dialer
		conn, err := d.DialContext(ctx, "unix", socket(parameters))
		if err == nil {
			return conn.Close()
		}
		reasons = err
	}
	return fmt.Errorf("there is no session bus (%v): %w", reasons, errors.ErrUnsupported) //nolint:errorlint // why there is none does not matter to a caller
}

// socket is the socket that the parameters of a bus address name.
func socket(parameters string) string {
	for parameter := range strings.SplitSeq(parameters, ",") {
		name, escaped, _ := strings.Cut(parameter, "=")
		value, err := url.PathUnescape(escaped)
		switch {
		case err != nil:
		case name == "path":
			return value
		case name == "abstract":
			return "@" + value
		}
	}
	return ""
}

// loop shows the tray. The menu is made before the library tells the bus of
// it: what is set in between, the library forgets.
func (t *Tray) loop(ctx context.Context) error {
	systray.SetTitle("Upshot")
	if t.cfg.Open != nil {
		systray.SetOnTapped(func() { go t.open() }) // the caller takes our messages
	}
	t.build()
	begin, end := systray.RunWithExternalLoop(nil, nil)
	begun := make(chan struct{})
	go func() { begin(); close(begun) }()
	select {
	case <-begun:
	case <-ctx.Done():
		return nil // a bus that takes connections and never answers
	}
	t.attend(ctx)
	if ctx.Err() == nil {
		return errLost
	}
	end()
	return nil
}

// label is text as a line of the menu: one underscore would mark the access
// key and not be shown.
func label(text string) string { return strings.ReplaceAll(text, "_", "__") }

func picture(png, _ []byte) []byte { return png }
