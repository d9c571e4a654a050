package screen

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	portalName    = "org.freedesktop.portal.Desktop"
	portalPath    = dbus.ObjectPath("/org/freedesktop/portal/desktop")
	portalRequest = "org.freedesktop.portal.Request"
	// portalLife bounds a call whose context has no end: the portal may be
	// showing the person a question.
	portalLife = 2 * time.Minute
)

// portalOnly says whether programs may not look at this screen themselves:
// under Wayland, where X11 would show only its own windows.
func portalOnly() bool {
	return os.Getenv("WAYLAND_DISPLAY") != "" && os.Getenv("XDG_SESSION_TYPE") != "x11"
}

var errNoPortal = fmt.Errorf("this desktop offers no way to capture the screen (no screenshot portal): %w", errors.ErrUnsupported)

// portalCapture asks the desktop for a picture of all monitors, or lets it ask
// the person what to take.
func portalCapture(ctx context.Context, display int, ask bool) ([]byte, error) {
	if display > 1 || display < 0 {
		return nil, fmt.Errorf("there is no monitor %d: this desktop gives one picture of all monitors: %w", display, fs.ErrNotExist)
	}
	ctx, cancel := context.WithTimeout(ctx, portalLife)
	defer cancel()
	path, err := portalFile(ctx, ask)
	if err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, fmt.Errorf("the desktop did not answer the request for a capture: %w", context.DeadlineExceeded)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	// The portal makes the file for the caller alone, who takes it away.
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the capture: %w", err)
	}
	if !strings.HasPrefix(string(data[:min(8, len(data))]), pngSignature) {
		return nil, fmt.Errorf("the desktop's capture is not a PNG: %w", errors.ErrUnsupported)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("take the desktop's copy of the capture away: %w", err)
	}
	return data, nil
}

// portalFile makes one request and returns the file that answers it.
func portalFile(ctx context.Context, ask bool) (string, error) {
	conn, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return "", errNoPortal
	}
	defer conn.Close()
	// Later it must outlive ctx by a moment, to take the request back.
	hangUp := context.AfterFunc(ctx, func() { conn.Close() })
	if conn.Auth(nil) != nil || conn.Hello() != nil || !hangUp() {
		return "", errNoPortal
	}
	// The answer is a signal of an object whose name follows from ours and a
	// token, so that we can listen before we ask.
	token := "upshot" + strings.ToLower(rand.Text())
	sender := strings.ReplaceAll(strings.TrimPrefix(conn.Names()[0], ":"), ".", "_")
	request := portalPath + "/request/" + dbus.ObjectPath(sender+"/"+token)
	signals := make(chan *dbus.Signal, 8)
	conn.Signal(signals)
	err = conn.AddMatchSignalContext(ctx, dbus.WithMatchInterface(portalRequest), dbus.WithMatchMember("Response"))
	if err != nil {
		return "", errNoPortal
	}
	var handle dbus.ObjectPath
	// Without a parent: a question cannot be asked over a window of ours, since
	// whoever captures has none, or has it out of the picture.
	err = conn.Object(portalName, portalPath).CallWithContext(ctx, "org.freedesktop.portal.Screenshot.Screenshot", 0, "",
		map[string]dbus.Variant{"handle_token": dbus.MakeVariant(token), "interactive": dbus.MakeVariant(ask)}).Store(&handle)
	if err != nil {
		if ctx.Err() != nil {
			takeBack(conn, request)
		}
		return "", portalError(err)
	}
	for {
		select {
		case s, ok := <-signals:
			if !ok {
				return "", errNoPortal
			}
			// An old portal chooses the object's name itself.
			if s.Path == request || s.Path == handle {
				return portalAnswer(s.Body)
			}
		case <-ctx.Done():
			takeBack(conn, handle)
			return "", ctx.Err()
		}
	}
}

// takeBack closes what the portal may be asking the person. It has been sent
// when this returns; nobody waits for an answer.
func takeBack(conn *dbus.Conn, request dbus.ObjectPath) {
	conn.Object(portalName, request).Go(portalRequest+".Close", dbus.FlagNoReplyExpected, nil)
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
		return errNoPortal
	case "org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.portal.Error.NotAllowed":
		return fmt.Errorf("the desktop does not allow captures: %w", fs.ErrPermission)
	default:
		return fmt.Errorf("ask the desktop for a capture: %w", err)
	}
}

// portalAnswer reads a response: 0 is done, 1 canceled by the person, 2 ended
// in some other way.
func portalAnswer(body []any) (string, error) {
	var code uint32
	var results map[string]dbus.Variant
	if err := dbus.Store(body, &code, &results); err != nil {
		return "", fmt.Errorf("the desktop's answer makes no sense: %w", err)
	}
	switch code {
	case 0:
	case 1:
		return "", fmt.Errorf("the capture was canceled: %w", fs.ErrPermission)
	default:
		return "", fmt.Errorf("the desktop did not allow the capture: %w", fs.ErrPermission)
	}
	uri, _ := results["uri"].Value().(string)
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" || u.Path == "" {
		return "", errors.New("the desktop's answer names no file")
	}
	return u.Path, nil
}
