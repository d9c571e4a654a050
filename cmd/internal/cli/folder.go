package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

func (p *program) folderCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "folder", Short: "Folders that the agent watches", Args: noArgs}
	list := &cobra.Command{Use: "list", Short: "List the watched folders, and what waits in them", Args: noArgs}
	asJSON := false
	for _, c := range []*cobra.Command{cmd, list} {
		c.RunE = func(cmd *cobra.Command, _ []string) error { return p.listFolders(cmd.Context(), asJSON) }
		c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line for each folder")
	}
	cmd.AddCommand(
		list, p.folderAdd(), p.folderFiles(), p.folderSend(),
		p.folderVerb("remove", "Watch a folder no more", func(ctx context.Context, a *wire.Attached, path string) error {
			_, err := a.RemoveFolder(ctx, uploader.FolderRequest{Path: path})
			return err
		}),
		p.folderVerb("pause", "Do not look at a folder for now", func(ctx context.Context, a *wire.Attached, path string) error {
			_, err := a.PauseFolder(ctx, uploader.PauseFolderRequest{Path: path, Paused: true})
			return err
		}),
		p.folderVerb("resume", "Look at a folder again", func(ctx context.Context, a *wire.Attached, path string) error {
			_, err := a.PauseFolder(ctx, uploader.PauseFolderRequest{Path: path})
			if err == nil && a.Serving {
				p.say("no agent runs now; start it with: upshot agent")
			}
			return err
		}),
	)
	return cmd
}

func (p *program) folderVerb(name, short string, do func(ctx context.Context, a *wire.Attached, path string) error) *cobra.Command {
	return &cobra.Command{
		Use: name + " DIR", Short: short, Args: exactly("a folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
				s, err := a.Settings(ctx, uploader.None{})
				if err != nil {
					return err
				}
				var known []string
				for _, f := range s.Folders {
					known = append(known, f.Path)
				}
				path, err := oneFolder(known, args[0])
				if err != nil {
					return err
				}
				err = do(ctx, a, path)
				if errors.Is(err, fs.ErrNotExist) {
					return usagef("%s is not a watched folder; see upshot folder list", args[0])
				}
				return err
			})
		},
	}
}

func (p *program) folderAdd() *cobra.Command {
	o := &watchOptions{}
	cmd := &cobra.Command{
		Use: "add DIR", Short: "Watch a folder from now on", Args: exactly("a folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd.Flags()); err != nil {
				return err
			}
			if err := o.checkFolder(); err != nil {
				return err
			}
			dirs, err := directories(args)
			if err != nil {
				return err
			}
			if o.dryRun {
				return p.dryRun(cmd.Context(), o, dirs)
			}
			return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
				f := o.folder(dirs[0])
				f.Account = o.account
				if _, err := a.AddFolder(ctx, f); err != nil {
					return err
				}
				p.say("%s is watched by the agent from now on", plain(f.Path))
				if a.Serving {
					p.say("no agent runs now; start it with: upshot agent")
				}
				return nil
			})
		},
	}
	f := cmd.Flags()
	o.paramFlags(f)
	o.folderFlags(f)
	for _, name := range []string{"server", "allow-http", "key-in-form", "pin"} {
		_ = f.MarkHidden(name) // a folder goes to an account
	}
	return cmd
}

func (p *program) listFolders(ctx context.Context, asJSON bool) error {
	return p.with(ctx, func(ctx context.Context, a *wire.Attached) error {
		s, err := a.Settings(ctx, uploader.None{})
		if err != nil {
			return err
		}
		snap, err := a.Snapshot(ctx, uploader.None{})
		if err != nil {
			return err
		}
		list := snap.Folders
		for _, f := range s.Folders {
			if !slices.ContainsFunc(list, func(st uploader.FolderStatus) bool { return st.Folder.Path == f.Path }) {
				list = append(list, uploader.FolderStatus{Folder: f, State: unwatched, Reason: "start it with: upshot agent"})
			}
		}
		for i, f := range list {
			if list[i], err = leftOut(ctx, a, f); err != nil {
				return err
			}
		}
		slices.SortFunc(list, func(x, y uploader.FolderStatus) int { return strings.Compare(x.Folder.Path, y.Folder.Path) })
		switch {
		case asJSON:
			for _, f := range list {
				if err := p.printJSON(f); err != nil {
					return err
				}
			}
			return nil
		case len(list) == 0:
			p.say("no folder is watched; add one with: upshot folder add DIR")
			return nil
		}
		return p.printFolders(list)
	})
}

// leftOut is f with those files only that a rule keeps out still: one of them
// may have been sent by hand.
func leftOut(ctx context.Context, a *wire.Attached, f uploader.FolderStatus) (uploader.FolderStatus, error) {
	if f.Filtered == 0 {
		return f, nil
	}
	byRule := func(s uploader.FileState) bool { return s == uploader.FileFiltered || s == uploader.FileTooLarge }
	shown := 0
	for _, file := range f.Pending {
		if byRule(file.State) {
			shown++
		}
	}
	page, err := a.FolderFiles(ctx, uploader.FolderFilesRequest{
		Folder: f.Folder.Path, States: []uploader.FileState{uploader.FileFiltered, uploader.FileTooLarge}, N: uploader.FolderFilesMost,
	})
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil // it was taken out meanwhile
	}
	if err != nil {
		return f, err
	}
	out := slices.DeleteFunc(slices.Clone(f.Pending), func(p uploader.PendingFile) bool { return byRule(p.State) })
	f.Filtered = 0
	for _, file := range page.Files {
		if file.Job != 0 {
			continue // one that was sent, and the host has refused
		}
		if f.Filtered++; f.Filtered <= shown {
			out = append(out, uploader.PendingFile{Path: file.Path, State: file.State, Reason: file.Reason})
		}
	}
	f.Filtered += max(page.Total-len(page.Files), 0)
	f.Pending = out
	return f, nil
}

// unwatched is shown as the state of a folder that nobody watches now.
const unwatched uploader.FolderState = "no agent"

// printFolders lists folders, and in each the first files that wait.
func (p *program) printFolders(list []uploader.FolderStatus) error {
	more := false
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	for _, f := range list {
		reason := f.Reason
		if f.Lent && reason == "" {
			reason = "for a command: upshot watch"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", plain(f.Folder.Path), f.State, plain(reason))
		for _, file := range f.Pending {
			fmt.Fprintf(w, "  %s\t%s\t%s\n", plain(filepath.Base(file.Path)), file.State, plain(file.Reason))
		}
		if n := f.Waiting + f.Filtered - len(f.Pending); n > 0 {
			more = true
			fmt.Fprintf(w, "  and %s more\t\t\n", count(n, "file"))
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	if more {
		p.say("all files of a folder: upshot folder files DIR")
	}
	return nil
}

// folderSend hands over files that their folder holds back.
func (p *program) folderSend() *cobra.Command {
	return &cobra.Command{
		Use:   "send FILE...",
		Short: "Send a file that its folder holds back: not complete, or left out by a rule",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("%s needs a file; see upshot folder files", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
				known, err := knownFolders(ctx, a)
				if err != nil {
					return err
				}
				for _, arg := range args {
					if err := p.sendHeld(ctx, a, known, arg); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

func (p *program) sendHeld(ctx context.Context, a *wire.Attached, known []string, arg string) error {
	path, err := wholePath(arg)
	if err != nil {
		return err
	}
	folder := ""
	for _, k := range known { // of several around a file the innermost
		if strings.HasPrefix(path, strings.TrimSuffix(k, string(filepath.Separator))+string(filepath.Separator)) && len(k) > len(folder) {
			folder = k
		}
	}
	if folder == "" {
		return usagef("%s lies in no watched folder; send it with: upshot upload FILE", arg)
	}
	_, err = a.GiveFile(ctx, uploader.FileRequest{Folder: folder, Path: path})
	switch {
	case errors.Is(err, fs.ErrNotExist) && a.Serving:
		return usagef("no agent watches %s now; start it with: upshot agent, or send the file with: upshot upload FILE", folder)
	case errors.Is(err, fs.ErrNotExist):
		return usagef("%s does not wait there; see upshot folder files", arg)
	case err != nil:
		return err
	}
	p.say("%s is sent as it is; see upshot queue", plain(filepath.Base(path)))
	return nil
}
