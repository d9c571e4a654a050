package window

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/look"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
)

// settingsScreen shows accounts and what can be chosen. What is chosen is
// applied at once; the engine reads its file again before it writes.
type settingsScreen struct {
	w        *Window
	object   fyne.CanvasObject
	accounts *fyne.Container
	about    *widget.Label
	kind     *widget.Select
	copy     *widget.Check
	notify   *widget.Check

	shown   []uploader.AccountStatus // what the accounts' cards show
	loaded  uploader.Settings
	fresh   bool // loaded is there
	loading bool
	setting bool // the widgets are being set, not used
}

func newSettingsScreen(w *Window) *settingsScreen {
	s := &settingsScreen{w: w, accounts: container.NewVBox(), about: widget.NewLabel("")}
	words := make([]string, 0, len(client.LinkKinds()))
	for _, kind := range client.LinkKinds() {
		words = append(words, linkWord(kind))
	}
	s.kind = widget.NewSelect(words, func(string) { s.changed() })
	s.copy = widget.NewCheck(lang.L("Put the links of watched folders on the clipboard"), func(bool) { s.changed() })
	s.notify = widget.NewCheck(lang.L("Show a notification when links are ready"), func(bool) { s.changed() })
	s.about.SizeName = theme.SizeNameCaptionText
	s.about.Importance = widget.LowImportance

	add := widget.NewButtonWithIcon(lang.L("Add an account…"), theme.ContentAddIcon(), func() { s.edit("") })
	links := container.NewVBox(
		heading(lang.L("Links")),
		container.NewBorder(nil, nil, widget.NewLabel(lang.L("Copy")), nil, s.kind),
		s.copy, s.notify,
	)
	s.object = container.NewBorder(title(lang.L("Settings"), nil), nil, nil, nil, container.NewVScroll(container.NewVBox(
		card(container.NewVBox(heading(lang.L("Accounts")), s.accounts, container.NewHBox(add))),
		card(links), s.about)))
	return s
}

func heading(text string) fyne.CanvasObject {
	l := widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	l.SizeName = theme.SizeNameSubHeadingText
	return l
}

func (s *settingsScreen) content() fyne.CanvasObject {
	s.fresh = false // another face may have changed them meanwhile
	return s.object
}

func (s *settingsScreen) update(v presenter.View) {
	if v.Link == presenter.Live && !s.fresh && !s.loading {
		s.load()
	}
	if word := lang.L("Upshot {{.Version}}", map[string]any{"Version": v.Snapshot.Version}); s.about.Text != word {
		s.about.SetText(word)
	}
	if !sameAccounts(s.shown, v.Snapshot.Accounts) {
		s.shown = v.Snapshot.Accounts
		s.showAccounts()
	}
}

func sameAccounts(a, b []uploader.AccountStatus) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].ID != b[i].ID || a[i].Default != b[i].Default {
			return false
		}
	}
	return true
}

func (s *settingsScreen) showAccounts() {
	s.accounts.RemoveAll()
	for _, a := range s.shown {
		name := widget.NewLabelWithStyle(clean(a.Name), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
		name.Truncation = fyne.TextTruncateEllipsis
		address := widget.NewLabel(clean(a.Address))
		address.SizeName = theme.SizeNameCaptionText
		address.Importance = widget.LowImportance
		address.Truncation = fyne.TextTruncateEllipsis
		usual := widget.NewButton(lang.L("Make default"), func() { s.makeDefault(a.Name) })
		usual.Importance = widget.LowImportance
		if a.Default {
			usual = widget.NewButtonWithIcon(lang.L("Default"), theme.NewColoredResource(theme.ConfirmIcon(), look.Accent), nil)
			usual.Importance = widget.LowImportance
		}
		key := widget.NewButton(lang.L("New key…"), func() { s.edit(a.Name) })
		remove := widget.NewButtonWithIcon("", theme.DeleteIcon(), func() { s.askRemove(a.Name) })
		remove.Importance = widget.LowImportance
		s.accounts.Add(container.NewBorder(nil, nil, nil,
			container.NewCenter(container.NewHBox(usual, key, remove)),
			container.New(layout.NewCustomPaddedVBoxLayout(-14), name, address)))
	}
	s.accounts.Refresh()
}

func (s *settingsScreen) load() {
	s.loading = true
	var got uploader.Settings
	s.w.present.Do(func(ctx context.Context, up uploader.Uploader) (err error) {
		got, err = up.Settings(ctx, uploader.None{})
		return err
	}, func(err error) {
		s.w.cfg.Do(func() {
			s.loading = false
			if err != nil {
				s.w.fail(err, s.load)
				return
			}
			s.loaded, s.fresh = got, true
			s.setting = true
			kind := got.Link.Kind
			if kind == "" {
				kind = client.LinkDirect
			}
			s.kind.SetSelected(linkWord(kind))
			s.copy.SetChecked(!got.NoCopy)
			s.notify.SetChecked(!got.NoNotify)
			s.setting = false
		})
	})
}

// changed writes what is chosen. Settings this screen does not show go along
// as they were read.
func (s *settingsScreen) changed() {
	if s.setting || !s.fresh {
		return
	}
	next := s.loaded
	if i := s.kind.SelectedIndex(); i >= 0 {
		next.Link.Kind = client.LinkKinds()[i]
		if next.Link.Kind != s.loaded.Link.Kind {
			next.Link.Template = ""
		}
	}
	next.NoCopy, next.NoNotify = !s.copy.Checked, !s.notify.Checked
	s.loaded = next
	s.w.order(func(ctx context.Context, up uploader.Uploader) error {
		_, err := up.ChangeSettings(ctx, next)
		return err
	}, nil)
}

func (s *settingsScreen) makeDefault(name string) {
	s.w.order(func(ctx context.Context, up uploader.Uploader) error {
		_, err := up.DefaultAccount(ctx, uploader.AccountRequest{Account: name})
		return err
	}, nil)
}

func (s *settingsScreen) askRemove(name string) {
	s.w.ask(lang.L("Remove this account?"),
		lang.L("Its key is taken out of the keyring. Files that wait for it stay in the queue; what was uploaded stays on the host."),
		button{lang.L("Remove it"), widget.DangerImportance, func() {
			s.w.order(func(ctx context.Context, up uploader.Uploader) error {
				_, err := up.RemoveAccount(ctx, uploader.AccountRequest{Account: name})
				return err
			}, nil)
		}})
}

// edit asks for the address and key of an account, or of a new one.
func (s *settingsScreen) edit(name string) {
	headline, address := lang.L("Add an account"), DefaultAddress
	for _, a := range s.w.view.Snapshot.Accounts {
		if a.Name == name {
			headline, address = lang.L("Address and key of {{.Name}}", map[string]any{"Name": clean(name)}), a.Address
		}
	}
	var hide func()
	form := newAccountForm(s.w, name, address, func() {
		hide()
		s.w.say(lang.L("Account saved"))
	})
	form.address.OnEscape = func() { hide() }
	form.key.OnEscape = func() { hide() }
	hide = s.w.sheetOf(headline, parts.Column(420, form.object), form.check, form.save)
	s.w.win.Canvas().Focus(form.key)
}
