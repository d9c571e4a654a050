package dirs_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"images-uploader.com/upshot/platform/dirs"
)

func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func found(t *testing.T, pairs ...string) dirs.Dirs {
	t.Helper()
	d, err := dirs.New(dirs.Config{Getenv: env(pairs...)})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// short is a directory whose path leaves room for a socket.
func short(t *testing.T) string {
	dir, err := os.MkdirTemp("", "upd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestPlacesOfTheBaseDirectorySpecification(t *testing.T) {
	run := short(t)
	cases := []struct {
		name string
		env  []string
		want map[string]string
	}{
		{"the usual ones", []string{"HOME", "/home/a", "XDG_RUNTIME_DIR", run}, map[string]string{
			"config": "/home/a/.config/upshot/config.toml", "database": "/home/a/.local/state/upshot/upshot.db",
			"lock": "/home/a/.local/state/upshot/upshot.lock", "engine": "/home/a/.local/state/upshot/engine.json",
			"spool": "/home/a/.local/state/upshot/spool", "log": "/home/a/.local/state/upshot/upshot.log",
			"thumbs": "/home/a/.cache/upshot/thumbs", "socket": run + "/upshot/upshot.sock",
		}},
		{"moved ones", []string{
			"HOME", "/home/a", "XDG_CONFIG_HOME", "/c", "XDG_STATE_HOME", "/s", "XDG_CACHE_HOME", "/k", "XDG_RUNTIME_DIR", run,
		}, map[string]string{
			"config": "/c/upshot/config.toml", "database": "/s/upshot/upshot.db", "lock": "/s/upshot/upshot.lock",
			"engine": "/s/upshot/engine.json", "spool": "/s/upshot/spool", "log": "/s/upshot/upshot.log",
			"thumbs": "/k/upshot/thumbs", "socket": run + "/upshot/upshot.sock",
		}},
		{"relative ones do not count", []string{"HOME", "/home/a", "XDG_CONFIG_HOME", "c", "XDG_RUNTIME_DIR", run}, map[string]string{
			"config": "/home/a/.config/upshot/config.toml", "socket": run + "/upshot/upshot.sock",
		}},
		{"all in one", []string{"HOME", "/home/a", "UPSHOT_HOME", "/portable", "XDG_CONFIG_HOME", "/c"}, map[string]string{
			"config": "/portable/config.toml", "database": "/portable/upshot.db", "lock": "/portable/upshot.lock",
			"engine": "/portable/engine.json", "spool": "/portable/spool", "log": "/portable/upshot.log",
			"thumbs": "/portable/thumbs", "socket": "/portable/upshot.sock",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := found(t, c.env...)
			got := map[string]string{
				"config": d.ConfigFile, "database": d.Database, "lock": d.LockFile, "engine": d.EngineFile,
				"spool": d.Spool, "log": d.LogFile, "thumbs": d.Thumbs, "socket": d.Socket,
			}
			for name, want := range c.want {
				if got[name] != want {
					t.Errorf("%s: %s, want %s", name, got[name], want)
				}
			}
		})
	}
}

func TestRelativeHomeOfOurOwnIsMadeAbsolute(t *testing.T) {
	t.Chdir(t.TempDir())
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if d := found(t, "UPSHOT_HOME", "here"); d.ConfigFile != filepath.Join(wd, "here", "config.toml") {
		t.Errorf("config: %s", d.ConfigFile)
	}
}

func TestSocketPathsStayShortAndApart(t *testing.T) {
	long := filepath.Join(short(t), strings.Repeat("x", 100))
	tmp := short(t)
	a := found(t, "UPSHOT_HOME", long, "TMPDIR", tmp)
	b := found(t, "UPSHOT_HOME", long+"2", "TMPDIR", tmp)
	for _, d := range []dirs.Dirs{a, b} {
		if len(d.Socket) > 100 || filepath.Dir(filepath.Dir(d.Socket)) != tmp {
			t.Errorf("socket: %s", d.Socket)
		}
		if err := d.Make(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(filepath.Dir(d.Socket)); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("its directory: %v, %v", info.Mode(), err)
		}
	}
	if a.Socket == b.Socket {
		t.Error("two homes share a socket")
	}
	if again := found(t, "UPSHOT_HOME", long, "TMPDIR", tmp); again.Socket != a.Socket {
		t.Error("the same home has another socket the next time")
	}
	if d := found(t, "UPSHOT_HOME", long, "TMPDIR", long); len(d.Socket) > 100 {
		t.Errorf("with a long TMPDIR: %s", d.Socket)
	}
	t.Run("also without a runtime directory", func(t *testing.T) {
		d := found(t, "HOME", tmp, "XDG_RUNTIME_DIR", filepath.Join(tmp, "missing"), "TMPDIR", tmp)
		if filepath.Dir(filepath.Dir(d.Socket)) != tmp {
			t.Errorf("socket: %s", d.Socket)
		}
	})
}

func TestMakeIsPrivateAndRepeats(t *testing.T) {
	home, run := short(t), short(t)
	d := found(t, "HOME", home, "XDG_RUNTIME_DIR", run)
	if err := os.MkdirAll(d.State, 0o755); err != nil { // made by somebody less careful
		t.Fatal(err)
	}
	if err := os.Chmod(d.State, 0o777); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.Make(); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{d.Config, d.State, d.Cache, d.Runtime, d.Spool, d.Thumbs} {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", dir, info, err)
		}
	}
}

func TestMakeRefusesWhatIsNotSafe(t *testing.T) {
	t.Run("a home that others can write to", func(t *testing.T) {
		home := short(t)
		if err := os.Chmod(home, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := found(t, "UPSHOT_HOME", home).Make(); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("Make: %v", err)
		}
	})
	t.Run("a home that others can only read keeps its mode", func(t *testing.T) {
		home := short(t)
		if err := os.Chmod(home, 0o755); err != nil {
			t.Fatal(err)
		}
		d := found(t, "UPSHOT_HOME", home)
		if err := d.Make(); err != nil {
			t.Fatal(err)
		}
		if info, _ := os.Stat(home); info.Mode().Perm() != 0o755 {
			t.Errorf("mode: %v", info.Mode())
		}
		if info, _ := os.Stat(d.Spool); info.Mode().Perm() != 0o700 {
			t.Errorf("mode of the spool: %v", info.Mode())
		}
	})
	t.Run("a file in the way", func(t *testing.T) {
		home := short(t)
		d := found(t, "UPSHOT_HOME", filepath.Join(home, "file"))
		if err := os.WriteFile(filepath.Join(home, "file"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := d.Make(); err == nil {
			t.Error("no error")
		}
	})
	t.Run("a private directory that somebody else has made first", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("only root can give a directory away")
		}
		tmp := short(t)
		long := filepath.Join(tmp, strings.Repeat("x", 100))
		d := found(t, "UPSHOT_HOME", long, "TMPDIR", tmp)
		theirs := filepath.Dir(d.Socket)
		if err := os.Mkdir(theirs, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(theirs, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if err := d.Make(); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("their directory: %v", err)
		}
		if err := os.Remove(theirs); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(long, theirs); err != nil {
			t.Fatal(err)
		}
		if err := os.Lchown(theirs, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if err := d.Make(); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("their link to ours: %v", err)
		}
	})
	t.Run("the home of another user, as under sudo", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("only root can be under sudo")
		}
		home := short(t)
		d := found(t, "HOME", home, "XDG_RUNTIME_DIR", short(t))
		if err := os.MkdirAll(d.State, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(d.State, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if err := d.Make(); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "sudo") {
			t.Errorf("Make: %v", err)
		}
	})
}
