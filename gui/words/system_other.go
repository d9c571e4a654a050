//go:build !windows && !darwin

package words

import "os"

// locale is the system's, as gettext finds it.
func locale() string {
	wanted := ""
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if wanted = os.Getenv(name); wanted != "" {
			break
		}
	}
	// LANGUAGE counts only where texts are translated at all.
	if first := os.Getenv("LANGUAGE"); first != "" && wanted != "C" && wanted != "POSIX" {
		return first
	}
	return wanted
}
