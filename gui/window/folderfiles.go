package window

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
)

// filesPage is how many files are asked for at once, and filesAgain how long
// after that they may be asked for again while the window is told of changes.
const (
	filesPage  = 50
	filesAgain = 2 * time.Second
)

// actGiveFile sends a file that its folder holds back.
const actGiveFile parts.Act = 1

// fileGroups are the choices over the files of a folder.
var fileGroups = [][]uploader.FileState{
	nil,
	{
		uploader.FileSettling, uploader.FileWriting, uploader.FileIncomplete, uploader.FileWaiting,
		uploader.FileQueued, uploader.FileSending, uploader.FileHeld,
	},
	{uploader.FileSent, uploader.FileSkipped},
	{uploader.FileFiltered, uploader.FileTooLarge},
	{uploader.FileFailed, uploader.FileUnreadable, uploader.FileCanceled},
}

// filesSheet shows every file of a watched folder, where it stands and why, a
// page at a time.
type filesSheet struct {
	w      *Window
	path   string
	pop    *widget.PopUp
	over   fyne.CanvasObject // pop as the canvas knows it
	group  *parts.Select
	line   *widget.Label
	list   *parts.List
	nobody fyne.CanvasObject // no file is of this sort
	chosen int

	number int // of the last choice: what was asked for before it is void
	total  int
	counts map[uploader.FileState]int
	pages  map[int][]uploader.FolderFile
	asked  map[int]bool
	seen   uint64    // revision of what is shown
	loaded time.Time // when it was asked for last
	late   bool      // it is asked for again in a moment
}

// showFiles shows the files of a folder; group is the choice it begins with.
func (w *Window) showFiles(f uploader.FolderStatus, group int) {
	s := &filesSheet{w: w, path: f.Folder.Path, line: widget.NewLabel(""), chosen: group}
	s.list = parts.NewList(s.row, s.act)
	s.list.OnTap = s.tap
	s.list.OnKey = s.key
	s.list.OnEscape, s.list.OnShortcut = s.hide, w.onShortcut
	s.line.SizeName = theme.SizeNameCaptionText
	s.line.Importance = widget.LowImportance
	s.line.Truncation = fyne.TextTruncateEllipsis
	s.group = parts.NewSelect(nil, nil)
	s.name()
	s.group.OnChanged = func(string) {
		if i := s.group.SelectedIndex(); i >= 0 && i != s.chosen {
			s.chosen = i
			s.load()
		}
	}
	head := widget.NewLabelWithStyle(lang.L("Files of {{.Name}}", map[string]any{"Name": clean(filepath.Base(s.path))}),
		fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	head.SizeName = theme.SizeNameSubHeadingText
	head.Truncation = fyne.TextTruncateEllipsis
	nothing := widget.NewLabelWithStyle(lang.L("No files of this sort"), fyne.TextAlignCenter, fyne.TextStyle{})
	nothing.Importance = widget.LowImportance
	s.nobody = container.NewCenter(nothing)
	s.nobody.Hide()
	top := container.NewBorder(nil, nil, nil, container.NewCenter(container.NewGridWrap(fyne.NewSize(190, 36), s.group)), container.New(tight(), head, s.line))
	foot := container.NewHBox(
		parts.NewButtonWithIcon(lang.L("Settings"), theme.SettingsIcon(), func() {
			s.hide()
			w.editFolder(f.Folder, false)
		}), layout.NewSpacer(), parts.NewButton(lang.L("Close"), s.hide))
	body := container.NewStack(parts.NewGround(theme.ColorNameInputBackground, 10), s.list, s.nobody)
	around := parts.Within(w.room, container.New(layout.NewCustomPaddedLayout(10, 12, 14, 14),
		container.NewBorder(top, container.New(layout.NewCustomPaddedLayout(6, 0, 0, 0), foot), nil, nil, body)))
	w.lay(parts.Scrolls(nil).Of(around))
	s.pop = widget.NewModalPopUp(around, w.win.Canvas())
	size := w.win.Canvas().Size()
	s.pop.Resize(fyne.NewSize(min(size.Width-32, 760), min(size.Height-32, 560)))
	s.pop.Show()
	s.over = w.win.Canvas().Overlays().Top()
	w.shell.files = s
	w.win.Canvas().Focus(s.list)
	s.load()
}

func (s *filesSheet) hide() {
	s.pop.Hide()
	if s.w.shell.files == s {
		s.w.shell.files = nil
	}
}

// update asks again when things have changed.
func (s *filesSheet) update(v presenter.View) {
	if !slices.Contains(s.w.win.Canvas().Overlays().List(), s.over) {
		s.w.shell.files = nil // put away by Esc
		return
	}
	if v.Link != presenter.Live || v.Snapshot.Revision == s.seen || s.late {
		return
	}
	s.late = true
	s.w.later(filesAgain-time.Since(s.loaded), func() {
		s.late = false
		if s.w.shell.files == s {
			s.refresh()
		}
	})
}

// load begins anew.
func (s *filesSheet) load() {
	s.pages, s.total = nil, 0
	s.list.Update(0)
	s.refresh()
}

// refresh asks for the pages that are on the screen.
func (s *filesSheet) refresh() {
	s.number++
	s.seen, s.loaded = s.w.view.Snapshot.Revision, time.Now()
	s.asked = make(map[int]bool)
	if s.total == 0 {
		s.want(0)
		return
	}
	first, last := s.list.Shown()
	for page := first / filesPage; page <= last/filesPage; page++ {
		s.want(page)
	}
}

// want asks for a page.
func (s *filesSheet) want(page int) {
	if s.asked[page] {
		return
	}
	s.asked[page] = true
	number := s.number
	r := uploader.FolderFilesRequest{Folder: s.path, States: fileGroups[s.chosen], From: page * filesPage, N: filesPage}
	var got uploader.FolderFilesPage
	s.w.present.Do(func(ctx context.Context, up uploader.Uploader) (err error) {
		got, err = up.FolderFiles(ctx, r)
		return err
	}, func(err error) {
		s.w.cfg.Do(func() {
			switch {
			case number != s.number || !s.pop.Visible():
			case err != nil:
				s.hide()
				s.w.fail(err, nil)
			default:
				s.show(page, got)
			}
		})
	})
}

func (s *filesSheet) show(page int, got uploader.FolderFilesPage) {
	if s.pages == nil {
		s.pages = make(map[int][]uploader.FolderFile)
	}
	s.pages[page], s.total, s.counts = got.Files, got.Total, got.Counts
	s.name()
	word := folderStateWord(uploader.FolderStatus{State: got.State, Reason: got.Reason})
	if s.line.Text != word {
		s.line.SetText(word)
	}
	show(s.nobody, s.total == 0)
	s.list.Update(s.total)
}

// name names the choices, with how many files there are of each.
func (s *filesSheet) name() {
	words := []string{lang.L("All files"), lang.L("Waiting"), lang.L("Sent"), lang.L("Left out"), lang.L("Failed")}
	for i, states := range fileGroups {
		n := 0
		for state, count := range s.counts {
			if states == nil || slices.Contains(states, state) {
				n += count
			}
		}
		if s.counts != nil {
			words[i] = fmt.Sprintf("%s (%d)", words[i], n)
		}
	}
	if !slices.Equal(words, s.group.Options) {
		s.group.Options = words
		s.group.Selected = words[s.chosen]
		s.group.Refresh()
	}
}

// at is the file of a row, once its page is there.
func (s *filesSheet) at(row int) (uploader.FolderFile, bool) {
	page := s.pages[row/filesPage]
	if row%filesPage >= len(page) {
		return uploader.FolderFile{}, false
	}
	return page[row%filesPage], true
}

func (s *filesSheet) row(i int) parts.RowModel {
	f, ok := s.at(i)
	if !ok {
		s.want(i / filesPage)
		return parts.RowModel{Title: "…", Icon: theme.IconNameFile}
	}
	m := parts.RowModel{Key: int64(i), Title: clean(s.short(f.Path)), Line: sentence(fileWord(f)), Tone: widget.LowImportance, Icon: typeIcon(f.Path)}
	switch {
	case f.Dir:
		m.Icon = theme.IconNameFolder
	case f.Size > 0:
		m.Line = joined(bytesWord(f.Size), m.Line)
	}
	switch f.State {
	case uploader.FileIncomplete, uploader.FileHeld:
		m.Tone = widget.WarningImportance
	case uploader.FileFailed, uploader.FileUnreadable:
		m.Tone = widget.DangerImportance
	case uploader.FileSent:
		m.Badge = theme.IconNameConfirm
	}
	if f.Job != 0 {
		m.Picture = s.w.present.Thumb(f.Job, job.Done)
	}
	if f.ByHand {
		m.Main = parts.Tool{Act: actGiveFile, Word: lang.L("Send it anyway")}
	}
	return m
}

// short is a path as it lies in the folder.
func (s *filesSheet) short(path string) string {
	if rel, err := filepath.Rel(s.path, path); err == nil {
		return rel
	}
	return path
}

func (s *filesSheet) act(key int64, _ parts.Act, _ fyne.CanvasObject) {
	f, ok := s.at(int(key))
	if !ok || !f.ByHand {
		return
	}
	s.w.order(func(ctx context.Context, up uploader.Uploader) error {
		_, err := up.GiveFile(ctx, uploader.FileRequest{Folder: s.path, Path: f.Path})
		return err
	}, func() {
		s.w.say(many("added_files", 1))
		if s.w.shell.files == s {
			s.refresh()
		}
	})
}

// key sends what is held back, or shows the details of what was taken.
func (s *filesSheet) key(row int, key fyne.KeyName) {
	if f, ok := s.at(row); ok && f.ByHand && key != fyne.KeyDelete {
		s.act(int64(row), actGiveFile, s.list)
		return
	}
	s.tap(row)
}

// tap shows the details of what was taken.
func (s *filesSheet) tap(row int) {
	f, ok := s.at(row)
	switch {
	case !ok:
	case f.Job != 0:
		var found []job.Job
		s.w.order(func(ctx context.Context, up uploader.Uploader) error {
			page, err := up.Jobs(ctx, uploader.JobsRequest{IDs: []job.ID{f.Job}, N: 1})
			found = page.Jobs
			return err
		}, func() {
			if len(found) == 1 {
				s.w.details(found[0])
			}
		})
	}
}

// fileWord says where a file of a folder stands, and why.
func fileWord(f uploader.FolderFile) string {
	switch f.State {
	case uploader.FileSettling, uploader.FileWriting, uploader.FileIncomplete, uploader.FileFiltered,
		uploader.FileTooLarge, uploader.FileUnreadable:
		return pendingWord(uploader.PendingFile{Path: f.Path, State: f.State, Reason: f.Reason})
	default:
		return clean(say(f.Reason))
	}
}
