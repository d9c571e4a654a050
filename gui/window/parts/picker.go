package parts

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/gui/window/look"
)

// File is an entry of a directory.
type File struct {
	Name    string
	Dir     bool
	Size    int64
	ModTime time.Time
}

// Place is a directory one often wants.
type Place struct {
	Word string
	Icon fyne.ThemeIconName
	Path string
}

// PickerConfig says what can be picked and who is told.
type PickerConfig struct {
	Folders bool // a folder is picked; otherwise any number of files
	Start   string
	Places  []Place
	// Wanted says whether a file is shown unless all are asked for.
	Wanted func(name string) bool
	// Read reads a directory away from the UI thread and calls then on it.
	Read func(dir string, then func([]File, error))
	// Size says a file's size in words, Chosen what happens with so many files.
	Size   func(int64) string
	Chosen func(n int) string
	// Done is told what was picked; Cancel that nothing was.
	Done   func(paths []string)
	Cancel func()
}

// Picker lets a person pick files, or a folder. Fyne's own dialog gives one
// file only.
type Picker struct {
	widget.BaseWidget

	cfg     PickerConfig
	dir     string
	reading int // number of the last read: answers to earlier ones come too late
	files   []File
	shown   []File
	chosen  map[string]bool // full paths
	all     bool

	path   *Input
	list   *pickerList
	note   *widget.Label
	done   *Button
	places *fyne.Container
}

// NewPicker makes one and begins to read its first directory.
func NewPicker(cfg PickerConfig) *Picker {
	p := &Picker{cfg: cfg, chosen: make(map[string]bool)}
	p.path = NewInput()
	p.path.OnSubmitted = func(typed string) { p.goTo(typed) }
	p.path.OnEscape = cfg.Cancel
	p.note = widget.NewLabel("")
	p.note.Importance = widget.LowImportance
	p.note.Alignment = fyne.TextAlignCenter
	p.list = newPickerList(p)
	p.done = NewButton("", p.finish)
	p.done.Importance = widget.HighImportance
	p.places = container.NewVBox()
	for _, place := range cfg.Places {
		b := NewButtonWithIcon(place.Word, theme.Icon(place.Icon), func() { p.goTo(place.Path) })
		b.Alignment = widget.ButtonAlignLeading
		b.Importance = widget.LowImportance
		p.places.Add(b)
	}
	p.ExtendBaseWidget(p)
	p.count()
	p.Open(cfg.Start)
	return p
}

// Open goes to a directory.
func (p *Picker) Open(dir string) {
	p.reading++
	n := p.reading
	p.cfg.Read(dir, func(files []File, err error) {
		if n != p.reading {
			return
		}
		if err != nil {
			p.note.SetText(lang.L("This folder cannot be read"))
			p.note.Show()
			return
		}
		p.dir, p.files = dir, files
		p.path.SetText(dir)
		p.show()
		if len(p.shown) > 0 {
			p.list.Highlight(0)
		}
	})
}

// goTo goes to a directory, and the keyboard with it.
func (p *Picker) goTo(dir string) {
	p.Open(dir)
	if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil {
		c.Focus(p.list)
	}
}

// Focus gives the keyboard to the list of files.
func (p *Picker) Focus(c fyne.Canvas) { c.Focus(p.list) }

// show sorts folders by name and files by age, newest first: what one wants
// to upload was mostly made a moment ago.
func (p *Picker) show() {
	p.shown = p.shown[:0]
	for _, f := range p.files {
		hidden := strings.HasPrefix(f.Name, ".")
		unwanted := !f.Dir && (p.cfg.Folders || p.cfg.Wanted != nil && !p.cfg.Wanted(f.Name))
		if !p.all && (hidden || unwanted) || p.cfg.Folders && !f.Dir {
			continue
		}
		p.shown = append(p.shown, f)
	}
	slices.SortStableFunc(p.shown, func(a, b File) int {
		switch {
		case a.Dir != b.Dir:
			if a.Dir {
				return -1
			}
			return 1
		case a.Dir:
			return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		default:
			return b.ModTime.Compare(a.ModTime)
		}
	})
	p.note.SetText(lang.L("Nothing to pick in this folder"))
	if p.cfg.Folders {
		p.note.SetText(lang.L("No folders in here"))
	}
	setVisible(p.note, len(p.shown) == 0)
	p.list.Refresh()
	p.count()
}

func (p *Picker) count() {
	switch n := len(p.chosen); {
	case p.cfg.Folders:
		p.done.SetText(lang.L("Choose this folder"))
	case n == 0:
		p.done.SetText(lang.L("Upload"))
		p.done.Disable()
	default:
		p.done.SetText(p.cfg.Chosen(n))
		p.done.Enable()
	}
}

func (p *Picker) pick(i int) {
	if i >= len(p.shown) {
		return
	}
	f := p.shown[i]
	path := filepath.Join(p.dir, f.Name)
	if f.Dir {
		p.Open(path)
		return
	}
	if p.chosen[path] {
		delete(p.chosen, path)
	} else {
		p.chosen[path] = true
	}
	p.list.RefreshItem(i)
	p.count()
}

func (p *Picker) finish() {
	if p.cfg.Folders {
		p.cfg.Done([]string{p.dir})
		return
	}
	paths := make([]string, 0, len(p.chosen))
	for path := range p.chosen {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	p.cfg.Done(paths)
}

// pickerList goes into folders and back by keyboard.
type pickerList struct {
	widget.List
	picker   *Picker
	attended int
}

func newPickerList(p *Picker) *pickerList {
	l := &pickerList{picker: p}
	l.Length = func() int { return len(p.shown) }
	l.CreateItem = newPickerRow
	l.UpdateItem = p.fill
	l.OnHighlighted = func(i int) { l.attended = i }
	l.OnSelected = func(i int) { l.UnselectAll(); l.attended = i; p.pick(i) }
	l.ExtendBaseWidget(l)
	return l
}

// TypedKey: Enter goes into a folder or takes what is chosen, Backspace goes
// up, Esc gives up.
func (l *pickerList) TypedKey(e *fyne.KeyEvent) {
	p := l.picker
	switch e.Name {
	case fyne.KeyEscape:
		p.cfg.Cancel()
	case fyne.KeyBackspace:
		p.Open(filepath.Dir(p.dir))
	case fyne.KeyReturn, fyne.KeyEnter:
		switch {
		case len(p.chosen) > 0:
			p.finish()
		case l.attended < len(p.shown):
			p.pick(l.attended)
		}
	default:
		l.List.TypedKey(e)
	}
}

// pickerRow is a line of the list.
type pickerRow struct {
	widget.BaseWidget

	icon         *widget.Icon
	name, detail *widget.Label
}

func newPickerRow() fyne.CanvasObject {
	r := &pickerRow{icon: widget.NewIcon(nil), name: widget.NewLabel(""), detail: widget.NewLabel("")}
	r.name.Truncation = fyne.TextTruncateEllipsis
	r.detail.Importance = widget.LowImportance
	r.detail.SizeName = theme.SizeNameCaptionText
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer lays the line out.
func (r *pickerRow) CreateRenderer() fyne.WidgetRenderer {
	icon := container.New(layout.NewCustomPaddedLayout(0, 0, 8, 0), r.icon)
	return widget.NewSimpleRenderer(container.NewBorder(nil, nil, icon, r.detail, r.name))
}

func (p *Picker) fill(i int, o fyne.CanvasObject) {
	r, f := o.(*pickerRow), p.shown[i]
	chosen := p.chosen[filepath.Join(p.dir, f.Name)]
	switch {
	case f.Dir:
		r.icon.SetResource(theme.NewColoredResource(theme.FolderIcon(), look.Accent))
	case chosen:
		r.icon.SetResource(theme.NewColoredResource(theme.CheckButtonCheckedIcon(), look.Accent))
	default:
		r.icon.SetResource(theme.CheckButtonIcon())
	}
	r.name.TextStyle.Bold = chosen
	r.name.SetText(strings.Map(printable, f.Name))
	detail := ""
	if !f.Dir {
		detail = f.ModTime.Format(lang.L("2 Jan 15:04"))
		if p.cfg.Size != nil {
			detail = p.cfg.Size(f.Size) + "  ·  " + detail
		}
	}
	r.detail.SetText(detail)
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return '·'
	}
	return r
}

// CreateRenderer lays the picker out.
func (p *Picker) CreateRenderer() fyne.WidgetRenderer {
	title := lang.L("Choose pictures and videos")
	if p.cfg.Folders {
		title = lang.L("Choose a folder")
	}
	head := widget.NewLabelWithStyle(title, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	head.SizeName = theme.SizeNameSubHeadingText
	up := NewIconButton(lang.L("Up"), theme.MoveUpIcon(), func() { p.Open(filepath.Dir(p.dir)) })
	all := NewCheck(lang.L("Show everything"), func(on bool) { p.all = on; p.show() })
	cancel := NewButton(lang.L("Cancel"), p.cfg.Cancel)
	return widget.NewSimpleRenderer(container.New(layout.NewCustomPaddedLayout(6, 10, 10, 10), container.NewBorder(
		container.NewVBox(head, container.NewBorder(nil, nil, up, nil, p.path)),
		container.NewHBox(all, layout.NewSpacer(), cancel, p.done),
		container.NewStack(Space(130, 0), container.NewVScroll(p.places)), nil,
		container.NewStack(NewGround(look.Surface, 8), p.list, container.NewCenter(p.note)),
	)))
}
