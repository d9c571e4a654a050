// Package tray is Upshot's icon in the tray with its menu, by
// fyne.io/systray alone: no Fyne, no GL, pure Go on Linux and Windows, no
// CPU time while nothing happens.
//
// It follows the engine (Changes, then Snapshot) and shows what it says; every
// click runs in a goroutine of its own. Of ours it imports client, job,
// uploader, words and icons. The goroutines that Run starts end with it, but for
// Config's own functions, which are not waited for.
package tray

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/words"
)

// Uploader is what the tray needs of the engine.
type Uploader interface {
	uploader.Submit
	uploader.Control
	uploader.History
	uploader.Watch
	// Settings says which language is spoken.
	Settings(ctx context.Context, _ uploader.None) (uploader.Settings, error)
}

// Config is what the tray works with. Functions run in goroutines of their
// own; the line of a nil one is not shown.
type Config struct {
	Uploader  Uploader
	Open      func() // opens the window; also a left click (on macOS that opens the menu)
	PickFiles func() // asks for files and uploads them
	Quit      func() // ends the program
	// Tell says a failure to the person, as a notification. nil: the log only.
	Tell func(headline, hint string)
	// Present, if set, reports whether a panel shows tray icons:
	// trayhost.Present. Where none does, NoHost is called, once in a Run, some
	// time after it began: panels come up after us.
	Present func(ctx context.Context) (bool, error)
	NoHost  func()
	// Lost, if set, returns once the desktop that is there now has gone:
	// trayhost.Lost. Without it a tray whose session bus dies stays dead.
	Lost func(ctx context.Context) error
	Log  *slog.Logger // nil: nowhere
}

// Tray is the icon and its menu.
type Tray struct {
	cfg  Config
	menu *menu // made by the first Run

	mu     sync.Mutex
	latest uploader.Snapshot
	known  bool // there is a latest
	seen   int  // failed jobs that the person has seen
	drawn  view
	words  *words.Words
	tongue string // the language of the settings that words are of
}

// New returns a Tray. It shows nothing before Run.
func New(cfg Config) *Tray {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	t := &Tray{cfg: cfg}
	t.speak("") // until the engine says otherwise
	return t
}

// speak takes another language; the next drawing is in it.
func (t *Tray) speak(tongue string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.words != nil && t.tongue == tongue {
		return
	}
	w, err := words.Of(tongue)
	if err != nil {
		t.cfg.Log.Error("a language cannot be spoken", "error", err)
		return
	}
	t.words, t.tongue = w, tongue
}

// speech are the words that are spoken now.
func (t *Tray) speech() *words.Words {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.words
}

// errLost says that the desktop has gone while the tray was in it.
var errLost = fmt.Errorf("the desktop has gone: %w", errors.ErrUnsupported)

// Run shows the tray until ctx ends and then returns nil. Call it from the
// main goroutine: macOS wants its event loop there.
//
// It returns an error that wraps errors.ErrUnsupported when there is no
// desktop to show it in, or when that has gone; it may then be called again
// once there is one. A panel without a place for tray icons is no error: the
// icon appears when one comes. After ctx has ended it cannot be called again,
// nor can another Tray of this process: the library has one icon only. On
// Linux its end closes the session bus connection that godbus shares between
// its users; so end the tray last.
func (t *Tray) Run(ctx context.Context) error {
	if err := desktop(ctx); err != nil {
		return fmt.Errorf("show the tray icon: %w", err)
	}
	if err := t.loop(ctx); err != nil {
		return fmt.Errorf("show the tray icon: %w", err)
	}
	return nil
}

const (
	refresh = 500 * time.Millisecond // at most so often the menu is drawn anew
	retry   = 5 * time.Second        // an engine that fails is asked again
	tick    = time.Second            // a countdown is drawn again
)

// attend keeps the menu and serves its clicks until ctx ends.
func (t *Tray) attend(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	t.serve(ctx, &all)
	if t.cfg.Lost != nil {
		all.Go(func() {
			if err := t.cfg.Lost(ctx); err != nil && ctx.Err() == nil {
				t.cfg.Log.Warn("desktop not watched", "error", err)
				return
			}
			cancel()
		})
	}
	if t.cfg.Present != nil && t.cfg.NoHost != nil {
		all.Go(func() { t.lookForHost(ctx) })
	}
	t.follow(ctx)
	all.Wait()
}

// hostWait is how long a panel may take to come up after a log-in.
const hostWait = 20 * time.Second

// lookForHost tells once if nobody shows the icon.
func (t *Tray) lookForHost(ctx context.Context) {
	pause(ctx, hostWait)
	if ctx.Err() != nil {
		return
	}
	shown, err := t.cfg.Present(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		t.cfg.Log.Info("tray host not looked for", "error", err)
	case !shown:
		t.cfg.Log.Info("no panel shows the tray icon")
		start(t.cfg.NoHost)
	}
}

// follow draws what the engine says, again and again.
func (t *Tray) follow(ctx context.Context) {
	for ctx.Err() == nil {
		began := time.Now()
		snap, err := t.cfg.Uploader.Snapshot(ctx, uploader.None{})
		if err == nil {
			if set, err := t.cfg.Uploader.Settings(ctx, uploader.None{}); err == nil { // otherwise as before
				t.speak(set.Language)
			}
			t.show(snap)
			err = t.await(ctx, snap.Revision)
		}
		switch {
		case ctx.Err() != nil:
		case err != nil:
			t.cfg.Log.Warn("engine does not answer the tray", "error", err)
			t.showTrouble(err)
			pause(ctx, retry)
		default:
			pause(ctx, refresh-time.Since(began))
		}
	}
}

// await returns once there is something new to draw.
func (t *Tray) await(ctx context.Context, revision uint64) error {
	t.mu.Lock()
	ticks := t.drawn.ticks
	t.mu.Unlock()
	wait, cancel := ctx, context.CancelFunc(func() {})
	if ticks {
		wait, cancel = context.WithTimeout(ctx, tick)
	}
	defer cancel()
	_, err := t.cfg.Uploader.Changes(wait, uploader.Since{Revision: revision})
	if ticks && wait.Err() != nil && ctx.Err() == nil {
		return nil // a second is over
	}
	return err
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-over.C:
	case <-ctx.Done():
	}
}

func (t *Tray) show(s uploader.Snapshot) {
	t.mu.Lock()
	defer t.mu.Unlock()
	failed := failures(s)
	if !t.known || failed < t.seen {
		t.seen = failed
	}
	t.latest, t.known = s, true
	t.draw(look(t.words, s, failed-t.seen))
}

// looked says that the person looks at the window now and sees what failed.
func (t *Tray) looked() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known {
		t.seen = failures(t.latest)
		t.draw(look(t.words, t.latest, 0))
	}
}

// showTrouble tells that the engine fails; the rest of the menu stays.
func (t *Tray) showTrouble(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.draw(t.drawn.troubled(t.words, err))
}
