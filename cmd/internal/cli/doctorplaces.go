package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

// settingsFindings are what is to be said of the settings file: each notice of
// the engine, and whether the file could be written.
func settingsFindings(h *wire.House, snap uploader.Snapshot) []finding {
	var list []finding
	for _, n := range snap.Notices {
		if strings.HasPrefix(n.ID, wire.NoticeSettings) {
			list = append(list, finding{Name: "settings", Verdict: note, Found: n.Headline, Cure: n.Hint, brief: "about: " + n.ID})
		}
	}
	if why := h.SettingsShut(); why != nil {
		what, cure, _ := strings.Cut(why.Error(), "; ")
		list = append(list, finding{
			Name: "settings", Verdict: note, Found: "nothing can be changed in " + h.Dirs.ConfigFile + ": " + what, Cure: cure,
			brief: "cannot be changed: " + what,
		})
	}
	if len(list) == 0 {
		list = append(list, finding{Name: "settings", Verdict: good, Found: "kept in " + h.Dirs.ConfigFile, brief: "can be read and changed"})
	}
	return list
}

// filesFinding says where our own files are, and whether they can be written
// there.
func filesFinding(_ context.Context, h *wire.House) finding {
	f := finding{
		Name: "files", Verdict: good, brief: "can be written",
		Found: "queue, history and log are in " + h.Dirs.State + ", small pictures in " + h.Dirs.Thumbs,
	}
	for _, dir := range []string{h.Dirs.State, h.Dirs.Spool, h.Dirs.Config, h.Dirs.Thumbs} {
		if err := placeShut(dir); err != nil {
			f.Verdict, f.Found, f.brief = bad, "nothing can be written in "+dir, "cannot be written"
			f.Cure = "make it yours to write, and look whether its drive is read-only; or set UPSHOT_HOME to another directory"
			return f
		}
	}
	return f
}

// trashFinding says whether files that were uploaded could be put into the
// trash; none is.
func trashFinding(context.Context, *wire.House) finding {
	dir, err := trashPlace()
	if err == nil && dir != "" {
		err = placeShut(dir)
	}
	if err != nil {
		return finding{
			Name: "trash", Verdict: note, Found: "the trash cannot be used",
			Cure: "make " + trashCure(dir) + " yours to write; until then files that a folder would put there stay where they are", brief: "cannot be used",
		}
	}
	return finding{Name: "trash", Verdict: good, Found: "can be used"}
}

func trashCure(dir string) string {
	if dir == "" {
		return "your home directory"
	}
	return dir
}

// placeShut says why nothing could be written in dir, or where it would be
// made; nothing is.
func placeShut(dir string) error {
	for {
		info, err := os.Stat(dir)
		parent := filepath.Dir(dir)
		switch {
		case err == nil && !info.IsDir():
			return errors.New("it is no directory")
		case err == nil:
			return mayWrite(dir)
		case !errors.Is(err, os.ErrNotExist) || parent == dir:
			return err
		}
		dir = parent
	}
}

// homely puts ~ for the person's home directory: what the doctor says is shown
// to others, and the directory has their name in it.
func homely(home string) func(string) string {
	home = filepath.Clean(home)
	if !filepath.IsAbs(home) || filepath.Dir(home) == home {
		return func(text string) string { return text }
	}
	return func(text string) string {
		var b strings.Builder
		for {
			i := strings.Index(text, home)
			if i < 0 {
				b.WriteString(text)
				return b.String()
			}
			after := text[i+len(home):]
			b.WriteString(text[:i])
			whole := after == "" || !isNameByte(after[0])
			if whole && (i == 0 || !isNameByte(text[i-1])) {
				b.WriteString("~")
			} else {
				b.WriteString(home)
			}
			text = after
		}
	}
}

// isNameByte reports whether c goes on with the name of a file.
func isNameByte(c byte) bool {
	return c == '-' || c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
