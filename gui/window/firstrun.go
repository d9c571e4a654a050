package window

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/look"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
	"images-uploader.com/upshot/icons"
)

// firstRun is what somebody sees who has no account yet: address and key,
// then what of an upload is copied, then, if they like, a folder.
type firstRun struct {
	w      *Window
	object fyne.CanvasObject
	body   *fyne.Container
	form   *accountForm
	saved  bool // the account is set up
	chosen bool // and what is copied: the folder is asked for
	main   *parts.Button
}

func newFirstRun(w *Window) *firstRun {
	f := &firstRun{w: w, body: container.NewStack()}
	f.form = newAccountForm(w, uploader.Account{Address: DefaultAddress}, false, f.askLink)
	f.form.address.OnShortcut, f.form.key.OnShortcut = w.onShortcut, w.onShortcut
	skip := quiet(lang.L("Later"), f.skip)
	f.set(lang.L("Welcome to Upshot"),
		lang.L("Your pictures and videos go to your own host, and each link comes back to your clipboard."),
		f.form.object, skip, f.form.check, f.form.save)
	card := container.NewStack(parts.NewGround(look.Surface, 14), container.New(layout.NewCustomPaddedLayout(14, 16, 22, 22), f.body))
	f.object = container.NewStack(parts.Space(leastSize.Width, leastSize.Height), parts.NewGround(theme.ColorNameBackground, 0),
		container.NewCenter(parts.Column(500, card)))
	return f
}

// quiet is the way past a step.
func quiet(word string, do func()) *parts.Button {
	b := parts.NewButton(word, do)
	b.Importance = widget.LowImportance
	return b
}

// set shows a step.
func (f *firstRun) set(headline, text string, content fyne.CanvasObject, buttons ...fyne.CanvasObject) {
	head := widget.NewLabelWithStyle(headline, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	head.SizeName = theme.SizeNameHeadingText
	line := widget.NewLabel(text)
	line.Wrapping = fyne.TextWrapWord
	line.Importance = widget.LowImportance
	mark := parts.Mark(fyne.NewStaticResource("upshot.png", icons.App()), 48)
	row := container.NewHBox(buttons[0], layout.NewSpacer())
	for _, b := range buttons[1:] {
		row.Add(b)
	}
	f.body.Objects = []fyne.CanvasObject{container.NewVBox(
		container.NewBorder(nil, nil, container.NewCenter(mark), nil, head), line, content, parts.Space(1, 4), row)}
	f.body.Refresh()
}

// focus puts the keyboard where one begins: the address is filled in, the key is not.
func (f *firstRun) focus() { f.w.win.Canvas().Focus(f.form.key) }

func (f *firstRun) skip() {
	f.w.shell.skipped = true
	f.w.endWelcome()
}

// overtaken reports whether an account was set up elsewhere meanwhile. Our own
// may be in the view before its Save has told us.
func (f *firstRun) overtaken(v presenter.View) bool {
	return !f.saved && !f.form.saving && len(v.Snapshot.Accounts) > 0
}

// again is the first run with words of another language, as far as it had come.
func (f *firstRun) again() *firstRun {
	next := newFirstRun(f.w)
	next.form.address.SetText(f.form.address.Text)
	next.form.key.SetText(f.form.key.Text)
	switch {
	case f.chosen:
		next.askFolder()
	case f.saved:
		next.askLink()
	}
	return next
}

// askLink is the second step: what of every upload goes to the clipboard.
func (f *firstRun) askLink() {
	f.saved = true
	link := newLinkChoice(f.w, false, f.w.sampleImage, nil)
	link.set(job.LinkChoice{Kind: client.LinkDirect})
	next := parts.NewButton(lang.L("Next"), func() {
		choice, err := link.get()
		if err != nil {
			return // the choice says so
		}
		f.w.changeSettings(func(now *uploader.Settings) { now.Link = choice }, f.askFolder)
	})
	next.Importance = widget.HighImportance
	f.set(lang.L("What shall be copied?"),
		lang.L("This goes to your clipboard as soon as a file is uploaded. You can change it at any time."),
		link.object, quiet(lang.L("Later"), f.askFolder), next)
	f.main = next
	f.w.win.Canvas().Unfocus()
}

// askFolder is the third step: the folder where screenshots go is offered,
// with what is in it already.
func (f *firstRun) askFolder() {
	f.saved, f.chosen, f.main = true, true, nil
	choose := parts.NewButtonWithIcon(lang.L("Choose a folder…"), theme.FolderOpenIcon(), func() { f.w.pickFolder(f.offer) })
	content := container.NewVBox()
	later := quiet(lang.L("Not now"), f.w.endWelcome)
	f.set(lang.L("Watch a folder?"),
		lang.L("Every picture saved there from now on is uploaded by itself. What is in it already stays untouched."),
		content, later, choose)

	var found []string
	f.w.away(func(context.Context) { found = screenshotFolders(f.w.cfg.Home) }, func() {
		for _, path := range found {
			f.propose(content, path)
		}
		content.Refresh()
	})
}

// propose shows a folder with what is in it already.
func (f *firstRun) propose(content *fyne.Container, path string) {
	b := parts.NewButtonWithIcon(lang.L("Watch {{.Path}}", map[string]any{"Path": f.w.tilde(clean(path))}), theme.FolderIcon(), func() { f.watch(path) })
	b.Importance = widget.HighImportance
	b.Alignment = widget.ButtonAlignLeading
	dry := newDryRun(f.w)
	content.Add(b)
	content.Add(fieldLabel(lang.L("In it already, and left alone:")))
	content.Add(dry.object)
	dry.look(uploader.Folder{Path: path, Existing: uploader.ExistingSkip})
}

// offer shows a folder that was chosen, with what is in it already.
func (f *firstRun) offer(path string) {
	content := container.NewVBox()
	choose := parts.NewButtonWithIcon(lang.L("Choose a folder…"), theme.FolderOpenIcon(), func() { f.w.pickFolder(f.offer) })
	f.set(lang.L("Watch a folder?"),
		lang.L("Every picture saved there from now on is uploaded by itself. What is in it already stays untouched."),
		content, quiet(lang.L("Not now"), f.w.endWelcome), choose)
	f.propose(content, path)
}

func (f *firstRun) watch(path string) {
	f.w.endWelcome()
	f.w.addFolder(uploader.Folder{Path: path, Existing: uploader.ExistingSkip})
}

// screenshotFolders are folders under home where desktops put screenshots, as
// far as they are there; at most one is offered.
func screenshotFolders(home string) []string {
	if home == "" {
		return nil
	}
	pictures := filepath.Join(home, "Pictures")
	if dir, err := picturesFolder(home); err == nil {
		pictures = dir
	}
	for _, path := range []string{
		filepath.Join(pictures, "Screenshots"),
		filepath.Join(home, "OneDrive", "Pictures", "Screenshots"), // Windows with OneDrive
		filepath.Join(home, "Screenshots"),
		pictures,
		filepath.Join(home, "Pictures"),
	} {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return []string{path}
		}
	}
	return nil
}

// picturesFolder is where the desktop says that pictures are: its name is in
// the person's own language.
func picturesFolder(home string) (string, error) {
	data, err := os.ReadFile(filepath.Join(home, ".config", "user-dirs.dirs"))
	if err != nil {
		return "", fmt.Errorf("pictures: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), `XDG_PICTURES_DIR="`); ok {
			dir := strings.ReplaceAll(strings.TrimSuffix(value, `"`), "$HOME", home)
			if filepath.IsAbs(dir) && filepath.Clean(dir) != filepath.Clean(home) {
				return filepath.Clean(dir), nil
			}
		}
	}
	return "", fmt.Errorf("pictures: %w", fs.ErrNotExist)
}
