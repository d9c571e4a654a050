package tray

import (
	"context"
	"sync"

	"fyne.io/systray"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/words"
	"images-uploader.com/upshot/icons"
)

// menu are the lines, which live as long as the process: the library may
// panic when a line is removed while it is clicked, so that lines are only
// hidden.
type menu struct {
	status    *line
	open      *line
	capture   *line
	region    *line
	clipboard *line
	files     *line
	heading   *line // over the links
	links     [maxRecent]*line
	undo      *line
	pause     *line
	again     *line
	quit      *line
}

// line is a line of the menu. The library tells the desktop about every call,
// so that only changes are told.
type line struct {
	item  *systray.MenuItem
	title string
	shown bool
}

func newLine(title string) *line {
	return &line{item: systray.AddMenuItem(label(title), ""), title: title, shown: true}
}

// set changes the title and shows the line. On Windows setting the title of a
// hidden line shows it; so it is never set on one that stays hidden.
func (l *line) set(title string) {
	if title != l.title {
		l.title = title
		l.item.SetTitle(label(title))
	}
	if !l.shown {
		l.shown = true
		l.item.Show()
	}
}

// retitle is set for a line that may be hidden, and stays so.
func (l *line) retitle(title string) {
	if l.shown {
		l.set(title)
	}
}

func (l *line) hide() {
	if l.shown {
		l.shown = false
		l.item.Hide()
	}
}

// build makes the menu once.
func (t *Tray) build() {
	if t.menu != nil {
		return
	}
	w := t.words
	m := &menu{status: newLine(w.L("Upshot is starting"))}
	m.status.item.Disable()
	systray.AddSeparator()
	m.open = newLine(w.L("Open Upshot"))
	m.capture = newLine(w.L("Capture screen"))
	m.region = newLine(w.L("Capture a region"))
	m.clipboard = newLine(w.L("Upload clipboard"))
	m.files = newLine(w.L("Upload files…"))
	systray.AddSeparator()
	m.heading = newLine(w.L("No links yet"))
	m.heading.item.Disable()
	for i := range m.links {
		m.links[i] = newLine("")
		m.links[i].hide()
	}
	m.undo = newLine("")
	m.undo.hide()
	systray.AddSeparator()
	m.pause = newLine(w.L("Pause"))
	m.again = newLine(w.L("Try again now"))
	m.again.hide()
	m.quit = newLine(w.L("Quit"))
	for line, do := range map[*line]func(){m.open: t.cfg.Open, m.files: t.cfg.PickFiles, m.quit: t.cfg.Quit} {
		if do == nil {
			line.hide()
		}
	}
	t.menu = m
	t.drawn = view{icon: icons.Idle, status: m.status.title}
	setIcon(t.drawn.icon)
	systray.SetTooltip(tooltip(t.drawn.status))
}

// draw brings the menu from t.drawn to v; t.mu is held.
func (t *Tray) draw(v view) {
	m, w := t.menu, t.words
	if v.icon != t.drawn.icon {
		setIcon(v.icon)
	}
	if v.status != t.drawn.status {
		systray.SetTooltip(tooltip(v.status))
		m.status.set(v.status)
	}
	m.name(w)
	if v.paused {
		m.pause.set(w.L("Resume"))
	} else {
		m.pause.set(w.L("Pause"))
	}
	if v.left > 0 {
		m.quit.retitle(w.Many("quit_with", v.left))
	} else {
		m.quit.retitle(w.L("Quit"))
	}
	if v.undo != "" {
		m.undo.set(v.undo)
	} else {
		m.undo.hide()
	}
	if v.again {
		m.again.set(w.L("Try again now"))
	} else {
		m.again.hide()
	}
	if len(v.recent) > 0 {
		m.heading.set(w.L("Copy a link again"))
	} else {
		m.heading.set(w.L("No links yet"))
	}
	for i, l := range m.links {
		if i >= len(v.recent) {
			l.hide()
			continue
		}
		name := shorten(clean(v.recent[i].Name), maxName)
		if name == "" {
			name = shorten(clean(v.recent[i].Text), maxName)
		}
		l.set(name)
	}
	t.drawn = v
}

// name gives the lines that say the same in every state their words.
func (m *menu) name(w *words.Words) {
	m.open.retitle(w.L("Open Upshot"))
	m.capture.retitle(w.L("Capture screen"))
	m.region.retitle(w.L("Capture a region"))
	m.clipboard.retitle(w.L("Upload clipboard"))
	m.files.retitle(w.L("Upload files…"))
}

func setIcon(s icons.State) {
	png, ico := icons.Tray(s)
	systray.SetIcon(picture(png, ico))
}

// tooltip fits Windows, which takes 127 characters.
func tooltip(status string) string { return "Upshot: " + status }

// serve takes the clicks on every line until ctx ends. The library drops a
// click that nobody waits for, so each line has a goroutine that does nothing
// else.
func (t *Tray) serve(ctx context.Context, all *sync.WaitGroup) {
	m := t.menu
	listen := func(l *line, clicked func()) {
		all.Go(func() {
			for {
				select {
				case <-l.item.ClickedCh:
					clicked()
				case <-ctx.Done():
					return
				}
			}
		})
	}
	// ask is a click that asks something of the engine, one at a time.
	ask := func(l *line, do func(context.Context) error) {
		var once sync.Mutex
		listen(l, func() {
			all.Go(func() {
				if once.TryLock() {
					defer once.Unlock()
					t.report(ctx, do(ctx))
				}
			})
		})
	}
	listen(m.open, t.open)
	listen(m.files, func() { start(t.cfg.PickFiles) })
	listen(m.quit, func() { start(t.quit) })
	ask(m.capture, t.capture(uploader.ShotAll))
	ask(m.region, t.capture(uploader.ShotRegion))
	ask(m.clipboard, t.uploadClipboard)
	ask(m.pause, t.pauseOrResume)
	ask(m.again, t.resume)
	ask(m.undo, t.undo)
	for i, l := range m.links {
		ask(l, func(ctx context.Context) error { return t.copyLink(ctx, i) })
	}
}

// start runs one of Config's functions. It is not waited for: Quit waits for
// us.
func start(do func()) {
	if do != nil {
		go do()
	}
}
