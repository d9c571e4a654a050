package window

import (
	"time"

	"fyne.io/fyne/v2/lang"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/presenter"
)

// undoOffer is the offer to take the last upload back that is shown now, over
// the lower edge of the window, where it moves nothing.
type undoOffer struct {
	shown   bool
	ticking bool // it counts down
}

// offerUndo shows the offer, or takes it away when it has ended. A word in
// passing goes before it.
func (s *shell) offerUndo(v presenter.View) {
	u := v.Snapshot.Undo
	left := time.Duration(0)
	if u != nil && v.Link == presenter.Live {
		left = time.Until(u.Until)
	}
	switch {
	case left <= 0 && s.undo.shown:
		s.undo.shown = false
		s.toast.Hide()
	case left <= 0:
	default:
		if !s.saying {
			s.undo.shown = true
			s.toast.Offer(undoWord(u), lang.L("Take back ({{.Span}})", map[string]any{"Span": spanWord(left)}), s.takeBack)
		}
		if !s.undo.ticking {
			s.undo.ticking = true
			s.w.later(time.Second, func() {
				s.undo.ticking = false
				s.offerUndo(s.w.view)
			})
		}
	}
}

func (s *shell) takeBack() {
	s.undo.shown = false
	s.toast.Hide()
	s.w.undo()
}

func undoWord(u *uploader.UndoOffer) string {
	name := clean(u.Name)
	if more := len(u.IDs) - 1; more > 0 {
		return lang.L("{{.Name}} {{.More}} are uploaded", map[string]any{"Name": shorten(name, 40), "More": many("and_more", more)})
	}
	return lang.L("{{.Name}} is uploaded", map[string]any{"Name": shorten(name, 40)})
}

// shorten leaves the beginning and the end of a long name.
func shorten(name string, most int) string {
	runes := []rune(name)
	if len(runes) <= most {
		return name
	}
	return string(runes[:most/2]) + "…" + string(runes[len(runes)-most/2+1:])
}
