package window

import (
	"context"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
)

// What a row of a folder can be asked to do.
const (
	actPauseFolder parts.Act = iota + 1
	actResumeFolder
	actRemoveFolder
)

// foldersScreen shows the watched folders.
type foldersScreen struct {
	w      *Window
	object fyne.CanvasObject
	list   *parts.List
	full   fyne.CanvasObject
	empty  fyne.CanvasObject
}

func newFoldersScreen(w *Window) *foldersScreen {
	s := &foldersScreen{w: w}
	s.list = parts.NewList(s.row, s.act)
	s.list.OnEscape = w.escape
	add := func() *widget.Button {
		b := widget.NewButtonWithIcon(lang.L("Add a folder…"), theme.FolderNewIcon(), func() { w.pickFolder(w.askFolder) })
		b.Importance = widget.HighImportance
		return b
	}
	line := widget.NewLabel(lang.L("What is saved here is uploaded by itself"))
	s.full = panel(s.list)
	s.empty = panel(parts.Empty(theme.IconNameFolder, lang.L("Watch a folder"),
		lang.L("Choose the folder where your screenshots go. Every picture saved there is uploaded, and its link is on your clipboard a moment later."),
		add()))
	s.object = container.NewBorder(title(lang.L("Folders"), line, add()), nil, nil, nil, container.NewStack(s.full, s.empty))
	return s
}

func (s *foldersScreen) content() fyne.CanvasObject { return s.object }

func (s *foldersScreen) update(v presenter.View) {
	total := len(v.Snapshot.Folders)
	show(s.empty, total == 0)
	show(s.full, total > 0)
	s.list.Update(total)
}

func (s *foldersScreen) row(i int) parts.RowModel {
	if i >= len(s.w.view.Snapshot.Folders) {
		return parts.RowModel{}
	}
	return folderRow(int64(i), s.w.view.Snapshot.Folders[i])
}

// folderRow is what a folder's row shows.
func folderRow(key int64, f uploader.FolderStatus) parts.RowModel {
	m := parts.RowModel{
		Key: key, Title: clean(f.Folder.Path), Line: folderWord(f),
		Tone: widget.LowImportance, Icon: theme.IconNameFolder,
	}
	switch f.State {
	case uploader.FolderMissing:
		m.Tone = widget.WarningImportance
	case uploader.FolderFailed:
		m.Tone = widget.DangerImportance
	}
	if f.Lent {
		return m // a command's, not ours to change
	}
	pause := parts.Tool{Act: actPauseFolder, Icon: theme.IconNameMediaPause, Word: lang.L("Pause")}
	if f.Folder.Paused {
		pause = parts.Tool{Act: actResumeFolder, Icon: theme.IconNameMediaPlay, Word: lang.L("Go on")}
	}
	m.Tools = [3]parts.Tool{pause, {Act: actRemoveFolder, Icon: theme.IconNameDelete, Word: lang.L("Stop watching")}}
	return m
}

func (s *foldersScreen) act(key int64, act parts.Act, _ fyne.CanvasObject) {
	if int(key) >= len(s.w.view.Snapshot.Folders) {
		return
	}
	path := s.w.view.Snapshot.Folders[key].Folder.Path
	switch act {
	case actRemoveFolder:
		s.w.ask(lang.L("Stop watching this folder?"),
			clean(path)+"\n"+lang.L("Its files stay where they are, and what was uploaded stays on the host."),
			button{lang.L("Stop watching"), widget.DangerImportance, func() {
				s.w.order(func(ctx context.Context, up uploader.Uploader) error {
					_, err := up.RemoveFolder(ctx, uploader.FolderRequest{Path: path})
					return err
				}, nil)
			}})
	default:
		s.w.order(func(ctx context.Context, up uploader.Uploader) error {
			_, err := up.PauseFolder(ctx, uploader.PauseFolderRequest{Path: path, Paused: act == actPauseFolder})
			return err
		}, nil)
	}
}

// askFolder asks how a chosen folder shall be watched.
func (w *Window) askFolder(path string) {
	inside := widget.NewCheck(lang.L("Also the folders in it"), nil)
	existing := widget.NewCheck(lang.L("Also upload what is in it already"), nil)
	name := widget.NewLabel(clean(path))
	name.Truncation = fyne.TextTruncateEllipsis
	var account *widget.Select
	rows := container.NewVBox(name, inside, existing)
	if accounts := w.view.Snapshot.Accounts; len(accounts) > 1 {
		account = widget.NewSelect(nil, nil)
		for _, a := range accounts {
			account.Options = append(account.Options, a.Name)
			if a.Default {
				account.Selected = a.Name
			}
		}
		rows.Add(container.NewBorder(nil, nil, widget.NewLabel(lang.L("Upload to")), nil, account))
	}
	w.sheet(lang.L("Watch this folder"), parts.Column(380, rows),
		button{lang.L("Watch it"), widget.HighImportance, func() {
			f := uploader.Folder{Path: path, Recursive: inside.Checked, Existing: uploader.ExistingSkip}
			if existing.Checked {
				f.Existing = uploader.ExistingUpload
			}
			if account != nil {
				f.Account = account.Selected
			}
			w.addFolder(f)
		}})
}

func (w *Window) addFolder(f uploader.Folder) {
	w.order(func(ctx context.Context, up uploader.Uploader) error {
		_, err := up.AddFolder(ctx, f)
		return err
	}, func() { w.say(lang.L("Watching {{.Name}}", map[string]any{"Name": clean(filepath.Base(f.Path))})) })
}
