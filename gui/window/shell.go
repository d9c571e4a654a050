package window

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/gui/window/look"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
)

// place is where one is in the window, in the order of the navigation.
type place int

const (
	placeQueue place = iota
	placeFolders
	placeHistory
	placeSettings
	places
)

// screen is what is shown at a place. It is given views while it is shown.
type screen interface {
	content() fyne.CanvasObject
	update(v presenter.View)
}

// shell is what is always there: navigation, banners, the word in passing.
type shell struct {
	w        *Window
	object   fyne.CanvasObject
	at       place
	nav      [places]*parts.NavItem
	screens  [places]screen
	settings *settingsScreen
	history  *historyScreen
	queue    *queueScreen
	body     *fyne.Container
	banners  [2]*parts.Banner
	pause    *parts.Button
	status   *widget.Label
	toast    *parts.Toast
	said     int  // number of the last word in passing
	saying   bool // it is shown
	skipped  bool // the person went past the first run
	undo     undoOffer
	files    *filesSheet // of a folder; nil: none is open
}

const (
	railLeast = 158
	railIcon  = 92  // what stands in the rail beside a word
	railCount = 16  // and where there is a count
	tall      = 600 // from this height on there is room for two banners
	mainMost  = 1280
)

// railWidth is how wide the navigation is: its words are shown whole, in
// every language.
func railWidth() float32 {
	width := float32(railLeast)
	for word, around := range map[string]float32{
		lang.L("Queue"): railIcon + railCount, lang.L("Folders"): railIcon + railCount,
		lang.L("History"): railIcon, lang.L("Settings"): railIcon,
	} {
		text := fyne.MeasureText(word, theme.TextSize(), fyne.TextStyle{Bold: true})
		width = max(width, text.Width+around)
	}
	return width
}

func newShell(w *Window, mark fyne.Resource) *shell {
	s := &shell{w: w, toast: parts.NewToast(), body: container.NewStack()}
	s.settings, s.history, s.queue = newSettingsScreen(w), newHistoryScreen(w), newQueueScreen(w)
	s.screens = [places]screen{s.queue, newFoldersScreen(w), s.history, s.settings}
	s.nav = [places]*parts.NavItem{
		placeQueue:    parts.NewNavItem(lang.L("Queue"), theme.IconNameUpload, func() { s.open(placeQueue) }),
		placeFolders:  parts.NewNavItem(lang.L("Folders"), theme.IconNameFolder, func() { s.open(placeFolders) }),
		placeHistory:  parts.NewNavItem(lang.L("History"), theme.IconNameHistory, func() { s.open(placeHistory) }),
		placeSettings: parts.NewNavItem(lang.L("Settings"), theme.IconNameSettings, func() { s.open(placeSettings) }),
	}
	s.pause = parts.NewButtonWithIcon("", theme.MediaPauseIcon(), s.togglePause)
	s.pause.Alignment = widget.ButtonAlignLeading
	s.status = widget.NewLabel("")
	s.status.SizeName = theme.SizeNameCaptionText
	s.status.Importance = widget.LowImportance
	s.status.Truncation = fyne.TextTruncateEllipsis

	title := widget.NewLabelWithStyle("Upshot", fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	title.SizeName = theme.SizeNameSubHeadingText
	items := container.NewVBox(container.NewHBox(parts.Space(2, 1), parts.Mark(mark, 30), title), parts.Space(1, 4))
	for _, n := range s.nav {
		items.Add(n)
	}
	rail := container.NewStack(parts.NewGround(look.Rail, 0), container.New(layout.NewCustomPaddedLayout(10, 8, 8, 8),
		container.NewBorder(items, container.NewVBox(s.status, s.pause), nil, nil, parts.Space(railWidth()-16, 1))))

	head := container.NewVBox()
	for i := range s.banners {
		s.banners[i] = parts.NewBanner(w.onBanner, w.closeBanner)
		head.Add(s.banners[i])
	}
	main := container.New(layout.NewCustomPaddedLayout(10, 10, 12, 12),
		parts.AtMost(mainMost, container.NewBorder(head, nil, nil, nil, s.body)))
	least := parts.Space(leastSize.Width, leastSize.Height)
	s.object = container.NewStack(least, parts.NewGround(theme.ColorNameBackground, 0),
		container.NewBorder(nil, nil, rail, nil, container.NewStack(main, s.toast)))
	s.open(placeQueue)
	s.update(presenter.View{})
	return s
}

// open goes to a place.
func (s *shell) open(p place) {
	s.at = p
	for i, n := range s.nav {
		n.Choose(place(i) == p)
	}
	s.body.Objects = []fyne.CanvasObject{s.screens[p].content()}
	s.screens[p].update(s.w.view)
	s.body.Refresh()
	if s.w.win != nil {
		s.w.win.Canvas().Unfocus()
	}
}

// update shows a view: the shell's own parts, and the screen that is open.
func (s *shell) update(v presenter.View) {
	counts := v.Snapshot.Counts
	open := v.Snapshot.Open() + counts[job.Failed]
	s.nav[placeQueue].SetCount(countWord(open))
	s.nav[placeFolders].SetCount(countWord(len(v.Snapshot.Folders)))

	models := s.w.banners(v)
	if len(models) > 1 && s.w.win != nil && s.w.win.Canvas().Size().Height < tall {
		models = models[:1] // the queue keeps its place
	}
	for i, b := range s.banners {
		var m parts.BannerModel
		if i < len(models) {
			m = models[i]
		}
		b.Set(m)
	}
	s.updateStatus(v)
	s.offerUndo(v)
	s.screens[s.at].update(v)
	if s.files != nil {
		s.files.update(v)
	}
}

// passTime shows what time alone has changed: rows that say how long it takes,
// or until when something is so. Those that say the same are not drawn again.
func (s *shell) passTime() {
	switch {
	case s.w.first != nil || s.w.picking:
	case s.at == placeQueue:
		s.queue.list.Update(s.w.view.Lists[presenter.Queue].Total)
	case s.at == placeHistory:
		s.history.redraw(s.w.view.Lists[presenter.History].Total)
	}
}

func countWord(n int) string {
	switch {
	case n == 0:
		return ""
	case n > 999:
		return "999+"
	default:
		return strconv.Itoa(n)
	}
}

func (s *shell) updateStatus(v presenter.View) {
	if word := statusWord(v); s.status.Text != word {
		s.status.SetText(word)
	}
	if word, icon := pauseWord(v); s.pause.Text != word {
		s.pause.SetText(word)
		s.pause.SetIcon(icon)
	}
	able(s.pause, v.Link == presenter.Live)
}

// statusWord says in a word what goes on.
func statusWord(v presenter.View) string {
	switch {
	case v.Link == presenter.Connecting:
		return lang.L("Starting…")
	case v.Link == presenter.Lost:
		return lang.L("Reconnecting…")
	case v.Snapshot.Paused:
		return lang.L("Paused")
	case v.Snapshot.Counts[job.Sending] > 0:
		return lang.L("Uploading")
	default:
		return lang.L("Ready")
	}
}

// pauseWord is what the button that pauses everything does now.
func pauseWord(v presenter.View) (word string, icon fyne.Resource) {
	if v.Link == presenter.Live && v.Snapshot.Paused {
		return lang.L("Resume"), theme.MediaPlayIcon()
	}
	return lang.L("Pause"), theme.MediaPauseIcon()
}

func (s *shell) togglePause() {
	if s.w.view.Snapshot.Paused {
		s.w.resume("")
	} else {
		s.w.pause()
	}
}

// title is the head of a screen: its name and buttons, and below them, over
// the whole width, a line.
func title(name string, line *widget.Label, buttons ...fyne.CanvasObject) fyne.CanvasObject {
	head := widget.NewLabelWithStyle(name, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	head.SizeName = theme.SizeNameHeadingText
	top := container.NewBorder(nil, nil, nil, container.NewCenter(container.NewHBox(buttons...)), head)
	if line == nil {
		return top
	}
	line.SizeName = theme.SizeNameCaptionText
	line.Importance = widget.LowImportance
	line.Truncation = fyne.TextTruncateEllipsis
	return container.New(layout.NewCustomPaddedVBoxLayout(-10), top, line)
}

// tight lays lines of text out one under the other, without the space that
// labels have around them.
func tight() fyne.Layout { return layout.NewCustomPaddedVBoxLayout(-14) }

// panel is the ground of a list.
func panel(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(parts.NewGround(look.Surface, 12), container.New(layout.NewCustomPaddedLayout(4, 4, 4, 4), o))
}

// card is a panel with more air.
func card(o fyne.CanvasObject) fyne.CanvasObject {
	return panel(container.New(layout.NewCustomPaddedLayout(4, 8, 8, 8), o))
}

// dropStrip says at the foot of a screen what letting something go over the
// window does: while it is dragged, no window is told by the toolkit.
func dropStrip(text *widget.Label) fyne.CanvasObject {
	text.SizeName = theme.SizeNameCaptionText
	text.Importance = widget.LowImportance
	text.Wrapping = fyne.TextWrapWord
	icon := container.NewGridWrap(fyne.NewSquareSize(20), widget.NewIcon(theme.NewColoredResource(theme.UploadIcon(), look.Accent)))
	return container.NewStack(parts.NewGround(look.InfoSoft, 10), container.NewBorder(nil, nil,
		container.New(layout.NewCustomPaddedLayout(0, 0, 10, 0), container.NewCenter(icon)), nil, text))
}
