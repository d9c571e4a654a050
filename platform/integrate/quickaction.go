package integrate

import "strings"

// QuickAction says how to make the Finder's Quick Action "Upload with Upshot"
// on macOS: Automator keeps it in a form of its own, so it is made by hand. It
// was not tried on a Mac.
func QuickAction(c Config) string {
	if c.Upload == nil {
		c.Upload = []string{"upload", "--detach", "--"}
	}
	var words []string
	for _, arg := range append([]string{c.Program}, c.Upload...) {
		words = append(words, "'"+strings.ReplaceAll(arg, "'", `'\''`)+"'")
	}
	return `1. Open Automator, choose New Document, then Quick Action.
2. At the top: Workflow receives current "image files" (or "files or folders") in "Finder".
3. Add the action Run Shell Script; set Shell to /bin/sh and Pass input to "as arguments".
4. Replace its text by:
     ` + strings.Join(words, " ") + ` "$@"
5. Save it as "Upload with Upshot". It is in the Finder's menu, under Quick Actions.
`
}
