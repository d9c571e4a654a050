package window

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/windowtest"
)

// desk is a person in front of the window, in a bubble of its own time. The
// test's goroutine is Fyne's thread: what hops there waits until it has time.
type desk struct {
	*Window
	t    *testing.T
	fake *windowtest.Fake

	mu   sync.Mutex
	hops []func()
	up   uploader.Uploader // nil: nobody answers
	quit bool
}

// sit runs a test in front of a window on a fake. With home, folders are
// suggested.
func sit(t *testing.T, fake *windowtest.Fake, do func(d *desk)) {
	t.Helper()
	sitWith(t, fake, Config{}, do)
}

func sitWith(t *testing.T, fake *windowtest.Fake, cfg Config, do func(d *desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{t: t, fake: fake, up: fake}
		cfg.App = quitting{test.NewTempApp(t), &d.quit}
		cfg.Do = d.hop
		cfg.Connect = func(context.Context) (uploader.Uploader, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.up == nil {
				return nil, uploader.ErrGone
			}
			return d.up, nil
		}
		w, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		d.Window = w
		w.Show()
		w.win.Resize(fyne.NewSize(900, 640))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); w.Run(ctx) }()
		d.wait()
		do(d)
		cancel()
		<-ended
	})
}

// quitting is a test app that remembers that it was asked to end.
type quitting struct {
	fyne.App
	quit *bool
}

func (q quitting) Quit() { *q.quit = true }

func (d *desk) hop(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hops = append(d.hops, f)
}

// wait lets half a second pass.
func (d *desk) wait() {
	for range 5 {
		time.Sleep(100 * time.Millisecond)
		d.settle()
	}
}

// settle does what waits for Fyne's thread until nothing more does.
func (d *desk) settle() {
	for {
		synctest.Wait()
		d.mu.Lock()
		hops := d.hops
		d.hops = nil
		d.mu.Unlock()
		if len(hops) == 0 {
			return
		}
		for _, f := range hops {
			f()
		}
	}
}

// answer says who answers from now on; nil is nobody.
func (d *desk) answer(up uploader.Uploader) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.up = up
}

// visible walks over everything that can be seen, what is in front first.
func (d *desk) visible(see func(fyne.CanvasObject)) {
	c := d.win.Canvas()
	roots := []fyne.CanvasObject{c.Content()}
	if top := c.Overlays().Top(); top != nil {
		roots = append([]fyne.CanvasObject{top}, roots...)
	}
	for _, root := range roots {
		walk(root, see)
	}
}

func walk(o fyne.CanvasObject, see func(fyne.CanvasObject)) {
	if !o.Visible() {
		return
	}
	see(o)
	var inside []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		inside = o.Objects
	case fyne.Widget:
		inside = test.WidgetRenderer(o).Objects()
	}
	for _, child := range inside {
		walk(child, see)
	}
}

// texts are all words that can be seen.
func (d *desk) texts() []string {
	var out []string
	d.visible(func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *widget.Label:
			out = append(out, o.Text)
		case *parts.Text:
			out = append(out, o.Text)
		case *parts.Button:
			out = append(out, o.Text)
		case *parts.RowButton:
			out = append(out, o.Text)
		case *parts.Check:
			out = append(out, o.Text)
		}
	})
	return append(out, d.shell.toast.Text())
}

// sees fails unless a text that contains words can be seen.
func (d *desk) sees(words string) {
	d.t.Helper()
	if !slices.ContainsFunc(d.texts(), func(text string) bool { return strings.Contains(text, words) }) {
		d.t.Errorf("%q is not to be seen; there is: %s", words, strings.Join(d.texts(), " | "))
	}
}

func (d *desk) doesNotSee(words string) {
	d.t.Helper()
	if slices.ContainsFunc(d.texts(), func(text string) bool { return strings.Contains(text, words) }) {
		d.t.Errorf("%q is to be seen", words)
	}
}

// find is the visible part that fits, the one in front first.
func find[T fyne.CanvasObject](d *desk, what string, fits func(T) bool) T {
	d.t.Helper()
	var found T
	ok := false
	d.visible(func(o fyne.CanvasObject) {
		if part, is := o.(T); is && !ok && fits(part) {
			found, ok = part, true
		}
	})
	if !ok {
		d.t.Fatalf("no %s; there is: %s", what, strings.Join(d.texts(), " | "))
	}
	return found
}

// aButton is one of any sort.
type aButton interface {
	fyne.CanvasObject
	fyne.Tappable
	Disabled() bool
}

// button is the visible button with that text.
func (d *desk) button(text string) aButton {
	d.t.Helper()
	return find(d, "button "+text, func(b aButton) bool {
		shown, icon := wordOf(b)
		return shown == text && !icon
	})
}

// wordOf is the word of a button, and whether it shows an icon instead.
func wordOf(b aButton) (word string, icon bool) {
	switch b := b.(type) {
	case *parts.Button:
		return b.Text, false
	case *parts.IconButton:
		return b.Word, true
	case *parts.RowButton:
		return cmp.Or(b.Text, b.Word), b.Text == ""
	}
	return "", false
}

// input is the visible entry with that placeholder.
func (d *desk) input(placeholder string) *parts.Input {
	d.t.Helper()
	return find(d, "entry "+placeholder, func(i *parts.Input) bool { return i.PlaceHolder == placeholder })
}

// check is the visible box with that word.
func (d *desk) check(word string) *parts.Check {
	d.t.Helper()
	return find(d, "box "+word, func(c *parts.Check) bool { return c.Text == word })
}

// selects is the visible select that has that option.
func (d *desk) selects(option string) *parts.Select {
	d.t.Helper()
	return find(d, "select with "+option, func(s *parts.Select) bool { return slices.Contains(s.Options, option) })
}

// choose chooses from the visible select that has that option.
func (d *desk) choose(option string) {
	d.t.Helper()
	d.selects(option).SetSelected(option)
	d.wait()
}

// unfold shows the settings that are seldom needed.
func (d *desk) unfold() {
	d.t.Helper()
	find(d, "fold", func(*parts.Fold) bool { return true }).Toggle()
	d.wait()
}

// press presses a button and lets what follows happen.
func (d *desk) press(text string) {
	d.t.Helper()
	b := d.button(text)
	if b.Disabled() {
		d.t.Fatalf("the button %q cannot be pressed", text)
	}
	test.Tap(b)
	d.wait()
}

// icon presses the button that says its word only to those who do not see.
func (d *desk) icon(word string) {
	d.t.Helper()
	b := find(d, "icon "+word, func(b aButton) bool {
		said, icon := wordOf(b)
		return said == word && icon
	})
	if b.Disabled() {
		d.t.Fatalf("the button %q cannot be pressed", word)
	}
	test.Tap(b)
	d.wait()
}

// ctrl presses a shortcut with Ctrl.
func (d *desk) ctrl(key fyne.KeyName) {
	shortcut := fyne.Shortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault})
	if key == fyne.KeyV {
		shortcut = &fyne.ShortcutPaste{Clipboard: test.NewClipboard()}
	}
	if f, ok := d.win.Canvas().Focused().(fyne.Shortcutable); ok { // as the desktop driver does it
		f.TypedShortcut(shortcut)
	} else {
		d.onShortcut(shortcut) // the test driver's canvas has no shortcuts
	}
	d.wait()
}

func (d *desk) key(name fyne.KeyName) {
	e := &fyne.KeyEvent{Name: name}
	if f := d.win.Canvas().Focused(); f != nil {
		f.TypedKey(e)
	} else {
		d.win.Canvas().OnTypedKey()(e)
	}
	d.wait()
}

// asked fails unless the uploader was asked exactly this, apart from looking.
func (d *desk) asked(want ...string) {
	d.t.Helper()
	if got := d.fake.Asked(); !slices.Equal(got, want) {
		d.t.Errorf("the uploader was asked %q, want %q", got, want)
	}
}

// withAccount is an uploader with one account.
func withAccount(t *testing.T) *windowtest.Fake {
	t.Helper()
	fake := &windowtest.Fake{}
	fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) {
		a := uploader.Account{Name: "home", Address: "https://home.example"}
		s.Accounts = []uploader.AccountStatus{{ID: a.ID(), Name: a.Name, Address: a.Address, Default: true}}
	})
	fake.SetSettings(uploader.Settings{Default: "home", Accounts: []uploader.Account{{Name: "home", Address: "https://home.example"}}})
	return fake
}

// add adds a job of the account "home".
func add(fake *windowtest.Fake, j job.Job) {
	fake.Change(func(_ *uploader.Snapshot, jobs *[]job.Job) {
		j.ID = job.ID(len(*jobs) + 1)
		j.Account = "home@https://home.example"
		*jobs = append(*jobs, j)
	})
}

func done(name string) job.Job {
	return job.Job{Name: name, State: job.Done, Outcome: job.Uploaded, Image: &client.Image{
		ID: "a", URL: "https://home.example/i/" + name, ViewerURL: "https://home.example/v/a", Approved: true,
	}}
}

var errSomething = &client.Error{Kind: client.KindServer, Status: 500, Err: errors.New("raw words of a computer")}
