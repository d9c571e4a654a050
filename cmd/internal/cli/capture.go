package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
	"images-uploader.com/upshot/platform/screen"
)

// mostDelay bounds --delay.
const mostDelay = time.Hour

// shotFlags are what a capture is asked for.
type shotFlags struct {
	all, window, last, noUpload bool
	screen                      int
	region                      string
	delay                       time.Duration
	save                        string
}

// picked is --region without a value.
const picked = "pick"

func (s *shotFlags) add(f *pflag.FlagSet) {
	f.BoolVar(&s.all, "all", false, "all monitors in one picture (the default)")
	f.IntVar(&s.screen, "screen", 0, "one monitor, `N` from 1")
	f.BoolVar(&s.window, "window", false, "the active window")
	f.StringVar(&s.region, "region", "", "a region, as `X,Y,W,H` in pixels; without a value it is picked with the mouse")
	f.Lookup("region").NoOptDefVal = picked
	f.BoolVar(&s.last, "last", false, "the region of the last capture of one")
	f.DurationVar(&s.delay, "delay", 0, "wait before the picture is taken (without it: as the settings say)")
	f.StringVar(&s.save, "save", "", "keep a copy as `FILE`; .jpg or .png chooses the format")
	f.BoolVar(&s.noUpload, "no-upload", false, "only save it")
}

// order is the capture order that the flags, and the arguments behind them, ask for.
func (s *shotFlags) order(f *pflag.FlagSet, args []string) (uploader.CaptureOrder, error) {
	o := uploader.CaptureOrder{Shot: uploader.ShotAll, NoUpload: s.noUpload, Delay: uploader.NoDelay}
	if f.Changed("region") && s.region == picked && len(args) == 1 {
		s.region, args = args[0], nil // --region X,Y,W,H as well as --region=X,Y,W,H
	}
	if len(args) > 0 {
		return o, usagef("upshot capture takes no arguments, but was given %q", args[0])
	}
	var chosen []string
	for _, name := range []string{"all", "screen", "window", "region", "last"} {
		if f.Changed(name) {
			chosen = append(chosen, "--"+name)
		}
	}
	if len(chosen) > 1 {
		return o, usagef("%s exclude each other", strings.Join(chosen, " and "))
	}
	switch {
	case f.Changed("screen") && s.screen < 1:
		return o, usagef("--screen counts from 1")
	case s.screen > 0:
		o.Shot, o.Screen = uploader.ShotScreen, s.screen
	case s.window:
		o.Shot = uploader.ShotWindow
	case s.last:
		o.Shot = uploader.ShotLast
	case s.region == picked:
		o.Shot = uploader.ShotRegion
	case s.region != "":
		region, err := screen.ParseRegion(s.region)
		if err != nil {
			return o, usagef("--region: %v", err)
		}
		o.Shot, o.Region = uploader.ShotRegion, region
	}
	if s.delay < 0 || s.delay > mostDelay {
		return o, usagef("--delay must lie between 0 and 1h")
	}
	return o, s.saveTo(&o)
}

// saveTo says where the picture is saved, and in which format.
func (s *shotFlags) saveTo(o *uploader.CaptureOrder) error {
	if s.save == "" {
		if s.noUpload {
			return usagef("--no-upload needs --save FILE")
		}
		return nil
	}
	abs, err := filepath.Abs(s.save)
	if err != nil {
		return usagef("--save: %v", err)
	}
	if _, err := os.Lstat(abs); err == nil {
		return usagef("--save: %s is there already; give another name", s.save)
	}
	o.Save = abs
	switch strings.ToLower(filepath.Ext(abs)) {
	case ".png":
		o.Format = uploader.CapturePNG
	case ".jpg", ".jpeg":
		o.Format = uploader.CaptureJPEG
	}
	return nil
}

func (p *program) captureCommand() *cobra.Command {
	o := &options{}
	s := &shotFlags{}
	cmd := &cobra.Command{
		Use:   "capture",
		Short: "Take a picture of the screen and upload it",
		Example: `  upshot capture --all
  upshot capture --region                  # picked with the mouse
  upshot capture --region 0,0,800,600
  upshot capture --last
  upshot capture --window --delay 3s
  upshot capture --screen 2 --no-upload --save shot.png`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd.Flags()); err != nil {
				return err
			}
			order, err := s.order(cmd.Flags(), args)
			if err != nil {
				return err
			}
			h, err := p.open()
			if err != nil {
				return err
			}
			defer h.Close()
			return p.capture(cmd.Context(), h, o, s.delay, cmd.Flags().Changed("delay"), order)
		},
	}
	s.add(cmd.Flags())
	o.paramFlags(cmd.Flags())
	o.runFlags(cmd.Flags())
	return cmd
}

// capture counts down, takes the picture and follows its upload.
func (p *program) capture(ctx context.Context, h *wire.House, o *options, delay time.Duration, said bool, shot uploader.CaptureOrder) error {
	take := func(ctx context.Context, a *wire.Attached) (uploader.Receipt, error) {
		if !said {
			s, err := a.Settings(ctx, uploader.None{})
			if err != nil {
				return uploader.Receipt{}, err
			}
			delay, said = s.Capture.Delay, true
		}
		if err := p.countdown(ctx, delay, o.quiet); err != nil {
			return uploader.Receipt{}, err
		}
		delay = 0 // once, over any number of engines
		r, err := a.Capture(ctx, shot)
		if err != nil {
			p.sayKept(ctx, a)
		}
		return r, err
	}
	if shot.NoUpload {
		return p.attached(ctx, h, func(ctx context.Context, a *wire.Attached) error {
			r, err := take(ctx, a)
			if err != nil {
				return err
			}
			p.say("saved %s", plain(r.Saved))
			return nil
		})
	}
	return p.run(ctx, h, o, func(ctx context.Context, a *wire.Attached, order uploader.Order) (uploader.Receipt, error) {
		shot.Order = order
		return take(ctx, a)
	})
}

// sayKept says where a picture lies that was taken, but not given to the queue.
func (p *program) sayKept(ctx context.Context, a *wire.Attached) {
	snap, err := a.Snapshot(ctx, uploader.None{})
	if err != nil {
		return
	}
	for _, n := range snap.Notices {
		if n.ID == uploader.NoticeCapture {
			p.say("%s%s", plain(n.Headline), hint(n.Hint))
		}
	}
}

// countdown waits, and says so second by second.
func (p *program) countdown(ctx context.Context, delay time.Duration, quiet bool) error {
	for left := min(delay, mostDelay); left > 0; left -= time.Second {
		if !quiet {
			p.say("%s", fmt.Sprint(left.Round(time.Second)))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(left, time.Second)):
		}
	}
	return nil
}
