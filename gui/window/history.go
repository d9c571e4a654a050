package window

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
)

// historyScreen shows what has ended, newest first.
type historyScreen struct {
	w       *Window
	object  fyne.CanvasObject
	search  *parts.Input
	list    *jobList
	full    fyne.CanvasObject
	empty   fyne.CanvasObject
	nothing fyne.CanvasObject // found
	typed   int               // number of the last change of the search
}

// searchAfter is how long one stops typing before the search begins.
const searchAfter = 200 * time.Millisecond

func newHistoryScreen(w *Window) *historyScreen {
	s := &historyScreen{w: w, list: newJobList(w, presenter.History), search: parts.NewInput()}
	s.search.SetPlaceHolder(lang.L("Search names and links"))
	s.search.ActionItem = widget.NewIcon(theme.SearchIcon())
	s.search.OnChanged = s.changed
	s.search.OnShortcut = w.onShortcut
	s.search.OnEscape = func() {
		s.search.SetText("")
		w.win.Canvas().Unfocus()
	}
	s.full = panel(s.list.List)
	s.empty = panel(parts.Empty(theme.IconNameHistory, lang.L("Your links will be kept here"),
		lang.L("Everything you upload stays in this list, with its link ready to be copied again.")))
	s.nothing = panel(parts.Empty(theme.IconNameSearch, lang.L("Nothing found"),
		lang.L("Try fewer or other words.")))
	head := title(lang.L("History"), nil, container.NewGridWrap(fyne.NewSize(230, 36), s.search))
	s.object = container.NewBorder(head, nil, nil, nil, container.NewStack(s.full, s.empty, s.nothing))
	return s
}

func (s *historyScreen) content() fyne.CanvasObject { return s.object }

func (s *historyScreen) update(v presenter.View) {
	total := v.Lists[presenter.History].Total
	searching := s.search.Text != ""
	show(s.empty, total == 0 && !searching)
	show(s.nothing, total == 0 && searching)
	show(s.full, total > 0)
	s.list.Update(total)
}

// changed begins a search once the typing has stopped for a moment.
func (s *historyScreen) changed(words string) {
	s.typed++
	number := s.typed
	s.w.away(func(ctx context.Context) {
		select {
		case <-ctx.Done():
		case <-time.After(searchAfter):
		}
	}, func() {
		if number == s.typed {
			s.w.present.Search(presenter.History, words)
		}
	})
}
