package window

import (
	"context"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
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
	actFolderSettings
	actPending
	actFiles
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
	s.list.OnEscape, s.list.OnShortcut, s.list.OnKey = w.escape, w.onShortcut, s.key
	s.list.OnMenu = s.menu
	s.list.OnTap = func(row int) {
		if row < len(w.view.Snapshot.Folders) {
			w.showFiles(w.view.Snapshot.Folders[row], 0)
		}
	}
	add := func() *parts.Button {
		b := parts.NewButtonWithIcon(lang.L("Add a folder…"), theme.FolderNewIcon(), func() { w.pickFolder(w.askFolder) })
		b.Importance = widget.HighImportance
		return b
	}
	line := widget.NewLabel(lang.L("What is saved here is uploaded by itself"))
	strip := dropStrip(widget.NewLabel(lang.L("Drop a folder anywhere to watch it, or to upload what is in it once")))
	s.full = container.NewBorder(nil, container.New(layout.NewCustomPaddedLayout(8, 0, 0, 0), strip), nil, nil, panel(s.list))
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
	f := s.w.view.Snapshot.Folders[i]
	m := folderRow(int64(i), f)
	m.Title = s.w.folderName(f.Folder.Path)
	return m
}

// key does with a folder what its keys say: Enter shows its files, space
// pauses it or goes on, Delete stops watching it after asking.
func (s *foldersScreen) key(row int, key fyne.KeyName) {
	m := s.row(row)
	if m.Tools[0].Act == 0 {
		return
	}
	act := map[fyne.KeyName]parts.Act{fyne.KeySpace: m.Tools[0].Act, fyne.KeyDelete: actRemoveFolder}[key]
	if act == 0 {
		act = m.Main.Act
	}
	s.act(m.Key, act, s.list)
}

// menu offers what can be done with a folder.
func (s *foldersScreen) menu(row int, at fyne.Position) {
	m := s.row(row)
	items := toolItems(m, func(act parts.Act) { s.act(m.Key, act, s.list) })
	if items != nil {
		widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), s.w.win.Canvas(), at)
	}
}

// folderRow is what a folder's row shows.
func folderRow(key int64, f uploader.FolderStatus) parts.RowModel {
	m := parts.RowModel{
		Key: key, Line: folderWord(f),
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
	m.Tools = [3]parts.Tool{
		pause,
		{Act: actFolderSettings, Icon: theme.IconNameSettings, Word: lang.L("Settings")},
		{Act: actRemoveFolder, Icon: theme.IconNameDelete, Word: lang.L("Stop watching")},
	}
	m.Main = parts.Tool{Act: actFiles, Word: lang.L("Files…")}
	if waiting := waitingIn(f); waiting > 0 {
		m.Main = parts.Tool{Act: actPending, Word: many("files_waiting", waiting)}
	}
	return m
}

// waitingIn is how many files of a folder wait for something.
func waitingIn(f uploader.FolderStatus) int {
	n := 0
	for _, p := range f.Pending {
		if waits(p.State) {
			n++
		}
	}
	return max(n, f.Waiting)
}

func (s *foldersScreen) act(key int64, act parts.Act, _ fyne.CanvasObject) {
	if int(key) >= len(s.w.view.Snapshot.Folders) {
		return
	}
	status := s.w.view.Snapshot.Folders[key]
	path := status.Folder.Path
	switch act {
	case actFolderSettings:
		s.w.editFolder(status.Folder, false)
	case actPending:
		s.w.showFiles(status, 1)
	case actFiles:
		s.w.showFiles(status, 0)
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
	w.editFolder(uploader.Folder{Path: path, Existing: uploader.ExistingSkip}, true)
}

func (w *Window) addFolder(f uploader.Folder) {
	w.order(func(ctx context.Context, up uploader.Uploader) error {
		_, err := up.AddFolder(ctx, f)
		return err
	}, func() { w.say(lang.L("Watching {{.Name}}", map[string]any{"Name": clean(filepath.Base(f.Path))})) })
}

// folderName is a folder by its name, then where it lies: the end may have no
// room.
func (w *Window) folderName(path string) string {
	name, dir := filepath.Base(path), filepath.Dir(path)
	if name == dir { // the root of a drive
		return clean(path)
	}
	return joined(clean(name), clean(w.tilde(dir)))
}

// tilde writes a path as people know it: what is at home begins with ~.
func (w *Window) tilde(path string) string {
	if home := w.cfg.Home; home != "" {
		if path == filepath.Clean(home) {
			return "~"
		}
		if rest, ok := strings.CutPrefix(path, filepath.Clean(home)+string(filepath.Separator)); ok {
			return "~" + string(filepath.Separator) + rest
		}
	}
	return path
}
