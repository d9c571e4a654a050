package window

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
)

// queueScreen shows what is on its way and why something waits.
type queueScreen struct {
	w      *Window
	object fyne.CanvasObject
	line   *widget.Label
	retry  *widget.Button
	list   *jobList
	full   fyne.CanvasObject // while there is something
	empty  fyne.CanvasObject
}

func newQueueScreen(w *Window) *queueScreen {
	s := &queueScreen{w: w, line: widget.NewLabel(""), list: newJobList(w, presenter.Queue)}
	s.retry = widget.NewButtonWithIcon("", theme.ViewRefreshIcon(), s.retryFailed)
	s.retry.Importance = widget.LowImportance
	s.retry.Hide()
	paste := func() *widget.Button {
		return widget.NewButtonWithIcon(lang.L("Paste"), theme.ContentPasteIcon(), w.paste)
	}
	files := func() *widget.Button {
		b := widget.NewButtonWithIcon(lang.L("Add files…"), theme.ContentAddIcon(), w.pickFiles)
		b.Importance = widget.HighImportance
		return b
	}
	tip := widget.NewLabelWithStyle(lang.L("Drop pictures and videos anywhere in this window, or press Ctrl+V"), fyne.TextAlignCenter, fyne.TextStyle{})
	tip.SizeName = theme.SizeNameCaptionText
	tip.Importance = widget.LowImportance
	tip.Truncation = fyne.TextTruncateEllipsis
	s.full = container.NewBorder(nil, container.NewBorder(nil, nil, nil, s.retry, tip), nil, nil, panel(s.list.List))
	s.empty = panel(parts.Empty(theme.IconNameUpload,
		lang.L("Drop pictures or videos here"),
		lang.L("Or paste with Ctrl+V. Each goes to your host, and its link comes back to your clipboard."),
		paste(), files()))
	s.object = container.NewBorder(title(lang.L("Queue"), s.line, paste(), files()), nil, nil, nil,
		container.NewStack(s.full, s.empty))
	return s
}

func (s *queueScreen) content() fyne.CanvasObject { return s.object }

func (s *queueScreen) update(v presenter.View) {
	if word := queueWord(v.Snapshot.Counts); s.line.Text != word {
		s.line.SetText(word)
	}
	failed := v.Snapshot.Counts[job.Failed]
	show(s.retry, failed > 1)
	if word := many("retry_failed", failed); failed > 1 && s.retry.Text != word {
		s.retry.SetText(word)
	}
	total := v.Lists[presenter.Queue].Total
	show(s.empty, total == 0)
	show(s.full, total > 0)
	s.list.Update(total)
}

// retryFailed tries all that failed again.
func (s *queueScreen) retryFailed() {
	s.w.order(func(ctx context.Context, up uploader.Uploader) error {
		page, err := up.Jobs(ctx, uploader.JobsRequest{States: []job.State{job.Failed}, N: 1000})
		if err != nil {
			return err
		}
		ids := make([]job.ID, len(page.Jobs))
		for i, j := range page.Jobs {
			ids[i] = j.ID
		}
		_, err = up.Steer(ctx, uploader.SteerRequest{Verb: uploader.VerbRetry, IDs: ids})
		return err
	}, nil)
}

// show shows or hides, and draws nothing when that is so already.
func show(o fyne.CanvasObject, on bool) {
	switch {
	case on && !o.Visible():
		o.Show()
	case !on && o.Visible():
		o.Hide()
	}
}
