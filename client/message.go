package client

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMessage bounds what is kept of a host's own text, in characters.
const maxMessage = 300

// serverPath finds absolute paths of two parts and more. A real Chevereto
// tells its own in messages ("Error reading from /var/www/.../x.png!").
var serverPath = regexp.MustCompile(`(^|[\s'"(=\[<>])(?:/[^\s/'")\]<>:,;]+){2,}/?|(^|[\s'"(=\[<>])[A-Za-z]:\\[^\s'")\]<>:,;]+`)

// userInfo finds the user and password of an address.
var userInfo = regexp.MustCompile(`://[^/\s@?#"]*@`)

// What PHP and web servers put into bare words for browsers: marks within a
// line, and those that end one.
var (
	inlineTag = regexp.MustCompile(`(?i)</?(?:a|b|code|em|i|small|span|strong|u)(?:\s[^<>]*)?>`)
	blockTag  = regexp.MustCompile(`(?i)</?(?:br|center|div|h[1-6]|hr|li|p|pre|td|th|tr|ul)(?:[\s/][^<>]*)?>`)
)

// escapeSequence finds what a terminal obeys instead of showing it (ECMA-48):
// colors and the like, then texts such as the title of its window, which end
// with a mark of their own, then all else of two characters and more.
var escapeSequence = regexp.MustCompile("(?:\x1b\\[|\u009b)[0-?]*[ -/]*(?:[@-~]|$)|" +
	"(?:\x1b[\\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\x07\x1b\u009c]*(?:\x07|\x1b\\\\|\u009c)|" +
	"\x1b[ -/]*[0-~]")

// withoutEscapes takes escape sequences out of a text, whole: without its first
// byte alone "\x1b[31m" would leave "[31m" to be read.
func withoutEscapes(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r == 0x1b || r >= 0x80 && r < 0xa0 }) {
		return text
	}
	return escapeSequence.ReplaceAllString(text, "")
}

// pageTitle finds the title of a web page.
var pageTitle = regexp.MustCompile(`(?is)<title[^>]*>(.{1,400}?)</title>`)

// clean makes a host's text fit to be shown: one line without control and
// invisible characters, without marks of HTML, without paths of the server and
// without the key, at most maxMessage characters.
func clean(text string, key Key) string {
	if len(text) > 1<<16 {
		text = text[:1<<16]
	}
	if strings.Contains(text, "<") {
		text = blockTag.ReplaceAllString(inlineTag.ReplaceAllString(text, ""), " ")
	}
	text = oneLine(text)
	if secret := oneLine(key.Reveal()); secret != "" {
		text = strings.ReplaceAll(text, secret, redacted)
	}
	text = userInfo.ReplaceAllString(text, "://")
	text = serverPath.ReplaceAllString(text, "$1$2…")
	return shorten(text, maxMessage)
}

// oneLine takes escape sequences and invisible characters out of a text, and
// turns line breaks and all other control characters into single spaces.
func oneLine(text string) string {
	if isPlain(text) {
		return text
	}
	text = withoutEscapes(strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1 // zero width, direction marks
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// isPlain reports whether text is ASCII that can be seen, without a space.
func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

func shorten(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	runes := []rune(text)
	return strings.TrimSpace(string(runes[:limit-1])) + "…"
}

// titleOf returns the title of a web page, cleaned, empty when it has none.
func titleOf(page string, key Key) string {
	if len(page) > 1<<16 {
		page = page[:1<<16]
	}
	m := pageTitle.FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return shorten(clean(html.UnescapeString(m[1]), key), 100)
}
