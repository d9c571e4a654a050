//go:build !linux && !windows

package hotkey

func open(Config) (backend, error) {
	return nil, errNone("hotkeys are not built for this system")
}
