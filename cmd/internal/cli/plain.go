package cli

import (
	"regexp"
	"strings"
)

// escapes finds whole escape sequences as ECMA-48 has them: those that begin
// with CSI, those that carry a text and end with ST or the bell (OSC, DCS and
// their like), and short ones. Of a text that never ends only the beginning is
// taken: the rest may be all there is to say.
var escapes = regexp.MustCompile(`(?:\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]` +
	`|(?:\x1b[\]PX^_]|[\x{90}\x{98}\x{9d}-\x{9f}])(?:[^\x07\x1b\x{9c}\n]*(?:\x07|\x1b\\|\x{9c}))?` +
	`|\x1b[ -/]*[0-~]`)

// plain makes text from servers and file names safe for a terminal: no
// escape sequences, no line breaks.
func plain(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r == 0x1b || r >= 0x80 && r < 0xa0 }) {
		s = escapes.ReplaceAllString(s, "")
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, s)
}
