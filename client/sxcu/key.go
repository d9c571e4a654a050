package sxcu

import (
	"regexp"
	"slices"
	"strings"

	"images-uploader.com/upshot/client"
)

// candidate is something in a place for a key.
type candidate struct {
	text   string
	inForm bool
	real   bool // no placeholder
}

// findKey finds the key. It comes before all else, so that nothing else repeats
// it. A host takes the header's before the form's, and so do we.
func (rd *reader) findKey() {
	for _, h := range rd.file.Headers {
		if strings.EqualFold(strings.TrimSpace(h.name), "X-API-Key") {
			rd.candidate(h.value, false)
		}
	}
	for _, p := range slices.Concat(rd.file.Arguments, rd.file.Parameters, rd.query) {
		if strings.EqualFold(strings.TrimSpace(p.name), "key") {
			rd.candidate(p.value, true)
		}
	}
	o := &rd.out
	if len(rd.keys) > 0 {
		o.Placeholder, o.KeyInForm = true, rd.keys[0].inForm
	}
	first := ""
	for _, c := range rd.keys {
		switch {
		case !c.real:
		case first == "":
			first = c.text
			o.Key, o.KeyInForm, o.Placeholder = client.NewKey(c.text), c.inForm, false
		case c.text != first:
			rd.notes.addf("the file holds more than one key; the first is taken over")
		}
	}
}

// maxKeys is more places for a key than a file has that was not made to trouble us.
const maxKeys = 8

func (rd *reader) candidate(value string, inForm bool) {
	if len(rd.keys) == maxKeys {
		return
	}
	nodes, ok := parseText(value, rd.file.Version)
	text, fixed := constant(nodes)
	text = strings.TrimSpace(text)
	if ok && fixed && text == "" {
		return
	}
	rd.keys = append(rd.keys, candidate{text, inForm, ok && fixed && !isPlaceholder(text)})
}

// words are what people write where a key goes.
var words = regexp.MustCompile(`(?i)(^|[^a-z0-9])(your|here|placeholder|change[-_]?me|replace|insert|paste)([^a-z0-9]|$)` +
	`|your[-_]?(api[-_]?)?key|^(x[-_]?)?(api[-_]?)?(key|token|secret)$`)

// isPlaceholder reports whether a text stands where a key goes and is none:
// words, brackets, or one character again and again.
func isPlaceholder(text string) bool {
	for _, r := range text {
		if r <= ' ' || r > '~' || strings.ContainsRune(`<>[]{}"`, r) {
			return true
		}
	}
	return words.MatchString(text) || strings.Trim(text, text[:1]) == ""
}

// leastSecret is how long a key is at least: what is shorter may well stand
// in other words by chance.
const leastSecret = 8

// hidesKey reports whether a text repeats a key of the file.
func (rd *reader) hidesKey(s string) bool {
	return slices.ContainsFunc(rd.keys, func(c candidate) bool {
		return c.real && len(c.text) >= leastSecret && strings.Contains(s, c.text)
	})
}

// secret keeps the key out of everything that is stored as settings: a file
// may repeat it anywhere.
func (rd *reader) secret() error {
	o := &rd.out
	if rd.hidesKey(o.Address) {
		return refuse(nil, "the address in this .sxcu file holds the key itself and cannot be used")
	}
	if rd.hidesKey(rd.file.Name) {
		o.Name = ""
	}
	p := &o.Params
	if slices.ContainsFunc(append([]string{p.Title, p.Description, p.Album}, p.Tags...), rd.hidesKey) {
		p.Title, p.Description, p.Album, p.Tags = "", "", "", nil
		rd.notes.addf("title, description, tags and album are not taken over: they hold the key itself")
	}
	if rd.hidesKey(o.Template) {
		o.Template, o.Link = "", client.LinkDirect
		rd.notes.addf("the link is not taken over, for it holds the key itself: the direct link is set")
	}
	return nil
}
