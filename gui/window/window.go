package window

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/look"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
	"images-uploader.com/upshot/icons"
)

// DefaultAddress is the host offered at first run.
const DefaultAddress = "https://images-uploader.com"

// Config says what a window needs.
type Config struct {
	App fyne.App
	// Connect attaches to an uploader, starting one if need be. It is called
	// again whenever the uploader has gone.
	Connect func(ctx context.Context) (uploader.Uploader, error)
	Log     *slog.Logger // nil: nothing is logged
	// Do hops to Fyne's thread; nil means fyne.Do. Tests have a thread of
	// their own.
	Do func(func())
	// Home is the person's home directory, where folders are suggested and
	// files picked; empty: none is suggested.
	Home string
	// PickFiles lets files be chosen, submits them, and ends the app; the
	// window shows itself only if something goes wrong on the way.
	PickFiles bool
}

// Window is the one window. Its methods run on Fyne's thread, but for Run.
type Window struct {
	cfg     Config
	win     fyne.Window
	present *presenter.Presenter
	next    atomic.Pointer[presenter.View] // newest view that is not shown yet
	ticked  atomic.Bool                    // a second has passed and is not shown yet

	view     presenter.View
	mark     fyne.Resource
	dressed  bool   // the settings have said how the window looks
	tongue   string // and speaks
	shell    *shell
	first    *firstRun
	picking  bool // only files are picked: see Config.PickFiles
	deliver  deliver
	entering entering
	around   parts.Scrolls // around all that is in the window
	above    parts.Scrolls // around what is over it
	trouble  trouble
}

// size of the window when it opens, the least its screens are made for, and
// the least it may have: a screen of 640x480 at scale 2 has no more. Below what
// they are made for, the screens scroll.
var (
	openSize     = fyne.NewSize(900, 640)
	leastSize    = fyne.NewSize(560, 400)
	smallestSize = fyne.NewSize(280, 180)
)

// fill makes o all there is in the window.
func (w *Window) fill(o fyne.CanvasObject) {
	around := parts.Within(func() fyne.Size { return smallestSize }, o)
	w.around = parts.Scrolls(nil).Of(around)
	w.win.SetContent(around)
	o.Refresh() // the theme may have changed while it was out of the window
}

// keepInSight scrolls to what has the keyboard's attention.
func (w *Window) keepInSight() {
	o, ok := w.win.Canvas().Focused().(fyne.CanvasObject)
	switch {
	case !ok:
	case w.win.Canvas().Overlays().Top() != nil:
		w.above.Show(o)
	default:
		scrolls := w.around
		if w.first == nil && w.shell.at == placeSettings {
			scrolls = append(scrolls[:len(scrolls):len(scrolls)], w.shell.settings.scroll)
		}
		scrolls.Show(o)
	}
}

// lay takes over what scrolls in something that is put over the window.
func (w *Window) lay(scrolls parts.Scrolls) {
	if w.win.Canvas().Overlays().Top() == nil {
		w.above = nil
	}
	w.above = append(w.above, scrolls...)
}

// New makes the window. Nothing is asked of the uploader before Run.
func New(cfg Config) (*Window, error) {
	if cfg.App == nil || cfg.Connect == nil {
		return nil, errors.New("window: App and Connect are needed")
	}
	if cfg.Do == nil {
		cfg.Do = fyne.Do
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := speak(""); err != nil {
		return nil, fmt.Errorf("window: %w", err)
	}
	w := &Window{cfg: cfg}
	present, err := presenter.New(presenter.Config{Connect: cfg.Connect, Publish: w.publish, Log: cfg.Log})
	if err != nil {
		return nil, err
	}
	w.present = present

	mark := fyne.NewStaticResource("upshot.png", icons.App())
	cfg.App.SetIcon(mark)
	cfg.App.Settings().SetTheme(look.Theme{})
	w.win = cfg.App.NewWindow("Upshot")
	w.win.SetIcon(mark)
	w.win.SetPadded(false)
	w.mark = mark
	w.shell = newShell(w, mark)
	w.fill(w.shell.object)
	w.win.Resize(openSize)
	if cfg.PickFiles {
		w.startPicking()
	}
	w.win.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) { w.dropped(uris) })
	w.addKeys()
	return w, nil
}

// Show shows the window.
func (w *Window) Show() { w.win.Show() }

// Raise brings the window to the front, and the whole of it if only files
// were picked in it.
func (w *Window) Raise() {
	w.stopPicking()
	w.win.Show()
	w.win.RequestFocus()
}

// Run follows the uploader until ctx ends. It runs beside Fyne's thread.
func (w *Window) Run(ctx context.Context) {
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { w.passTime(ctx) })
	w.present.Run(ctx)
}

// passTime has what counts down count on while the uploader has nothing to
// tell: how long a file is kept, when one is tried again.
func (w *Window) passTime(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !w.ticked.Swap(true) {
			w.cfg.Do(func() {
				w.ticked.Store(false)
				w.shell.passTime()
			})
		}
	}
}

// publish is the presenter's: it keeps the newest view and hops to Fyne's
// thread once, however many views come until that thread has time.
func (w *Window) publish(v presenter.View) {
	if w.next.Swap(&v) == nil {
		w.cfg.Do(w.showNext)
	}
}

func (w *Window) showNext() {
	if v := w.next.Swap(nil); v != nil {
		w.show(*v)
	}
}

// show puts a view on the screen.
func (w *Window) show(v presenter.View) {
	w.view = v
	if v.Link == presenter.Live {
		if !w.dressed {
			w.dressed = true
			w.readDress()
		}
		w.deliverAgain()
		if w.first == nil && len(v.Snapshot.Accounts) == 0 && !w.shell.skipped {
			w.welcome()
		}
		if w.first != nil && w.first.overtaken(v) {
			w.endWelcome()
		}
	}
	w.shell.update(v)
}

// readDress asks how the window shall look and speak.
func (w *Window) readDress() {
	var got uploader.Settings
	w.present.Do(func(ctx context.Context, up uploader.Uploader) (err error) {
		got, err = up.Settings(ctx, uploader.None{})
		return err
	}, func(err error) {
		w.cfg.Do(func() {
			if err != nil {
				w.dressed = false // asked again with the next view
				return
			}
			w.dress(got)
		})
	})
}

// dress takes over theme and language as the settings say.
func (w *Window) dress(s uploader.Settings) {
	if wanted := (look.Theme{Choice: s.Theme}); w.cfg.App.Settings().Theme() != fyne.Theme(wanted) {
		w.cfg.App.Settings().SetTheme(wanted)
	}
	if w.tongue == s.Language {
		return
	}
	if err := speak(s.Language); err != nil {
		w.cfg.Log.Error("a language cannot be spoken", "error", err)
		return
	}
	w.tongue = s.Language
	w.rebuild()
}

// rebuild makes all that has words in it anew, at the same place.
func (w *Window) rebuild() {
	at, skipped := w.shell.at, w.shell.skipped
	w.shell = newShell(w, w.mark)
	w.shell.skipped = skipped
	w.shell.open(at)
	switch {
	case w.picking:
		w.startPicking()
	case w.first != nil:
		w.first = w.first.again()
		w.fill(w.first.object)
		w.first.focus()
	default:
		w.fill(w.shell.object)
	}
	w.shell.update(w.view)
}

// welcome shows the first run instead of everything else.
func (w *Window) welcome() {
	w.stopPicking()
	w.first = newFirstRun(w)
	w.fill(w.first.object)
	w.first.focus()
}

func (w *Window) endWelcome() {
	w.first = nil
	w.fill(w.shell.object)
}

// order has something carried out, and tells the person when it failed.
func (w *Window) order(do func(ctx context.Context, up uploader.Uploader) error, done func()) {
	w.present.Do(do, func(err error) {
		w.cfg.Do(func() {
			if err != nil {
				w.fail(err, func() { w.order(do, done) })
				return
			}
			if done != nil {
				done()
			}
		})
	})
}

// away runs work beside Fyne's thread, then then on it.
func (w *Window) away(work func(ctx context.Context), then func()) {
	w.present.Go(func(ctx context.Context) {
		work(ctx)
		if ctx.Err() == nil {
			w.cfg.Do(then)
		}
	})
}

// sayFor is how long a word in passing stays.
const sayFor = 4 * time.Second

// say shows a word in passing.
func (w *Window) say(text string) {
	s := w.shell
	s.said++
	number := s.said
	s.saying, s.undo.shown = true, false
	s.toast.Say(text)
	w.later(sayFor, func() {
		if number == s.said {
			s.saying = false
			s.toast.Hide()
			s.offerUndo(w.view)
		}
	})
}
