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
var serverPath = regexp.MustCompile(`(^|[\s'"(=\[<])(?:/[^\s/'")\]<>:,;]+){2,}/?|(^|[\s'"(=\[<])[A-Za-z]:\\[^\s'")\]<>:,;]+`)

// userInfo finds the user and password of an address.
var userInfo = regexp.MustCompile(`://[^/\s@?#"]*@`)

// pageTitle finds the title of a web page.
var pageTitle = regexp.MustCompile(`(?is)<title[^>]*>(.{1,400}?)</title>`)

// clean makes a host's text fit to be shown: one line without control and
// invisible characters, without paths of the server and without the key, at
// most maxMessage characters.
func clean(text string, key Key) string {
	if len(text) > 1<<16 {
		text = text[:1<<16]
	}
	text = oneLine(text)
	if secret := oneLine(key.Reveal()); secret != "" {
		text = strings.ReplaceAll(text, secret, redacted)
	}
	text = userInfo.ReplaceAllString(text, "://")
	text = serverPath.ReplaceAllString(text, "$1$2…")
	return shorten(text, maxMessage)
}

// oneLine turns control and invisible characters, escape sequences' first
// byte and line breaks included, into single spaces.
func oneLine(text string) string {
	if isPlain(text) {
		return text
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
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
