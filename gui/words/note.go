package words

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Note translates a notification: its headline and what stands below. Where
// that are the names of files, only what is said around them is translated.
func (w *Words) Note(title, body string) (string, string) {
	if w == nil {
		return title, body
	}
	for _, o := range outcomes() {
		found := o.is.FindStringSubmatch(title)
		if found == nil {
			continue
		}
		count := 1
		if found[1] != "" {
			count, _ = strconv.Atoi(found[1])
		}
		if o.names {
			return w.Many(o.key, count), w.around(body)
		}
		return w.Many(o.key, count), w.Say(body)
	}
	said := w.Say(title)
	if name, what, ok := strings.Cut(title, ": "); ok && said == title {
		if headline := w.Say(UpperFirst(what)); headline != UpperFirst(what) { // "a.png: the file is empty"
			said = w.Because(name, w.LowerFirst(headline))
		}
	}
	return said, w.Say(body)
}

// outcome is a headline of the engine's notifications.
type outcome struct {
	is    *regexp.Regexp
	key   string // of the text with a number that says the same
	names bool   // the names of files stand below
}

var outcomes = sync.OnceValue(func() []outcome {
	return []outcome{
		{regexp.MustCompile(`^(?:Link|(\d+) links) copied$`), "links_copied", true},
		{regexp.MustCompile(`^(?:Uploaded|(\d+) files uploaded)$`), "files_uploaded", true},
		{regexp.MustCompile(`^(?:Upload|(\d+) uploads) failed$`), "uploads_failed", false},
	}
})

// What the engine says after the names of files.
var (
	andMore   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.*?),? and (\d+) more$`) })
	failedToo = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.*); (\d+) failed$`) })
)

// around translates what is said around the names of files.
func (w *Words) around(body string) string {
	names, failed := body, ""
	if found := failedToo().FindStringSubmatch(names); found != nil {
		count, _ := strconv.Atoi(found[2])
		names, failed = found[1], w.Many("count_failed", count)
	}
	if found := andMore().FindStringSubmatch(names); found != nil {
		count, _ := strconv.Atoi(found[2])
		names = found[1] + " " + w.Many("and_more", count)
	}
	if failed == "" {
		return names
	}
	return w.L("{{.Note}}; {{.Hint}}", map[string]any{"Note": names, "Hint": failed})
}
