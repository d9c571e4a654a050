package wire

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/platform/keyring"
)

// running is an agent of a person whose settings file holds this.
func running(t *testing.T, config string) (*Attached, string) {
	t.Helper()
	home := t.TempDir()
	t.Setenv("UPSHOT_HOME", home)
	t.Setenv("UPSHOT_SERVER", "")
	path := filepath.Join(home, "config.toml")
	overwrite(t, path, config)
	h, err := Open(Config{Version: "test", Services: Services{Keys: keys{keyring.New(keyring.Config{})}}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := h.Attach(t.Context(), As{Role: uploader.RoleAgent})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		h.Close()
	})
	return a, path
}

func snapshot(t *testing.T, a *Attached) uploader.Snapshot {
	t.Helper()
	snap, err := a.Snapshot(t.Context(), uploader.None{})
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

// becomes waits for a snapshot that fits.
func becomes(t *testing.T, a *Attached, what string, fits func(uploader.Snapshot) bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		snap := snapshot(t, a)
		if fits(snap) {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("never %s; the snapshot is %+v", what, snap)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

const first = "[[account]]\nname = \"first\"\naddress = \"https://first.example\"\n"

func TestARunningEngineSeesAnAccountWrittenByHandAtOnce(t *testing.T) {
	a, path := running(t, first)
	if snap := snapshot(t, a); len(snap.Accounts) != 1 || snap.Accounts[0].Name != "first" {
		t.Fatalf("accounts: %+v", snap.Accounts)
	}
	overwrite(t, path, strings.ReplaceAll(first, "first", "second"))
	if snap := snapshot(t, a); len(snap.Accounts) != 1 || snap.Accounts[0].Name != "second" {
		t.Errorf("accounts: %+v", snap.Accounts)
	}
}

func TestAFolderWrittenByHandIsWatchedWithoutARestart(t *testing.T) {
	a, path := running(t, first)
	dir := t.TempDir()
	overwrite(t, path, first+"[[folder]]\npath = '"+dir+"'\n")
	becomes(t, a, "watched", func(s uploader.Snapshot) bool {
		return len(s.Folders) == 1 && s.Folders[0].Folder.Path == dir
	})
	overwrite(t, path, first)
	becomes(t, a, "left alone", func(s uploader.Snapshot) bool { return len(s.Folders) == 0 })
}

func TestTroubleWithTheSettingsIsANoticeUntilItIsOver(t *testing.T) {
	a, path := running(t, first)
	has := func(id string) func(uploader.Snapshot) bool {
		return func(s uploader.Snapshot) bool {
			return len(s.Notices) == 1 && s.Notices[0].ID == id && len(s.Accounts) == 1
		}
	}
	overwrite(t, path, "workers = = 3\n")
	if snap := snapshot(t, a); len(snap.Notices) > 0 {
		t.Errorf("told while an editor may be at it: %+v", snap.Notices)
	}
	becomes(t, a, "told", has(noticeBroken))
	overwrite(t, path, "")
	becomes(t, a, "told", has(noticeEmpty))
	overwrite(t, path, first)
	if snap := snapshot(t, a); len(snap.Notices) > 0 || len(snap.Accounts) != 1 {
		t.Errorf("told when it is over: %+v", snap.Notices)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	becomes(t, a, "told", func(s uploader.Snapshot) bool {
		return len(s.Notices) == 1 && s.Notices[0].ID == noticeRemoved && len(s.Accounts) == 0
	})
}
