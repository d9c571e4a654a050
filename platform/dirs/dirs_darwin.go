package dirs

import "path/filepath"

func systemPlaces(getenv func(string) string) (d Dirs, logs string, err error) {
	home, err := homeDir(getenv)
	if err != nil {
		return Dirs{}, "", err
	}
	library := filepath.Join(home, "Library")
	d.Config = filepath.Join(library, "Application Support", "Upshot")
	d.State = d.Config
	d.Cache = filepath.Join(library, "Caches", "Upshot")
	return d, filepath.Join(library, "Logs", "Upshot"), nil
}
