// Package notify shows notifications: by org.freedesktop.Notifications on
// Linux, with buttons where the desktop has them; as a toast on Windows and in
// the notification centre on macOS, both without buttons.
//
// Titles and texts may come from servers and file names, so they are cleaned
// of control characters and cannot be markup, XML or a script. (That is why
// Windows and macOS do not go through gen2brain/beeep: where a toast fails, it
// hands the text to PowerShell inside a string that PowerShell evaluates.)
//
// Failures: errors.ErrUnsupported (nothing shows notifications here),
// context.DeadlineExceeded (what shows them does not answer).
//
// It imports nothing of Upshot. On Linux one goroutine listens for clicked
// buttons from the first notification with buttons until Close or the end of
// the session bus; every click is told in a goroutine of its own.
package notify

import (
	"strings"
	"unicode"
)

// Config is what New needs; its zero value is right for Upshot.
type Config struct {
	App   string // the name that is shown; "" is Upshot
	Icon  string // the name of an icon, or the path of one; "" is Upshot's, where icons have names
	Entry string // the name of the .desktop file, without its ending; "" is Upshot's
}

// clean takes out what could change how a text is shown: control characters,
// and the characters that turn the direction of writing. Lines stay where
// lines are allowed.
func clean(text string, lines bool) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && lines:
			return r
		case r == '\n' || r == '\t':
			return ' '
		case r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(text, ""))
}
