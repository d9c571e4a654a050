package wire

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/platform/dirs"
)

// Config says for whom the house is opened.
type Config struct {
	Version string
	Verbose bool
	// Services are the desktop's; New... of this package makes the real ones.
	Services Services
}

// Services are the ports that the system gives.
type Services struct {
	Keys      engine.Keys
	Clipboard engine.Clipboard
	Screen    engine.Screen
	Regions   engine.Regions
	Notifier  engine.Notifier
	Opener    engine.Opener
	Trash     engine.Trash
	Network   engine.Network
	Autostart engine.Autostart
}

// House is everything of one person's Upshot that needs no lock.
type House struct {
	Dirs     dirs.Dirs
	Log      *slog.Logger
	Version  string
	Services Services
	// Server is the account of this process from UPSHOT_SERVER and
	// UPSHOT_KEY; nil when either is missing. Key is UPSHOT_KEY by itself.
	Server *uploader.Server
	Key    client.Key

	store   *store
	look    time.Duration // how often we look at our socket; 0: socketLook
	close   io.Closer
	adopted chan struct{}

	restarted bool // an older agent was started again as this program
}

// Adopted gives a value when a client has brought a desktop that this
// process did not have.
func (h *House) Adopted() <-chan struct{} { return h.adopted }

// Open finds the directories, makes them, and takes UPSHOT_KEY out of the
// environment, so that no child gets it.
func Open(cfg Config) (*House, error) {
	d, err := dirs.New(dirs.Config{Getenv: os.Getenv})
	if err != nil {
		return nil, fmt.Errorf("find our directories: %w", err)
	}
	if home := os.Getenv("UPSHOT_HOME"); home != "" && !filepath.IsAbs(home) {
		// What we start runs in another directory, and means this one.
		if err := os.Setenv("UPSHOT_HOME", d.State); err != nil {
			return nil, fmt.Errorf("name our directory: %w", err)
		}
	}
	if err := d.Make(); err != nil {
		return nil, fmt.Errorf("make our directories: %w", err)
	}
	level := slog.LevelInfo
	if cfg.Verbose {
		level = slog.LevelDebug
	}
	h := &House{Dirs: d, Version: cfg.Version, Services: cfg.Services, store: NewStore(d.ConfigFile), adopted: make(chan struct{}, 1)}
	h.Log, h.close = openLog(d.LogFile, level)
	h.store.log = h.Log
	h.Key = client.NewKey(strings.TrimSpace(os.Getenv("UPSHOT_KEY")))
	if err := os.Unsetenv("UPSHOT_KEY"); err != nil {
		return nil, fmt.Errorf("take the key out of the environment: %w", err)
	}
	if server := os.Getenv("UPSHOT_SERVER"); server != "" && !h.Key.IsZero() {
		h.Server = &uploader.Server{Address: server, Key: h.Key}
	}
	return h, nil
}

// SettingsShut says why the settings could not be written, as far as one can
// see: what is in the way, and after "; " what to do. Nil: they can.
func (h *House) SettingsShut() error { return writable(h.Dirs.ConfigFile) }

// Close closes the log.
func (h *House) Close() error { return h.close.Close() }

// desktopNames are what a program needs to find the desktop.
var desktopNames = []string{"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP"}

// desktop is what this process knows of the desktop, for an engine that was
// started without one.
func desktop() map[string]string {
	env := map[string]string{}
	for _, name := range desktopNames {
		if v := os.Getenv(name); v != "" {
			env[name] = v
		}
	}
	return env
}

// adopt takes a client's desktop over where ours is missing or has died.
func (h *House) adopt(env map[string]string) {
	took := false
	for _, name := range desktopNames {
		have, offered := os.Getenv(name), env[name]
		if offered == "" || have == offered || have != "" && alive(name, have) {
			continue
		}
		_ = os.Setenv(name, offered) // fails only for names that these are not
		took = true
	}
	if !took {
		return
	}
	h.Log.Info("a client's desktop is used from now on")
	select {
	case h.adopted <- struct{}{}:
	default:
	}
}

// alive reports whether what a variable points to still answers. What cannot
// be asked counts as alive.
func alive(name, value string) bool {
	network, address := "unix", ""
	switch name {
	case "DISPLAY":
		network, address = display(value)
	case "WAYLAND_DISPLAY":
		if address = value; !filepath.IsAbs(value) {
			address = filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), value)
		}
	case "DBUS_SESSION_BUS_ADDRESS":
		if rest, ok := strings.CutPrefix(value, "unix:path="); ok {
			address, _, _ = strings.Cut(rest, ",")
		}
	}
	if address == "" {
		return true
	}
	conn, err := net.DialTimeout(network, address, time.Second)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// firstDisplay is the TCP port of display 0; ssh forwards one as
// localhost:10.0, which ends with its connection.
const firstDisplay = 6000

// display is where an X server listens, as DISPLAY says; the address is empty
// for another computer's, which is not asked.
func display(value string) (network, address string) {
	host, number, _ := strings.Cut(value, ":")
	number, _, _ = strings.Cut(number, ".")
	n, err := strconv.Atoi(number)
	switch {
	case err != nil:
		return "", ""
	case host == "" || host == "unix":
		return "unix", "/tmp/.X11-unix/X" + number
	case host == "localhost":
		return "tcp", net.JoinHostPort(host, strconv.Itoa(firstDisplay+n))
	default:
		return "", ""
	}
}
