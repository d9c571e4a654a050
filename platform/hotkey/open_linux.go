package hotkey

import "os"

const (
	noScreen = "there is no screen here, so there are no hotkeys"
	noPortal = "this desktop gives programs no hotkeys"
)

// open chooses the way that this session has. An X server inside a Wayland
// session hears only the keys that are typed into its own windows, so there it
// is the portal or nothing.
func open(c Config) (backend, error) {
	switch {
	case os.Getenv("WAYLAND_DISPLAY") != "" && os.Getenv("XDG_SESSION_TYPE") != "x11":
		return portal{app: c.App, log: c.Log}, nil
	case os.Getenv("DISPLAY") != "":
		return x11{retry: c.Retry}, nil
	default:
		return nil, errNone(noScreen)
	}
}
