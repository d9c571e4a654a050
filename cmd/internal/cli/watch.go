package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
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

// watch lends the folders to the engine and prints links until Ctrl-C.
func (p *program) watch(ctx context.Context, o *watchOptions, dirs []string) error {
	h, err := p.open()
	if err != nil {
		return err
	}
	defer h.Close()
	signals := watchInterrupts()
	defer signals.stop()
	w := &watching{p: p, o: o, dirs: dirs, house: h, id: string(job.NewBatchID()), since: time.Now(), said: map[job.ID]bool{}, signals: signals}
	return p.session(ctx, h, wire.As{Stays: true}, w.follow)
}

// watching is a run of watch over any number of engines.
type watching struct {
	p       *program
	o       *watchOptions
	dirs    []string
	house   *wire.House
	id      string // of the loan
	since   time.Time
	said    map[job.ID]bool
	told    string // what was last said about waiting
	greeted bool
	signals *interrupts
}

// follow lends the folders to one engine and prints what comes of them.
func (w *watching) follow(ctx context.Context, a *wire.Attached) error {
	settings, err := a.Settings(ctx, uploader.None{})
	if err != nil {
		return err
	}
	account, server, err := w.o.target(w.house, settings)
	if err != nil {
		return err
	}
	if _, ok := settings.Account(account); !ok && server == nil {
		return uploader.ErrNoAccount
	}
	lctx, cancel := context.WithCancel(ctx)
	lent := make(chan error, len(w.dirs))
	for i, dir := range w.dirs {
		f := w.o.folder(dir)
		f.Account = account
		go func() {
			_, err := a.Lend(lctx, uploader.Lent{ID: fmt.Sprintf("%s-%d", w.id, i), Folder: f, Server: server})
			lent <- err
		}()
	}
	running := len(w.dirs)
	defer func() {
		cancel()
		for ; running > 0; running-- {
			<-lent
		}
	}()
	for revision := uint64(0); ; {
		snap, err := a.Snapshot(ctx, uploader.None{})
		if err != nil {
			return err
		}
		revision = snap.Revision
		if err := w.report(ctx, a, snap); err != nil {
			return err
		}
		stop, err := w.pause(ctx, a, revision, lent, &running)
		if err != nil {
			return err
		}
		if stop {
			cancel()
			return w.end(ctx, a)
		}
	}
}

// pause waits for something new.
func (w *watching) pause(ctx context.Context, a *wire.Attached, revision uint64, lent <-chan error, running *int) (stop bool, err error) {
	wctx, cancel := context.WithCancel(ctx)
	changed := make(chan error, 1)
	go func() {
		_, err := a.Changes(wctx, uploader.Since{Revision: revision})
		changed <- err
	}()
	select {
	case err := <-changed:
		cancel()
		return false, err
	case err := <-lent:
		*running--
		cancel()
		<-changed
		return false, err
	case <-w.signals.first:
		cancel()
		<-changed
		return true, nil
	}
}

// mine are the jobs of the watched folders since this run began.
func (w *watching) mine(ctx context.Context, a *wire.Attached) ([]job.Job, error) {
	page, err := a.Jobs(ctx, uploader.JobsRequest{N: 200})
	if err != nil {
		return nil, err
	}
	jobs := slices.DeleteFunc(page.Jobs, func(j job.Job) bool {
		return j.Added.Before(w.since) || !slices.Contains(w.dirs, j.Folder)
	})
	slices.SortFunc(jobs, func(x, y job.Job) int { return int(x.ID - y.ID) })
	return jobs, nil
}

// report prints links, failures, and why things wait.
func (w *watching) report(ctx context.Context, a *wire.Attached, snap uploader.Snapshot) error {
	jobs, err := w.mine(ctx, a)
	if err != nil {
		return err
	}
	waiting := false
	for _, j := range jobs {
		waiting = waiting || j.State == job.Queued
		if w.said[j.ID] || j.State.Open() {
			continue
		}
		w.said[j.ID] = true
		r := newResults(w.p, w.o.json, uploader.Receipt{Entries: []uploader.Entry{{Job: j.ID, Input: j.Input}}})
		if err := r.see([]job.Job{j}); err != nil {
			return err
		}
	}
	w.greet(snap)
	words := ""
	for _, s := range snap.Accounts {
		if waiting && len(s.Gates) > 0 {
			words = uploader.ExplainGate(s.Gates[0]).String()
		}
	}
	if waiting && snap.Paused {
		words = "paused: resume with upshot queue resume"
	}
	for _, f := range snap.Folders {
		if f.Lent && slices.Contains(w.dirs, f.Folder.Path) && f.Reason != "" {
			words = f.Folder.Path + ": " + f.Reason
		}
	}
	if words != w.told && words != "" && !w.o.quiet {
		w.p.say("%s", plain(words))
	}
	w.told = words
	return nil
}

// greet says that the folders are watched, once they are: what is saved from
// then on is uploaded.
func (w *watching) greet(snap uploader.Snapshot) {
	watched := 0
	for _, f := range snap.Folders {
		if f.Lent && slices.Contains(w.dirs, f.Folder.Path) {
			watched++
		}
	}
	if !w.greeted && watched == len(w.dirs) {
		w.greeted = true
		w.p.say("watching %s; stop with Ctrl-C", plain(strings.Join(w.dirs, ", ")))
	}
}

// end holds what was found and not sent, and lets files on the way end.
func (w *watching) end(ctx context.Context, a *wire.Attached) error {
	jobs, err := w.mine(ctx, a)
	if err != nil {
		return err
	}
	var open []job.ID
	for _, j := range jobs {
		if j.State.Open() {
			open = append(open, j.ID)
		}
	}
	if len(open) == 0 {
		return nil
	}
	steered, err := a.Steer(ctx, uploader.SteerRequest{Verb: uploader.VerbHold, IDs: open, Unsent: true})
	if err != nil && !errors.Is(err, job.ErrTransition) {
		return err
	}
	if a.Serving {
		dctx, cancel := context.WithCancel(ctx)
		go func() {
			select {
			case <-w.signals.second:
				cancel()
			case <-dctx.Done():
			}
		}()
		_ = a.Drain(dctx)
		cancel()
		snap, err := a.Snapshot(ctx, uploader.None{})
		if err != nil {
			return err
		}
		if err := w.report(ctx, a, snap); err != nil {
			return err
		}
	}
	if n := len(steered.IDs); n > 0 {
		w.p.say("%s held; let go with: upshot queue release", count(n, "file"))
		return exitError{exitUnfinished}
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
