package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

// fileStates are all states of a folder's files, in the order of a summary:
// first those that somebody may want to do something about.
var fileStates = []uploader.FileState{
	uploader.FileUnreadable, uploader.FileFailed, uploader.FileTooLarge, uploader.FileIncomplete, uploader.FileHeld,
	uploader.FileWaiting, uploader.FileWriting, uploader.FileSettling, uploader.FileQueued, uploader.FileSending,
	uploader.FileCanceled, uploader.FileFiltered, uploader.FileSkipped, uploader.FileSent,
}

// folderFiles lists the files of watched folders, each with its state and why.
func (p *program) folderFiles() *cobra.Command {
	var names []string
	asJSON := false
	cmd := &cobra.Command{
		Use:   "files [DIR]",
		Short: "List the files in a watched folder: where each stands, and why",
		Long:  "List the files in a watched folder, or in all of them: where each stands, and why. DIR is a folder's path, or its last part.",
		Example: `  upshot folder files ~/Pictures/Screenshots
  upshot folder files --state incomplete,failed Screenshots`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%s takes one folder at most", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			states, err := parseStates(names)
			if err != nil {
				return err
			}
			return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
				known, err := knownFolders(ctx, a)
				if err != nil {
					return err
				}
				if len(args) == 1 {
					path, err := oneFolder(known, args[0])
					if err != nil {
						return err
					}
					known = []string{path}
				}
				if len(known) == 0 {
					p.say("no folder is watched; add one with: upshot folder add DIR")
					return nil
				}
				for _, path := range known {
					if err := p.listFiles(ctx, a, path, states, asJSON); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&names, "state", nil, "only files in these states: `STATE` is "+orList(stateNames()))
	f.BoolVar(&asJSON, "json", false, "one JSON object a line for each file")
	return cmd
}

// stateName is a state as it is typed.
func stateName(s uploader.FileState) string { return strings.ReplaceAll(string(s), " ", "-") }

func stateNames() []string {
	names := make([]string, len(fileStates))
	for i, s := range fileStates {
		names[i] = stateName(s)
	}
	slices.Sort(names)
	return names
}

func orList(names []string) string {
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

func parseStates(names []string) ([]uploader.FileState, error) {
	var states []uploader.FileState
	for _, name := range names {
		typed := strings.ToLower(strings.NewReplacer(" ", "-", "_", "-").Replace(strings.TrimSpace(name)))
		i := slices.IndexFunc(fileStates, func(s uploader.FileState) bool { return stateName(s) == typed })
		if i < 0 {
			return nil, usagef("--state: %q is none of %s", name, orList(stateNames()))
		}
		states = append(states, fileStates[i])
	}
	return states, nil
}

// knownFolders are the paths of all folders: of the settings, and lent ones.
func knownFolders(ctx context.Context, a *wire.Attached) ([]string, error) {
	s, err := a.Settings(ctx, uploader.None{})
	if err != nil {
		return nil, err
	}
	snap, err := a.Snapshot(ctx, uploader.None{})
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, f := range s.Folders {
		paths = append(paths, f.Path)
	}
	for _, f := range snap.Folders {
		if !slices.Contains(paths, f.Folder.Path) {
			paths = append(paths, f.Folder.Path)
		}
	}
	return paths, nil
}

// oneFolder finds the folder that is meant: by its path, or by the last part
// of that if only one has it.
func oneFolder(known []string, arg string) (string, error) {
	path, err := wholePath(arg)
	if err != nil {
		return "", err
	}
	if slices.Contains(known, path) {
		return path, nil
	}
	var named []string
	for _, k := range known {
		if filepath.Base(k) == arg {
			named = append(named, k)
		}
	}
	switch len(named) {
	case 0:
		return "", usagef("%s is not a watched folder; see upshot folder list", arg)
	case 1:
		return named[0], nil
	default:
		return "", usagef("%d watched folders are called %s; give the whole path", len(named), arg)
	}
}

// wholePath is an argument as a whole path with its links resolved.
func wholePath(arg string) (string, error) {
	path, err := filepath.Abs(arg)
	if err != nil {
		return "", usagef("%s: %v", arg, err)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return path, nil
}

// listFiles lists the files of one folder, page by page.
func (p *program) listFiles(ctx context.Context, a *wire.Attached, folder string, states []uploader.FileState, asJSON bool) error {
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	byHand := false
	for from := 0; ; from += uploader.FolderFilesMost {
		page, err := a.FolderFiles(ctx, uploader.FolderFilesRequest{Folder: folder, States: states, From: from, N: uploader.FolderFilesMost})
		if errors.Is(err, fs.ErrNotExist) {
			return usagef("%s is not a watched folder; see upshot folder list", folder)
		}
		if err != nil {
			return err
		}
		for _, f := range page.Files {
			byHand = byHand || f.ByHand && f.State == uploader.FileIncomplete
			if asJSON {
				err = p.printJSON(f)
			} else {
				_, err = fmt.Fprintln(w, fileLine(folder, f))
			}
			if err != nil {
				return fmt.Errorf("write the list: %w", err)
			}
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("write the list: %w", err)
		}
		if from+uploader.FolderFilesMost < page.Total && len(page.Files) > 0 {
			continue
		}
		p.say("%s: %s", plain(folder), plain(summary(page)))
		if byHand {
			p.say("send one that is not complete all the same with: upshot folder send FILE")
		}
		return nil
	}
}

// fileLine is a file's path within the folder, its state, the number of its
// upload, and why.
func fileLine(folder string, f uploader.FolderFile) string {
	name := f.Path
	if rel, err := filepath.Rel(folder, f.Path); err == nil {
		name = rel
	}
	if f.Dir {
		name += string(filepath.Separator)
	}
	number := "-"
	if f.Job != 0 {
		number = strconv.FormatInt(int64(f.Job), 10)
	}
	return strings.Join([]string{plain(name), string(f.State), number, plain(f.Reason)}, "\t")
}

// summary counts all files of a folder by their states, and says how the
// folder fares.
func summary(page uploader.FolderFilesPage) string {
	total := 0
	var parts []string
	for _, s := range fileStates {
		if n := page.Counts[s]; n > 0 {
			total += n
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	text := count(total, "file")
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	switch {
	case page.Reason != "":
		text += "; " + page.Reason
	case page.State == uploader.FolderPaused:
		text += "; the folder is paused: go on with upshot folder resume"
	case page.State == "":
		text += "; no agent watches it now: start it with upshot agent"
	}
	return text
}
