package sxcu

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// notes are sentences, of which a file cannot make a book.
type notes struct {
	list []string
	left int
}

const maxNotes = 20

func (n *notes) addf(format string, args ...any) {
	if len(n.list) == maxNotes {
		n.left++
		return
	}
	n.list = append(n.list, fmt.Sprintf(format, args...))
}

func (n *notes) sentences() []string {
	if n.left > 0 {
		return append(n.list, fmt.Sprintf("and %d more of the kind", n.left))
	}
	return n.list
}

func (rd *reader) unsent(what, name string) {
	rd.notes.addf("the %s %s is not sent: the Chevereto API has none of that name", what, rd.quote(name))
}

// quote shows a text of the file without its keys, short and harmless.
func (rd *reader) quote(s string) string {
	for _, c := range rd.keys {
		if c.real {
			s = strings.ReplaceAll(s, c.text, "(the key)")
		}
	}
	return strconv.Quote(clean(s))
}

// clean makes one short line of a text.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > 60 {
		s = string(runes[:60]) + "…"
	}
	return s
}
