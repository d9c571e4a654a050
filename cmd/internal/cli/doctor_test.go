package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
	"images-uploader.com/upshot/platform/dirs"
)

// answering is a keyring and a clipboard that answer with an error.
type answering struct {
	engine.Keys
	engine.Clipboard
	err error
}

func (a answering) Get(context.Context, string) (client.Key, error) { return client.Key{}, a.err }
func (a answering) Text(context.Context) (string, error)            { return "", a.err }

func TestTheDoctorTellsHowToCureWhatAServiceAnswers(t *testing.T) {
	t.Setenv("WAYLAND_DISPLAY", "")
	why := func(err error) error { return fmt.Errorf("/home/mona/x: %w", err) }
	for name, c := range map[string]struct {
		err                error
		keyring, clipboard string // the verdict, and how what was found begins
	}{
		"all is well":    {nil, "ok answers", "ok can be read"},
		"it has nothing": {why(fs.ErrNotExist), "ok answers", "ok can be read"},
		"there is none":  {why(errors.ErrUnsupported), "note there is none here", "note there is none here"},
		"it is locked":   {why(context.DeadlineExceeded), "bad it is locked, or does not answer", "note the program that owns it does not answer"},
		"it refuses":     {why(fs.ErrPermission), "bad it does not let Upshot in", "note it cannot be read: /home/mona/x"},
		"it fails":       {why(errors.New("odd")), "bad it fails: /home/mona/x: odd", "note it cannot be read: /home/mona/x: odd"},
	} {
		t.Run(name, func(t *testing.T) {
			h := &wire.House{Services: wire.Services{Keys: answering{err: c.err}, Clipboard: answering{err: c.err}}}
			for want, f := range map[string]finding{c.keyring: keyringFinding(t.Context(), h), c.clipboard: clipboardFinding(t.Context(), h)} {
				if !strings.HasPrefix(f.Verdict+" "+f.Found, want) || (f.Cure == "") != (f.Verdict == good) {
					t.Errorf("%s: %+v, want %q", f.Name, f, want)
				}
				if strings.Contains(f.Found, "mona") && f.brief == "" {
					t.Errorf("%s: a report would say %q", f.Name, f.Found)
				}
			}
		})
	}
	t.Run("a compositor that keeps the clipboard to itself", func(t *testing.T) {
		t.Setenv("WAYLAND_DISPLAY", "wayland-0")
		h := &wire.House{Services: wire.Services{Clipboard: answering{err: errors.ErrUnsupported}}}
		if f := clipboardFinding(t.Context(), h); !strings.Contains(f.Found, "to its windows") || !strings.Contains(f.Cure, "upshot gui") {
			t.Errorf("%+v", f)
		}
	})
}

func TestAHostThatWasNotAskedIsNotSaidToAnswer(t *testing.T) {
	acc := uploader.Account{Name: "main", Address: "https://pics.example"}
	for code, cure := range map[string]string{job.CodeNoKey: "upshot account key", job.CodeKeyring: "the keyring below"} {
		list := hostFindingsOf(acc, &client.Error{Kind: client.KindAuth, Code: code, Message: "no"})
		if len(list) != 2 || list[0].Verdict != note || !strings.Contains(list[0].Found, "was not asked") || list[1].Verdict != bad || !strings.Contains(list[1].Cure, cure) {
			t.Errorf("%s: %+v", code, list)
		}
	}
	refused := hostFindingsOf(acc, &client.Error{Kind: client.KindAuth, Status: 403, Message: "Invalid API key"})
	if refused[0].Verdict != good || refused[1].Verdict != bad {
		t.Errorf("a key that the host refuses: %+v", refused)
	}
}

func TestAnAddressWithAPasswordIsNotShown(t *testing.T) {
	for _, address := range []string{"https://me:s3cret@pics.example", "https://pics.example/?key=s3cret", "https://pics.example/#s3cret"} {
		_, err := client.ParseAddress(address)
		for _, f := range hostFindingsOf(uploader.Account{Name: "main", Address: address}, err) {
			if strings.Contains(f.Found+f.Cure+f.brief, "s3cret") {
				t.Errorf("%s: %+v", address, f)
			}
		}
	}
}

func TestHalfAnAccountInTheEnvironmentIsTold(t *testing.T) {
	key := client.NewKey("chv_secret")
	for _, c := range []struct {
		server string
		key    client.Key
		want   string
	}{
		{"https://pics.example", key, ""},
		{"", client.Key{}, ""},
		{"https://pics.example", client.Key{}, "UPSHOT_KEY is not"},
		{"", key, "UPSHOT_SERVER is not"},
	} {
		list := environmentFindings(c.server, c.key)
		if (len(list) > 0) != (c.want != "") || len(list) > 0 && (!strings.Contains(list[0].Found, c.want) || list[0].Cure == "") {
			t.Errorf("%+v", list)
		}
	}
}

func TestTheHomeDirectoryIsNotSpelledOut(t *testing.T) {
	for _, c := range []struct{ home, text, want string }{
		{"/home/mona", "kept in /home/mona/.config/upshot/config.toml", "kept in ~/.config/upshot/config.toml"},
		{"/home/mona", "in /home/mona: /home/mona", "in ~: ~"},
		{"/home/mona", "in /home/monalisa/x and /srv/home/mona/x", "in /home/monalisa/x and /srv/home/mona/x"},
		{"/home/mona/", "/home/mona/x", "~/x"},
		{"/", "/x/y", "/x/y"},
		{"", "/x/y", "/x/y"},
	} {
		if got := homely(c.home)(c.text); got != c.want {
			t.Errorf("%q in %q becomes %q, want %q", c.home, c.text, got, c.want)
		}
	}
}

func TestAPlaceOfOursThatIsNoDirectoryIsTold(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	whole := dirs.Dirs{State: dir, Spool: filepath.Join(dir, "spool"), Config: dir, Thumbs: filepath.Join(dir, "not", "yet")}
	if f := filesFinding(t.Context(), &wire.House{Dirs: whole}); f.Verdict != good {
		t.Errorf("%+v", f)
	}
	shut := whole
	shut.Spool = filepath.Join(file, "spool")
	if f := filesFinding(t.Context(), &wire.House{Dirs: shut}); f.Verdict != bad || f.Cure == "" || strings.Contains(f.brief, dir) {
		t.Errorf("%+v", f)
	}
	if runtime.GOOS != "linux" {
		return // where the trash is the system's own
	}
	t.Setenv("XDG_DATA_HOME", file)
	if f := trashFinding(t.Context(), nil); f.Verdict != note || f.Cure == "" || strings.Contains(f.brief, dir) {
		t.Errorf("%+v", f)
	}
}
