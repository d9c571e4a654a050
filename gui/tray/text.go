package tray

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// How many characters a line of the menu may have.
const (
	maxName   = 40
	maxStatus = 90
)

// clean takes out of s what a menu must not get: control characters, line
// ends, marks that turn the direction of what follows, and bytes that are no
// text (D-Bus takes none).
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\ufeff':
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
	return strings.Join(strings.Fields(s), " ")
}

// shorten takes the middle out of s if it has more than n characters: the
// beginning of a file's name and its end tell it from others.
func shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	head, tail := (n-1)-(n-1)/3, (n-1)/3
	for head > 1 && unicode.Is(unicode.Mn, r[head]) { // an accent stays with its letter
		head--
	}
	for tail > 1 && unicode.Is(unicode.Mn, r[len(r)-tail]) {
		tail--
	}
	return strings.TrimRight(string(r[:head]), " ") + "…" + strings.TrimLeft(string(r[len(r)-tail:]), " ")
}
