package wire

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func full() uploader.Settings {
	return uploader.Settings{
		Default: "main", Link: job.LinkChoice{Kind: client.LinkMarkdown}, NoNotify: true, NoCopy: true, Workers: 4,
		Accounts: []uploader.Account{{
			Name: "main", Address: "https://example.com", AllowHTTP: true, KeyInForm: true, Ask: true,
			Params: client.Params{Title: "t", Tags: []string{"a", "b"}, Album: "x", Category: 3, Width: 9, Expiration: "P3D", NSFW: true},
			Link:   job.LinkChoice{Template: "{{.url}}"},
		}, {Name: "two", Address: "https://two.example"}},
		Folders: []uploader.Folder{{
			Path: "/pictures", Account: "two", Recursive: true, Include: []string{"*.png"}, Exclude: []string{"raw/**"},
			Existing: uploader.ExistingUpload, After: "move=/sent", Quiet: 1500 * time.Millisecond, Paused: true,
			Params: client.Params{Description: "d"}, Link: job.LinkChoice{Kind: client.LinkShort},
		}},
	}
}

func TestSettingsComeBackAsTheyWereSaved(t *testing.T) {
	for name, want := range map[string]uploader.Settings{"full": full(), "empty": {}} {
		s := NewStore(filepath.Join(t.TempDir(), "sub", "config.toml"))
		if err := s.Save(want); err != nil {
			t.Fatal(err)
		}
		got, notices, err := s.Load()
		if err != nil || len(notices) > 0 {
			t.Fatalf("%s: %v, %v", name, notices, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s differ (-saved +loaded):\n%s", name, diff)
		}
	}
}

func TestTheSettingsFileIsForItsOwnerAloneAndReadable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := NewStore(path).Save(full()); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, path + ".good"} {
		info, err := os.Stat(p)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", p, info, err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# Upshot's settings.", "[[account]]", `address = "https://example.com"`, "[[folder]]", `quiet = "1.5s"`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("the file lacks %q:\n%s", want, data)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 2 {
		t.Errorf("directory holds %v, %v", left, err)
	}
}

func TestNoSettingsFileMeansDefaults(t *testing.T) {
	got, notices, err := NewStore(filepath.Join(t.TempDir(), "config.toml")).Load()
	if err != nil || len(notices) > 0 || !cmp.Equal(got, uploader.Settings{}) {
		t.Errorf("%+v, %v, %v", got, notices, err)
	}
}

// An editor that empties the file before it writes it, or puts another in its
// place, must not make accounts go and come back without what they had.
func TestAFileThatIsJustBeingSavedIsReadWhenItIsWhole(t *testing.T) {
	for name, halfway := range map[string]func(path string) error{
		"emptied":      func(path string) error { return os.Truncate(path, 0) },
		"half written": func(path string) error { return os.WriteFile(path, []byte("default = \"ma"), 0o600) },
		"away":         os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(dir, "config.toml")
				s := NewStore(path)
				if err := s.Save(full()); err != nil {
					t.Fatal(err)
				}
				if err := halfway(path); err != nil {
					t.Fatal(err)
				}
				for range 3 {
					if got, notices, err := s.Load(); err != nil || len(notices) > 0 || !cmp.Equal(got, full()) {
						t.Errorf("while it is saved: %+v, %v, %v", got, notices, err)
					}
				}
				if err := os.WriteFile(path, []byte("workers = 3\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				if got, _, err := s.Load(); err != nil || got.Workers != 3 || len(got.Accounts) > 0 {
					t.Errorf("once it is whole: %+v, %v", got, err)
				}
				if err := halfway(path); err != nil {
					t.Fatal(err)
				}
				if got, _, err := s.Load(); err != nil || got.Workers != 3 {
					t.Errorf("saved again: %+v, %v", got, err)
				}
				time.Sleep(saving)
				got, notices, err := s.Load()
				wish := name == "away" // only who removes it wants to begin anew
				if err != nil || (got.Workers == 3) == wish || len(notices) != 1 {
					t.Errorf("when it stays so: %+v, %v, %v", got, notices, err)
				}
			})
		})
	}
}

func TestABrokenSettingsFileIsKeptAsideAndSaidSo(t *testing.T) {
	for _, c := range []struct {
		name string
		good bool
	}{{"with a good copy", true}, {"without one", false}} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.toml")
			s := NewStore(path)
			want := uploader.Settings{}
			if c.good {
				want = full()
				if err := s.Save(want); err != nil {
					t.Fatal(err)
				}
			}
			const broken = "default = \"main\"\nworkers = = 3\n"
			if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
				t.Fatal(err)
			}
			got, notices, err := NewStore(path).Load()
			if err != nil || !cmp.Equal(got, want) {
				t.Errorf("%+v, %v", got, err)
			}
			if len(notices) != 1 || !strings.Contains(notices[0].Headline, "line 2") || notices[0].Hint == "" {
				t.Errorf("notices: %+v", notices)
			}
			aside, err := filepath.Glob(path + ".broken-*")
			if err != nil || len(aside) != 1 {
				t.Fatalf("set aside: %v, %v", aside, err)
			}
			if data, err := os.ReadFile(aside[0]); err != nil || string(data) != broken {
				t.Errorf("what was set aside holds %q, %v", data, err)
			}
			if data, err := os.ReadFile(path); err != nil || string(data) != broken {
				t.Errorf("the file itself, to be corrected, holds %q, %v", data, err)
			}
			for _, look := range []*store{NewStore(path), NewStore(path)} {
				if again, notices, err := look.Load(); err != nil || len(notices) != 1 || !cmp.Equal(again, want) {
					t.Errorf("the next look: %+v, %v, %v", again, notices, err)
				}
			}
			if aside, err := filepath.Glob(path + ".broken-*"); err != nil || len(aside) != 1 {
				t.Errorf("kept again: %v, %v", aside, err)
			}
		})
	}
}

func TestANameThatMeansNothingIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte("defualt = \"main\"\nworkers = 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, notices, err := NewStore(path).Load()
	if err != nil || got.Workers != 2 || len(notices) != 1 || !strings.Contains(notices[0].Headline, "defualt") {
		t.Errorf("%+v, %+v, %v", got, notices, err)
	}
}

func TestTwoDirtyBrokenFilesDoNotOverwriteEachOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	s := NewStore(path)
	for i := range 3 {
		if err := os.WriteFile(path, []byte("[[broken "+string(rune('0'+i))), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Load(); err != nil {
			t.Fatal(err)
		}
	}
	if aside, err := filepath.Glob(path + ".broken-*"); err != nil || len(aside) != 3 {
		t.Errorf("set aside: %v, %v", aside, err)
	}
}

func TestWhatOnlyAPersonOrANewerUpshotWroteIsKeptBeside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	s := NewStore(path)
	if err := s.Save(full()); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	change := func(data string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Save(full()); err != nil {
			t.Fatal(err)
		}
	}
	change(strings.Replace(string(written), "workers = 4", "workers = 2", 1))
	if exists(path + ".before") {
		t.Error("a copy is kept although only a value differs")
	}
	for _, more := range []string{"# my own words\n", "of_tomorrow = 1\n"} {
		change(more + string(written))
		if told := s.Notices(); len(told) != 1 || !strings.Contains(told[0].Headline, path+".before") {
			t.Errorf("told: %+v", told)
		}
		change(string(written)) // what we write ourselves does not replace it
		if kept, err := os.ReadFile(path + ".before"); err != nil || string(kept) != more+string(written) {
			t.Errorf("%q: kept %q, %v", more, kept, err)
		}
	}
	older, err := filepath.Glob(path + ".before-*")
	if err != nil || len(older) != 1 {
		t.Fatalf("older ones: %v, %v", older, err)
	}
	if kept, err := os.ReadFile(older[0]); err != nil || string(kept) != "# my own words\n"+string(written) {
		t.Errorf("what was kept first is %q, %v", kept, err)
	}
	if good, err := os.ReadFile(s.goodPath()); err != nil || string(good) != string(written) {
		t.Errorf("the good copy holds %q, %v", good, err)
	}
}
