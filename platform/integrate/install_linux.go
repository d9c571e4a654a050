package integrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// toolTime bounds a tool that refreshes a list of the desktop's.
const toolTime = 20 * time.Second

func findPlaces(getenv func(string) string) (places, error) {
	home := getenv("HOME")
	place := func(name string, otherwise ...string) string {
		if dir := getenv(name); filepath.IsAbs(dir) {
			return dir
		}
		return filepath.Join(append([]string{home}, otherwise...)...)
	}
	p := places{dataHome: place("XDG_DATA_HOME", ".local", "share"), configHome: place("XDG_CONFIG_HOME", ".config")}
	if !filepath.IsAbs(p.dataHome) || !filepath.IsAbs(p.configHome) {
		return p, errors.New("integrate: there is no home directory (HOME is not set)")
	}
	return p, nil
}

func install(ctx context.Context, c Config) ([]Change, error) {
	p, err := findPlaces(c.Getenv)
	if err != nil {
		return nil, err
	}
	o := readOpeners(p, c.Getenv)
	configDirs := searchPath(c.Getenv("XDG_CONFIG_DIRS"), "/etc/xdg")
	edits := []edit{
		newDefaults(c, p, o), newThunar(c, p, configDirs), // before the cache makes us known
		caches{c, p.data("applications"), p.data("icons", "hicolor")},
	}
	return installAll(ctx, c, entries(c, p, o.types()), edits)
}

func remove(ctx context.Context, c Config) ([]Change, error) {
	undo := func(t touched, _ *list) ([]Change, error) {
		if t.Kind == kindAction {
			return removeAction(t)
		}
		return removeDefaults(t)
	}
	return removeAll(ctx, c, undo, func(l *list) []Change {
		var changes []Change
		for _, t := range l.Touched {
			if t.Kind == kindCache {
				changes = append(changes, dropCache(ctx, c, t)...)
				l.drop(t.Path, t.Kind)
			}
		}
		return changes
	})
}

const (
	mimeCache = "mimeinfo.cache"
	iconCache = "icon-theme.cache"
	whatCache = `list behind "Open with"`
)

// caches are lists that the desktop's tools make of the files; without
// mimeinfo.cache "Open with" does not know us.
type caches struct {
	c            Config
	applications string
	icons        string
}

func (k caches) install(ctx context.Context, l *list) ([]Change, error) {
	path := filepath.Join(k.applications, mimeCache)
	change := Change{Path: path, What: whatCache, Did: Updated}
	_, err := os.Stat(path)
	ours := l.find(path, kindCache)
	if errors.Is(err, fs.ErrNotExist) {
		change.Did = Created
	}
	if ours == nil {
		t := touched{Path: path, Kind: kindCache, What: whatCache}
		if change.Did == Created {
			t.Made = sum(nil)
		}
		l.put(t)
		if err := l.write(k.c.List); err != nil {
			return nil, err
		}
	}
	refreshIcons(k.icons)
	found, err := run(ctx, k.c, "update-desktop-database", k.applications)
	if !found {
		l.drop(path, kindCache)
		change.Did, change.Why = Kept, "update-desktop-database is not installed (package desktop-file-utils), so some file managers will not offer Upshot"
		return []Change{change}, nil
	}
	if err != nil {
		return nil, err
	}
	return []Change{change}, nil
}

// dropCache has a list made anew without us, and takes it away if we were all
// that it had.
func dropCache(ctx context.Context, c Config, t touched) []Change {
	change := Change{Path: t.Path, What: t.What, Did: Updated}
	dir := filepath.Dir(t.Path)
	refreshIcons(filepath.Join(filepath.Dir(dir), "icons", "hicolor"))
	if _, err := run(ctx, c, "update-desktop-database", dir); err != nil {
		change.Did, change.Why = Kept, err.Error()
	}
	b, err := os.ReadFile(t.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if t.Made != "" && err == nil && strings.TrimSpace(string(b)) == "[MIME Cache]" && os.Remove(t.Path) == nil {
		change.Did = Removed
	}
	return []Change{change}
}

// refreshIcons makes an old cache of icons count as old: it does when the
// directory is younger.
func refreshIcons(dir string) {
	if _, err := os.Stat(filepath.Join(dir, iconCache)); err == nil {
		now := time.Now()
		_ = os.Chtimes(dir, now, now) // else the icon is seen at the next refresh
	}
}

// run runs a tool of the desktop's, if it is installed.
func run(ctx context.Context, c Config, tool string, args ...string) (found bool, err error) {
	path, err := exec.LookPath(tool)
	if err != nil {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, toolTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.WaitDelay = time.Second
	// No key of ours goes to a child.
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "UPSHOT_") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	for _, name := range []string{"HOME", "XDG_DATA_HOME"} {
		if v := c.Getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return true, fmt.Errorf("%s: %w %s", tool, err, strings.TrimSpace(string(out)))
	}
	return true, nil
}
