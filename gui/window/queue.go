package window

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/look"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
)

// wrapWord is how texts of more than a line are broken.
const wrapWord = fyne.TextWrapWord

// vbox is a column of things.
func vbox(objects ...fyne.CanvasObject) *fyne.Container { return container.NewVBox(objects...) }

// queueScreen shows what is on its way and why something waits.
type queueScreen struct {
	w      *Window
	object fyne.CanvasObject
	line   *widget.Label
	tip    *widget.Label // what a drop does
	pause  *parts.IconButton
	limit  *parts.IconButton
	retry  *parts.Button
	list   *jobList
	full   fyne.CanvasObject // while there is something
	empty  fyne.CanvasObject
}

func newQueueScreen(w *Window) *queueScreen {
	s := &queueScreen{w: w, line: widget.NewLabel(""), list: newJobList(w, presenter.Queue)}
	s.retry = parts.NewButtonWithIcon("", theme.ViewRefreshIcon(), s.retryFailed)
	s.retry.Importance = widget.LowImportance
	s.retry.Hide()
	s.pause = parts.NewIconButton(lang.L("Pause"), theme.MediaPauseIcon(), func() { w.shell.togglePause() })
	s.limit = parts.NewIconButton(lang.L("Bandwidth"), theme.Icon(look.IconSpeed), w.askLimit)
	paste := func() *parts.Button {
		return parts.NewButtonWithIcon(lang.L("Paste"), theme.ContentPasteIcon(), w.paste)
	}
	files := func() *parts.Button {
		b := parts.NewButtonWithIcon(lang.L("Add files…"), theme.ContentAddIcon(), w.pickFiles)
		b.Importance = widget.HighImportance
		return b
	}
	s.tip = widget.NewLabel("")
	foot := container.NewBorder(nil, nil, nil, s.retry, dropStrip(s.tip))
	s.full = container.NewBorder(nil, container.New(layout.NewCustomPaddedLayout(8, 0, 0, 0), foot), nil, nil, panel(s.list.List))
	s.empty = panel(parts.Empty(theme.IconNameUpload,
		lang.L("Drop pictures or videos here"),
		lang.L("Or paste with Ctrl+V. Each goes to your host, and its link comes back to your clipboard. About a folder you are asked first."),
		paste(), files()))
	s.object = container.NewBorder(title(lang.L("Queue"), s.line, s.pause, s.limit, paste(), files()), nil, nil, nil,
		container.NewStack(s.full, s.empty))
	return s
}

func (s *queueScreen) content() fyne.CanvasObject { return s.object }

func (s *queueScreen) update(v presenter.View) {
	if word := totalsWord(v); s.line.Text != word {
		s.line.SetText(word)
	}
	if word := dropWord(v); s.tip.Text != word {
		s.tip.SetText(word)
	}
	s.pause.Be(pauseWord(v))
	able(s.pause, v.Link == presenter.Live)
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

// totalsWord is the line under the queue's title: how many, how far all that
// is open, and how fast it may go. Where not all of it is known, how far is said
// of those on their way only.
func totalsWord(v presenter.View) string {
	return joined(farWord(v), limitWord(v.Snapshot.Limit))
}

func farWord(v presenter.View) string {
	sent, size, known := v.OpenBytes()
	if known && len(v.Snapshot.Sending) > 0 {
		return queueWord(v.Snapshot.Counts, "") + "  ·  " + ofWord(sent, size)
	}
	sent, size = 0, 0
	for _, p := range v.Snapshot.Sending {
		sent, size = sent+p.Sent, size+p.Size
	}
	if size == 0 {
		return queueWord(v.Snapshot.Counts, "")
	}
	return queueWord(v.Snapshot.Counts, ofWord(sent, size))
}

func ofWord(sent, size int64) string {
	return lang.L("{{.Sent}} of {{.Size}}", map[string]any{"Sent": bytesWord(sent), "Size": bytesWord(size)})
}

// dropWord says what a drop does, and where to.
func dropWord(v presenter.View) string {
	for _, a := range v.Snapshot.Accounts {
		if a.Default || len(v.Snapshot.Accounts) == 1 {
			return lang.L("Drop files or links anywhere: they go to {{.Account}}. Folders are asked about.", map[string]any{"Account": shorten(clean(a.Name), 30)})
		}
	}
	return lang.L("Drop pictures and videos anywhere in this window, or press Ctrl+V")
}

// limitWord says how fast files may go, where they may not go as fast as can be.
func limitWord(limit int64) string {
	if limit <= 0 {
		return ""
	}
	return lang.L("At most {{.Speed}}", map[string]any{"Speed": bytesWord(limit) + "/s"})
}

// askLimit asks how fast files may go.
func (w *Window) askLimit() {
	var settings uploader.Settings
	w.order(func(ctx context.Context, up uploader.Uploader) (err error) {
		settings, err = up.Settings(ctx, uploader.None{})
		return err
	}, func() {
		limit := w.input(amountText(settings.Limit), lang.L("as fast as it goes; or 500 kB, 2 MB"))
		text := widget.NewLabel(lang.L("Bytes a second of all uploads together. Other limits at some hours are in the settings."))
		text.Wrapping = wrapWord
		w.sheet(lang.L("Bandwidth"), parts.Column(380, vbox(text, limit)), button{lang.L("Save"), widget.HighImportance, func() {
			bytes, ok := amount(limit.Text)
			if !ok {
				w.fail(invalid(lang.L("Write the limit like 500 kB or 2 MB")), nil)
				return
			}
			w.changeSettings(func(now *uploader.Settings) { now.Limit = bytes }, nil)
		}})
		w.win.Canvas().Focus(limit)
	})
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

// able lets a button be pressed, or not.
func able(b fyne.Disableable, on bool) {
	switch {
	case on && b.Disabled():
		b.Enable()
	case !on && !b.Disabled():
		b.Disable()
	}
}

// joined are words with a dot between.
func joined(words ...string) string {
	kept := words[:0]
	for _, word := range words {
		if word != "" {
			kept = append(kept, word)
		}
	}
	return strings.Join(kept, "  ·  ")
}
