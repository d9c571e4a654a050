package window

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/look"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
)

// What a row of a job can be asked to do.
const (
	actCancel parts.Act = iota + 1
	actHold
	actRelease
	actRetry
	actCopy
	actOpen
	actMore
	actRemove
)

// jobList is a list of jobs: the queue's, or history's. What stands in the
// window is its List.
type jobList struct {
	*parts.List
	w     *Window
	which presenter.Which
}

func newJobList(w *Window, which presenter.Which) *jobList {
	l := &jobList{w: w, which: which}
	l.List = parts.NewList(l.row, w.act)
	l.OnKey, l.OnEscape = l.key, w.escape
	return l
}

func (l *jobList) row(i int) parts.RowModel {
	l.w.present.Want(l.which, i)
	j, ok := l.w.view.Lists[l.which].At(i)
	if !ok {
		return parts.RowModel{Title: "…", Icon: theme.IconNameFile}
	}
	m := jobRow(l.w.view, j, time.Now())
	m.Picture = l.w.present.Thumb(j.ID, j.State)
	return m
}

// key does with a row what its keys say: Enter its main act, Delete away with it.
func (l *jobList) key(row int, key fyne.KeyName) {
	j, ok := l.w.view.Lists[l.which].At(row)
	if !ok {
		return
	}
	m := jobRow(l.w.view, j, time.Now())
	switch key {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		switch {
		case m.Main.Act != 0:
			l.w.act(m.Key, m.Main.Act, l.List)
		case m.Tools[0].Act != 0:
			l.w.act(m.Key, m.Tools[0].Act, l.List)
		}
	case fyne.KeyDelete:
		for _, act := range []parts.Act{actCancel, actRemove} {
			if slices.ContainsFunc(m.Tools[:], func(t parts.Tool) bool { return t.Act == act }) {
				l.w.act(m.Key, act, l.List)
				return
			}
		}
	}
}

// jobRow is what a job's row shows.
func jobRow(v presenter.View, j job.Job, now time.Time) parts.RowModel {
	m := parts.RowModel{
		Key: int64(j.ID), Title: clean(j.Name), Line: jobWord(v, j, now),
		Tone: widget.LowImportance, Icon: typeIcon(j.Name),
	}
	if m.Title == "" {
		m.Title = clean(filepath.Base(j.Path))
	}
	cancel := parts.Tool{Act: actCancel, Icon: theme.IconNameCancel, Word: lang.L("Cancel")}
	remove := parts.Tool{Act: actRemove, Icon: theme.IconNameDelete, Word: lang.L("Remove from the list")}
	again := parts.Tool{Act: actRetry, Word: lang.L("Try again")}
	switch j.State {
	case job.Sending:
		m.Progress = true
		if p, ok := v.Sending[j.ID]; ok && p.Size > 0 {
			m.Fraction = float64(p.Sent) / float64(p.Size)
		}
		m.Tools = [3]parts.Tool{cancel}
	case job.Queued:
		m.Tools = [3]parts.Tool{{Act: actHold, Icon: theme.IconNameMediaPause, Word: lang.L("Hold")}, cancel}
	case job.Waiting:
		m.Tone = widget.WarningImportance
		m.Tools = [3]parts.Tool{
			{Act: actRetry, Icon: theme.IconNameViewRefresh, Word: lang.L("Try now")},
			{Act: actHold, Icon: theme.IconNameMediaPause, Word: lang.L("Hold")},
			cancel,
		}
	case job.Held:
		if j.MaybeSent {
			m.Tone = widget.WarningImportance
		}
		m.Tools = [3]parts.Tool{{Act: actRelease, Icon: theme.IconNameMediaPlay, Word: lang.L("Release")}, cancel}
	case job.Failed:
		m.Tone = widget.DangerImportance
		m.Main = again
		m.Tools = [3]parts.Tool{remove}
	case job.Canceled:
		m.Main = again
		m.Tools = [3]parts.Tool{remove}
	case job.Done:
		more := parts.Tool{Act: actMore, Icon: theme.IconNameMoreVertical, Word: lang.L("More")}
		if m.Line == "" || j.Text() == "" {
			m.Tools = [3]parts.Tool{more}
			break
		}
		m.Main = parts.Tool{Act: actCopy, Word: lang.L("Copy link")}
		m.Tools = [3]parts.Tool{{Act: actOpen, Icon: look.IconOpen, Word: lang.L("Open")}, more}
	}
	return m
}

// Names of files that hosts of this kind take.
var (
	pictureEndings = []string{".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp"}
	videoEndings   = []string{".mov", ".mp4", ".webm"}
)

func isMedia(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return slices.Contains(pictureEndings, ext) || slices.Contains(videoEndings, ext)
}

func typeIcon(name string) fyne.ThemeIconName {
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case slices.Contains(videoEndings, ext):
		return theme.IconNameMediaVideo
	case slices.Contains(pictureEndings, ext):
		return theme.IconNameMediaPhoto
	default:
		return theme.IconNameFile
	}
}

// act does what a row's button says.
func (w *Window) act(key int64, act parts.Act, from fyne.CanvasObject) {
	id := job.ID(key)
	verbs := map[parts.Act]uploader.Verb{
		actCancel: uploader.VerbCancel, actHold: uploader.VerbHold, actRelease: uploader.VerbRelease,
		actRetry: uploader.VerbRetry, actRemove: uploader.VerbRemove,
	}
	switch act {
	case actCopy:
		w.copyLink(id, "")
	case actOpen:
		w.order(func(ctx context.Context, up uploader.Uploader) error {
			_, err := up.OpenLink(ctx, uploader.JobRequest{ID: id})
			return err
		}, nil)
	case actMore:
		w.moreMenu(id, from)
	default:
		w.steer(verbs[act], id)
	}
}

func (w *Window) steer(verb uploader.Verb, ids ...job.ID) {
	w.order(func(ctx context.Context, up uploader.Uploader) error {
		_, err := up.Steer(ctx, uploader.SteerRequest{Verb: verb, IDs: ids})
		return err
	}, nil)
}

// copyLink puts a link on the clipboard; of no kind, the job's own choice.
func (w *Window) copyLink(id job.ID, kind client.LinkKind) {
	w.order(func(ctx context.Context, up uploader.Uploader) error {
		_, err := up.CopyLinks(ctx, uploader.CopyRequest{IDs: []job.ID{id}, Link: job.LinkChoice{Kind: kind}})
		return err
	}, func() { w.say(many("links_copied", 1)) })
}

// moreMenu offers what is done less often.
func (w *Window) moreMenu(id job.ID, from fyne.CanvasObject) {
	var copies []*fyne.MenuItem
	for _, kind := range client.LinkKinds() {
		copies = append(copies, fyne.NewMenuItem(linkWord(kind), func() { w.copyLink(id, kind) }))
	}
	copyAs := fyne.NewMenuItem(lang.L("Copy as"), nil)
	copyAs.ChildMenu = fyne.NewMenu("", copies...)
	menu := fyne.NewMenu("",
		copyAs,
		fyne.NewMenuItem(lang.L("Remove from the list"), func() { w.steer(uploader.VerbRemove, id) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Delete on the host…"), func() { w.askDelete(id) }),
	)
	widget.ShowPopUpMenuAtRelativePosition(menu, w.win.Canvas(), fyne.NewPos(0, from.Size().Height), from)
}

func (w *Window) askDelete(id job.ID) {
	w.ask(lang.L("Delete this file on the host?"),
		lang.L("Its link stops working for everybody. This cannot be undone."),
		button{lang.L("Delete it"), widget.DangerImportance, func() {
			w.order(func(ctx context.Context, up uploader.Uploader) error {
				_, err := up.DeleteOnHost(ctx, uploader.JobRequest{ID: id})
				return err
			}, func() { w.say(lang.L("Deleted on the host")) })
		}})
}

// linkWord is a kind of link in words.
func linkWord(kind client.LinkKind) string {
	switch kind {
	case client.LinkDirect:
		return lang.L("Direct link")
	case client.LinkViewer:
		return lang.L("Page on the host")
	case client.LinkShort:
		return lang.L("Short link")
	case client.LinkThumb:
		return lang.L("Thumbnail")
	case client.LinkMedium:
		return lang.L("Medium size")
	case client.LinkMarkdown:
		return "Markdown"
	case client.LinkHTML:
		return "HTML"
	case client.LinkBBCode:
		return "BBCode"
	default:
		return string(kind)
	}
}
