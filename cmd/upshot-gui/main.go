// Command upshot-gui is Upshot's window. It uploads nothing itself: it is a
// client of the agent, which it starts if none runs, and it may be closed, or
// crash, while uploads go on.
//
// With --pick-region it lets the person pick a region of the frozen screen for
// the agent, and prints it.
//
// It is the only program that calls Fyne's app.New. Of ours it imports
// gui/window, gui/window/region, client/uploader, client/agent, platform/dirs and
// platform/instance.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"images-uploader.com/upshot/gui/window"
	"images-uploader.com/upshot/platform/dirs"
	"images-uploader.com/upshot/platform/instance"
)

const appID = "com.images_uploader.Upshot"

// Exit codes, as everywhere in Upshot.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// errNoAgent is why a demo's window starts no agent: the demo is its agent,
// and nothing of it is left behind.
var errNoAgent = errors.New("no agent is to be started")

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("upshot-gui", flag.ContinueOnError)
	flags.SetOutput(stderr)
	pick := flags.Bool("pick-files", false, "let files be chosen, upload them and end")
	region := flags.Bool("pick-region", false, "let a region be picked on frozen pictures, each given as X,Y,W,H=FILE, and print it")
	noAgent := flags.Bool("no-agent", false, "start no agent when none runs")
	verbose := flags.Bool("verbose", false, "tell more on standard error")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	case flags.NArg() > 0 && !*region:
		fmt.Fprintln(stderr, "upshot-gui takes no files; upload them with: upshot upload FILE")
		return exitUsage
	}
	// The key of somebody's environment is for the engine alone.
	_ = os.Unsetenv("UPSHOT_KEY")

	if !haveDisplay(runtime.GOOS, os.Getenv) {
		fmt.Fprintln(stderr, "there is no display to show a window on; use the command line instead: upshot upload FILE")
		return exitFailed
	}
	level := slog.LevelWarn
	if *verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	hush(log)
	if *region {
		return pickRegion(flags.Args(), stdout, stderr)
	}
	d, err := dirs.New(dirs.Config{})
	if err == nil {
		err = d.Make()
	}
	if err != nil {
		fmt.Fprintln(stderr, withoutDirs(err))
		return exitFailed
	}

	word := wordShow
	if *pick {
		word = wordPick
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	first, err := becomeFirst(d)
	if errors.Is(err, instance.ErrHeld) {
		if err := tellFirst(ctx, d, word); err == nil {
			return exitOK
		}
		log.Warn("the window that is open does not answer") // a second one does no harm
	} else if err != nil {
		log.Warn("a second start will open a second window", "error", err)
	}
	defer first.Close()
	c := newConnector(d, log)
	if *noAgent {
		c.spawn = func() error { return errNoAgent }
	}
	return show(ctx, cancel, c, first, *pick, log, stderr)
}

// newApp is Fyne's part of the program.
func newApp() fyne.App {
	app.SetMetadata(fyne.AppMetadata{
		ID: appID, Name: "Upshot",
		Migrations: map[string]bool{"fyneDo": true}, // also where the build tag was forgotten
	})
	return app.NewWithID(appID)
}

// show runs the window until it is closed.
func show(ctx context.Context, cancel context.CancelFunc, c *connector, first *first, pick bool, log *slog.Logger, stderr io.Writer) int {
	checkToolkit(stderr)
	a := newApp()
	home, _ := os.UserHomeDir() // without one, no folder is suggested
	w, err := window.New(window.Config{
		App: a, Connect: c.connect, Log: log, Home: home, PickFiles: pick,
	})
	if err != nil {
		fmt.Fprintf(stderr, "the window cannot be made: %v\n", err)
		return exitFailed
	}
	ended := make(chan struct{})
	go func() { defer close(ended); w.Run(ctx) }()
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		first.listen(ctx, func(word string) { fyne.Do(func() { raise(w, word) }) })
	}()
	err = bring(w)
	if err == nil {
		a.Run()
	} else {
		log.Debug("no window", "error", err)
		fmt.Fprintln(stderr, withoutDisplay(os.Getenv))
	}

	cancel()
	first.Close()
	for _, part := range []chan struct{}{ended, heard} {
		select {
		case <-part:
		case <-time.After(2 * time.Second): // a call to a dead engine: nothing is lost with it
			return code(err)
		}
	}
	return code(err)
}

func code(err error) int {
	if err != nil {
		return exitFailed
	}
	return exitOK
}

func raise(w *window.Window, word string) {
	w.Raise()
	if word == wordPick {
		w.Pick()
	}
}

// haveDisplay reports whether a window can be shown. GLFW panics without one.
func haveDisplay(system string, getenv func(string) string) bool {
	switch system {
	case "windows", "darwin":
		return true
	default:
		return getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != ""
	}
}
