package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

func (p *program) uploadCommand() *cobra.Command {
	o := &options{addresses: true}
	var name string
	cmd := &cobra.Command{
		Use:   "upload FILE|URL|-...",
		Short: "Upload files and print their links in the order given",
		Example: `  upshot upload a.png b.mp4
  upshot upload --expire 3d --link markdown screenshot.png
  maim | upshot upload --name shot.png -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("give at least one file: upshot upload FILE...")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd.Flags()); err != nil {
				return err
			}
			h, err := p.open()
			if err != nil {
				return err
			}
			defer h.Close()
			if o.items, err = p.items(h, args, name); err != nil {
				return err
			}
			if err := o.byHost(); err != nil {
				forget(o.items)
				return err
			}
			return p.run(cmd.Context(), h, o, func(ctx context.Context, a *wire.Attached, order uploader.Order) (uploader.Receipt, error) {
				order.Items = o.items
				return a.Submit(ctx, order)
			})
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.get, "get", false, "with --as url: ask by GET instead of POST")
	f.StringVar(&name, "name", "", "file name for what comes from - (standard input)")
	o.paramFlags(f)
	o.runFlags(f)
	return cmd
}

// byHost has the host fetch addresses itself, when --as url says so.
func (o *options) byHost() error {
	for i, it := range o.items {
		if o.as == "url" && it.URL == "" {
			return usagef("--as url: %s is no address; leave --as away, or give addresses only", it.Input)
		}
		o.items[i].ByHost, o.items[i].Get = o.as == "url", o.get
	}
	return nil
}

// items are the arguments as an order's items: paths absolute with their
// links resolved, standard input spooled.
func (p *program) items(h *wire.House, args []string, name string) (items []uploader.Item, err error) {
	defer func() {
		if err != nil {
			forget(items)
		}
	}()
	named := false
	if slices.Index(args, "-") != lastIndex(args, "-") {
		return nil, usagef("- (standard input) can be given once only")
	}
	if arg := pipeTwice(args); arg != "" {
		return nil, usagef("%s is a pipe, which can be given once only", arg)
	}
	for _, arg := range args {
		switch {
		case arg == "-":
			path, err := p.spoolInput(h.Dirs.Spool)
			if err != nil {
				return items, err
			}
			named = true
			items = append(items, uploader.Item{Path: path, Input: "-", Name: cmp.Or(name, "stdin"), Adopt: true})
		case isURL(arg):
			items = append(items, uploader.Item{URL: arg, Input: arg})
		default:
			path, err := filepath.Abs(arg)
			if err != nil {
				return items, fmt.Errorf("find %s: %w", arg, err)
			}
			shown := filepath.Base(path)
			info, err := os.Stat(path)
			if scheme, _, found := strings.Cut(arg, "://"); found && errors.Is(err, fs.ErrNotExist) {
				return items, usagef("%s: %s addresses are not fetched, only http and https ones; give a file by its path", arg, scheme)
			}
			if err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
				item, err := p.spoolPipe(h.Dirs.Spool, path)
				if err != nil {
					return items, err
				}
				named = true
				item.Input, item.Name = arg, cmp.Or(name, shown)
				items = append(items, item)
				continue
			}
			if to, err := os.Readlink(path); err == nil && missingPath(path) {
				p.say("%s is a link to %s, which is not there", plain(arg), plain(to)) // ls shows the one, and only the other is missing
				if !filepath.IsAbs(to) {
					to = filepath.Join(filepath.Dir(path), to)
				}
				path = to
			}
			if real, err := filepath.EvalSymlinks(path); err == nil {
				path = real
			}
			items = append(items, uploader.Item{Path: path, Input: arg, Name: shown})
		}
	}
	if name != "" && !named {
		return items, usagef("--name goes with - (standard input); a file has its own name, and --title names it on the host")
	}
	return items, nil
}

// pipeTwice is an argument that names a pipe which was named before, "" if none
// does: what is read from it once is not there any more.
func pipeTwice(args []string) string {
	var pipes []fs.FileInfo
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
			continue
		}
		if slices.ContainsFunc(pipes, func(p fs.FileInfo) bool { return os.SameFile(p, info) }) {
			return arg
		}
		pipes = append(pipes, info)
	}
	return ""
}

// forget removes what was spooled for items that are not given.
func forget(items []uploader.Item) {
	for _, it := range items {
		if it.Adopt {
			os.Remove(it.Path)
		}
	}
}

// isURL reports whether an argument is an address that can be fetched.
func isURL(arg string) bool {
	scheme, _, found := strings.Cut(arg, "://")
	return found && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

func lastIndex(list []string, s string) int {
	for i, v := range slices.Backward(list) {
		if v == s {
			return i
		}
	}
	return -1
}

func missingPath(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// spoolPipe keeps what another program writes into a named pipe.
func (p *program) spoolPipe(dir, path string) (uploader.Item, error) {
	kept, err := p.spoolFrom(dir, &pipe{path: path})
	return uploader.Item{Path: kept, Adopt: true}, err
}

// pipe is a named pipe that is opened by the first Read: that waits for the
// program which writes into it.
type pipe struct {
	path string
	file *os.File
}

func (p *pipe) Read(b []byte) (n int, err error) {
	if p.file == nil {
		if p.file, err = os.Open(p.path); err != nil {
			return 0, err
		}
	}
	if n, err = p.file.Read(b); err != nil {
		p.file.Close()
	}
	return n, err
}

// spoolInput keeps what comes on standard input in our spool. Ctrl-C leaves
// nothing there; the goroutine that reads then ends with the program.
func (p *program) spoolInput(dir string) (path string, err error) { return p.spoolFrom(dir, p.in) }

func (p *program) spoolFrom(dir string, in io.Reader) (path string, err error) {
	signals := watchInterrupts()
	defer signals.stop()
	f, err := os.CreateTemp(dir, "stdin-*")
	if err != nil {
		return "", fmt.Errorf("keep standard input: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	read := make(chan error, 1)
	go func() {
		_, err := io.Copy(f, in)
		read <- err
	}()
	select {
	case err = <-read:
	case <-signals.first:
		p.say("stopped; nothing was queued")
		return "", exitError{exitUnfinished}
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return "", fmt.Errorf("keep standard input: %w", err)
	}
	return f.Name(), nil
}

// submit gives an order to the engine.
type submit func(ctx context.Context, a *wire.Attached, order uploader.Order) (uploader.Receipt, error)

// run gives an order and follows it to its end.
func (p *program) run(ctx context.Context, h *wire.House, o *options, give submit) error {
	f := &follower{p: p, o: o, house: h, batch: job.NewBatchID(), signals: newInterrupts()}
	defer f.signals.stop()
	defer f.discard()
	if o.detach {
		return f.detach(ctx, give)
	}
	f.signals.listen()
	return p.session(ctx, h, wire.As{}, f.signals, forever, func(ctx context.Context, a *wire.Attached) error {
		var err error
		if f.results == nil {
			err = f.start(ctx, a, give)
		} else {
			_, err = f.send(ctx, a, f.rejoin)
		}
		if err != nil {
			return err
		}
		return f.follow(ctx, a)
	})
}

// start gives the order for the first time; Ctrl-C takes it back.
func (f *follower) start(ctx context.Context, a *wire.Attached, give submit) error {
	gctx, given := until(ctx, f.signals.first)
	before, err := a.Snapshot(gctx, uploader.None{})
	if err != nil {
		given()
		if f.signals.told() && !final(err) {
			if f.kept { // an engine that has gone may have the order
				return f.takeBack(ctx, a)
			}
			f.p.say("stopped; nothing was queued")
			return exitError{exitUnfinished}
		}
		return err
	}
	receipt, err := f.send(gctx, a, give)
	given()
	switch {
	case err != nil && f.signals.told() && !final(err):
		return f.takeBack(ctx, a)
	case err != nil:
		f.p.tellSettingsFile(ctx, a) // an account may be missing because nobody can read it
		return err
	}
	f.begin(receipt, before, a)
	return nil
}

// send gives the order to where the person wants it.
func (f *follower) send(ctx context.Context, a *wire.Attached, give submit) (uploader.Receipt, error) {
	settings, err := a.Settings(ctx, uploader.None{})
	if err != nil {
		return uploader.Receipt{}, err
	}
	account, server, err := f.o.target(f.house, settings)
	if err != nil {
		return uploader.Receipt{}, err
	}
	f.keyed = server != nil
	receipt, err := give(ctx, a, f.o.order(f.batch, account, server))
	if server != nil {
		err = httpRefused(server.Address, server.AllowHTTP, err)
	}
	_, silent := silentOf(ctx)
	f.kept = f.kept || errors.Is(err, uploader.ErrGone) || silent && err != nil
	return receipt, err
}

// takeBack ends a run whose order was broken off while it was given; had the
// engine taken it already, it is held.
func (f *follower) takeBack(ctx context.Context, a *wire.Attached) error {
	ctx, cancel := lastWords(ctx)
	defer cancel()
	held, err := a.Steer(ctx, uploader.SteerRequest{Verb: uploader.VerbHold, Batch: f.batch})
	switch {
	case err != nil:
		f.kept = true
		f.p.say("stopped; upshot queue shows what is left")
	case len(held.IDs) > 0:
		f.kept = true
		f.p.say("%s held; let go with: upshot queue release", count(len(held.IDs), "file"))
	default:
		f.p.say("stopped; nothing was queued")
	}
	return exitError{exitUnfinished}
}

// discard removes what was spooled for the order and not taken with it.
func (f *follower) discard() {
	for i, it := range f.o.items {
		taken := f.kept || f.results != nil && f.results.entries[i].Failure == nil
		if it.Adopt && !taken {
			os.Remove(it.Path)
		}
	}
}
