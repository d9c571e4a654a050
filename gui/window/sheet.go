package window

import (
	"context"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/gui/window/parts"
)

// button is an answer to a question.
type button struct {
	word       string
	importance widget.Importance
	do         func()
}

// ask puts a question with its answers, and "Cancel".
func (w *Window) ask(headline, text string, answers ...button) {
	label := widget.NewLabel(text)
	label.Wrapping = fyne.TextWrapWord
	w.sheet(headline, parts.Column(380, label), answers...)
}

// sheet shows something over the window until one of its buttons is used. It
// returns what closes it.
func (w *Window) sheet(headline string, content fyne.CanvasObject, answers ...button) (hide func()) {
	d := dialog.NewCustomWithoutButtons(headline, content, w.win)
	buttons := []fyne.CanvasObject{widget.NewButton(lang.L("Cancel"), d.Hide)}
	for _, a := range answers {
		b := widget.NewButton(a.word, func() { d.Hide(); a.do() })
		b.Importance = a.importance
		buttons = append(buttons, b)
	}
	d.SetButtons(buttons)
	d.Show()
	return d.Hide
}

// pickFiles lets files be chosen and submits them.
func (w *Window) pickFiles() {
	w.pick(parts.PickerConfig{Wanted: isMedia, Done: func(paths []string) { w.give(paths) }})
}

// pickFolder lets a folder be chosen.
func (w *Window) pickFolder(then func(path string)) {
	w.pick(parts.PickerConfig{Folders: true, Done: func(paths []string) { then(paths[0]) }})
}

// pick shows a picker over the window.
func (w *Window) pick(cfg parts.PickerConfig) {
	var pop *widget.PopUp
	done := cfg.Done
	cfg.Done = func(paths []string) { pop.Hide(); done(paths) }
	cfg.Cancel = func() { pop.Hide() }
	w.fillPicker(&cfg)
	p := parts.NewPicker(cfg)
	pop = widget.NewModalPopUp(p, w.win.Canvas())
	size := w.win.Canvas().Size()
	pop.Resize(fyne.NewSize(min(size.Width-32, 760), min(size.Height-32, 560)))
	pop.Show()
	p.Focus(w.win.Canvas())
}

func (w *Window) fillPicker(cfg *parts.PickerConfig) {
	cfg.Start = w.cfg.Home
	if cfg.Start == "" {
		cfg.Start = string(filepath.Separator)
	}
	cfg.Size = bytesWord
	cfg.Read = w.readDir
	add := func(word string, icon fyne.ThemeIconName, path string) {
		cfg.Places = append(cfg.Places, parts.Place{Word: word, Icon: icon, Path: path})
	}
	if home := w.cfg.Home; home != "" {
		add(lang.L("Home"), theme.IconNameHome, home)
		add(lang.L("Pictures"), theme.IconNameMediaPhoto, filepath.Join(home, "Pictures"))
		add(lang.L("Videos"), theme.IconNameMediaVideo, filepath.Join(home, "Videos"))
		add(lang.L("Downloads"), theme.IconNameDownload, filepath.Join(home, "Downloads"))
		add(lang.L("Desktop"), theme.IconNameDesktop, filepath.Join(home, "Desktop"))
	}
	add(lang.L("Computer"), theme.IconNameComputer, filepath.VolumeName(cfg.Start)+string(filepath.Separator))
}

// readDir reads a directory beside Fyne's thread.
func (w *Window) readDir(dir string, then func([]parts.File, error)) {
	var files []parts.File
	var err error
	w.away(func(context.Context) { files, err = listDir(dir) }, func() { then(files, err) })
}

func listDir(dir string) ([]parts.File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := make([]parts.File, 0, len(entries))
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(dir, e.Name())) // a link counts as what it leads to
		if err != nil || !info.IsDir() && !info.Mode().IsRegular() {
			continue
		}
		files = append(files, parts.File{Name: e.Name(), Dir: info.IsDir(), Size: info.Size(), ModTime: info.ModTime()})
	}
	return files, nil
}

