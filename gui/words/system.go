package words

import "strings"

// System is the tag of the system's language, "en" where it has none.
func System() string {
	tag, _, _ := strings.Cut(locale(), ":")
	if at := strings.IndexAny(tag, "-_.@"); at >= 0 {
		tag = tag[:at]
	}
	tag = strings.ToLower(tag)
	if tag == "" || tag == "c" || tag == "posix" {
		return "en"
	}
	return tag
}
