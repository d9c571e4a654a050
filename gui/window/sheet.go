package window

import (
	"context"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
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

// sheet shows something over the window until one of its buttons is used.
func (w *Window) sheet(headline string, content fyne.CanvasObject, answers ...button) {
	var hide func()
	buttons := make([]fyne.CanvasObject, len(answers))
	for i, a := range answers {
		b := parts.NewButton(a.word, func() { hide(); a.do() })
		b.Importance = a.importance
		buttons[i] = b
	}
	hide = w.sheetOf(headline, content, buttons...)
}

// note shows something over the window that is only to be read.
func (w *Window) note(headline string, content fyne.CanvasObject, buttons ...fyne.CanvasObject) (hide func()) {
	return w.over(headline, content, lang.L("Close"), buttons...)
}

// sheetOf shows something over the window, with "Cancel" before its own
// buttons. It returns what puts it away.
func (w *Window) sheetOf(headline string, content fyne.CanvasObject, buttons ...fyne.CanvasObject) (hide func()) {
	return w.over(headline, content, lang.L("Cancel"), buttons...)
}

// sheetAround is how high what is around a sheet's content is.
const sheetAround = 150

// over shows something over the window, scrolling where it is higher than the
// window is. Esc puts it away as its first button does.
func (w *Window) over(headline string, content fyne.CanvasObject, away string, buttons ...fyne.CanvasObject) (hide func()) {
	var pop *widget.PopUp
	hide = func() { pop.Hide() }
	head := widget.NewLabelWithStyle(headline, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	head.SizeName = theme.SizeNameSubHeadingText
	head.Wrapping = fyne.TextWrapWord
	row := container.NewHBox(layout.NewSpacer(), parts.NewButton(away, hide))
	for _, b := range buttons {
		row.Add(b)
	}
	body := parts.Fit(func() float32 { return max(120, w.win.Canvas().Size().Height-sheetAround) }, content)
	around := parts.Within(w.room, container.New(layout.NewCustomPaddedLayout(10, 14, 16, 16),
		container.NewVBox(head, body, parts.Space(1, 4), row)))
	w.lay(parts.Scrolls(nil).Of(around).Of(body))
	pop = widget.NewModalPopUp(around, w.win.Canvas())
	pop.Show()
	if len(buttons) > 0 {
		main, ok := buttons[len(buttons)-1].(*parts.Button)
		if ok && main.Importance == widget.HighImportance {
			w.entering = entering{w.win.Canvas().Overlays().Top(), main}
		}
	}
	return hide
}

// room is how large what is over the window may be.
func (w *Window) room() fyne.Size {
	return w.win.Canvas().Size().SubtractWidthHeight(16, 16)
}

// entering is what Enter does in a sheet where nothing has the keyboard's
// attention: its main button, unless that destroys something.
type entering struct {
	sheet fyne.CanvasObject
	main  *parts.Button
}

// enter presses the main button of what is in front.
func (w *Window) enter() {
	top := w.win.Canvas().Overlays().Top()
	if top != nil && top == w.entering.sheet && !w.entering.main.Disabled() {
		w.entering.main.Tapped(nil)
	}
	if top == nil && w.first != nil && w.first.main != nil {
		w.first.main.Tapped(nil)
	}
}

// startPicking makes a picker of files all there is in the window.
func (w *Window) startPicking() {
	w.picking = true
	cfg := parts.PickerConfig{Wanted: isMedia, Done: w.give, Cancel: w.cfg.App.Quit}
	w.fillPicker(&cfg)
	p := parts.NewPicker(cfg)
	w.win.SetTitle(lang.L("Upload files"))
	w.fill(container.NewStack(parts.NewGround(theme.ColorNameBackground, 0), p))
	w.win.Resize(fyne.NewSize(760, 540))
	p.Focus(w.win.Canvas())
}

// stopPicking shows the whole window: something is to be said.
func (w *Window) stopPicking() {
	if w.picking {
		w.picking = false
		w.win.SetTitle("Upshot")
		w.fill(w.shell.object)
	}
}

// Pick lets files be chosen and submits them.
func (w *Window) Pick() { w.key(w.pickFiles) }

func (w *Window) pickFiles() {
	w.pick(parts.PickerConfig{Wanted: isMedia, Done: w.give})
}

// pickFolder lets a folder be chosen.
func (w *Window) pickFolder(then func(path string)) {
	w.pick(parts.PickerConfig{Folders: true, Done: func(paths []string) { then(paths[0]) }})
}

// pickFile lets one file be chosen, of those whose names are wanted.
func (w *Window) pickFile(wanted func(name string) bool, word string, then func(path string)) {
	w.pick(parts.PickerConfig{
		Wanted: wanted, Chosen: func(int) string { return word },
		Done: func(paths []string) { then(paths[0]) },
	})
}

// pick shows a picker over the window.
func (w *Window) pick(cfg parts.PickerConfig) {
	var pop *widget.PopUp
	done := cfg.Done
	cfg.Done = func(paths []string) { pop.Hide(); done(paths) }
	cfg.Cancel = func() { pop.Hide() }
	w.fillPicker(&cfg)
	p := parts.NewPicker(cfg)
	around := parts.Within(w.room, p)
	w.lay(parts.Scrolls(nil).Of(around))
	pop = widget.NewModalPopUp(around, w.win.Canvas())
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
	if cfg.Chosen == nil {
		cfg.Chosen = func(n int) string { return many("upload_files", n) }
	}
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
