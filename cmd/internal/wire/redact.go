package wire

import (
	"regexp"
	"strings"
)

// redacted stands for a secret.
const redacted = "(redacted)"

// deleteLink finds what deletes a file on whoever opens it.
var deleteLink = regexp.MustCompile(`(?i)https?://[^\s"'<>]*/delete[/?][^\s"'<>]*`)

// Redact takes out of a text what must never be shown: the key of this
// process, and delete links. Nothing should have put them there; this is for
// texts that go to other people.
func (h *House) Redact(text string) string {
	if key := h.Key.Reveal(); key != "" {
		text = strings.ReplaceAll(text, key, redacted)
	}
	return deleteLink.ReplaceAllString(text, redacted)
}
