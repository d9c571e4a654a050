package wire

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
)

// saved is a store whose file holds full(), as the next process finds it.
func saved(t *testing.T) (*store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := NewStore(path).Save(full()); err != nil {
		t.Fatal(err)
	}
	return NewStore(path), path
}

func overwrite(t *testing.T, path, data string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// told is the one notice of a store.
func told(t *testing.T, s *store) uploader.Notice {
	t.Helper()
	n := s.Notices()
	if len(n) != 1 {
		t.Fatalf("told: %+v", n)
	}
	return n[0]
}

func TestAFileWithNothingInItIsNoWishForEmptySettings(t *testing.T) {
	for name, data := range map[string]string{
		"emptied": "", "a line end": "\n", "zeros of a crash": strings.Repeat("\x00", 512), "a byte order mark": "\uFEFF",
	} {
		t.Run(name, func(t *testing.T) {
			s, path := saved(t)
			overwrite(t, path, data)
			got, _, err := s.Load()
			if err != nil || !cmp.Equal(got, full()) {
				t.Fatalf("%+v, %v", got, err)
			}
			n := told(t, s)
			if n.ID != noticeEmpty || !strings.Contains(n.Hint, "remove "+path) {
				t.Errorf("told: %+v", n)
			}
			got.Workers = 2
			if err := s.Save(got); err != nil {
				t.Fatal(err)
			}
			again, notices, err := NewStore(path).Load()
			if err != nil || len(notices) > 0 || !cmp.Equal(again, got) {
				t.Errorf("once written: %+v, %v, %v", again, notices, err)
			}
		})
	}
}

func TestAnEmptyFileOfSomebodyWhoNeverHadSettingsIsNoNews(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	overwrite(t, path, "")
	got, notices, err := NewStore(path).Load()
	if err != nil || len(notices) > 0 || !cmp.Equal(got, uploader.Settings{}) {
		t.Errorf("%+v, %v, %v", got, notices, err)
	}
}

func TestARemovedFileIsAWishThatIsSaidAndCanBeTakenBack(t *testing.T) {
	s, path := saved(t)
	before := read(t, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	got, _, err := s.Load()
	if err != nil || !cmp.Equal(got, uploader.Settings{}) {
		t.Fatalf("%+v, %v", got, err)
	}
	if n := told(t, s); n.ID != noticeRemoved || !strings.Contains(n.Hint, path+".good") {
		t.Errorf("told: %+v", n)
	}
	if err := s.Save(uploader.Settings{Workers: 2}); err != nil {
		t.Fatal(err)
	}
	if n := told(t, s); n.ID != noticeKept || !strings.HasSuffix(n.Headline, path+".before") {
		t.Errorf("told once it is written: %+v", n)
	}
	if kept := read(t, path+".before"); kept != before {
		t.Errorf("kept is %q", kept)
	}
}

func TestABrokenFileIsToldWithItsLineAndWhatIsWrong(t *testing.T) {
	const secret = "chv_0123456789abcdef"
	for data, want := range map[string]string{
		"a = 1\nworkers = = 3": "line 2: after workers: expected value but found '=' instead",
		"workers = \"x\"":      "line 1: workers must be a whole number, without quotes",
		"default = 1":          "line 1: default must be a text in quotes",
		"no_copy = \"yes\"":    "line 1: no_copy must be true or false, without quotes",
		"[[folder]]\npath = \"/a\"\ninclude = \"*\"":   "line 3: folder.include must be a list in brackets",
		"[account]\nname = \"x\"":                      "line 1: write [[account]], in double brackets",
		"link = \"direct\"":                            "line 1: link must be a table: [link] in a line of its own, its values below",
		"default = \"a\"\ndefault = \"b\"":             "line 2: default stands there twice",
		"[capture]\ndelay = \"soon\"":                  `line 2: capture.delay must be a time such as "1.5s", in quotes`,
		"\xff\xfew\x00o\x00":                           "line 1: the file is not UTF-8 text; save it as UTF-8",
		"key = " + secret:                              "line 1: after key: expected value but found something else instead",
		"[[account]]\nkey = \"" + secret:               "line 2: after account.key: unexpected EOF; expected '\"'",
		"workers = 1\n" + secret + "\n":                "line 2: ",
		"[capture]\ndelay = \"" + secret + "\"":        "line 2: capture.delay must be a time",
		"[[account]]\nname = \"a\"\nworkers = \"3\"\n": "line 3: account.workers must be a whole number",
	} {
		s, path := saved(t)
		overwrite(t, path, data)
		got, _, err := s.Load()
		if err != nil || !cmp.Equal(got, full()) {
			t.Fatalf("%q: %+v, %v", data, got, err)
		}
		n := told(t, s)
		if n.ID != noticeBroken || !strings.HasPrefix(n.Hint, want) || !strings.HasSuffix(n.Hint, "; correct it in "+path+"; until then the last good settings are used") {
			t.Errorf("%q is told as %+v", data, n)
		}
		if strings.Contains(n.Headline+n.Hint, secret) {
			t.Errorf("%q: a value of the file is told: %+v", data, n)
		}
	}
}

func TestASettingMadeWhileTheFileIsBrokenSaysWhereThatIsKept(t *testing.T) {
	s, path := saved(t)
	if _, _, err := s.Load(); err != nil {
		t.Fatal(err)
	}
	const broken = "# mine\nworkers = = 3\n"
	overwrite(t, path, broken)
	if err := s.Save(full()); err != nil {
		t.Fatal(err)
	}
	n := told(t, s)
	_, aside, _ := strings.Cut(n.Headline, "kept as ")
	if n.ID != noticeBroken || !strings.Contains(n.Headline, "(line 2)") || read(t, aside) != broken {
		t.Errorf("told: %+v", n)
	}
	if _, notices, err := s.Load(); err != nil || len(notices) != 1 {
		t.Errorf("the next look tells %v, %v", notices, err)
	}
	overwrite(t, path, "workers = 3\n")
	if got, notices, err := s.Load(); err != nil || len(notices) != 0 || got.Workers != 3 {
		t.Errorf("once the person has changed it: %v, %v, %v", got, notices, err)
	}
}

func TestTroubleWithTheFileStandsInTheLogOnce(t *testing.T) {
	s, path := saved(t)
	var log bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&log, nil))
	overwrite(t, path, "workers = = 3\n")
	for range 3 {
		if _, _, err := s.Load(); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(log.String(), `msg="settings file"`); n != 1 || !strings.Contains(log.String(), "line 1") {
		t.Errorf("the log holds:\n%s", log.String())
	}
	overwrite(t, path, "workers = 3\n")
	for range 2 {
		if _, _, err := s.Load(); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(log.String(), "in order again"); n != 1 {
		t.Errorf("the log holds:\n%s", log.String())
	}
}

func TestTheGoodCopyIsOfTheFileAsThePersonChangedIt(t *testing.T) {
	s, path := saved(t)
	overwrite(t, path, "workers = 7\n")
	if _, _, err := s.Load(); err != nil {
		t.Fatal(err)
	}
	overwrite(t, path, "workers = = 3\n")
	if got, _, err := NewStore(path).Load(); err != nil || got.Workers != 7 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Whoever keeps such files in one place and links them from here finds the
// link again, and what was set in the file that it leads to.
func TestALinkToTheSettingsIsWrittenThrough(t *testing.T) {
	for name, lead := range map[string]func(dir, to string) string{
		"to a whole path": func(_, to string) string { return to },
		"to a path from here": func(dir, to string) string {
			short, err := filepath.Rel(dir, to)
			if err != nil {
				t.Fatal(err)
			}
			return short
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, dotfiles := t.TempDir(), t.TempDir()
			path, to := filepath.Join(dir, "config.toml"), filepath.Join(dotfiles, "upshot.toml")
			overwrite(t, to, "# mine\nworkers = 3\n")
			middle := filepath.Join(dir, "middle")
			if err := os.Symlink(lead(dir, to), middle); err != nil {
				t.Skip("no links here: ", err)
			}
			if err := os.Symlink("middle", path); err != nil {
				t.Fatal(err)
			}
			s := NewStore(path)
			got, _, err := s.Load()
			if err != nil || got.Workers != 3 {
				t.Fatalf("%+v, %v", got, err)
			}
			got.Workers = 2
			if err := s.Save(got); err != nil {
				t.Fatal(err)
			}
			if to, err := os.Readlink(path); err != nil || to != "middle" {
				t.Errorf("the link is %q, %v", to, err)
			}
			if !strings.Contains(read(t, to), "workers = 2") {
				t.Errorf("what it leads to holds %q", read(t, to))
			}
			if kept := read(t, path+".before"); kept != "# mine\nworkers = 3\n" {
				t.Errorf("kept is %q", kept)
			}
			if s.Changed() {
				t.Error("what was just written counts as changed by a person")
			}
			if left, err := os.ReadDir(dotfiles); err != nil || len(left) != 1 {
				t.Errorf("beside what it leads to lie %v, %v", left, err)
			}
		})
	}
}

func TestALinkToNowhereIsNoWishToBeginAnew(t *testing.T) {
	s, path := saved(t)
	away := filepath.Join(t.TempDir(), "drive")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(away, "upshot.toml"), path); err != nil {
		t.Skip("no links here: ", err)
	}
	got, _, err := s.Load()
	if err != nil || !cmp.Equal(got, full()) {
		t.Fatalf("%+v, %v", got, err)
	}
	if n := told(t, s); n.ID != noticeUnreadable || !strings.Contains(n.Headline, "a link to a file that is not there") {
		t.Errorf("told: %+v", n)
	}
	if err := s.Save(got); err == nil || !strings.Contains(err.Error(), "bring that file back") {
		t.Errorf("without a directory to write it in: %v", err)
	}
	if err := os.Mkdir(away, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(got); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Readlink(path); err != nil {
		t.Error("the link is gone: ", err)
	}
	if again, notices, err := NewStore(path).Load(); err != nil || len(notices) > 0 || !cmp.Equal(again, got) {
		t.Errorf("once written: %+v, %v, %v", again, notices, err)
	}
}

func TestWhatIsInTheFilesPlaceStaysAndIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		put  func(path string) error
		want string
	}{
		"a directory":            {func(path string) error { return os.Mkdir(path, 0o700) }, "it is a directory"},
		"a huge file":            {func(path string) error { return os.WriteFile(path, make([]byte, mostConfig+1), 0o600) }, "it is larger than 4 MB"},
		"a link that leads back": {func(path string) error { return os.Symlink(path, path) }, "a link that leads back to itself"},
	} {
		t.Run(name, func(t *testing.T) {
			s, path := saved(t)
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := c.put(path); err != nil {
				t.Skip("not here: ", err)
			}
			placed := stateOf(path)
			got, _, err := s.Load()
			if err != nil || !cmp.Equal(got, full()) {
				t.Fatalf("%+v, %v", got, err)
			}
			n := told(t, s)
			if n.ID != noticeUnreadable || !strings.Contains(n.Headline, c.want) || !strings.HasSuffix(n.Hint, "; until then the last good settings are used") {
				t.Errorf("told: %+v", n)
			}
			refusedIn(t, s, c.want)
			if !stateOf(path).same(placed) {
				t.Error("it was touched")
			}
		})
	}
}

// refusedIn checks that nothing is written, and that the person is told why in
// one sentence with what to do.
func refusedIn(t *testing.T, s *store, want string) {
	t.Helper()
	err := s.Save(full())
	x := uploader.Explain(err)
	if err == nil || !strings.HasPrefix(x.Headline, "the settings cannot be kept in "+s.path) || !strings.Contains(x.Headline, want) || !strings.Contains(x.Headline, "; ") {
		t.Errorf("saved with %v, told as %q", err, x)
	}
}

func TestAReadOnlyFileIsReadAndNotWritten(t *testing.T) {
	s, path := saved(t)
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(path, 0o600) }) // Windows removes no such file
	if got, notices, err := s.Load(); err != nil || len(notices) > 0 || !cmp.Equal(got, full()) {
		t.Fatalf("%+v, %v, %v", got, notices, err)
	}
	before := read(t, path)
	refusedIn(t, s, "it is read-only")
	if read(t, path) != before {
		t.Error("it was written")
	}
}

func TestMarksAndLineEndsOfOtherSystemsAreFine(t *testing.T) {
	s, path := saved(t)
	overwrite(t, path, "\uFEFF"+strings.ReplaceAll(read(t, path), "\n", "\r\n"))
	got, notices, err := s.Load()
	if err != nil || len(notices) > 0 || !cmp.Equal(got, full()) {
		t.Fatalf("%+v, %v, %v", got, notices, err)
	}
	if err := s.Save(got); err != nil {
		t.Fatal(err)
	}
	if exists(path + ".before") {
		t.Error("a copy is kept although only line ends differ")
	}
}

func TestValuesThatCannotBeUsedAreToldAndCountAsNotSet(t *testing.T) {
	const two = "[[account]]\nname = \"a\"\naddress = \"https://a.example\"\n"
	for data, want := range map[string]string{
		"workers = -3":            "workers must be from 1 to 8, or 0 for the default",
		"workers = 900":           "workers must be from 1 to 8, or 0 for the default",
		"limit = -1":              "limit must be at least 1024 bytes a second, or 0 for none",
		"keep_days = -1":          "keep_days must be a number of days",
		"keep_count = -1":         "keep_count must be a number of uploads",
		"[capture]\ndelay = -1":   "capture.delay must be from 0s to 1h",
		"[capture]\nformat=\"x\"": "capture.format must be png or jpeg",
		"[link]\nkind = \"x\"":    "link.kind must be a kind of link",
		"[[hours]]\nfrom = \"25:00\"\nto = \"7:00\"":                      "hours must be like ",
		"default = \"b\"\n" + two:                                         "default names no account: \"b\"",
		two + two:                                                         "two accounts are called \"a\", of which the first is used",
		"[[account]]\naddress = \"https://a.example\"":                    "an account has no name",
		"[[account]]\nname = \"a\"\naddress = \"ftp://a.example\"":        "account \"a\": the address must begin with https:// or http://",
		"[[account]]\nname = \"a\"\naddress = \"https://u:pw@a.example\"": "account \"a\": the address must not hold a user or a password",
		two + "workers = -1":                                              "account \"a\": workers must be from 1 to 8",
		two + "[account.params]\nexpiration = \"7\"":                      "account \"a\": ",
		"[[folder]]\npath = \"pictures\"":                                 "folder \"pictures\": the path must be a whole one, from the root",
		"[[folder]]\npath = \"/p\"\naccount = \"x\"":                      "there is no account \"x\"",
		"[[folder]]\npath = \"/p\"\nafter = \"burn\"":                     "folder \"/p\": after must be keep, trash or move=DIRECTORY",
		"[[folder]]\npath = \"/p\"\nexisting = \"x\"":                     "folder \"/p\": existing must be skip or upload",
		"[[folder]]\npath = \"/p\"\nkinds = \"x\"":                        "folder \"/p\": kinds must be pictures or videos",
		"[[folder]]\npath = \"/p\"\nquiet = -1":                           "folder \"/p\": quiet must be a time",
		"[[folder]]\npath = \"/p\"\nmin_size = -1":                        "folder \"/p\": min_size and max_size are no range",
	} {
		path := filepath.Join(t.TempDir(), "config.toml")
		overwrite(t, path, data+"\n")
		if runtime.GOOS == "windows" && strings.Contains(data, "/p") {
			continue // no whole path there
		}
		s := NewStore(path)
		got, _, err := s.Load()
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		n := told(t, s)
		if n.ID != noticeValues || !strings.Contains(n.Headline, want) || !strings.Contains(n.Hint, path) || strings.Contains(n.Headline, "pw") {
			t.Errorf("%q is told as %+v", data, n)
		}
		if got.Workers != 0 || got.Limit != 0 || got.KeepDays != 0 || got.KeepCount != 0 || len(got.Hours) > 0 || got.Capture != (uploader.Capturing{}) {
			t.Errorf("%q: values that cannot be used are used: %+v", data, got)
		}
		if err := s.Save(got); err != nil {
			t.Fatal(err)
		}
		if now := read(t, path); !ours([]byte(now)) {
			t.Errorf("%q is written as %q", data, now)
		}
		if strings.HasPrefix(data, "workers") && read(t, path+".before") != data+"\n" {
			t.Errorf("%q is lost", data)
		}
	}
}

func TestOfTwoOfOneNameTheFirstIsUsedAndTheOtherKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	dir := filepath.Join(t.TempDir(), "p")
	data := "[[account]]\nname = \"a\"\naddress = \"https://one.example\"\n[[account]]\nname = \"a\"\naddress = \"https://two.example\"\n" +
		"[[folder]]\npath = '" + dir + "'\n[[folder]]\npath = '" + dir + "'\nrecursive = true\n"
	overwrite(t, path, data)
	s := NewStore(path)
	got, _, err := s.Load()
	if err != nil || len(got.Accounts) != 1 || got.Accounts[0].Address != "https://one.example" || len(got.Folders) != 1 || got.Folders[0].Recursive {
		t.Fatalf("%+v, %v", got, err)
	}
	if n := told(t, s); !strings.Contains(n.Headline, "two accounts") || !strings.Contains(n.Headline, "twice") {
		t.Errorf("told: %+v", n)
	}
	if err := s.Save(got); err != nil || read(t, path+".before") != data {
		t.Errorf("the other is lost: %v", err)
	}
}

func TestAKeyInTheFileIsToldWithoutItsValue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	overwrite(t, path, "[[account]]\nname = \"a\"\naddress = \"https://a.example\"\nkey = \"chv_0123456789abcdef\"\n")
	s := NewStore(path)
	if _, _, err := s.Load(); err != nil {
		t.Fatal(err)
	}
	n := told(t, s)
	if !strings.Contains(n.Headline, "account.key") || !strings.Contains(n.Hint, "upshot account key") || strings.Contains(n.Headline+n.Hint, "chv_") {
		t.Errorf("told: %+v", n)
	}
}

func TestManySettingsAreTakenAndManyFaultsAreToldShortly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	var many uploader.Settings
	for i := range 500 {
		many.Accounts = append(many.Accounts, uploader.Account{Name: string(rune('a'+i%26)) + strings.Repeat("x", i), Address: "nowhere://", Params: client.Params{Title: "t"}})
	}
	s := NewStore(path)
	if err := s.Save(many); err != nil {
		t.Fatal(err)
	}
	got, _, err := NewStore(path).Load()
	if err != nil || len(got.Accounts) != 500 {
		t.Fatalf("%d, %v", len(got.Accounts), err)
	}
	s = NewStore(path)
	if _, _, err := s.Load(); err != nil {
		t.Fatal(err)
	}
	if n := told(t, s); !strings.Contains(n.Headline, "and 495 more") {
		t.Errorf("told: %q", n.Headline)
	}
}

func TestAFileThatIsCorrectedMayBeGoneForAMoment(t *testing.T) {
	s, path := saved(t)
	if _, _, err := s.Load(); err != nil {
		t.Fatal(err)
	}
	overwrite(t, path, "workers = = 3\n")
	if _, _, err := s.Load(); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.odd = s.odd.Add(-2 * saving) // it has been broken for long
	s.mu.Unlock()
	if got, notices, err := s.Load(); err != nil || len(got.Accounts) == 0 || len(notices) != 1 {
		t.Fatalf("broken for long: %d accounts, %v, %v", len(got.Accounts), notices, err)
	}
	if err := os.Rename(path, path+"~"); err != nil { // as vim does before it writes the file anew
		t.Fatal(err)
	}
	if got, _, err := s.Load(); err != nil || len(got.Accounts) == 0 {
		t.Errorf("gone for a moment: %d accounts, %v", len(got.Accounts), err)
	}
}

func TestALineThatStandsTwiceIsNotLostAsOne(t *testing.T) {
	account := func(name string) string {
		return "[[account]]\nname = \"" + name + "\"\naddress = \"https://" + name + ".example\"\n\n"
	}
	folder := func(path, account string) string {
		return "[[folder]]\npath = \"" + path + "\"\naccount = \"" + account + "\"\n\n"
	}
	path := filepath.Join(t.TempDir(), "config.toml")
	overwrite(t, path, configHead+account("x")+account("y")+folder("/a", "x")+folder("/b", "y")+folder("/a", "y"))
	s := NewStore(path)
	got, _, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Save(got); err != nil {
		t.Fatal(err)
	}
	if kept := read(t, path+".before"); strings.Count(kept, "[[folder]]") != 3 {
		t.Errorf("of a folder that is left out no copy is kept:\n%s", kept)
	}
}
