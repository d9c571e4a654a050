package window

import (
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/parts"
)

// accountForm takes the address of a host and a key, checks both without
// uploading anything, and sets the account up.
type accountForm struct {
	w      *Window
	object fyne.CanvasObject
	name   string // of the account that is changed; empty: a new one
	done   func()

	address, key *parts.Input
	plain        *widget.Check // allow http
	session      *widget.Check // keep the key in memory only
	icon         *widget.Icon
	status, hint *widget.Label
	check, save  *widget.Button

	asked   int    // number of the last check: what was typed since makes its answer void
	checked string // the mended address, once both are good
	saving  bool   // the account is on its way to the settings
}

func newAccountForm(w *Window, name, address string, done func()) *accountForm {
	f := &accountForm{w: w, name: name, done: done, address: parts.NewInput(), key: parts.NewSecretInput()}
	f.address.SetText(address)
	f.address.SetPlaceHolder("https://")
	f.key.SetPlaceHolder(lang.L("Paste your API key"))
	f.plain = widget.NewCheck(lang.L("Allow http: the key and your pictures travel unencrypted"), func(bool) { f.reset() })
	f.plain.Hide()
	f.session = widget.NewCheck(lang.L("Keep the key in memory until Upshot ends"), nil)
	f.session.Hide()
	f.icon = widget.NewIcon(nil)
	f.status = widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	f.status.Wrapping = fyne.TextWrapWord
	f.hint = widget.NewLabel("")
	f.hint.Wrapping = fyne.TextWrapWord
	f.hint.SizeName = theme.SizeNameCaptionText
	f.hint.Importance = widget.LowImportance
	f.check = widget.NewButton(lang.L("Check"), f.runCheck)
	f.save = widget.NewButton(lang.L("Save"), f.runSave)
	f.save.Importance = widget.HighImportance

	f.address.OnChanged = func(text string) {
		show(f.plain, unencrypted(text))
		f.reset()
	}
	f.address.OnSubmitted = func(string) { w.win.Canvas().Focus(f.key) }
	f.key.OnChanged = func(string) { f.reset() }
	f.key.OnSubmitted = func(string) {
		if f.checked == "" {
			f.runCheck()
		} else {
			f.runSave()
		}
	}
	where := widget.NewHyperlink(lang.L("Where do I find my key?"), nil)
	where.OnTapped = f.openKeyPage

	f.object = container.NewVBox(
		fieldLabel(lang.L("Address of your host")), f.address, f.plain,
		container.NewBorder(nil, nil, fieldLabel(lang.L("API key")), where), f.key, f.session,
		container.NewBorder(nil, nil, container.NewCenter(f.icon), nil, f.status), f.hint,
	)
	f.reset()
	return f
}

func fieldLabel(text string) *widget.Label {
	return widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
}

// reset forgets a check: something was typed since.
func (f *accountForm) reset() {
	f.asked++
	f.checked = ""
	f.save.Disable()
	if f.filled() {
		f.check.Enable()
	} else {
		f.check.Disable()
	}
	f.tell(nil, "", lang.L("Check tests address and key. Nothing is uploaded."))
}

func (f *accountForm) filled() bool {
	return strings.TrimSpace(f.address.Text) != "" && strings.TrimSpace(f.key.Text) != ""
}

// tell shows how it stands.
func (f *accountForm) tell(icon fyne.Resource, status, hint string) {
	f.icon.SetResource(icon)
	show(f.icon, icon != nil)
	f.status.SetText(status)
	show(f.status, status != "")
	f.hint.SetText(hint)
	show(f.hint, hint != "")
}

func (f *accountForm) tellFailure(err error) {
	e := uploader.Explain(err)
	f.tell(theme.NewErrorThemedResource(theme.ErrorIcon()), sentence(e.Headline), sentence(e.Hint))
}

// candidate is what was typed, with an address.
func (f *accountForm) candidate(address string) uploader.Candidate {
	return uploader.Candidate{
		Account:     uploader.Account{Name: f.accountName(address), Address: address, AllowHTTP: f.plain.Visible() && f.plain.Checked},
		Key:         client.NewKey(strings.TrimSpace(f.key.Text)),
		Default:     len(f.w.view.Snapshot.Accounts) == 0,
		SessionOnly: f.session.Visible() && f.session.Checked,
	}
}

// accountName names a new account by its host, and by a number if that is taken.
func (f *accountForm) accountName(address string) string {
	if f.name != "" {
		return f.name
	}
	name := address
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		name = u.Host + strings.TrimRight(u.Path, "/")
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(f.w.view.Snapshot.Accounts, func(a uploader.AccountStatus) bool {
			return a.Name == name && a.Address != address
		})
	}
	free := name
	for i := '2'; taken(free) && i <= '9'; i++ {
		free = name + " " + string(i)
	}
	return free
}

func (f *accountForm) runCheck() {
	if !f.filled() {
		return
	}
	f.asked++
	number := f.asked
	f.check.Disable()
	f.tell(theme.NewColoredResource(theme.ViewRefreshIcon(), theme.ColorNamePlaceHolder), lang.L("Checking…"), "")
	candidate := f.candidate(strings.TrimSpace(f.address.Text))
	var got uploader.Checked
	f.w.present.Do(func(ctx context.Context, up uploader.Uploader) (err error) {
		got, err = up.Check(ctx, candidate)
		return err
	}, func(err error) {
		f.w.cfg.Do(func() {
			if number != f.asked {
				return // something else was typed meanwhile
			}
			f.check.Enable()
			if err != nil {
				f.tellFailure(err)
				return
			}
			f.accepted(got)
		})
	})
}

func (f *accountForm) accepted(got uploader.Checked) {
	f.address.SetText(got.Address) // mended; this resets, so the rest comes after
	f.checked = got.Address
	f.save.Enable()
	f.tell(theme.NewSuccessThemedResource(theme.ConfirmIcon()), lang.L("Address and key are good"),
		lang.L("Save keeps the key in your system's keyring."))
}

func (f *accountForm) runSave() {
	if f.checked == "" {
		return
	}
	f.save.Disable()
	f.saving = true
	candidate := f.candidate(f.checked)
	f.w.present.Do(func(ctx context.Context, up uploader.Uploader) error {
		_, err := up.AddAccount(ctx, candidate)
		return err
	}, func(err error) {
		f.w.cfg.Do(func() {
			f.saving = false
			if err != nil {
				f.save.Enable()
				f.tellFailure(err)
				if noKeyring(err) {
					f.session.Show()
				}
				return
			}
			f.key.SetText("")
			f.done()
		})
	})
}

// noKeyring reports whether a key could not be kept because the system has no
// keyring, or nobody opened it.
func noKeyring(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, context.DeadlineExceeded)
}

// openKeyPage opens the page of a Chevereto V4 host that shows the key.
func (f *accountForm) openKeyPage() {
	address := strings.TrimRight(strings.TrimSpace(f.address.Text), "/")
	if address == "" {
		address = DefaultAddress
	}
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address + "/settings/api")
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return
	}
	w := f.w
	w.away(func(context.Context) { err = w.cfg.App.OpenURL(u) }, func() {
		if err != nil {
			f.tell(nil, "", u.String())
		}
	})
}

// unencrypted reports whether an address as it is typed sends the key over a
// network without encryption. What stays on this computer does not.
func unencrypted(typed string) bool {
	u, err := url.Parse(strings.TrimSpace(typed))
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())
}
