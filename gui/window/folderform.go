package window

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/parts"
)

// folderForm asks how a folder shall be watched, and shows what that would
// send of what is in it.
type folderForm struct {
	w    *Window
	kept uploader.Folder // what is not shown goes along
	dry  *dryRun

	inside, existing, versions    *parts.Check
	account, kinds, after         *parts.Select
	accounts                      []string // by the select's index; the first is the default
	least, most, include, exclude *parts.Input
	title, moveTo                 *parts.Input
	moveRow                       *fyne.Container
	link                          *linkChoice
	params                        *paramsForm
	problem                       *widget.Label
	number                        int
}

// Kinds and what becomes of files, in the order of their selects.
var (
	folderKinds = []string{"", "pictures", "videos"}
	afters      = []uploader.After{uploader.AfterKeep, uploader.AfterTrash, "move="}
)

// editFolder asks how a folder shall be watched; a new one is shown with what
// is in it already.
func (w *Window) editFolder(f uploader.Folder, fresh bool) {
	form := newFolderForm(w, f)
	name := widget.NewLabel(w.tilde(clean(f.Path)))
	name.Truncation = fyne.TextTruncateEllipsis
	name.Importance = widget.LowImportance
	body := vbox(name, form.inside)
	if fresh {
		body.Add(form.existing)
	}
	more := parts.NewFold(lang.L("More settings"), form.more())
	if !fresh {
		more.Toggle()
	}
	body.Add(form.dry.object)
	body.Add(more)
	body.Add(form.problem)
	headline, word := lang.L("Settings of this folder"), lang.L("Save")
	if fresh {
		headline, word = lang.L("Watch this folder"), lang.L("Watch it")
	}
	var hide func()
	save := parts.NewButton(word, func() {
		next, err := form.get()
		if err != nil {
			form.tell(err)
			return
		}
		hide()
		w.addFolder(next)
	})
	save.Importance = widget.HighImportance
	hide = w.sheetOf(headline, parts.Column(500, body), save)
	form.look()
}

func newFolderForm(w *Window, f uploader.Folder) *folderForm {
	form := &folderForm{w: w, kept: f, dry: newDryRun(w), problem: widget.NewLabel("")}
	form.problem.Importance = widget.DangerImportance
	form.problem.Wrapping = wrapWord
	form.problem.Hide()
	check := func(word string, on bool) *parts.Check {
		c := parts.NewCheck(word, nil)
		c.Checked = on
		c.OnChanged = func(bool) { form.look() }
		return c
	}
	form.inside = check(lang.L("Also the folders in it"), f.Recursive)
	form.existing = check(lang.L("Also upload what is in it already"), f.Existing == uploader.ExistingUpload)
	form.versions = check(lang.L("Upload a file again whenever it is saved again"), f.Versions)
	form.account = parts.NewSelect([]string{lang.L("Default account")}, nil)
	form.accounts = []string{""}
	for _, a := range w.view.Snapshot.Accounts {
		form.account.Options = append(form.account.Options, clean(a.Name))
		form.accounts = append(form.accounts, a.Name)
	}
	form.account.SetSelectedIndex(max(0, slices.Index(form.accounts, f.Account)))
	form.kinds = parts.NewSelect([]string{lang.L("Pictures and videos"), lang.L("Pictures"), lang.L("Videos")}, nil)
	form.kinds.SetSelectedIndex(max(0, slices.Index(folderKinds, f.Kinds)))
	form.kinds.OnChanged = func(string) { form.look() }
	field := func(text, placeholder string) *parts.Input {
		i := w.input(text, placeholder)
		i.OnChanged = func(string) { form.look() }
		return i
	}
	form.least, form.most = field(amountText(f.MinSize), "10 kB"), field(amountText(f.MaxSize), "50 MB")
	form.include = field(strings.Join(f.Include, ", "), "*.png, shot-*")
	form.exclude = field(strings.Join(f.Exclude, ", "), "*draft*, old/**")
	form.title = w.input(f.Title, "{folder} {date} {name}")
	form.moveTo = w.input("", "")
	form.moveRow = container.NewBorder(nil, nil, nil, parts.NewIconButton(lang.L("Choose a folder…"), theme.FolderOpenIcon(), func() {
		w.pickFolder(form.moveTo.SetText)
	}), form.moveTo)
	form.after = parts.NewSelect([]string{lang.L("Leave it there"), lang.L("Move it to the trash"), lang.L("Move it to a folder")}, func(string) {
		show(form.moveRow, form.after.SelectedIndex() == 2)
	})
	chosen := max(0, slices.Index(afters, f.After))
	if dir, ok := strings.CutPrefix(string(f.After), "move="); ok {
		chosen = 2
		form.moveTo.SetText(dir)
	}
	form.moveRow.Hide()
	form.after.SetSelectedIndex(chosen)
	form.link = newLinkChoice(w, true, w.sampleImage, nil)
	form.link.set(f.Link)
	form.params = newParamsForm(w, f.Params)
	return form
}

// more are the settings that most folders do well without.
func (f *folderForm) more() fyne.CanvasObject {
	word := widget.NewLabel
	rows := []fyne.CanvasObject{
		word(lang.L("Upload to")), f.account,
		word(lang.L("What is uploaded")), f.kinds,
		word(lang.L("Not smaller than")), f.least,
		word(lang.L("Not larger than")), f.most,
		word(lang.L("Only these names")), f.include,
		word(lang.L("Not these names")), f.exclude,
		word(lang.L("Title")), f.title,
		word(lang.L("Afterwards")), vbox(f.after, f.moveRow),
		word(lang.L("Link")), f.link.object,
	}
	rows = append(rows, f.params.pairs()...)
	rows = append(rows, word(""), f.versions)
	return parts.Pairs(rows...)
}

// get is what is chosen.
func (f *folderForm) get() (uploader.Folder, error) {
	next := f.kept
	next.Recursive, next.Versions = f.inside.Checked, f.versions.Checked
	next.Existing = uploader.ExistingSkip
	if f.existing.Checked {
		next.Existing = uploader.ExistingUpload
	}
	next.Account = f.accounts[max(0, f.account.SelectedIndex())]
	next.Kinds = folderKinds[max(0, f.kinds.SelectedIndex())]
	next.Include, next.Exclude = listOf(f.include.Text), listOf(f.exclude.Text)
	next.Title = strings.TrimSpace(f.title.Text)
	next.After = afters[max(0, f.after.SelectedIndex())]
	if next.After == "move=" {
		dir := strings.TrimSpace(f.moveTo.Text)
		if !filepath.IsAbs(dir) {
			return next, invalid(lang.L("Choose the folder where files are moved to"))
		}
		next.After += uploader.After(dir)
	}
	var ok [2]bool
	next.MinSize, ok[0] = amount(f.least.Text)
	next.MaxSize, ok[1] = amount(f.most.Text)
	if !ok[0] || !ok[1] {
		return next, invalid(lang.L("Write a size like 500 kB or 2 MB"))
	}
	var err error
	if next.Link, err = f.link.get(); err != nil {
		return next, err
	}
	next.Params, err = f.params.get()
	return next, err
}

func (f *folderForm) tell(err error) {
	text := ""
	if err != nil {
		text = sentence(uploader.Explain(err).Headline)
	}
	f.problem.SetText(text)
	show(f.problem, text != "")
}

// look has what is in the folder looked through again, once nothing was
// changed for a moment.
func (f *folderForm) look() {
	f.number++
	number := f.number
	f.w.later(searchAfter, func() {
		if number != f.number {
			return
		}
		next, err := f.get()
		f.tell(err)
		if err == nil {
			f.dry.look(next)
		}
	})
}

// dryRun shows what lies in a folder and would be uploaded.
type dryRun struct {
	w      *Window
	object *fyne.Container
	count  *widget.Label
	note   *widget.Label
	names  *widget.Label
	sample fyne.CanvasObject // around the names
	number int
}

func newDryRun(w *Window) *dryRun {
	d := &dryRun{w: w, count: widget.NewLabel(lang.L("Looking what is in it…")), note: widget.NewLabel(""), names: widget.NewLabel("")}
	d.count.Wrapping, d.note.Wrapping = wrapWord, wrapWord
	d.note.Importance = widget.WarningImportance
	d.names.SizeName = theme.SizeNameCaptionText
	d.names.Importance = widget.LowImportance
	d.names.Truncation = fyne.TextTruncateEllipsis
	d.sample = parts.Fit(func() float32 { return 120 }, d.names)
	d.note.Hide()
	d.sample.Hide()
	d.object = container.NewStack(parts.NewGround(theme.ColorNameInputBackground, 8), vbox(d.count, d.note, d.sample))
	return d
}

// look looks through a folder; nothing is changed.
func (d *dryRun) look(f uploader.Folder) {
	d.number++
	number := d.number
	var p uploader.Preview
	d.w.present.Do(func(ctx context.Context, up uploader.Uploader) (err error) {
		p, err = up.Preview(ctx, f)
		return err
	}, func(err error) {
		d.w.cfg.Do(func() {
			if number == d.number {
				d.show(f.Path, p, err)
			}
		})
	})
}

func (d *dryRun) show(folder string, p uploader.Preview, err error) {
	count, note := "", ""
	var names []string
	switch {
	case err != nil:
		count = explained(uploader.Explain(err))
	case p.Files == 0:
		count = lang.L("Nothing in it would be uploaded now")
	default:
		count = joined(many("would_go", p.Files), bytesWord(p.Bytes))
		if !p.NewestTime.IsZero() {
			count = joined(count, lang.L("newest: {{.Name}}", map[string]any{"Name": clean(filepath.Base(p.Newest))}))
		}
	}
	if p.Located > 0 {
		note = many("located", p.Located)
	}
	if p.Unreadable > 0 {
		note = strings.TrimSpace(note + "\n" + many("unreadable", p.Unreadable))
	}
	for _, path := range p.Sample {
		if rel, err := filepath.Rel(folder, path); err == nil && filepath.IsAbs(path) {
			path = rel
		}
		names = append(names, clean(path))
	}
	if rest := p.Files - len(names); rest > 0 && len(names) > 0 {
		names = append(names, many("and_more", rest))
	}
	d.count.SetText(count)
	d.note.SetText(note)
	show(d.note, note != "")
	d.names.SetText(strings.Join(names, "\n"))
	show(d.sample, len(names) > 0)
	d.object.Refresh()
}

// explained is an explanation in a line.
func explained(e uploader.Explanation) string { return sentence(joinHint(e)) }
