package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// shells are those that completion scripts are written for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// noArgs refuses arguments in our own words; a command that has others in it
// knows none by that name.
func noArgs(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case cmd.HasSubCommands():
		return noCommand(cmd, args[0])
	default:
		return usagef("%s takes no arguments, but was given %q", cmd.CommandPath(), args[0])
	}
}

// noEmptyArg refuses empty arguments: mostly variables of a script that are not
// set, and what an empty name would mean is never what was meant (the directory
// at hand, every account). What a setting takes instead is told with it, and a
// shell that completes asks with an empty word.
func noEmptyArg(cmd *cobra.Command, args []string) error {
	if cmd.Hidden || cmd.CommandPath() == "upshot settings set" || !slices.Contains(args, "") {
		return nil
	}
	return usagef("an empty argument was given; check the variables of your script")
}

// exactly wants the named arguments.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != len(names) {
			return usagef("%s needs %s", cmd.CommandPath(), strings.Join(names, " and "))
		}
		return nil
	}
}

// noKeyBehind is exactly for commands that read a key: whoever gives more has
// mostly typed it as an argument. It is not repeated.
func noKeyBehind(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > len(names) {
			return usagef("keys are never arguments, since others can see those; nothing was saved. "+
				"This one is in your shell's history now: change it on the host, then run %s without it and type the new one when asked",
				cmd.CommandPath())
		}
		return exactly(names...)(cmd, args)
	}
}

// noCommand says that within has no command of that name, and which is meant.
func noCommand(within *cobra.Command, word string) error {
	where := ""
	if within.HasParent() {
		where = " in " + within.CommandPath()
	}
	within.SuggestionsMinimumDistance = 2 // of letters; cobra's own way to its default is not this one
	if near := within.SuggestionsFor(word); len(near) > 0 {
		return usagef("there is no command %q%s; did you mean %s?", word, where, strings.Join(near, " or "))
	}
	return usagef("there is no command %q%s; see %s --help", word, where, within.CommandPath())
}

// flagError says what is wrong with a flag.
func flagError(cmd *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	var unknown *pflag.NotExistError
	var lacking *pflag.ValueRequiredError
	help := cmd.CommandPath() + " --help"
	switch {
	case errors.As(err, &value):
		return usagef("--%s: %q is not %s", value.GetFlag().Name, value.GetValue(), kindOfValue(value.GetFlag().Value.Type()))
	case errors.As(err, &lacking):
		return usagef("--%s needs a value", lacking.GetFlag().Name)
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "" && strings.Contains("0123456789.", unknown.GetSpecifiedName()):
		return usagef("there is no option -%s; no number is below 0 here, and a name that begins with - is given as ./-name", unknown.GetSpecifiedName())
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		// Without what follows it: that may be a key.
		return usagef("there is no option -%s; see %s (a name that begins with - is given as ./-name)", unknown.GetSpecifiedName(), help)
	case errors.As(err, &unknown):
		if near := nearFlags(cmd, unknown.GetSpecifiedName()); len(near) > 0 {
			return usagef("there is no option --%s; did you mean --%s?", unknown.GetSpecifiedName(), strings.Join(near, " or --"))
		}
		return usagef("there is no option --%s; see %s (a name that begins with - is given as ./-name)", unknown.GetSpecifiedName(), help)
	default:
		return usagef("that option cannot be read; see %s (a name that begins with - is given as ./-name)", help)
	}
}

// nearFlags are the flags that are written much like name, as cobra finds
// near commands.
func nearFlags(cmd *cobra.Command, name string) []string {
	flags := &cobra.Command{SuggestionsMinimumDistance: 2}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			flags.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
		}
	})
	return flags.SuggestionsFor(name)
}

// kindOfValue says what a flag wants.
func kindOfValue(flagType string) string {
	switch flagType {
	case "int":
		return "a whole number"
	case "duration":
		return "a time such as 30s or 2m"
	case "bool":
		return "true or false"
	default:
		return "a value that it takes"
	}
}

// helpCommand is cobra's, but what it does not know is a mistake.
func (p *program) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Say what a command does", Args: cobra.ArbitraryArgs,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			within, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var names []string
			for _, sub := range within.Commands() {
				if sub.IsAvailableCommand() {
					names = append(names, sub.Name())
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return usageError{err}
			}
			if len(rest) > 0 {
				return noCommand(about, rest[0])
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// completion is cobra's command in our words.
func completion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() != "completion" {
			continue
		}
		cmd.Short = "Write the script that completes commands in a shell: " + strings.Join(shells, ", ")
		cmd.Args = func(_ *cobra.Command, args []string) error {
			if len(args) > 0 && !slices.Contains(shells, args[0]) {
				return usagef("there is no completion for %q; there is %s", args[0], strings.Join(shells, ", "))
			}
			return nil
		}
		cmd.RunE = func(*cobra.Command, []string) error {
			return usagef("say for which shell: upshot completion %s", strings.Join(shells, "|"))
		}
		for _, shell := range cmd.Commands() {
			shell.Args = noArgs
		}
	}
}
