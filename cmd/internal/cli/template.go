package cli

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"images-uploader.com/upshot/client"
)

// checkTemplate refuses a template that cannot be used, in words.
func checkTemplate(name, text string) error {
	err := client.CheckTemplate(text)
	if err == nil {
		return nil
	}
	var ce *client.Error
	if !errors.As(err, &ce) {
		return usagef("%s: the template cannot be used", name)
	}
	return usagef("%s: %s", name, templateWords(ce.Message))
}

// templatePlace is where text/template found something, as it writes it.
var templatePlace = regexp.MustCompile(`template:\d+(:\d+)?: (executing "[^"]*" at <[^>]*>: )?`)

// templateWords are what is wrong with a template, and what to do. Of
// text/template's own words only those about the text that the person wrote
// are repeated: it has no kinds of errors.
func templateWords(message string) string {
	const example = "write it like '{{.url_viewer}}'"
	reason := message
	for {
		_, behind, found := strings.Cut(reason, "the template cannot be used: ")
		if !found {
			break
		}
		reason = behind
	}
	reason = templatePlace.ReplaceAllString(reason, "")
	quoted := func(before, after string) string {
		_, rest, found := strings.Cut(reason, before)
		name, _, ended := strings.Cut(rest, after)
		if !found || !ended {
			return ""
		}
		return name
	}
	if name := quoted(`function "`, `" not defined`); name != "" {
		return fmt.Sprintf("the template asks for a function %q, which there is not; a field of the answer has a dot before it, as in '{{.%s}}'", name, name)
	}
	switch {
	case strings.Contains(reason, "names no field"):
		return reason + "; " + example
	case strings.Contains(reason, "unclosed action"), strings.Contains(reason, "unterminated"), strings.Contains(reason, "unexpected EOF in"):
		return "the template opens a {{ or a quotation mark that nothing closes; " + example
	case strings.Contains(reason, "unexpected EOF"):
		return "the template has an if, range or with without its {{end}}; add it"
	case strings.Contains(reason, "unexpected {{end}}"), strings.Contains(reason, "unexpected {{else}}"):
		return "the template has an {{end}} or {{else}} too many; take it out"
	case strings.Contains(reason, "missing value"):
		return "the template has {{ }} with nothing in it; " + example
	case strings.Contains(reason, "wrong number of args"), strings.Contains(reason, "wants "):
		return "the template gives a function too few or too many values; " + example
	case strings.Contains(reason, "longer than"), strings.Contains(reason, "define others"), strings.Contains(reason, "call others"),
		strings.Contains(reason, "is no function"), strings.Contains(reason, "loop"):
		return "the template cannot be used: " + reason + "; " + example
	}
	if strings.Contains(reason, "_") && strings.Contains(reason, "error calling") { // names of our own inside
		return "the template cannot be used; " + example
	}
	return "the template cannot be used (" + reason + "); " + example
}
