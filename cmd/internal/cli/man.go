package cli

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manCommand is for those who install: it writes the manual pages, made of
// the commands themselves.
func (p *program) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man-pages DIR",
		Short:  "Write the manual pages into a directory",
		Hidden: true,
		Args:   exactly("a directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, c := range manual(cmd.Root()) {
				name := strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
				if err := os.WriteFile(filepath.Join(args[0], name), []byte(manPage(c)), 0o644); err != nil { //nolint:gosec // everybody reads manuals
					return fmt.Errorf("write a manual page: %w", err)
				}
			}
			return nil
		},
	}
}

// manual are the commands that have a page: each of which can be run.
func manual(c *cobra.Command) []*cobra.Command {
	if !c.IsAvailableCommand() && c.HasParent() || c.IsAdditionalHelpTopicCommand() {
		return nil
	}
	list := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		list = append(list, manual(sub)...)
	}
	return list
}

// manPage is a command's page in the language of man(7).
func manPage(c *cobra.Command) string {
	var b strings.Builder
	section := func(name string) { fmt.Fprintf(&b, ".SH %s\n", name) }
	title := strings.ToUpper(strings.ReplaceAll(c.CommandPath(), " ", "-"))
	fmt.Fprintf(&b, ".TH %q 1 \"\" %q \"Upshot\"\n.nh\n.ad l\n", title, "Upshot "+Version())
	section("NAME")
	fmt.Fprintf(&b, "%s \\- %s\n", roff(strings.ReplaceAll(c.CommandPath(), " ", "-")), roff(c.Short))
	section("SYNOPSIS")
	fmt.Fprintf(&b, ".B %s\n", roff(c.UseLine()))
	section("DESCRIPTION")
	b.WriteString(paragraphs(cmp.Or(c.Long, c.Short+".")))
	manFlags(&b, "OPTIONS", c.NonInheritedFlags())
	manFlags(&b, "OPTIONS OF ALL COMMANDS", c.InheritedFlags())
	if c.Example != "" {
		section("EXAMPLES")
		b.WriteString(".nf\n")
		for line := range strings.Lines(c.Example) {
			b.WriteString(roff(strings.TrimRight(line, "\n")) + "\n")
		}
		b.WriteString(".fi\n")
	}
	if !c.HasParent() {
		section("EXIT STATUS")
		for code, words := range []string{
			"All done, with a link each.", "Nothing got a link.", "The command line is not right; said before anything is sent.",
			"Some got a link, some did not.", "The key is missing, wrong, or the keyring locked.", "Queued, but not finished.",
		} {
			fmt.Fprintf(&b, ".TP\n.B %d\n%s\n", code, roff(words))
		}
	}
	manNeighbours(&b, c)
	return b.String()
}

func manFlags(b *strings.Builder, name string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(b, ".SH %s\n", name)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, words := pflag.UnquoteUsage(f)
		shown := "--" + f.Name
		if f.Shorthand != "" {
			shown = "-" + f.Shorthand + ", " + shown
		}
		switch {
		case value != "" && f.NoOptDefVal != "":
			shown += "[=" + value + "]"
		case value != "":
			shown += " " + value
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(shown), roff(words))
	})
}

// manNeighbours are the pages that belong to this one.
func manNeighbours(b *strings.Builder, c *cobra.Command) {
	var names []string
	if c.HasParent() {
		names = append(names, c.Parent().CommandPath())
	}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.CommandPath())
		}
	}
	if len(names) == 0 {
		return
	}
	b.WriteString(".SH SEE ALSO\n")
	for i, name := range names {
		end := ","
		if i == len(names)-1 {
			end = ""
		}
		fmt.Fprintf(b, ".BR %s (1)%s\n", roff(strings.ReplaceAll(name, " ", "-")), end)
	}
}

// paragraphs are a text with empty lines between its parts.
func paragraphs(text string) string {
	var b strings.Builder
	for _, part := range strings.Split(strings.TrimSpace(text), "\n\n") {
		b.WriteString(".PP\n")
		for line := range strings.Lines(part) {
			b.WriteString(roff(strings.TrimRight(line, "\n")) + "\n")
		}
	}
	return b.String()
}

// roff is text as the language takes it literally.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}
