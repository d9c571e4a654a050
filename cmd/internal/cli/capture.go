package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

func (p *program) captureCommand() *cobra.Command {
	o := &options{}
	var all, noUpload bool
	var screen int
	var delay time.Duration
	var save string
	cmd := &cobra.Command{
		Use:   "capture",
		Short: "Take a picture of the screen and upload it",
		Example: `  upshot capture --all
  upshot capture --screen 2 --delay 3s
  upshot capture --all --no-upload --save shot.png`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(cmd.Flags()); err != nil {
				return err
			}
			shot := uploader.CaptureOrder{Shot: uploader.ShotAll, NoUpload: noUpload}
			switch {
			case all && screen != 0:
				return usagef("--all and --screen exclude each other")
			case cmd.Flags().Changed("screen") && screen < 1:
				return usagef("--screen counts from 1")
			case screen > 0:
				shot.Shot, shot.Screen = uploader.ShotScreen, screen
			}
			if noUpload && save == "" {
				return usagef("--no-upload needs --save FILE")
			}
			if save != "" {
				abs, err := filepath.Abs(save)
				if err != nil {
					return usagef("--save: %v", err)
				}
				if _, err := os.Lstat(abs); err == nil {
					return usagef("--save: %s is there already; give another name", save)
				}
				shot.Save = abs
			}
			h, err := p.open()
			if err != nil {
				return err
			}
			defer h.Close()
			if err := p.countdown(cmd.Context(), delay, o.quiet); err != nil {
				return err
			}
			if noUpload {
				return p.attached(cmd.Context(), h, func(ctx context.Context, a *wire.Attached) error {
					r, err := a.Capture(ctx, shot)
					if err != nil {
						return err
					}
					p.say("saved %s", plain(r.Saved))
					return nil
				})
			}
			return p.run(cmd.Context(), h, o, func(ctx context.Context, a *wire.Attached, order uploader.Order) (uploader.Receipt, error) {
				shot.Order = order
				return a.Capture(ctx, shot)
			})
		},
	}
	f := cmd.Flags()
	f.BoolVar(&all, "all", false, "all monitors in one picture (the default)")
	f.IntVar(&screen, "screen", 0, "one monitor, `N` from 1")
	f.DurationVar(&delay, "delay", 0, "wait before the picture is taken")
	f.StringVar(&save, "save", "", "keep a copy as `FILE`")
	f.BoolVar(&noUpload, "no-upload", false, "only save it")
	o.paramFlags(f)
	o.runFlags(f)
	return cmd
}

// countdown waits, and says so second by second.
func (p *program) countdown(ctx context.Context, delay time.Duration, quiet bool) error {
	if delay < 0 || delay > time.Hour {
		return usagef("--delay must lie between 0 and 1h")
	}
	for left := delay; left > 0; left -= time.Second {
		if !quiet {
			p.say("%s", fmt.Sprint(left.Round(time.Second)))
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err())
		case <-time.After(min(left, time.Second)):
		}
	}
	return nil
}
