package client

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of a real Chevereto: it cuts a longer title silently, answers
// a longer description or file name with a database error, and drops a longer
// tag silently. Characters are those of Unicode, whatever their script.
const (
	maxTitle       = 100   // characters
	maxDescription = 65535 // bytes
	maxTag         = 32    // characters
	maxName        = 255   // characters
	maxAlbum       = 64    // characters
	maxWidth       = 1 << 20
)

// Validate checks the parameters in words before anything is sent. The error
// is an [*Error] of KindInvalid.
func (p Params) Validate() error {
	switch {
	case !utf8.ValidString(p.Title):
		return invalid("the title is not valid UTF-8")
	case utf8.RuneCountInString(p.Title) > maxTitle:
		return invalid(fmt.Sprintf("the title is longer than %d characters", maxTitle))
	case strings.ContainsFunc(p.Title, unicode.IsControl):
		return invalid("the title holds a line break or another control character")
	case !utf8.ValidString(p.Description):
		return invalid("the description is not valid UTF-8")
	case len(p.Description) > maxDescription:
		return invalid(fmt.Sprintf("the description is longer than %d bytes", maxDescription))
	case strings.ContainsRune(p.Description, 0):
		return invalid("the description holds a control character")
	case p.Category < 0:
		return invalid("a category is a number from 1 on")
	case p.Width < 0 || p.Width > maxWidth:
		return invalid("a width is a number of pixels from 1 on")
	case len(p.Album) > maxAlbum || strings.ContainsFunc(p.Album, notAlphanumeric):
		return invalid("an album is named by its id: the letters and digits at the end of its address")
	}
	for _, tag := range p.Tags {
		if err := validateTag(tag); err != nil {
			return err
		}
	}
	if p.Expiration != "" {
		if _, err := parseInterval(p.Expiration); err != nil {
			return err
		}
	}
	return nil
}

func validateTag(tag string) error {
	switch {
	case !utf8.ValidString(tag):
		return invalid("a tag is not valid UTF-8")
	case strings.TrimSpace(tag) == "":
		return invalid("a tag is empty")
	case utf8.RuneCountInString(tag) > maxTag:
		return invalid(fmt.Sprintf("a tag is longer than %d characters", maxTag))
	case strings.ContainsAny(tag, ",/#") || strings.ContainsFunc(tag, unicode.IsControl):
		return invalid("a tag holds a comma, a slash, a # or a control character")
	case droppedTag(strings.TrimSpace(tag)):
		return invalid("a tag cannot be 0 or one sign over and over")
	}
	return nil
}

// droppedTag reports whether a real Chevereto drops a tag without a word: "0",
// which PHP takes for none, and one of these signs alone or repeated.
func droppedTag(tag string) bool {
	return tag == "0" || strings.ContainsRune(`\.?&=%+@!*;:`, rune(tag[0])) && strings.Trim(tag, tag[:1]) == ""
}

func notAlphanumeric(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// validateName checks a file name's length; what a name cannot hold is
// mended in fileName.
func validateName(name string) error {
	if utf8.RuneCountInString(fileName(name, "")) > maxName {
		return invalid(fmt.Sprintf("the file name is longer than %d characters", maxName))
	}
	return nil
}
