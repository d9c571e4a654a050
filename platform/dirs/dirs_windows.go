package dirs

import (
	"io/fs"
	"os/user"
	"path/filepath"
)

const windows = true

func homeOfUser() string {
	if u, err := user.Current(); err == nil {
		return u.HomeDir
	}
	return ""
}

func systemPlaces(getenv func(string) string) (d Dirs, logs string, err error) {
	home, err := homeDir(getenv)
	if err != nil {
		return Dirs{}, "", err
	}
	local := filepath.Join(place(getenv, "LOCALAPPDATA", filepath.Join(home, "AppData", "Local")), "Upshot")
	d.Config = filepath.Join(place(getenv, "APPDATA", filepath.Join(home, "AppData", "Roaming")), "Upshot")
	d.State = local
	d.Cache = filepath.Join(local, "Cache")
	return d, local, nil
}

// withSocket names the pipe; pipes have no directory.
func (d Dirs) withSocket(func(string) string) Dirs {
	d.Runtime = ""
	d.Socket = `\\.\pipe\upshot-` + mark(d.State)
	return d
}

// The profile's access rights keep others out of everything below it.
func checkOwner(string, fs.FileInfo) error { return nil }

func restrict(string, fs.FileInfo, bool) error { return nil }
