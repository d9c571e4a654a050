package cli

import (
	"context"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
	"images-uploader.com/upshot/platform/dirs"
)

// What a shell completes beside verbs and flags: the names of accounts and
// settings, the numbers of uploads, watched folders, and the words that a flag
// takes. A Tab makes nothing, sends nothing, and gives up before a person
// notices: then it completes nothing.

const (
	completeTime = 1500 * time.Millisecond
	completeMost = 50 // newest uploads that are offered
)

// offer is what may stand at a place, after the arguments so far.
type offer struct {
	words func(p *program, args []string) []cobra.Completion
	most  int // arguments of that kind; 0: any number
	then  cobra.ShellCompDirective
}

// anyFile and anyFolder are completed by the shell.
func anyFile() offer   { return offer{then: cobra.ShellCompDirectiveDefault} }
func anyFolder() offer { return offer{then: cobra.ShellCompDirectiveFilterDirs} }

func oneOf(all ...cobra.Completion) offer {
	return offer{words: func(*program, []string) []cobra.Completion { return all }, then: cobra.ShellCompDirectiveNoFileComp}
}

func accountNames(most int) offer {
	return offer{words: (*program).accountWords, most: most, then: cobra.ShellCompDirectiveNoFileComp}
}

func watchedFolders() offer {
	return offer{words: (*program).folderWords, most: 1, then: cobra.ShellCompDirectiveNoFileComp}
}

func uploads(most int, states ...job.State) offer {
	return offer{words: func(p *program, given []string) []cobra.Completion {
		return p.uploadWords(given, func(job.Job) bool { return true }, states...)
	}, most: most, then: cobra.ShellCompDirectiveNoFileComp}
}

// offersOfArgs are by command what its arguments may be.
func offersOfArgs() map[string]offer {
	m := map[string]offer{
		"upload": anyFile(), "watch": anyFolder(), "folder add": anyFolder(), "folder send": anyFile(),
		"settings get":   {words: settingNames, then: cobra.ShellCompDirectiveNoFileComp},
		"settings set":   {words: settingWords, most: 2, then: cobra.ShellCompDirectiveNoFileComp},
		"sxcu import":    {words: func(*program, []string) []cobra.Completion { return []cobra.Completion{"sxcu"} }, most: 1, then: cobra.ShellCompDirectiveFilterFileExt},
		"queue hold":     uploads(0, job.Queued, job.Waiting, job.Sending),
		"queue release":  uploads(0, job.Held),
		"queue retry":    uploads(0, job.Failed, job.Waiting, job.Canceled),
		"queue cancel":   uploads(0, job.Queued, job.Held, job.Sending, job.Waiting),
		"queue remove":   uploads(0, job.Failed, job.Canceled, job.Done),
		"queue move":     uploads(0, job.Queued, job.Held, job.Waiting),
		"history copy":   uploads(1, job.Done),
		"history open":   uploads(1, job.Done),
		"history delete": uploads(1, job.Done),
		"undo":           uploads(1, job.Done),
		"queue mark": {words: func(p *program, given []string) []cobra.Completion {
			return p.uploadWords(given, func(j job.Job) bool { return j.Outcome == job.Duplicate }, job.Done)
		}, then: cobra.ShellCompDirectiveNoFileComp},
	}
	for _, verb := range []string{"account default", "account key", "account remove", "account set", "account test", "queue pause", "queue resume", "sxcu export"} {
		m[verb] = accountNames(1)
	}
	for _, verb := range []string{"files", "pause", "remove", "resume"} {
		m["folder "+verb] = watchedFolders()
	}
	return m
}

// offersOfFlags are by name what a flag's value may be; some mean something
// else with one command.
func offersOfFlags() map[string]offer {
	move := offer{words: func(*program, []string) []cobra.Completion {
		return []cobra.Completion{string(uploader.AfterKeep), string(uploader.AfterTrash), "move="}
	}, then: cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace}
	return map[string]offer{
		"account": accountNames(0), "link": oneOf(kindWords()...), "as": oneOf("file", "base64", "url"),
		"format": oneOf("json", "txt", "redirect"), "history export format": oneOf("jsonl", "csv"),
		"to":       oneOf(string(uploader.VerbTop), string(uploader.VerbUp), string(uploader.VerbDown), string(uploader.VerbBottom)),
		"existing": oneOf(string(uploader.ExistingSkip), string(uploader.ExistingUpload)), "after": move,
		"kinds": oneOf("pictures", "videos", "all"), "uncertain": oneOf("retry", "ask"), "state": oneOf(stateNames()...),
		"expire": oneOf("30m", "1h", "3d", "2w"), "delay": oneOf("3s", "5s", "10s"),
		"save": anyFile(), "ca-file": anyFile(), "output": anyFile(),
	}
}

// completions tells the shells what may stand where.
func (p *program) completions(root *cobra.Command) {
	args, flags := offersOfArgs(), offersOfFlags()
	nothing := offer{then: cobra.ShellCompDirectiveNoFileComp}
	for _, cmd := range below(root) {
		path := strings.TrimPrefix(cmd.CommandPath(), root.Name()+" ")
		if cmd.ValidArgsFunction == nil && len(cmd.ValidArgs) == 0 {
			at, ok := args[path]
			if !ok {
				at = nothing
			}
			cmd.ValidArgsFunction = p.complete(at)
		}
		cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if f.Value.Type() == "bool" {
				return
			}
			at, ok := flags[path+" "+f.Name]
			if !ok {
				at, ok = flags[f.Name]
			}
			if !ok {
				at = nothing
			}
			of := p.complete(at)
			// It fails only for a flag that is not there, or that was told of.
			_ = cmd.RegisterFlagCompletionFunc(f.Name, func(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
				return of(cmd, nil, typed)
			})
		})
	}
}

// below are a command and all under it.
func below(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		all = append(all, below(sub)...)
	}
	return all
}

func (p *program) complete(at offer) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if at.words == nil {
			return nil, at.then
		}
		if at.most > 0 && len(args) >= at.most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		all := at.words(p, args)
		if at.then&cobra.ShellCompDirectiveFilterFileExt != 0 {
			return all, at.then
		}
		return slices.DeleteFunc(slices.Clone(all), func(c cobra.Completion) bool { return c == "" || !strings.HasPrefix(c, typed) }), at.then
	}
}

// described is a completion with what is shown beside it. A value that a line
// cannot hold is empty: it cannot be completed.
func described(value, about string) cobra.Completion {
	if strings.ContainsFunc(value, unicode.IsControl) {
		return ""
	}
	return cobra.CompletionWithDesc(value, strings.TrimSpace(plain(about)))
}

func kindWords() []cobra.Completion {
	var all []cobra.Completion
	for _, k := range linkKinds() {
		all = append(all, string(k))
	}
	return all
}

func settingNames(_ *program, given []string) []cobra.Completion {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(settingsTable())), func(name string) bool { return slices.Contains(given, name) })
}

// settingWords are the names, and behind a name those words that it takes.
func settingWords(p *program, given []string) []cobra.Completion {
	if len(given) == 0 {
		return settingNames(p, nil)
	}
	entry, err := lookUp(given[0])
	if err != nil {
		return nil
	}
	takes := func(v string) bool { return entry.set(&uploader.Settings{}, v) == nil }
	var all []cobra.Completion
	if !takes("any word") { // a free text takes every word, and so no word is its own
		all = append([]cobra.Completion{"true", "false", uploader.CapturePNG, uploader.CaptureJPEG}, kindWords()...)
	}
	return slices.DeleteFunc(append(all, none), func(v string) bool { return !takes(v) })
}

func (p *program) accountWords([]string) (all []cobra.Completion) {
	for _, a := range glanceSettings().Accounts {
		all = append(all, described(a.Name, addressOf(a)))
	}
	return all
}

func (p *program) folderWords([]string) (all []cobra.Completion) {
	for _, f := range glanceSettings().Folders {
		all = append(all, described(f.Path, ""))
	}
	return all
}

// glanceSettings are the settings, for which nothing is made.
func glanceSettings() uploader.Settings {
	d, err := dirs.New(dirs.Config{Getenv: os.Getenv})
	if err != nil {
		return uploader.Settings{}
	}
	return wire.GlanceSettings(d)
}

// uploadWords are the numbers of uploads in some states, but those given, as the
// engine tells that runs. Where none runs, a Tab does not start one: it would
// take up what was interrupted.
func (p *program) uploadWords(given []string, wanted func(job.Job) bool, states ...job.State) (all []cobra.Completion) {
	d, err := dirs.New(dirs.Config{Getenv: os.Getenv})
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), completeTime)
	defer cancel()
	c, err := wire.Glance(ctx, d)
	if err != nil {
		return nil
	}
	defer c.Close()
	page, err := c.Jobs(ctx, uploader.JobsRequest{States: states, N: completeMost})
	if err != nil {
		return nil
	}
	for _, j := range page.Jobs {
		id := strconv.FormatInt(int64(j.ID), 10)
		if wanted(j) && !slices.Contains(given, id) {
			all = append(all, described(id, string(j.State)+" "+j.Name))
		}
	}
	return all
}
