package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

func (p *program) uploadCommand() *cobra.Command {
	o := &options{}
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
			items, err := p.items(h, args, name)
			if err != nil {
				return err
			}
			return p.run(cmd.Context(), h, o, func(ctx context.Context, a *wire.Attached, order uploader.Order) (uploader.Receipt, error) {
				order.Items = items
				return a.Submit(ctx, order)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&name, "name", "", "file name for what comes from - (standard input)")
	o.paramFlags(f)
	o.runFlags(f)
	return cmd
}

// items are the arguments as an order's items: paths absolute with their
// links resolved, standard input spooled.
func (p *program) items(h *wire.House, args []string, name string) ([]uploader.Item, error) {
	items := make([]uploader.Item, 0, len(args))
	stdin := false
	for _, arg := range args {
		switch {
		case arg == "":
			return nil, usagef("an empty file name")
		case arg == "-" && stdin:
			return nil, usagef("- (standard input) can be given once only")
		case arg == "-":
			stdin = true
			path, err := spoolInput(h.Dirs.Spool, p.in)
			if err != nil {
				return nil, err
			}
			if name == "" {
				name = "stdin"
			}
			items = append(items, uploader.Item{Path: path, Input: "-", Name: name, Adopt: true})
		case strings.HasPrefix(arg, "http://"), strings.HasPrefix(arg, "https://"):
			items = append(items, uploader.Item{URL: arg, Input: arg})
		default:
			path, err := filepath.Abs(arg)
			if err != nil {
				return nil, fmt.Errorf("find %s: %w", arg, err)
			}
			shown := filepath.Base(path)
			if real, err := filepath.EvalSymlinks(path); err == nil {
				path = real
			}
			items = append(items, uploader.Item{Path: path, Input: arg, Name: shown})
		}
	}
	return items, nil
}

// spoolInput keeps what comes on standard input in our spool.
func spoolInput(dir string, in io.Reader) (string, error) {
	f, err := os.CreateTemp(dir, "stdin-*")
	if err != nil {
		return "", fmt.Errorf("keep standard input: %w", err)
	}
	_, err = io.Copy(f, in)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(f.Name())
		return "", fmt.Errorf("keep standard input: %w", err)
	}
	return f.Name(), nil
}

// submit gives an order to the engine.
type submit func(ctx context.Context, a *wire.Attached, order uploader.Order) (uploader.Receipt, error)

// run gives an order and follows it to its end.
func (p *program) run(ctx context.Context, h *wire.House, o *options, give submit) error {
	batch := job.NewBatchID()
	send := func(ctx context.Context, a *wire.Attached, give submit) (uploader.Receipt, uploader.Snapshot, error) {
		settings, err := a.Settings(ctx, uploader.None{})
		if err != nil {
			return uploader.Receipt{}, uploader.Snapshot{}, err
		}
		account, server, err := o.target(h, settings)
		if err != nil {
			return uploader.Receipt{}, uploader.Snapshot{}, err
		}
		before, err := a.Snapshot(ctx, uploader.None{})
		if err != nil {
			return uploader.Receipt{}, before, err
		}
		order := o.order(batch, account, server)
		receipt, err := give(ctx, a, order)
		return receipt, before, err
	}
	if o.detach {
		return p.withAgent(ctx, h, func(ctx context.Context, a *wire.Attached) error {
			receipt, _, err := send(ctx, a, give)
			if err != nil {
				return err
			}
			r := newResults(p, o.json, receipt)
			for _, e := range receipt.Entries {
				if e.Failure != nil {
					r.complain(e)
				}
			}
			return refused(receipt)
		})
	}
	signals := watchInterrupts()
	defer signals.stop()
	f := &follower{p: p, o: o, batch: batch, signals: signals}
	return p.session(ctx, h, wire.As{}, func(ctx context.Context, a *wire.Attached) error {
		if f.results == nil {
			receipt, before, err := send(ctx, a, give)
			if err != nil {
				return err
			}
			f.begin(receipt, before, a)
		} else if _, _, err := send(ctx, a, f.rejoin); err != nil {
			return err
		}
		return f.follow(ctx, a)
	})
}

// refused is the exit code of an order that is only to be queued.
func refused(r uploader.Receipt) error {
	bad := 0
	for _, e := range r.Entries {
		if e.Failure != nil {
			bad++
		}
	}
	switch bad {
	case 0:
		return nil
	case len(r.Entries):
		return exitError{exitFailed}
	default:
		return exitError{exitPartly}
	}
}
