//go:build !linux && !windows && !(darwin && cgo)

package hotkey

func open(Config) (backend, error) {
	return nil, errNone("hotkeys are not built for this system")
}
