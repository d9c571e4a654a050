package cli

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client/engine"
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
	speak := speakNotes(h)
	if h.Services.Notifier != nil {
		h.Services.Notifier = clickable{h.Services.Notifier, p.windows(h)}
	}
	a, err := h.Attach(ctx, wire.As{Role: uploader.RoleAgent})
	if errors.Is(err, context.DeadlineExceeded) {
		if pid, silent := engineSilent(ctx, h); silent {
			p.tellSilent(pid, silentEnd)
			return silentError{pid}
		}
	}
	if errors.Is(err, wire.ErrRunning) {
		p.say("an agent is running already; this one is not needed")
		return nil
	}
	if err != nil {
		return err
	}
	speak(a)
	ctx, stop := signal.NotifyContext(ctx, endings()...)
	defer stop()
	pipe := make(chan os.Signal, 1) // as in interrupts.listen: a terminal that goes takes no agent along
	signal.Notify(pipe, syscall.SIGPIPE)
	defer signal.Stop(pipe)
	p.greet(ctx, a)
	mendAutostart(ctx, h)
	ended, gone := make(chan error, 1), make(chan struct{})
	sctx, endServices := context.WithCancel(ctx)
	defer endServices()
	var services sync.WaitGroup
	desktops := newBell(2)
	services.Go(func() { desktops.ring(sctx, h.Adopted()) })
	services.Go(func() { giveBackWhenCalm(sctx, a, giveMemoryBack) })
	services.Go(func() { p.runHotkeys(sctx, h, a, desktops.ears[0]) })
	services.Go(func() {
		p.runPower(sctx, h, a, func(wait context.Context) {
			stop()
			select {
			case <-gone:
			case <-wait.Done():
			}
		})
	})
	go func() {
		defer endServices()
		defer close(gone)
		ended <- p.serveUntilAsked(ctx, a)
	}()
	if !noTray {
		// The tray wants the main goroutine on macOS; this is it.
		runtime.LockOSThread()
		p.runTray(sctx, h, a, desktops.ears[1])
	}
	err = <-ended
	endServices()
	services.Wait()
	return err
}

// mendAutostart has the agent start at the next login from where it is now, if
// the person wants it to start and has moved the program.
func mendAutostart(ctx context.Context, h *wire.House) {
	entry, ok := h.Services.Autostart.(interface {
		Mend(ctx context.Context) (bool, error)
	})
	if !ok {
		return
	}
	if did, err := entry.Mend(ctx); err != nil {
		h.Log.Info("what starts at login not looked at", "error", err)
	} else if did {
		h.Log.Info("the program was moved, and starts at login from its new place")
	}
}

// bell tells several of one event. Each ear keeps one ring for who is busy.
type bell struct{ ears []chan struct{} }

func newBell(ears int) bell {
	b := bell{make([]chan struct{}, ears)}
	for i := range b.ears {
		b.ears[i] = make(chan struct{}, 1)
	}
	return b
}

// ring passes events on until ctx ends.
func (b bell) ring(ctx context.Context, events <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
		}
		for _, ear := range b.ears {
			select {
			case ear <- struct{}{}:
			default:
			}
		}
	}
}

// runTray shows the tray until ctx ends. An agent that was started without a
// desktop gets its tray when a client brings one.
func (p *program) runTray(ctx context.Context, h *wire.House, a *wire.Attached, came <-chan struct{}) {
	for ctx.Err() == nil {
		err := p.newTray(h, a).Run(ctx)
		if ctx.Err() != nil {
			return
		}
		h.Log.Info("no tray", "error", err)
		p.say("no tray here; the agent runs on without it, and upshot gui opens the window")
		select {
		case <-ctx.Done():
		case <-came:
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

// teller tells what goes wrong with a click or a hotkey by a notification:
// nobody reads an agent's terminal.
func (p *program) teller(h *wire.House) func(headline, hint string) {
	return func(headline, hint string) {
		ctx, cancel := context.WithTimeout(context.Background(), drainWait)
		defer cancel()
		if err := h.Services.Notifier.Notify(ctx, headline, hint, nil, nil); err != nil {
			p.say("%s: %s", plain(headline), plain(hint))
		}
	}
}

// windows opens the window, with arguments of its own; it tells when it cannot.
func (p *program) windows(h *wire.House) func(args ...string) {
	return func(args ...string) {
		path, err := instance.Sibling("upshot-gui")
		if err == nil {
			_, err = instance.Spawn(path, args...)
		}
		if err != nil {
			h.Log.Warn("window not opened", "error", err)
			p.teller(h)("The window cannot be opened", "The program upshot-gui was not found beside upshot or in PATH")
		}
	}
}

// clickable has a click on the whole of a notification do what is nearest: open
// the link where there is one to open, and the window where it only tells. A
// question is answered by its button alone.
type clickable struct {
	engine.Notifier

	window func(args ...string)
}

// anywhere is the key of a click beside the buttons.
const anywhere = "default"

// Notify is engine.Notifier's.
func (n clickable) Notify(ctx context.Context, title, body string, actions [][2]string, chosen func(key string)) error {
	here := [2]string{anywhere, "Open"}
	switch opens := func(a [2]string) bool { return a[0] == "open" }; {
	case len(actions) == 0:
		actions, chosen = [][2]string{here}, func(string) { n.window() }
	case slices.ContainsFunc(actions, opens):
		actions = append(slices.Clone(actions), here)
	}
	return n.Notifier.Notify(ctx, title, body, actions, chosen)
}

// newTray is the tray of an agent.
func (p *program) newTray(h *wire.House, a *wire.Attached) *tray.Tray {
	window := p.windows(h)
	return tray.New(tray.Config{
		Uploader:  a,
		Open:      func() { window() },
		PickFiles: func() { window("--pick-files") },
		Quit:      func() { _, _ = a.Quit(context.Background(), uploader.None{}) },
		Tell:      p.teller(h),
		Lost:      trayhost.Lost,
		Present:   trayhost.Present,
		NoHost:    p.noHost(h),
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
				p.say("the window is a program of its own, upshot-gui, which was not found beside this one or in PATH: install it there, or build it with: make")
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
