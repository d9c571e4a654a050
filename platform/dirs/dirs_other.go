//go:build !linux && !darwin && !windows

package dirs

import "path/filepath"

func systemPlaces(getenv func(string) string) (d Dirs, logs string, err error) {
	home, err := homeDir(getenv)
	if err != nil {
		return Dirs{}, "", err
	}
	d.Config = filepath.Join(place(getenv, "XDG_CONFIG_HOME", filepath.Join(home, ".config")), "upshot")
	d.State = filepath.Join(place(getenv, "XDG_STATE_HOME", filepath.Join(home, ".local", "state")), "upshot")
	d.Cache = filepath.Join(place(getenv, "XDG_CACHE_HOME", filepath.Join(home, ".cache")), "upshot")
	return d, d.State, nil
}
