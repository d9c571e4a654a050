package window

import (
	"context"
	"errors"
	"maps"
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
	actTop
	actUp
	actDown
	actBottom
	actMark
	actDetails
	actAgain
	actDelete
	actCopyAs
	actShow
)

// jobList is a list of jobs: the queue's, or history's. What stands in the
// window is its List.
type jobList struct {
	*parts.List
	w      *Window
	which  presenter.Which
	marked map[job.ID]job.Job // what something is about to be done with
	marks  func()             // told when marked has changed; nil: nothing is marked
}

func newJobList(w *Window, which presenter.Which) *jobList {
	l := &jobList{w: w, which: which, marked: make(map[job.ID]job.Job)}
	l.List = parts.NewList(l.row, func(key int64, act parts.Act, from fyne.CanvasObject) {
		if j, ok := l.job(key); ok {
			w.act(j, act, from)
		}
	})
	l.OnKey, l.OnEscape, l.OnShortcut, l.OnMenu = l.key, l.escape, w.onShortcut, l.menu
	l.OnTap = func(row int) {
		j, ok := w.view.Lists[which].At(row)
		switch {
		case !ok:
		case l.marks != nil:
			l.mark(j)
		default:
			w.details(j)
		}
	}
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
	_, m.Marked = l.marked[j.ID]
	return m
}

// job is the job with that key among those on the screen.
func (l *jobList) job(key int64) (job.Job, bool) {
	return l.w.view.Lists[l.which].Find(job.ID(key))
}

// attended is the job that has the keyboard's attention.
func (l *jobList) attended() (job.Job, bool) { return l.w.view.Lists[l.which].At(l.Attended()) }

// mark marks a job, or no longer.
func (l *jobList) mark(j job.Job) {
	if _, on := l.marked[j.ID]; on {
		delete(l.marked, j.ID)
	} else {
		l.marked[j.ID] = j
	}
	l.marks()
}

// markAll marks all that is loaded, or nothing if all of it is marked.
func (l *jobList) markAll() {
	loaded := l.w.view.Lists[l.which].Loaded()
	all := true
	for _, j := range loaded {
		_, on := l.marked[j.ID]
		all = all && on
		l.marked[j.ID] = j
	}
	if all {
		clear(l.marked)
	}
	l.marks()
}

// chosen are the marked jobs as they are listed: what ended last comes first.
func (l *jobList) chosen() []job.Job {
	out := slices.Collect(maps.Values(l.marked))
	slices.SortFunc(out, func(a, b job.Job) int {
		if b.End().Before(a.End()) {
			return -1
		}
		return 1
	})
	return out
}

// escape unmarks what is marked before it does what Esc does elsewhere.
func (l *jobList) escape() {
	if len(l.marked) > 0 && l.w.win.Canvas().Overlays().Top() == nil {
		clear(l.marked)
		l.marks()
		return
	}
	l.w.escape()
}

// menu offers everything that can be done with a row.
func (l *jobList) menu(row int, at fyne.Position) {
	j, ok := l.w.view.Lists[l.which].At(row)
	if !ok {
		return
	}
	items := toolItems(jobRow(l.w.view, j, time.Now()), func(act parts.Act) { l.w.act(j, act, l.List) })
	items = append(items, l.w.moreItems(j, l.List)...)
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), l.w.win.Canvas(), at)
}

// toolItems are what a row's buttons do, for its menu.
func toolItems(m parts.RowModel, do func(parts.Act)) []*fyne.MenuItem {
	var items []*fyne.MenuItem
	for _, t := range append([]parts.Tool{m.Main}, m.Tools[:]...) {
		if t.Act != 0 && t.Act != actMore {
			items = append(items, fyne.NewMenuItem(t.Word, func() { do(t.Act) }))
		}
	}
	return items
}

// key does with a row what its keys say: Enter its main act, or shows what is
// known of it; space marks it, or holds it and lets it go; Delete away with it.
func (l *jobList) key(row int, key fyne.KeyName) {
	j, ok := l.w.view.Lists[l.which].At(row)
	if !ok {
		return
	}
	m := jobRow(l.w.view, j, time.Now())
	if key == fyne.KeySpace && l.marks != nil {
		l.mark(j)
		return
	}
	switch key {
	case fyne.KeySpace:
		if first := m.Tools[0].Act; first == actHold || first == actRelease {
			l.w.act(j, first, l.List)
			return
		}
		fallthrough
	case fyne.KeyReturn, fyne.KeyEnter:
		if m.Main.Act != 0 {
			l.w.act(j, m.Main.Act, l.List)
			return
		}
		l.w.details(j)
	case fyne.KeyDelete:
		switch {
		case j.State.Open():
			l.w.act(j, actCancel, l.List)
		default:
			l.w.act(j, actRemove, l.List)
		}
	}
}

// jobRow is what a job's row shows.
func jobRow(v presenter.View, j job.Job, now time.Time) parts.RowModel {
	m := parts.RowModel{
		Key: int64(j.ID), Title: clean(jobName(j)), Line: jobWord(v, j, now),
		Tone: widget.LowImportance, Icon: typeIcon(j.Name),
	}
	if len(v.Snapshot.Accounts) > 1 {
		for _, a := range v.Snapshot.Accounts {
			if a.ID == j.Account {
				m.Line = joined(clean(a.Name), m.Line)
				if j.State.Open() { // how it fares comes first: the end may have no room
					m.Line = joined(jobWord(v, j, now), clean(a.Name))
				}
			}
		}
	}
	cancel := parts.Tool{Act: actCancel, Icon: theme.IconNameCancel, Word: lang.L("Cancel")}
	more := parts.Tool{Act: actMore, Icon: theme.IconNameMoreVertical, Word: lang.L("More")}
	again := parts.Tool{Act: actRetry, Word: lang.L("Try again")}
	m.Tools = [3]parts.Tool{more}
	switch j.State {
	case job.Sending:
		m.Progress = true
		if p, ok := v.Sending[j.ID]; ok && p.Size > 0 {
			m.Fraction = float64(p.Sent) / float64(p.Size)
		}
		m.Tools = [3]parts.Tool{cancel, more}
	case job.Queued:
		m.Tools = [3]parts.Tool{{Act: actHold, Icon: theme.IconNameMediaPause, Word: lang.L("Hold")}, cancel, more}
	case job.Waiting:
		m.Tone = widget.WarningImportance
		m.Tools = [3]parts.Tool{{Act: actRetry, Icon: theme.IconNameViewRefresh, Word: lang.L("Try now")}, cancel, more}
	case job.Held:
		if j.MaybeSent {
			m.Tone = widget.WarningImportance
		}
		m.Tools = [3]parts.Tool{{Act: actRelease, Icon: theme.IconNameMediaPlay, Word: lang.L("Release")}, cancel, more}
	case job.Failed:
		m.Tone = widget.DangerImportance
		m.Main = again
	case job.Canceled:
		m.Main = again
	case job.Done:
		if j.Verified == client.VerifiedIdentical {
			m.Badge = theme.IconNameConfirm
		}
		if j.Text() == "" {
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

// act does with a job what a button or a menu says.
func (w *Window) act(j job.Job, act parts.Act, from fyne.CanvasObject) {
	verbs := map[parts.Act]uploader.Verb{
		actCancel: uploader.VerbCancel, actHold: uploader.VerbHold, actRelease: uploader.VerbRelease,
		actRetry: uploader.VerbRetry, actMark: uploader.VerbMark,
		actTop: uploader.VerbTop, actUp: uploader.VerbUp, actDown: uploader.VerbDown, actBottom: uploader.VerbBottom,
	}
	switch act {
	case actCopy:
		w.copyLinks(job.LinkChoice{}, j)
	case actCopyAs:
		w.copyAs(j)
	case actOpen:
		w.order(func(ctx context.Context, up uploader.Uploader) error {
			_, err := up.OpenLink(ctx, uploader.JobRequest{ID: j.ID})
			return err
		}, nil)
	case actShow:
		w.order(func(ctx context.Context, up uploader.Uploader) error {
			_, err := up.ShowFile(ctx, uploader.JobRequest{ID: j.ID})
			return err
		}, nil)
	case actMore:
		w.moreMenu(j, from)
	case actDetails:
		w.details(j)
	case actAgain:
		w.again(j)
	case actDelete:
		w.askDelete(j)
	case actRemove:
		w.remove(nil, j)
	default:
		w.steer(verbs[act], j.ID)
	}
}

func (w *Window) steer(verb uploader.Verb, ids ...job.ID) {
	w.order(func(ctx context.Context, up uploader.Uploader) error {
		_, err := up.Steer(ctx, uploader.SteerRequest{Verb: verb, IDs: ids})
		return err
	}, nil)
}

// move gives a job to another account.
func (w *Window) move(j job.Job, account string) {
	w.order(func(ctx context.Context, up uploader.Uploader) error {
		_, err := up.Steer(ctx, uploader.SteerRequest{Verb: uploader.VerbMove, IDs: []job.ID{j.ID}, Account: account})
		return err
	}, nil)
}

// copyLinks puts links on the clipboard; of no choice, each job's own. Some
// Wayland desktops let only a window do that: then this one does.
func (w *Window) copyLinks(choice job.LinkChoice, jobs ...job.Job) {
	var ids []job.ID
	for _, j := range jobs {
		ids = append(ids, j.ID)
	}
	ours := ""
	w.order(func(ctx context.Context, up uploader.Uploader) error {
		_, err := up.CopyLinks(ctx, uploader.CopyRequest{IDs: ids, Link: choice})
		if ours = ""; errors.Is(err, errors.ErrUnsupported) {
			if ours = linksOf(choice, jobs); ours != "" {
				return nil
			}
		}
		return err
	}, func() {
		if ours != "" {
			w.cfg.App.Clipboard().SetContent(ours)
		}
		w.say(many("links_copied", len(ids)))
	})
}

// linksOf are the links of jobs, one a line, as the uploader would copy them.
// A template that asks for delete links has none here: no window knows them.
func linksOf(choice job.LinkChoice, jobs []job.Job) string {
	var links []string
	for _, j := range jobs {
		if choice != (job.LinkChoice{}) {
			j.Link = choice
		}
		if text := j.Text(); text != "" && !j.Link.WantsDeleteLink() {
			links = append(links, text)
		}
	}
	return strings.Join(links, "\n")
}

// copyAs asks in which form links are wanted, and shows what they will be.
func (w *Window) copyAs(jobs ...job.Job) {
	choice := newLinkChoice(w, false, func() client.Image {
		for _, j := range jobs {
			if j.Image != nil {
				return *j.Image
			}
		}
		return w.sampleImage()
	}, nil)
	if len(jobs) == 1 && jobs[0].Link != (job.LinkChoice{}) {
		choice.set(jobs[0].Link)
	} else {
		choice.set(job.LinkChoice{Kind: client.LinkMarkdown})
	}
	w.sheet(many("copy_as", len(jobs)), parts.Column(440, choice.object),
		button{lang.L("Copy"), widget.HighImportance, func() {
			c, err := choice.get()
			if err != nil {
				w.fail(err, nil)
				return
			}
			w.copyLinks(c, jobs...)
		}})
}

// moreMenu offers what is done less often.
func (w *Window) moreMenu(j job.Job, from fyne.CanvasObject) {
	menu := fyne.NewMenu("", w.moreItems(j, from)...)
	widget.ShowPopUpMenuAtRelativePosition(menu, w.win.Canvas(), fyne.NewPos(0, from.Size().Height), from)
}

func (w *Window) moreItems(j job.Job, from fyne.CanvasObject) []*fyne.MenuItem {
	item := func(word string, act parts.Act) *fyne.MenuItem {
		return fyne.NewMenuItem(word, func() { w.act(j, act, from) })
	}
	items := []*fyne.MenuItem{item(lang.L("Details"), actDetails)}
	if ownFile(j) {
		items = append(items, item(lang.L("Show in its folder"), actShow))
	}
	switch {
	case j.State == job.Sending:
		items = append(items, item(lang.L("Hold"), actHold))
	case j.State.Open():
		if j.State == job.Waiting {
			items = append(items, item(lang.L("Hold"), actHold))
		}
		items = append(items, fyne.NewMenuItemSeparator(),
			item(lang.L("To the top"), actTop), item(lang.L("Up"), actUp),
			item(lang.L("Down"), actDown), item(lang.L("To the end"), actBottom))
		if others := w.otherAccounts(j); len(others) > 0 {
			to := fyne.NewMenuItem(lang.L("Send with another account"), nil)
			to.ChildMenu = fyne.NewMenu("", others...)
			items = append(items, to)
		}
	default:
		items = append(items, w.endedItems(j, item)...)
	}
	return items
}

// endedItems are what can be done with a job that has ended.
func (w *Window) endedItems(j job.Job, item func(string, parts.Act) *fyne.MenuItem) []*fyne.MenuItem {
	var items []*fyne.MenuItem
	if j.Text() != "" {
		items = append(items, item(lang.L("Copy as…"), actCopyAs))
	}
	if j.State == job.Done && j.Outcome == job.Duplicate {
		items = append(items, item(lang.L("Send it all the same, with a harmless mark"), actMark))
	}
	if j.State == job.Done && ownFile(j) {
		items = append(items, item(lang.L("Upload again"), actAgain))
	}
	items = append(items, item(lang.L("Remove from the list"), actRemove))
	if j.Image != nil && j.Deleted.IsZero() {
		items = append(items, fyne.NewMenuItemSeparator(), item(lang.L("Delete on the host…"), actDelete))
	}
	return items
}

func (w *Window) otherAccounts(j job.Job) []*fyne.MenuItem {
	var items []*fyne.MenuItem
	for _, a := range w.view.Snapshot.Accounts {
		if a.ID != j.Account {
			items = append(items, fyne.NewMenuItem(clean(a.Name), func() { w.move(j, a.Name) }))
		}
	}
	return items
}

// ownFile reports whether a job's file is one that the person has, and not
// bytes that were kept for it only.
func ownFile(j job.Job) bool { return j.Path != "" && !j.Spooled }

// again uploads files once more, as they were uploaded before. What was in
// our spool has gone since.
func (w *Window) again(jobs ...job.Job) {
	for _, j := range jobs {
		if !ownFile(j) || j.State != job.Done {
			continue
		}
		w.send(uploader.Order{
			Batch: job.NewBatchID(), Account: w.accountWord(j.Account), Params: j.Params, Link: j.Link,
			Items: []uploader.Item{{Path: j.Path, Input: j.Input, Name: j.Name}}, Via: job.ViaWindow, Copy: len(jobs) == 1, Notify: true,
		})
	}
}

// remove takes jobs off the list; it asks first where links would go with
// them. done follows.
func (w *Window) remove(done func(), jobs ...job.Job) {
	var ids []job.ID
	linked := 0
	for _, j := range jobs {
		ids = append(ids, j.ID)
		if j.Image != nil {
			linked++
		}
	}
	do := func() {
		w.steer(uploader.VerbRemove, ids...)
		if done != nil {
			done()
		}
	}
	if linked == 0 {
		do()
		return
	}
	w.ask(many("remove_jobs", len(jobs)),
		lang.L("The link, and the way to delete the file on the host, are forgotten. The file stays on the host."),
		button{lang.L("Remove it"), widget.DangerImportance, do})
}

// askDelete asks before files are deleted on the host.
func (w *Window) askDelete(jobs ...job.Job) {
	w.ask(many("delete_files", len(jobs)),
		lang.L("Its link stops working for everybody. This cannot be undone."),
		button{lang.L("Delete it"), widget.DangerImportance, func() {
			w.order(func(ctx context.Context, up uploader.Uploader) error {
				for _, j := range jobs {
					if _, err := up.DeleteOnHost(ctx, uploader.JobRequest{ID: j.ID}); err != nil {
						return err
					}
				}
				return nil
			}, func() { w.say(lang.L("Deleted on the host")) })
		}})
}

// undo takes back what was uploaded last.
func (w *Window) undo() {
	var done uploader.Undone
	w.order(func(ctx context.Context, up uploader.Uploader) (err error) {
		done, err = up.Undo(ctx, uploader.UndoRequest{})
		return err
	}, func() {
		if done.Restored {
			w.say(lang.L("Taken back, and the clipboard is as it was"))
			return
		}
		w.say(lang.L("Taken back: deleted on the host"))
	})
}
