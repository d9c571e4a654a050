package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/platform/dirs"
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
	kinds            string
	minSize, maxSize string
	least, most      int64 // the same in bytes
	versions         bool
}

// folderFlags adds the flags of what is watched, and how.
func (o *watchOptions) folderFlags(f *pflag.FlagSet) {
	f.BoolVarP(&o.recursive, "recursive", "r", false, "folders in the folder too")
	f.StringArrayVar(&o.include, "include", nil, "only names that match `GLOB`")
	f.StringArrayVar(&o.exclude, "exclude", nil, "no names that match `GLOB`")
	f.StringVar(&o.kinds, "kinds", "all", "pictures, videos or all")
	f.StringVar(&o.minSize, "min-size", "", "no smaller files: 500, 20K, 2M")
	f.StringVar(&o.maxSize, "max-size", "", "no larger files: 20M, 1G")
	f.BoolVar(&o.versions, "versions", false, "send a file again each time that it changes, not only once")
	f.StringVar(&o.existing, "existing", "skip", "files that lie there already: skip or upload")
	f.StringVar(&o.after, "after", "keep", "what becomes of an uploaded file: keep, trash or move=DIR")
	f.DurationVar(&o.quietTime, "quiet-time", 0, "how long a file must stand still where nothing better is known (1s)")
	f.BoolVar(&o.dryRun, "dry-run", false, "list what would be uploaded now and end")
	f.Lookup("title").Usage = "title; {name}, {folder}, {date} and {time} are filled in"
}

func (o *watchOptions) folder(path string) uploader.Folder {
	params := o.params
	params.Title = "" // it may be a template
	return uploader.Folder{
		Path: path, Recursive: o.recursive, Include: o.include, Exclude: o.exclude, Quiet: o.quietTime,
		Existing: uploader.Existing(o.existing), After: uploader.After(o.after), Params: params, Link: o.choice(),
		Kinds: strings.TrimPrefix(o.kinds, "all"), MinSize: o.least, MaxSize: o.most, Versions: o.versions, Title: o.params.Title,
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
	o.folderFlags(f)
	return cmd
}

func (o *watchOptions) checkFolder() error {
	switch o.kinds {
	case "all", "pictures", "videos":
	default:
		return usagef("--kinds: %q is none of pictures, videos, all", o.kinds)
	}
	for name, at := range map[string]struct {
		text string
		to   *int64
	}{"min-size": {o.minSize, &o.least}, "max-size": {o.maxSize, &o.most}} {
		if at.text == "" {
			continue
		}
		n, err := parseBytes(at.text)
		if err != nil || n == 0 {
			return usagef("--%s: %q is no number of bytes such as 500, 20K or 2M", name, at.text)
		}
		*at.to = n
	}
	if o.quietTime < 0 {
		return usagef("--quiet-time must not be negative")
	}
	if o.most > 0 && o.most < o.least {
		return usagef("--max-size is smaller than --min-size")
	}
	for _, glob := range append(slices.Clone(o.include), o.exclude...) {
		if !doublestar.ValidatePattern(glob) {
			return usagef("%q is no pattern: a [ or { is not closed", glob)
		}
	}
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
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, usagef("%s cannot be opened; check the name, and the permissions of the folders that it lies in", arg)
		}
		if err != nil {
			return nil, usagef("%s: there is no such folder; check the name, or make it first", arg)
		}
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			return nil, usagef("%s is not a folder; give the folder that it lies in, or upload it with: upshot upload", arg)
		}
		if !slices.Contains(dirs, path) {
			dirs = append(dirs, path)
		}
	}
	return dirs, nil
}

// dryRun lists what lies in the folders and passes the filters.
func (p *program) dryRun(ctx context.Context, o *watchOptions, folders []string) error {
	var n, located, unreadable int
	var bytes int64
	var newest watcher.File
	for _, dir := range folders {
		f := o.folder(dir)
		if err := engine.CheckPlace(f); err != nil {
			return err
		}
		survey, err := watcher.LookThrough(ctx, watcher.Config{
			Dir: dir, Recursive: f.Recursive, Include: f.Include, Exclude: f.Exclude,
			Kinds: watcher.Kinds(f.Kinds), MinSize: f.MinSize, MaxSize: f.MaxSize, Ignore: notLookedInto(f),
		})
		if errors.Is(err, watcher.ErrIgnored) {
			return usagef("%s is Upshot's own directory, or where uploaded files go; choose another folder", dir)
		}
		if err != nil {
			return fmt.Errorf("look through %s: %w", dir, err)
		}
		for _, f := range survey.Files {
			if err := p.printFound(f, o.json); err != nil {
				return err
			}
		}
		n, located, unreadable, bytes = n+len(survey.Files), located+survey.Located, unreadable+survey.Unreadable, bytes+survey.Bytes
		if last, ok := survey.Newest(); ok && last.ModTime.After(newest.ModTime) {
			newest = last
		}
	}
	p.say("%s, %s: these would be uploaded with --existing upload; nothing was sent", count(n, "file"), size(bytes))
	if n > 0 {
		p.say("the newest is %s of %s", plain(filepath.Base(newest.Path)), newest.ModTime.Local().Format("2006-01-02 15:04"))
	}
	if located > 0 {
		p.say("%s where the picture was taken (GPS); whoever sees the picture can read that", tells(located))
	}
	if unreadable > 0 {
		p.say("%d of them cannot be read now", unreadable)
	}
	return nil
}

// notLookedInto are our own directories, and where uploaded files are moved to.
func notLookedInto(f uploader.Folder) []string {
	var list []string
	if d, err := dirs.New(dirs.Config{Getenv: os.Getenv}); err == nil {
		list = append(list, d.Config, d.State, d.Cache)
	}
	if dir, ok := strings.CutPrefix(string(f.After), "move="); ok {
		list = append(list, dir)
	}
	return list
}

func tells(n int) string {
	if n == 1 {
		return "1 of them tells"
	}
	return fmt.Sprintf("%d of them tell", n)
}

// found is a line of a dry run with --json.
type found struct {
	Path    string    `json:"path"`
	Size    int64     `json:"size"`
	ModTime time.Time `json:"mtime"`
	GPS     bool      `json:"gps"`
}

func (p *program) printFound(f watcher.Surveyed, asJSON bool) error {
	if asJSON {
		return p.printJSON(found{Path: f.Path, Size: f.Size, ModTime: f.ModTime, GPS: f.Located})
	}
	if _, err := fmt.Fprintln(p.out, f.Path); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
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
