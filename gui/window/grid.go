package window

import (
	"images-uploader.com/upshot/gui/window/parts"
)

// jobGrid shows the same jobs as a list, by their pictures.
type jobGrid struct {
	*parts.Grid
}

func newJobGrid(w *Window, l *jobList) *jobGrid {
	g := &jobGrid{parts.NewGrid(l.row)}
	g.OnTap, g.OnKey, g.OnEscape, g.OnShortcut, g.OnMenu = l.OnTap, l.key, l.escape, w.onShortcut, l.menu
	return g
}
