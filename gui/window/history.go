package window

import (
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/gui/window/look"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
)

// historyScreen shows what has ended, newest first, as a list or as pictures.
type historyScreen struct {
	w       *Window
	object  fyne.CanvasObject
	search  *parts.Input
	filters *historyFilters
	list    *jobList
	grid    *jobGrid
	asGrid  *parts.IconButton
	full    fyne.CanvasObject
	empty   fyne.CanvasObject
	nothing fyne.CanvasObject // found
	bar     *markBar
	typed   int // number of the last change of the search
}

// searchAfter is how long one stops typing before the search begins.
const searchAfter = 200 * time.Millisecond

func newHistoryScreen(w *Window) *historyScreen {
	s := &historyScreen{w: w, list: newJobList(w, presenter.History), search: parts.NewInput()}
	s.grid = newJobGrid(w, s.list)
	s.grid.Hide()
	s.bar = newMarkBar(s)
	s.list.marks = s.marked
	s.search.SetPlaceHolder(lang.L("Search names and links"))
	s.search.ActionItem = widget.NewIcon(theme.SearchIcon())
	s.search.OnChanged = s.changed
	s.search.OnShortcut = w.onShortcut
	s.search.OnEscape = func() {
		s.search.SetText("")
		w.win.Canvas().Unfocus()
	}
	s.filters = newHistoryFilters(s.narrow)
	s.full = panel(container.NewStack(s.list.List, s.grid.Grid))
	s.empty = panel(parts.Empty(theme.IconNameHistory, lang.L("Your links will be kept here"),
		lang.L("Everything you upload stays in this list, with its link ready to be copied again.")))
	s.nothing = panel(parts.Empty(theme.IconNameSearch, lang.L("Nothing found"),
		lang.L("Try fewer or other words.")))
	s.asGrid = parts.NewIconButton(lang.L("Show as pictures or as a list"), theme.GridIcon(), s.toggle)
	export := parts.NewIconButton(lang.L("Export history"), theme.DocumentSaveIcon(), func() { w.askExport(s.filter()) })
	head := title(lang.L("History"), nil, container.NewGridWrap(fyne.NewSize(s.searchWidth(), 36), s.search), s.asGrid, export)
	s.object = container.NewBorder(container.NewVBox(head, container.NewStack(s.filters.object, s.bar.object)),
		nil, nil, nil, container.NewStack(s.full, s.empty, s.nothing))
	return s
}

// searchWidth has room for what is said in the empty field, in every language.
func (s *historyScreen) searchWidth() float32 {
	word := fyne.MeasureText(s.search.PlaceHolder, theme.TextSize(), fyne.TextStyle{})
	return max(200, word.Width+searchAround)
}

// searchAround is what stands in the field beside the words.
const searchAround = 64

func (s *historyScreen) content() fyne.CanvasObject { return s.object }

func (s *historyScreen) update(v presenter.View) {
	s.filters.offer(s.w, v)
	total := v.Lists[presenter.History].Total
	searching := s.filter() != (presenter.Filter{})
	show(s.empty, total == 0 && !searching)
	show(s.nothing, total == 0 && searching)
	show(s.full, total > 0)
	s.redraw(total)
}

// redraw draws again what has changed of so many jobs.
func (s *historyScreen) redraw(total int) {
	if s.grid.Visible() {
		s.grid.Update(total)
	} else {
		s.list.Update(total)
	}
}

// toggle shows pictures instead of rows, or rows again.
func (s *historyScreen) toggle() {
	pictures := !s.grid.Visible()
	show(s.grid, pictures)
	show(s.list.List, !pictures)
	icon := theme.GridIcon()
	if pictures {
		icon = theme.ListIcon()
	}
	s.asGrid.SetIcon(icon)
	s.update(s.w.view)
}

// filter is what is wanted of history now.
func (s *historyScreen) filter() presenter.Filter {
	f := s.filters.get(time.Now())
	f.Search = s.search.Text
	return f
}

func (s *historyScreen) narrow() { s.w.present.Narrow(presenter.History, s.filter()) }

// changed begins a search once the typing has stopped for a moment.
func (s *historyScreen) changed(string) {
	s.typed++
	number := s.typed
	s.w.later(searchAfter, func() {
		if number == s.typed {
			s.narrow()
		}
	})
}

// marked shows what can be done with the marked jobs.
func (s *historyScreen) marked() {
	s.bar.show(len(s.list.marked))
	show(s.filters.object, len(s.list.marked) == 0)
	s.update(s.w.view)
}

// historyFilters are the choices over the list.
type historyFilters struct {
	object  *fyne.Container
	account *parts.Select
	kind    *parts.Select
	folder  *parts.Select
	date    *parts.Select
	ids     []string // of the accounts offered, after "all"
	paths   []string
}

func newHistoryFilters(changed func()) *historyFilters {
	f := &historyFilters{}
	choose := func(what string, options ...string) *parts.Select {
		s := parts.NewSelect(options, nil)
		s.PlaceHolder = what
		s.OnChanged = func(string) {
			if s.SelectedIndex() == 0 {
				s.ClearSelected() // shows by what it could be filtered
				return
			}
			changed()
		}
		return s
	}
	f.account = choose(lang.L("Account"), lang.L("Any account"))
	f.kind = choose(lang.L("Kind"), lang.L("Any kind"), lang.L("Pictures"), lang.L("Videos"))
	f.folder = choose(lang.L("Folder"), lang.L("Any folder"))
	f.date = choose(lang.L("Time"), lang.L("Any time"), lang.L("Today"), lang.L("Last 7 days"), lang.L("Last 30 days"), lang.L("This year"), lang.L("Before this year"))
	f.object = container.NewGridWithColumns(4,
		parts.Narrow(90, f.account), parts.Narrow(90, f.kind), parts.Narrow(90, f.folder), parts.Narrow(90, f.date))
	return f
}

// offer offers the accounts and folders that there are.
func (f *historyFilters) offer(w *Window, v presenter.View) {
	var ids, names, paths, folders []string
	for _, a := range v.Snapshot.Accounts {
		ids, names = append(ids, a.ID), append(names, clean(a.Name))
	}
	for _, d := range v.Snapshot.Folders {
		paths, folders = append(paths, d.Folder.Path), append(folders, clean(filepath.Base(d.Folder.Path)))
	}
	if len(names)+1 != len(f.account.Options) || !equal(ids, f.ids) {
		f.ids = ids
		f.account.SetOptions(append(f.account.Options[:1:1], names...))
	}
	if len(folders)+1 != len(f.folder.Options) || !equal(paths, f.paths) {
		f.paths = paths
		f.folder.SetOptions(append(f.folder.Options[:1:1], folders...))
	}
}

// get is what is chosen.
func (f *historyFilters) get(now time.Time) presenter.Filter {
	var out presenter.Filter
	if i := f.account.SelectedIndex(); i > 0 && i <= len(f.ids) {
		out.Account = f.ids[i-1]
	}
	if i := f.folder.SelectedIndex(); i > 0 && i <= len(f.paths) {
		out.Folder = f.paths[i-1]
	}
	out.Type = []string{"", "image", "video"}[max(0, f.kind.SelectedIndex())]
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	year := time.Date(now.Year(), 1, 1, 0, 0, 0, 0, now.Location())
	switch f.date.SelectedIndex() {
	case 1:
		out.Since = today
	case 2:
		out.Since = today.AddDate(0, 0, -6)
	case 3:
		out.Since = today.AddDate(0, 0, -29)
	case 4:
		out.Since = year
	case 5:
		out.Until = year
	}
	return out
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// markBar is what can be done with several uploads at once.
type markBar struct {
	object *fyne.Container
	count  *widget.Label
}

func newMarkBar(s *historyScreen) *markBar {
	b := &markBar{count: widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true})}
	w := s.w
	linked := func(do func(...job.Job)) {
		var jobs []job.Job
		for _, j := range s.list.chosen() {
			if j.Text() != "" {
				jobs = append(jobs, j)
			}
		}
		if len(jobs) == 0 {
			w.say(lang.L("None of these has a link"))
			return
		}
		do(jobs...)
	}
	remove := func() {
		w.remove(func() { clear(s.list.marked); s.marked() }, s.list.chosen()...)
	}
	more := parts.NewIconButton(lang.L("More"), theme.MoreVerticalIcon(), nil)
	more.OnTapped = func() {
		menu := fyne.NewMenu("",
			fyne.NewMenuItem(lang.L("Mark all that is in sight"), s.list.markAll),
			fyne.NewMenuItem(lang.L("Upload again"), func() { w.again(s.list.chosen()...) }),
			fyne.NewMenuItem(lang.L("Remove from the list"), remove),
			fyne.NewMenuItemSeparator(),
			fyne.NewMenuItem(lang.L("Delete on the host…"), func() { linked(w.askDelete) }))
		widget.ShowPopUpMenuAtRelativePosition(menu, w.win.Canvas(), fyne.NewPos(0, more.Size().Height), more)
	}
	none := parts.NewIconButton(lang.L("Mark nothing"), theme.CancelIcon(), func() { clear(s.list.marked); s.marked() })
	copyAs := parts.NewButtonWithIcon(lang.L("Copy as…"), theme.ContentCopyIcon(), func() { linked(w.copyAs) })
	copyAs.Importance = widget.HighImportance
	row := container.NewHBox(copyAs, more, none)
	b.object = container.NewStack(parts.NewGround(look.AccentSoft, 8), container.NewBorder(nil, nil, nil, row, b.count))
	b.count.Truncation = fyne.TextTruncateEllipsis
	b.object.Hide()
	return b
}

func (b *markBar) show(marked int) {
	b.count.SetText(many("marked", marked))
	show(b.object, marked > 0)
}
