package integrate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Which program a double click starts (freedesktop's MIME applications
// specification): the one that is chosen in a mimeapps.list, else any that
// says it can, those of the person's own directory before those of the system.
// So our entry alone would make us the program of every kind of file for which
// nobody has chosen.

const (
	whatDefaults  = "programs of a double click, as they were"
	defaultsGroup = "[Default Applications]"
)

// openers are the programs of the kinds of file.
type openers struct {
	chosen map[string]bool   // somebody has chosen one
	first  map[string]string // the one that would be started, where nobody has
}

// readOpeners looks at all lists of the system and the person.
func readOpeners(p places, getenv func(string) string) openers {
	o := openers{chosen: map[string]bool{}, first: map[string]string{}}
	dataDirs := append([]string{p.dataHome}, searchPath(getenv("XDG_DATA_DIRS"), "/usr/local/share:/usr/share")...)
	configDirs := append([]string{p.configHome}, searchPath(getenv("XDG_CONFIG_DIRS"), "/etc/xdg")...)
	lists := configDirs
	for _, dir := range dataDirs {
		lists = append(lists, filepath.Join(dir, "applications"))
	}
	for _, dir := range lists {
		// A desktop may have a list of its own; which one this person uses at
		// other times is not known.
		names, _ := filepath.Glob(filepath.Join(dir, "*mimeapps.list"))
		for _, name := range names {
			for kind, apps := range readGroup(name, defaultsGroup) {
				if slices.ContainsFunc(apps, func(app string) bool { return installed(app, dataDirs) }) {
					o.chosen[kind] = true
				}
			}
		}
	}
	for _, dir := range dataDirs {
		for kind, apps := range readGroup(filepath.Join(dir, "applications", "mimeinfo.cache"), "[MIME Cache]") {
			for _, app := range apps {
				if o.first[kind] == "" && app != openID && installed(app, dataDirs) {
					o.first[kind] = app
				}
			}
		}
	}
	return o
}

// types are those for which we can be offered without being a double click's
// program; where nothing opens any, there is nobody who clicks.
func (o openers) types() []string {
	var all []string
	for _, kind := range mimeTypes {
		if o.chosen[kind] || o.first[kind] != "" {
			all = append(all, kind)
		}
	}
	if len(all) == 0 {
		return mimeTypes
	}
	return all
}

// installed says whether a desktop entry is there.
func installed(app string, dataDirs []string) bool {
	if app == "" || strings.ContainsAny(app, "/\x00") {
		return false
	}
	for _, dir := range dataDirs {
		for _, name := range []string{app, strings.Replace(app, "-", "/", 1)} { // kde4-x.desktop is kde4/x.desktop
			if _, err := os.Stat(filepath.Join(dir, "applications", name)); err == nil {
				return true
			}
		}
	}
	return false
}

// readGroup reads the lists of one group of a key file.
func readGroup(path, group string) map[string][]string {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	all := map[string][]string{}
	inside := false
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			inside = line == group
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok && inside && !strings.HasPrefix(line, "#") {
			for app := range strings.SplitSeq(value, ";") {
				if app = strings.TrimSpace(app); app != "" {
					key := strings.TrimSpace(key)
					all[key] = append(all[key], app)
				}
			}
		}
	}
	return all
}

// searchPath reads a list of directories; relative ones do not count.
func searchPath(value, otherwise string) []string {
	if value == "" {
		value = otherwise
	}
	return slices.DeleteFunc(strings.Split(value, ":"), func(dir string) bool { return !filepath.IsAbs(dir) })
}

// defaults writes down which program a double click starts.
type defaults struct {
	c     Config
	path  string
	lines []string
}

func newDefaults(c Config, p places, o openers) defaults {
	d := defaults{c: c, path: p.config("mimeapps.list")}
	for _, kind := range mimeTypes {
		if !o.chosen[kind] && o.first[kind] != "" {
			d.lines = append(d.lines, kind+"="+o.first[kind]+";")
		}
	}
	return d
}

func (d defaults) install(ctx context.Context, l *list) ([]Change, error) {
	if len(d.lines) == 0 {
		return nil, nil // also the second time: they are chosen by now
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	fail := func(err error) ([]Change, error) {
		return nil, fmt.Errorf("keep the %s: %w", whatDefaults, err)
	}
	f, err := readShared(d.path)
	if err != nil {
		return fail(err)
	}
	made := ""
	if f.gone {
		made = sum(nil)
	}
	lines := d.lines
	if ours := l.find(d.path, kindDefaults); ours != nil {
		lines, made = append(slices.Clone(ours.Lines), lines...), ours.Made
	}
	planDirs(filepath.Dir(d.path), l)
	l.put(touched{Path: d.path, Kind: kindDefaults, What: whatDefaults, Lines: lines, Made: made})
	if err := l.write(d.c.List); err != nil {
		return fail(err)
	}
	if err := f.write([]byte(addLines(string(f.text), defaultsGroup, d.lines))); err != nil {
		return fail(err)
	}
	return []Change{{Path: d.path, What: whatDefaults, Did: Created}}, nil
}

// addLines puts lines at the head of a group, which it adds if it is not there.
func addLines(text, group string, lines []string) string {
	more := strings.Join(lines, "\n") + "\n"
	var out strings.Builder
	done := false
	for line := range strings.Lines(text) {
		out.WriteString(line)
		if !done && strings.TrimSpace(line) == group {
			if !strings.HasSuffix(line, "\n") {
				out.WriteString("\n")
			}
			out.WriteString(more)
			done = true
		}
	}
	if done {
		return out.String()
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		out.WriteString("\n")
	}
	return out.String() + group + "\n" + more
}

// removeDefaults takes our lines out again, those that nobody has changed.
func removeDefaults(t touched) ([]Change, error) {
	return takeOut(t, func(text []byte) ([]byte, bool, Change) {
		var rest strings.Builder
		inside, taken := false, 0
		for line := range strings.Lines(string(text)) {
			plain := strings.TrimSpace(line)
			if strings.HasPrefix(plain, "[") {
				inside = plain == defaultsGroup
			}
			if inside && slices.Contains(t.Lines, plain) {
				taken++
				continue
			}
			rest.WriteString(line)
		}
		if taken == 0 {
			return nil, false, Change{Did: Gone}
		}
		change := Change{Did: Removed}
		if taken < len(t.Lines) {
			change.Why = "some were chosen anew by hand and stay"
		}
		left := strings.TrimSpace(rest.String())
		return []byte(rest.String()), left == "" || left == defaultsGroup, change
	})
}
