package cli

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
	"images-uploader.com/upshot/gui/tray"
	"images-uploader.com/upshot/platform/instance"
	"images-uploader.com/upshot/platform/trayhost"
)

// drainWait is how long files in flight may take when the system ends us.
const drainWait = 5 * time.Second

func (p *program) agentCommand() *cobra.Command {
	noTray := false
	cmd := &cobra.Command{
		Use:   "agent",
		Short: "Run the agent: tray, watched folders, queue, clipboard",
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := p.open()
			if err != nil {
				return err
			}
			defer h.Close()
			return p.agent(cmd.Context(), h, noTray)
		},
	}
	cmd.Flags().BoolVar(&noTray, "no-tray", false, "no tray icon, as on a server")
	return cmd
}

func (p *program) agent(ctx context.Context, h *wire.House, noTray bool) error {
	slog.SetDefault(h.Log) // the tray's library logs through it
	a, err := h.Attach(ctx, wire.As{Role: uploader.RoleAgent})
	if errors.Is(err, wire.ErrRunning) {
		p.say("an agent is running already; this one is not needed")
		return nil
	}
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	p.greet(ctx, a)
	ended := make(chan error, 1)
	tctx, endTray := context.WithCancel(ctx)
	defer endTray()
	go func() {
		defer endTray()
		ended <- p.serveUntilAsked(ctx, a)
	}()
	if noTray {
		return <-ended
	}
	// The tray wants the main goroutine on macOS; this is it.
	runtime.LockOSThread()
	p.runTray(tctx, h, a)
	return <-ended
}

// runTray shows the tray until ctx ends. An agent that was started without a
// desktop gets its tray when a client brings one.
func (p *program) runTray(ctx context.Context, h *wire.House, a *wire.Attached) {
	for ctx.Err() == nil {
		err := p.newTray(h, a).Run(ctx)
		if ctx.Err() != nil {
			return
		}
		h.Log.Info("no tray", "error", err)
		p.say("no tray here; the agent runs on without it, and upshot gui opens the window")
		select {
		case <-ctx.Done():
		case <-h.Adopted():
		}
	}
}

// greet says what a person at the terminal should know.
func (p *program) greet(ctx context.Context, a *wire.Attached) {
	snap, err := a.Snapshot(ctx, uploader.None{})
	if err != nil {
		return
	}
	for _, n := range snap.Notices {
		p.say("%s%s", plain(n.Headline), hint(n.Hint))
	}
	if len(snap.Accounts) == 0 {
		p.say("no host is set up yet; run upshot gui, or upshot account add NAME https://your.host")
	}
	for _, f := range snap.Folders {
		p.say("watching %s", plain(f.Folder.Path))
	}
	p.say("agent ready")
}

// serveUntilAsked keeps the engine until a client or the system ends it. A
// client's wish waits for the files in flight; the system's only briefly:
// what is broken off goes on at the next start.
func (p *program) serveUntilAsked(ctx context.Context, a *wire.Attached) error {
	select {
	case <-ctx.Done():
		dctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWait)
		_ = a.Drain(dctx)
		cancel()
	case <-a.Asked():
		_ = a.Drain(ctx)
	}
	return a.Close()
}

// newTray is the tray of an agent. What goes wrong with a click is told by a
// notification: nobody reads an agent's terminal.
func (p *program) newTray(h *wire.House, a *wire.Attached) *tray.Tray {
	tell := func(headline, hint string) {
		ctx, cancel := context.WithTimeout(context.Background(), drainWait)
		defer cancel()
		if err := h.Services.Notifier.Notify(ctx, headline, hint, nil, nil); err != nil {
			p.say("%s: %s", plain(headline), plain(hint))
		}
	}
	window := func(args ...string) {
		path, err := instance.Sibling("upshot-gui")
		if err == nil {
			_, err = instance.Spawn(path, args...)
		}
		if err != nil {
			h.Log.Warn("window not opened", "error", err)
			tell("The window cannot be opened", "The program upshot-gui was not found beside upshot or in PATH")
		}
	}
	return tray.New(tray.Config{
		Uploader:  a,
		Open:      func() { window() },
		PickFiles: func() { window("--pick-files") },
		Quit:      func() { _, _ = a.Quit(context.Background(), uploader.None{}) },
		Tell:      tell,
		Lost:      trayhost.Lost,
		Log:       h.Log,
	})
}

func (p *program) guiCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "gui",
		Short: "Open the window",
		RunE: func(*cobra.Command, []string) error {
			path, err := instance.Sibling("upshot-gui")
			if err != nil {
				p.say("the window is a program of its own, upshot-gui, which was not found beside this one or in PATH; build it with: make")
				return exitError{exitFailed}
			}
			if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
				p.say("there is no display here; use the command line instead: upshot upload FILE, upshot watch DIR")
				return exitError{exitFailed}
			}
			_, err = instance.Spawn(path)
			return err
		},
	}
}

// ownCommand is not for people: the small process that `--copy` leaves
// behind. It owns the clipboard until somebody else takes it, as xclip does.
func (p *program) ownCommand() *cobra.Command {
	return &cobra.Command{
		Use:    wire.OwnerVerb,
		Hidden: true,
		Args:   noArgs,
		RunE:   func(cmd *cobra.Command, _ []string) error { return wire.OwnClipboard(cmd.Context(), p.in, os.Stdout) },
	}
}
