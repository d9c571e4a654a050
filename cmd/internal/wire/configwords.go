package wire

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
)

// NoticeSettings begins the ids of the notices about the settings file.
const NoticeSettings = "config-"

// The notices about the settings file.
const (
	noticeUnknown    = NoticeSettings + "unknown"
	noticeValues     = NoticeSettings + "values"
	noticeBroken     = NoticeSettings + "broken"
	noticeUnreadable = NoticeSettings + "unreadable"
	noticeEmpty      = NoticeSettings + "empty"
	noticeRemoved    = NoticeSettings + "removed"
	noticeKept       = NoticeSettings + "kept"
)

// settingsNotices are all of them.
func settingsNotices() []string {
	return []string{noticeUnknown, noticeValues, noticeBroken, noticeUnreadable, noticeEmpty, noticeRemoved, noticeKept}
}

// used says which settings are in force when those of the file are not.
func used(good bool) string {
	if good {
		return "the last good settings are used"
	}
	return "default settings are used"
}

func brokenFile(path, aside string, why error, good bool) uploader.Notice {
	return uploader.Notice{
		ID:       noticeBroken,
		Headline: "The settings file could not be read" + whereIn(why) + " and is kept as " + aside,
		Hint:     fmt.Sprintf("%s; correct it in %s; until then %s", whatIn(why), path, used(good)),
	}
}

func keptBroken(aside string, why error) uploader.Notice {
	return uploader.Notice{
		ID:       noticeBroken,
		Headline: "The settings file could not be read" + whereIn(why) + " and is kept as " + aside,
		Hint:     "the settings were written anew from the last good ones; take over from that file what you want to keep",
	}
}

func keptMore(before string) uploader.Notice {
	return uploader.Notice{
		ID:       noticeKept,
		Headline: "The settings file as you wrote it is kept as " + before,
		Hint:     "comments, and names and values that Upshot does not use, are not in the file that it has written anew",
	}
}

func keptRemoved(before string) uploader.Notice {
	return uploader.Notice{
		ID:       noticeKept,
		Headline: "The settings from before their file was removed are kept as " + before,
		Hint:     "remove that file too if you do not want them any more",
	}
}

func unreadable(path string, why error, good bool) uploader.Notice {
	what, cure, _ := strings.Cut(why.Error(), "; ")
	return uploader.Notice{
		ID:       noticeUnreadable,
		Headline: fmt.Sprintf("The settings file %s cannot be read: %s", path, what),
		Hint:     fmt.Sprintf("%s; until then %s", cure, used(good)),
	}
}

func emptied(path string) uploader.Notice {
	return uploader.Notice{
		ID:       noticeEmpty,
		Headline: "The settings file is empty, so the last good settings are used",
		Hint:     fmt.Sprintf("they are written into it when a setting is changed; to begin anew, remove %s", path),
	}
}

func removed(path string, copied bool) uploader.Notice {
	n := uploader.Notice{ID: noticeRemoved, Headline: "The settings file was removed, so everything begins anew"}
	if copied {
		n.Hint = fmt.Sprintf("to have your settings back, rename %s.good to %s; to have this said no more, remove that file", path, filepath.Base(path))
	}
	return n
}

// secretNames are names under which people put keys into files.
var secretNames = regexp.MustCompile(`(?i)(^|[._-])(api_?key|key|token|secret|password)$`)

// aboutNames tells of names that mean nothing.
func aboutNames(path string, unknown []string) []uploader.Notice {
	if len(unknown) == 0 {
		return nil
	}
	n := uploader.Notice{
		ID:       noticeUnknown,
		Headline: "The settings file has names that mean nothing: " + few(unknown, ", "),
		Hint:     "look for typing mistakes in " + path,
	}
	if slices.ContainsFunc(unknown, secretNames.MatchString) {
		n.Hint = fmt.Sprintf("keys do not belong into that file: take it out of %s, and give it with: upshot account key NAME", path)
	}
	return []uploader.Notice{n}
}

// mostTold is how many of many things a notice names.
const mostTold = 5

func few(list []string, sep string) string {
	if len(list) <= mostTold {
		return strings.Join(list, sep)
	}
	return fmt.Sprintf("%s%sand %d more", strings.Join(list[:mostTold], sep), sep, len(list)-mostTold)
}

// parsed takes the error of a TOML file apart: some have a position only in
// their text.
var parsed = regexp.MustCompile(`^toml: line (\d+)(?: \(last key "([^"]*)"\))?: (?s:(.*))$`)

// whereIn tells the line of a parse error.
func whereIn(err error) string {
	if m := parsed.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Sprintf(" (line %s)", m[1])
	}
	return ""
}

// quoted is what a parse error quotes of the file, which may be a secret.
var quoted = regexp.MustCompile(`"[^"]{3,}"`)

// wanted is what a value must be, by the type that the settings have there.
var wanted = map[string]string{
	"integer": "a whole number, without quotes",
	"float":   "a number, without quotes",
	"string":  `a text in quotes`,
	"boolean": "true or false, without quotes",
	"slice":   "a list in brackets",
}

// whatIn tells what is wrong with a file that cannot be read, with nothing of
// its values.
func whatIn(err error) string {
	m := parsed.FindStringSubmatch(err.Error())
	if m == nil {
		return "it is no TOML"
	}
	line, name, what := m[1], m[2], m[3]
	at := "line " + line + ": "
	_, kind, mismatch := strings.Cut(what, "destination has type ")
	switch {
	case mismatch && (name == "account" || name == "folder"):
		return at + "write [[" + name + "]], in double brackets"
	case mismatch && wanted[kind] != "":
		return at + name + " must be " + wanted[kind]
	case strings.Contains(what, "expected table"):
		return at + name + " must be a table: [" + name + "] in a line of its own, its values below"
	case strings.Contains(what, "already been defined"):
		return at + name + " stands there twice"
	case strings.Contains(what, "invalid duration"):
		return at + name + ` must be a time such as "1.5s", in quotes`
	case strings.Contains(what, "NULL bytes"), strings.Contains(what, "invalid UTF-8"):
		return at + "the file is not UTF-8 text; save it as UTF-8"
	}
	what = strings.TrimSuffix(quoted.ReplaceAllString(what, "something else"), ".")
	if name != "" && !strings.Contains(what, name) {
		what = "after " + name + ": " + what
	}
	return at + what
}

// sift takes values that mean nothing out of the settings, as if they had not
// been set, and tells of them and of what contradicts itself. Texts of the
// file are quoted only where they are names.
func sift(path string, s *uploader.Settings) []uploader.Notice {
	var wrong []string
	tell := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	siftNumbers(s, tell)
	siftHours(s, tell)
	siftAccounts(s, tell)
	siftFolders(s, tell)
	if len(wrong) == 0 {
		return nil
	}
	return []uploader.Notice{{
		ID:       noticeValues,
		Headline: "The settings file has values that cannot be used: " + few(wrong, "; "),
		Hint:     "correct them in " + path + "; until then they are not used",
	}}
}

// mostWorkers is how many files at once an account may be given.
const mostWorkers = 8

// leastLimit is the least bandwidth that may be asked for.
const leastLimit = 1 << 10

func limitFits(n int64) bool { return n == 0 || n >= leastLimit }

// within takes a number out that is not from 0 to most.
func within[N ~int | ~int64](at *N, most N, name, says string, tell func(string, ...any)) {
	if *at < 0 || *at > most {
		*at = 0
		tell("%s must be %s", name, says)
	}
}

const (
	mostNumber   = 1<<31 - 1
	mostDuration = time.Duration(1<<63 - 1)
)

func siftNumbers(s *uploader.Settings, tell func(string, ...any)) {
	within(&s.Workers, mostWorkers, "workers", "from 1 to 8, or 0 for the default", tell)
	within(&s.KeepDays, mostNumber, "keep_days", "a number of days, or 0 for all", tell)
	within(&s.KeepCount, mostNumber, "keep_count", "a number of uploads, or 0 for all", tell)
	within(&s.Capture.Delay, time.Hour, "capture.delay", "from 0s to 1h", tell)
	if !limitFits(s.Limit) {
		s.Limit = 0
		tell("limit must be at least 1024 bytes a second, or 0 for none")
	}
	if f := s.Capture.Format; f != "" && f != uploader.CapturePNG && f != uploader.CaptureJPEG {
		s.Capture.Format = ""
		tell("capture.format must be png or jpeg")
	}
	siftKind(&s.Link.Kind, "link.kind", tell)
}

func siftKind(kind *client.LinkKind, name string, tell func(string, ...any)) {
	known := append(client.LinkKinds(), client.LinkMarkdownThumb, client.LinkHTMLThumb, client.LinkBBCodeThumb, "")
	if !slices.Contains(known, *kind) {
		*kind = ""
		tell("%s must be a kind of link, such as direct or markdown", name)
	}
}

var days = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

func siftHours(s *uploader.Settings, tell func(string, ...any)) {
	fits := func(h uploader.Hours) bool {
		for _, clock := range []string{h.From, h.To} {
			if _, err := time.Parse("15:04", clock); err != nil {
				return false
			}
		}
		return limitFits(h.Limit) && !slices.ContainsFunc(h.Days, func(d string) bool { return !slices.Contains(days, d) })
	}
	n := len(s.Hours)
	s.Hours = slices.DeleteFunc(s.Hours, func(h uploader.Hours) bool { return !fits(h) })
	if n != len(s.Hours) {
		tell(`hours must be like from = "22:00", to = "07:00", days = ["mon"], limit = 500000`)
	}
}

func siftAccounts(s *uploader.Settings, tell func(string, ...any)) {
	seen := map[string]bool{}
	s.Accounts = slices.DeleteFunc(s.Accounts, func(a uploader.Account) bool {
		again := seen[a.Name]
		if again {
			tell("two accounts are called %q, of which the first is used", a.Name)
		}
		seen[a.Name] = true
		return again
	})
	for i := range s.Accounts {
		a := &s.Accounts[i]
		name := fmt.Sprintf("account %q", a.Name)
		if a.Name == "" {
			tell("an account has no name")
		}
		if _, err := client.ParseAddress(a.Address); err != nil {
			tell("%s: %s", name, invalidWords(err))
		}
		if err := a.Params.Validate(); err != nil {
			tell("%s: %s", name, invalidWords(err))
		}
		within(&a.Workers, mostWorkers, name+": workers", "from 1 to 8, or 0 for the default", tell)
		siftKind(&a.Link.Kind, name+": link.kind", tell)
	}
	if s.Default != "" && !seen[s.Default] {
		tell("default names no account: %q", s.Default)
	}
}

// invalidWords are ours about a value that is refused.
func invalidWords(err error) string {
	var ce *client.Error
	if errors.As(err, &ce) {
		return ce.Message
	}
	return "it cannot be used"
}

func siftFolders(s *uploader.Settings, tell func(string, ...any)) {
	seen := map[string]bool{}
	s.Folders = slices.DeleteFunc(s.Folders, func(f uploader.Folder) bool {
		again := seen[f.Path]
		if again {
			tell("folder %q stands there twice, and the first is used", f.Path)
		}
		seen[f.Path] = true
		return again
	})
	for i := range s.Folders {
		siftFolder(&s.Folders[i], s.Accounts, tell)
	}
}

func siftFolder(f *uploader.Folder, accounts []uploader.Account, tell func(string, ...any)) {
	name := fmt.Sprintf("folder %q", f.Path)
	if !filepath.IsAbs(f.Path) {
		tell("%s: the path must be a whole one, from the root", name)
	}
	if f.Account != "" && !slices.ContainsFunc(accounts, func(a uploader.Account) bool { return a.Name == f.Account }) {
		tell("%s: there is no account %q", name, f.Account)
	}
	if err := f.Params.Validate(); err != nil {
		tell("%s: %s", name, invalidWords(err))
	}
	if e := f.Existing; e != "" && e != uploader.ExistingSkip && e != uploader.ExistingUpload {
		f.Existing = ""
		tell("%s: existing must be skip or upload", name)
	}
	if a := f.After; a != "" && a != uploader.AfterKeep && a != uploader.AfterTrash && !strings.HasPrefix(string(a), "move=") {
		f.After = ""
		tell("%s: after must be keep, trash or move=DIRECTORY", name)
	}
	if k := f.Kinds; k != "" && k != "pictures" && k != "videos" {
		f.Kinds = ""
		tell("%s: kinds must be pictures or videos", name)
	}
	if f.MinSize < 0 || f.MaxSize < 0 || f.MaxSize > 0 && f.MaxSize < f.MinSize {
		f.MinSize, f.MaxSize = 0, 0
		tell("%s: min_size and max_size are no range", name)
	}
	within(&f.Quiet, mostDuration, name+": quiet", `a time such as "1.5s"`, tell)
	siftKind(&f.Link.Kind, name+": link.kind", tell)
}
