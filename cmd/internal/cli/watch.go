package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/watcher"
)

// watchOptions are watch's own flags.
type watchOptions struct {
	options
	recursive        bool
	include, exclude []string
	existing, after  string
	dryRun           bool
	quietTime        time.Duration
}

func (o *watchOptions) folder(path string) uploader.Folder {
	return uploader.Folder{
		Path: path, Recursive: o.recursive, Include: o.include, Exclude: o.exclude, Quiet: o.quietTime,
		Existing: uploader.Existing(o.existing), After: uploader.After(o.after), Params: o.params, Link: o.choice(),
		As: o.encoding(), Format: o.answer(),
	}
}

func (p *program) watchCommand() *cobra.Command {
	o := &watchOptions{}
	cmd := &cobra.Command{
		Use:   "watch DIR...",
		Short: "Upload what is saved in a folder, for as long as this runs",
		Example: `  upshot watch ~/Pictures/Screenshots
  upshot watch --recursive --exclude '**/raw/**' ~/Photos`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("give at least one folder: upshot watch DIR...")
			}
			return nil
		},
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
			return p.watch(cmd.Context(), o, dirs)
		},
	}
	f := cmd.Flags()
	o.paramFlags(f)
	f.BoolVar(&o.json, "json", false, "one JSON object a line for each file")
	f.BoolVar(&o.deleteURL, "with-delete-url", false, "the delete link in the JSON line too: whoever has it can delete the file")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "links only")
	f.BoolVarP(&o.recursive, "recursive", "r", false, "folders in the folder too")
	f.StringArrayVar(&o.include, "include", nil, "only names that match `GLOB`")
	f.StringArrayVar(&o.exclude, "exclude", nil, "no names that match `GLOB`")
	f.StringVar(&o.existing, "existing", "skip", "files that lie there already: skip or upload")
	f.StringVar(&o.after, "after", "keep", "what becomes of an uploaded file: keep, trash or move=DIR")
	f.DurationVar(&o.quietTime, "quiet-time", 0, "how long a file must stand still where nothing better is known (1s)")
	f.BoolVar(&o.dryRun, "dry-run", false, "list what would be uploaded now and end")
	return cmd
}

func (o *watchOptions) checkFolder() error {
	if e := uploader.Existing(o.existing); e != uploader.ExistingSkip && e != uploader.ExistingUpload {
		return usagef("--existing: %q is neither skip nor upload", o.existing)
	}
	a := uploader.After(o.after)
	if a != uploader.AfterKeep && a != uploader.AfterTrash && !strings.HasPrefix(o.after, "move=") {
		return usagef("--after: %q is none of keep, trash and move=DIR", o.after)
	}
	if dir, ok := strings.CutPrefix(o.after, "move="); ok {
		abs, err := filepath.Abs(dir)
		if err != nil || dir == "" {
			return usagef("--after: move= needs a directory")
		}
		o.after = "move=" + abs
	}
	return nil
}

// directories are the arguments as whole paths with their links resolved.
func directories(args []string) ([]string, error) {
	var dirs []string
	for _, arg := range args {
		path, err := filepath.Abs(arg)
		if err == nil {
			path, err = filepath.EvalSymlinks(path)
		}
		if err != nil {
			return nil, usagef("%s: there is no such folder", arg)
		}
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			return nil, usagef("%s is not a folder", arg)
		}
		dirs = append(dirs, path)
	}
	return dirs, nil
}

// dryRun lists what lies in the folders and passes the filters.
func (p *program) dryRun(ctx context.Context, o *watchOptions, dirs []string) error {
	var n int
	var bytes int64
	for _, dir := range dirs {
		files, err := watcher.Scan(ctx, watcher.Config{Dir: dir, Recursive: o.recursive, Include: o.include, Exclude: o.exclude})
		if err != nil {
			return fmt.Errorf("look through %s: %w", dir, err)
		}
		for _, f := range files {
			if _, err := fmt.Fprintln(p.out, f.Path); err != nil {
				return fmt.Errorf("write the list: %w", err)
			}
			n++
			bytes += f.Size
		}
	}
	p.say("%s, %s: these would be uploaded with --existing upload; nothing was sent", count(n, "file"), size(bytes))
	return nil
}

// size writes a number of bytes as a person reads it.
func size(n int64) string {
	units := []string{"bytes", "KB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for f >= 1000 && i < len(units)-1 {
		f, i = f/1000, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}
