package dirs

import (
	"os"
	"path/filepath"
	"strconv"
)

// systemPlaces follows the XDG base directory specification.
func systemPlaces(getenv func(string) string) (d Dirs, logs string, err error) {
	home, err := homeDir(getenv)
	if err != nil {
		return Dirs{}, "", err
	}
	d.Config = filepath.Join(place(getenv, "XDG_CONFIG_HOME", filepath.Join(home, ".config")), "upshot")
	d.State = filepath.Join(place(getenv, "XDG_STATE_HOME", filepath.Join(home, ".local", "state")), "upshot")
	d.Cache = filepath.Join(place(getenv, "XDG_CACHE_HOME", filepath.Join(home, ".cache")), "upshot")
	// Without XDG_RUNTIME_DIR (cron, ssh, sudo) the place that a login would
	// have may be there all the same; else withSocket finds another.
	run := place(getenv, "XDG_RUNTIME_DIR", filepath.Join("/run/user", strconv.Itoa(os.Geteuid())))
	if info, err := os.Stat(run); err == nil && info.IsDir() && checkOwner(run, info) == nil {
		d.Runtime = filepath.Join(run, "upshot")
		d.own = append(d.own, d.Runtime)
	}
	return d, d.State, nil
}
