// Package dirs knows where things lie: the freedesktop base directories on
// Linux, Application Support on macOS, AppData on Windows, or one directory
// for all of it, named by UPSHOT_HOME. Everything there is for its owner alone.
//
// It imports nothing of Upshot, starts no goroutine, and touches the disk only
// in Make.
package dirs

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
)

// Config is what New needs; its zero value is right.
type Config struct {
	Getenv func(string) string // nil is os.Getenv
}

// Dirs is where things lie. All paths are absolute.
type Dirs struct {
	Config  string // settings
	State   string // database, lock, spool, log
	Cache   string // what can be made again
	Runtime string // the socket; on Windows unused

	ConfigFile string
	Database   string
	LockFile   string
	EngineFile string // who runs the engine, beside the database
	Spool      string // a directory: bytes that have no file of their own
	LogFile    string
	Socket     string // on Windows the name of a pipe
	Thumbs     string // a directory

	own []string // directories that are ours by their name: their mode is ours to set
}

// New finds the places. It fails if there is no home directory.
func New(c Config) (Dirs, error) {
	if c.Getenv == nil {
		c.Getenv = os.Getenv
	}
	if home := c.Getenv("UPSHOT_HOME"); home != "" {
		abs, err := filepath.Abs(home)
		if err != nil {
			return Dirs{}, fmt.Errorf("find UPSHOT_HOME: %w", err)
		}
		d := Dirs{Config: abs, State: abs, Cache: abs, Runtime: abs}
		return d.fill(c.Getenv, abs), nil
	}
	d, logs, err := systemPlaces(c.Getenv)
	if err != nil {
		return Dirs{}, err
	}
	d.own = append(d.own, d.Config, d.State, d.Cache, logs)
	return d.fill(c.Getenv, logs), nil
}

// fill names the files in the directories.
func (d Dirs) fill(getenv func(string) string, logs string) Dirs {
	d.ConfigFile = filepath.Join(d.Config, "config.toml")
	d.Database = filepath.Join(d.State, "upshot.db")
	d.LockFile = filepath.Join(d.State, "upshot.lock")
	d.EngineFile = filepath.Join(d.State, "engine.json")
	d.Spool = filepath.Join(d.State, "spool")
	d.LogFile = filepath.Join(logs, "upshot.log")
	d.Thumbs = filepath.Join(d.Cache, "thumbs")
	d.own = append(d.own, d.Spool, d.Thumbs)
	return d.withSocket(getenv)
}

// mark is a short name for one state directory, so that two of them never
// share a socket in a directory that they do share.
func mark(state string) string {
	h := fnv.New64a()
	h.Write([]byte(state))
	return fmt.Sprintf("%016x", h.Sum64())
}

func homeDir(getenv func(string) string) (string, error) {
	name := "HOME"
	if windows {
		name = "USERPROFILE"
	}
	if home := getenv(name); filepath.IsAbs(home) {
		return home, nil
	}
	if home := homeOfUser(); home != "" {
		return home, nil
	}
	return "", fmt.Errorf("there is no home directory; set %s, or UPSHOT_HOME to a directory for Upshot", name)
}

// place is an absolute path from the environment, or another. The base
// directory specification says that relative ones are to be ignored.
func place(getenv func(string) string, name, otherwise string) string {
	if v := getenv(name); filepath.IsAbs(v) {
		return v
	}
	return otherwise
}

// Make creates the directories, for their owner alone, and checks that they
// are ours.
func (d Dirs) Make() error {
	ours := map[string]bool{}
	for _, dir := range d.own {
		ours[dir] = true
	}
	for _, dir := range []string{d.Config, d.State, d.Cache, filepath.Dir(d.LogFile), d.Spool, d.Thumbs, d.Runtime} {
		if dir == "" {
			continue
		}
		if err := makePrivate(dir, ours[dir]); err != nil {
			return err
		}
	}
	return nil
}

// makePrivate makes sure of a directory that is ours. One that has our name is
// for us alone; one that the person named keeps the mode it has, as long as
// nobody else can write to it.
func makePrivate(dir string, ours bool) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the directory: %w", err)
	}
	// Not Stat: a link that somebody else put there leads wherever they like.
	// One that the person made leads to a directory that is checked the same.
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if info.Mode()&os.ModeSymlink != 0 {
		if err := checkOwner(dir, info); err != nil {
			return err
		}
		if info, err = os.Stat(dir); err != nil {
			return err
		}
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory", dir)
	}
	if err := checkOwner(dir, info); err != nil {
		return err
	}
	return restrict(dir, info, ours)
}
