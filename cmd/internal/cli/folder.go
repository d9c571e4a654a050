package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

func (p *program) folderCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "folder", Short: "Folders that the agent watches", Args: noArgs, RunE: p.listFolders}
	cmd.AddCommand(
		&cobra.Command{Use: "list", Short: "List the watched folders", Args: noArgs, RunE: p.listFolders},
		p.folderAdd(), p.folderSend(),
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
			return err
		}),
	)
	return cmd
}

func (p *program) folderVerb(name, short string, do func(ctx context.Context, a *wire.Attached, path string) error) *cobra.Command {
	return &cobra.Command{
		Use: name + " DIR", Short: short, Args: exactly("a folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return usagef("%s: %v", args[0], err)
			}
			if real, err := filepath.EvalSymlinks(path); err == nil {
				path = real
			}
			return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
				err := do(ctx, a, path)
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

func (p *program) listFolders(cmd *cobra.Command, _ []string) error {
	return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
		s, err := a.Settings(ctx, uploader.None{})
		if err != nil {
			return err
		}
		snap, err := a.Snapshot(ctx, uploader.None{})
		if err != nil {
			return err
		}
		if len(s.Folders) == 0 {
			p.say("no folder is watched; add one with: upshot folder add DIR")
			return nil
		}
		live := map[string]uploader.FolderStatus{}
		for _, f := range snap.Folders {
			live[f.Folder.Path] = f
		}
		w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
		for _, f := range s.Folders {
			state, reason := "no agent", "start it with: upshot agent"
			if st, ok := live[f.Path]; ok {
				state, reason = string(st.State), st.Reason
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", plain(f.Path), state, plain(reason))
			for _, file := range live[f.Path].Pending {
				fmt.Fprintf(w, "  %s\t%s\t%s\n", plain(filepath.Base(file.Path)), file.State, plain(file.Reason))
			}
			if more := live[f.Path].Waiting + live[f.Path].Filtered - len(live[f.Path].Pending); more > 0 {
				fmt.Fprintf(w, "  and %s more\t\t\n", count(more, "file"))
			}
		}
		return w.Flush()
	})
}

// folderSend hands over a file that its folder holds back as incomplete.
func (p *program) folderSend() *cobra.Command {
	return &cobra.Command{
		Use: "send FILE", Short: "Send a file that its folder holds back as incomplete", Args: exactly("a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return usagef("%s: %v", args[0], err)
			}
			if real, err := filepath.EvalSymlinks(path); err == nil {
				path = real
			}
			return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
				s, err := a.Settings(ctx, uploader.None{})
				if err != nil {
					return err
				}
				for _, f := range s.Folders {
					if !strings.HasPrefix(path, f.Path+string(filepath.Separator)) {
						continue
					}
					_, err := a.GiveFile(ctx, uploader.FileRequest{Folder: f.Path, Path: path})
					if errors.Is(err, fs.ErrNotExist) {
						return usagef("%s does not wait there; see upshot folder list", args[0])
					}
					return err
				}
				return usagef("%s lies in no watched folder; send it with: upshot upload FILE", args[0])
			})
		},
	}
}
