package wire

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"images-uploader.com/upshot/client/uploader"
)

// Nobody asks an agent whose window is closed anything.
func TestAnEngineThatNobodyAsksSeesTheChangeToo(t *testing.T) {
	a, path := running(t, first)
	deaf := &Attached{Uploader: a.engine} // which does not look at the file when it is asked
	named := func(name string) func(uploader.Snapshot) bool {
		return func(s uploader.Snapshot) bool { return len(s.Accounts) == 1 && s.Accounts[0].Name == name }
	}
	overwrite(t, path, strings.ReplaceAll(first, "first", "second"))
	becomes(t, deaf, "seen", named("second"))
	overwrite(t, path, "workers = = 3\n")
	becomes(t, deaf, "told", func(s uploader.Snapshot) bool {
		return len(s.Notices) == 1 && s.Notices[0].ID == noticeBroken && named("second")(s)
	})
	other := path + ".new"
	overwrite(t, other, strings.ReplaceAll(first, "first", "third"))
	if err := os.Rename(other, path); err != nil { // as most editors save
		t.Fatal(err)
	}
	becomes(t, deaf, "seen, and the trouble over", func(s uploader.Snapshot) bool { return len(s.Notices) == 0 && named("third")(s) })
}

func TestAChangeBehindALinkIsSeenToo(t *testing.T) {
	home, dotfiles := t.TempDir(), t.TempDir()
	to := filepath.Join(dotfiles, "upshot.toml")
	overwrite(t, to, first)
	path := filepath.Join(home, "config.toml")
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(){
		"of the file": func() { overwrite(t, to, "workers = 2\n") },
		"of the link": func() { _ = os.Remove(path) },
	} {
		events := settingsEvents(t.Context(), path)
		change()
		if _, ok := <-events; !ok {
			t.Errorf("a change %s is not seen", name)
		}
		if err := os.Symlink(to, path); err != nil && !os.IsExist(err) {
			t.Fatal(err)
		}
	}
}
