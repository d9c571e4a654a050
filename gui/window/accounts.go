package window

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/sxcu"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/look"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
)

// accountsCard shows the accounts and what can be done with them.
type accountsCard struct {
	w      *Window
	object fyne.CanvasObject
	rows   *fyne.Container
	shown  []uploader.AccountStatus // what the rows show

	tests   map[string]tested // by account id
	testing map[string]bool
}

func newAccountsCard(w *Window) *accountsCard {
	c := &accountsCard{w: w, rows: vbox(), tests: make(map[string]tested), testing: make(map[string]bool)}
	add := parts.NewButtonWithIcon(lang.L("Add an account…"), theme.ContentAddIcon(), func() { c.edit("") })
	take := parts.NewButtonWithIcon(lang.L("From a .sxcu file…"), theme.FolderOpenIcon(), c.importFile)
	c.object = card(vbox(heading(lang.L("Accounts")), c.rows, container.NewHBox(add, take)))
	return c
}

func (c *accountsCard) update(v presenter.View) {
	if reflect.DeepEqual(c.shown, v.Snapshot.Accounts) && len(c.rows.Objects) > 0 {
		return
	}
	c.shown = v.Snapshot.Accounts
	c.draw()
}

// draw makes the rows anew.
func (c *accountsCard) draw() {
	c.rows.RemoveAll()
	for i, a := range c.shown {
		if i > 0 {
			c.rows.Add(widget.NewSeparator())
		}
		c.rows.Add(c.row(a))
	}
	if len(c.shown) == 0 {
		none := widget.NewLabel(say("No host is set up yet"))
		none.Importance = widget.LowImportance
		c.rows.Add(none)
	}
	c.rows.Refresh()
}

func (c *accountsCard) row(a uploader.AccountStatus) fyne.CanvasObject {
	name := widget.NewLabelWithStyle(clean(a.Name), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	name.Truncation = fyne.TextTruncateEllipsis
	head := fyne.CanvasObject(name)
	if a.Default {
		usual := widget.NewLabel(lang.L("Default"))
		usual.SizeName = theme.SizeNameCaptionText
		head = parts.Tagged(name, container.NewStack(parts.NewGround(look.AccentSoft, 10), parts.Space(1, 22), container.NewCenter(usual)))
	}
	lines := []fyne.CanvasObject{head}
	for _, l := range c.lines(a) {
		line := widget.NewLabel(l.text)
		line.SizeName = theme.SizeNameCaptionText
		line.Importance = l.tone
		line.Wrapping = wrapWord // what stands here is told nowhere else
		lines = append(lines, line)
	}
	test := parts.NewButton(lang.L("Test"), func() { c.test(a) })
	if c.testing[a.ID] {
		test.Disable()
	}
	change := parts.NewButton(lang.L("Change…"), func() { c.edit(a.Name) })
	more := parts.NewIconButton(lang.L("More"), theme.MoreVerticalIcon(), nil)
	more.OnTapped = func() { c.menu(a, more) }
	ends := container.NewHBox(test, change, more)
	return container.NewBorder(nil, nil, nil, container.NewCenter(ends), container.New(tight(), lines...))
}

// told is a line with its colour.
type told struct {
	text string
	tone widget.Importance
}

// tested is what came of a test of an account.
type tested struct {
	at  time.Time
	err error
}

// lines are what stands under an account's name: its address, how its key is,
// why its files wait, what was learned of its host.
func (c *accountsCard) lines(a uploader.AccountStatus) []told {
	out := []told{{clean(a.Address), widget.LowImportance}, keyLine(a.Key)}
	keyTold := a.Key == uploader.KeyMissing || a.Key == uploader.KeyLocked || a.Key == uploader.KeyRefused
	for _, g := range a.Gates {
		if g.Gate != job.GateNoKey || !keyTold {
			out = append(out, told{gateWord(g), widget.WarningImportance})
		}
	}
	switch t, ok := c.tests[a.ID]; {
	case c.testing[a.ID]:
		out = append(out, told{lang.L("Testing…"), widget.LowImportance})
	case ok && t.err == nil:
		out = append(out, told{lang.L("Tested at {{.Time}}: address and key are good", map[string]any{"Time": clockWord(t.at, time.Now())}), widget.SuccessImportance})
	case ok:
		out = append(out, told{lang.L("Tested at {{.Time}}: {{.Reason}}", map[string]any{
			"Time": clockWord(t.at, time.Now()), "Reason": lowerFirst(say(uploader.ExplainCheck(t.err).Headline)),
		}), widget.DangerImportance})
	}
	var limits []string
	for _, l := range a.Limits {
		limits = append(limits, lang.L("{{.N}} in {{.Span}}", map[string]any{"N": l.Uploads, "Span": periodWord(l.Period)}))
	}
	if len(limits) > 0 {
		out = append(out, told{lang.L("Limits learned: {{.Limits}}", map[string]any{"Limits": strings.Join(limits, ", ")}), widget.LowImportance})
	}
	return out
}

// keyLine says how an account's key is.
func keyLine(k uploader.KeyState) told {
	switch k {
	case uploader.KeyStored:
		return told{lang.L("Key: in your keyring"), widget.LowImportance}
	case uploader.KeyMemory:
		return told{lang.L("Key: in memory, until Upshot ends"), widget.LowImportance}
	case uploader.KeyMissing:
		return told{lang.L("Key: none is stored. Give it with Change"), widget.WarningImportance}
	case uploader.KeyLocked:
		return told{lang.L("Key: your keyring is locked or does not answer"), widget.WarningImportance}
	case uploader.KeyRefused:
		return told{lang.L("Key: the host does not take it. Give another with Change"), widget.DangerImportance}
	default:
		return told{lang.L("Key: not needed so far"), widget.LowImportance}
	}
}

// periodWord is a whole span of time for people.
func periodWord(d time.Duration) string {
	day := 24 * time.Hour
	switch {
	case d >= day && d%day == 0:
		return many("days", int(d/day))
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d h", int(d/time.Hour))
	default:
		return spanWord(d)
	}
}

func (c *accountsCard) menu(a uploader.AccountStatus, from fyne.CanvasObject) {
	pause := fyne.NewMenuItem(lang.L("Pause"), func() { c.w.pauseAccount(a.Name) })
	if len(a.Gates) > 0 && a.Gates[0].Gate == job.GatePaused {
		pause = fyne.NewMenuItem(lang.L("Resume"), func() { c.w.resume(a.Name) })
	}
	usual := fyne.NewMenuItem(lang.L("Make default"), func() { c.makeDefault(a.Name) })
	usual.Disabled = a.Default
	menu := fyne.NewMenu("",
		usual, pause,
		fyne.NewMenuItem(lang.L("Write a .sxcu file…"), func() { c.exportFile(a.Name) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Remove…"), func() { c.askRemove(a.Name) }))
	widget.ShowPopUpMenuAtRelativePosition(menu, c.w.win.Canvas(), fyne.NewPos(0, from.Size().Height), from)
}

func (c *accountsCard) makeDefault(name string) {
	c.w.order(func(ctx context.Context, up uploader.Uploader) error {
		_, err := up.DefaultAccount(ctx, uploader.AccountRequest{Account: name})
		return err
	}, nil)
}

func (c *accountsCard) askRemove(name string) {
	c.w.ask(lang.L("Remove this account?"),
		lang.L("Its key is taken out of the keyring. Files that wait for it stay in the queue; what was uploaded stays on the host."),
		button{lang.L("Remove it"), widget.DangerImportance, func() {
			c.w.order(func(ctx context.Context, up uploader.Uploader) error {
				_, err := up.RemoveAccount(ctx, uploader.AccountRequest{Account: name})
				return err
			}, nil)
		}})
}

// with reads an account from the settings, then does something with it.
func (c *accountsCard) with(name string, do func(uploader.Account)) {
	var found uploader.Account
	c.w.order(func(ctx context.Context, up uploader.Uploader) error {
		settings, err := up.Settings(ctx, uploader.None{})
		if err != nil {
			return err
		}
		a, ok := settings.Account(name)
		if !ok {
			return uploader.ErrNoAccount
		}
		found = a
		return nil
	}, func() { do(found) })
}

// test asks the host whether address and key are good; nothing is uploaded.
func (c *accountsCard) test(a uploader.AccountStatus) {
	c.testing[a.ID] = true
	c.draw()
	c.w.present.Do(func(ctx context.Context, up uploader.Uploader) error {
		settings, err := up.Settings(ctx, uploader.None{})
		if err != nil {
			return err
		}
		account, ok := settings.Account(a.Name)
		if !ok {
			return uploader.ErrNoAccount
		}
		_, err = up.Check(ctx, uploader.Candidate{Account: account})
		return err
	}, func(err error) {
		c.w.cfg.Do(func() {
			delete(c.testing, a.ID)
			if errors.Is(err, context.Canceled) {
				return
			}
			c.tests[a.ID] = tested{time.Now(), err}
			c.draw()
			if err != nil {
				c.w.failed(uploader.ExplainCheck(err), func() { c.test(a) })
			}
		})
	})
}

// edit asks for the address and key of an account, or of a new one.
func (c *accountsCard) edit(name string) {
	if name == "" {
		c.show(lang.L("Add an account"), uploader.Account{Address: DefaultAddress}, false, client.Key{}, "")
		return
	}
	c.with(name, func(a uploader.Account) {
		c.show(lang.L("Settings of {{.Name}}", map[string]any{"Name": clean(a.Name)}), a, true, client.Key{}, "")
	})
}

// show shows the form of an account, with a key that a file gave and a note
// about that file.
func (c *accountsCard) show(headline string, a uploader.Account, exists bool, key client.Key, note string) {
	var hide func()
	form := newAccountForm(c.w, a, exists, func() {
		hide()
		c.w.say(lang.L("Account saved"))
	})
	form.given = key
	form.address.OnEscape = func() { hide() }
	form.key.OnEscape = func() { hide() }
	body := vbox(form.object, form.more())
	if note != "" {
		told := widget.NewLabel(note)
		told.Wrapping = wrapWord
		body.Objects = append([]fyne.CanvasObject{told}, body.Objects...)
	}
	if !key.IsZero() {
		form.key.SetPlaceHolder(lang.L("The file's key is used"))
		form.reset()
	}
	hide = c.w.sheetOf(headline, parts.Column(500, body), form.check, form.save)
	c.w.win.Canvas().Focus(form.key)
}

// importFile takes an account over from a custom uploader file of ShareX. Its
// host is shown and checked before anything is kept.
func (c *accountsCard) importFile() {
	wanted := func(name string) bool { return strings.EqualFold(filepath.Ext(name), ".sxcu") }
	c.w.pickFile(wanted, lang.L("Choose this file"), func(path string) {
		var u sxcu.Uploader
		var err error
		c.w.away(func(context.Context) { u, err = readSxcu(path) }, func() {
			if err != nil {
				c.w.fail(err, nil)
				return
			}
			c.take(u)
		})
	})
}

func readSxcu(path string) (u sxcu.Uploader, err error) {
	f, err := os.Open(path)
	if err != nil {
		return u, fmt.Errorf("open the .sxcu file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return sxcu.Read(f)
}

func (c *accountsCard) take(u sxcu.Uploader) {
	a := uploader.Account{
		Name: u.Name, Address: u.Address, KeyInForm: u.KeyInForm, Params: u.Params,
		Link: job.LinkChoice{Kind: u.Link, Template: u.Template},
	}
	note := lang.L("This file is about {{.Host}}. Check that this is the host you mean: your pictures go there.", map[string]any{"Host": clean(u.Address)})
	for _, n := range u.Notes {
		note += "\n• " + sentence(clean(n))
	}
	c.show(lang.L("Add an account"), a, false, u.Key, note)
}

// exportFile writes an account as a custom uploader file of ShareX, without
// its key.
func (c *accountsCard) exportFile(name string) {
	c.with(name, func(a uploader.Account) {
		c.w.pickFolder(func(dir string) {
			path := filepath.Join(dir, fileName(a.Name)+".sxcu")
			c.w.order(func(context.Context, uploader.Uploader) error { return writeSxcu(path, a) },
				func() {
					c.w.say(lang.L("{{.Name}} is written, without the key", map[string]any{"Name": clean(filepath.Base(path))}))
				})
		})
	})
}

func writeSxcu(path string, a uploader.Account) error {
	data, _, err := sxcu.Uploader{
		Name: a.Name, Address: a.Address, KeyInForm: a.KeyInForm, Params: a.Params, Link: a.Link.Kind, Template: a.Link.Template,
	}.Encode()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return invalid(lang.L("There is a file of that name in this folder already"))
	}
	if err != nil {
		return fmt.Errorf("write the .sxcu file: %w", err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write the .sxcu file: %w", err)
	}
	return nil
}

// fileName makes a name fit for a file.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, clean(name))
}
