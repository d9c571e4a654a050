package cli

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestEveryArgumentIsCompletedAsWhatItIs holds the tables of completion
// against the commands: a place that is named in a usage line has an offer,
// and no offer is for a place that is not there.
func TestEveryArgumentIsCompletedAsWhatItIs(t *testing.T) {
	p := &program{}
	root := p.root()
	args, flags := offersOfArgs(), offersOfFlags()
	free := map[string]bool{ // what nobody but the person knows
		"account add": true, "history search": true, "man-pages": true,
	}
	place := regexp.MustCompile(` \[?[A-Z]`)
	used := map[string]bool{}
	for _, cmd := range below(root) {
		path := strings.TrimPrefix(cmd.CommandPath(), "upshot ")
		_, has := args[path]
		if named := place.MatchString(cmd.Use) && path != "help"; named != has && !free[path] {
			t.Errorf("%q: completed: %v", cmd.Use, has)
		}
		used[path] = true
		cmd.Flags().VisitAll(func(f *pflag.Flag) { used[f.Name], used[path+" "+f.Name] = true, true })
	}
	for path := range args {
		if !used[path] {
			t.Errorf("there is no command %q", path)
		}
	}
	for name := range flags {
		if !used[name] {
			t.Errorf("there is no flag %q", name)
		}
	}
}
