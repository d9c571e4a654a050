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
	kept   uploader.Account // that is changed, or what is known of a new one
	exists bool             // kept is in the settings
	given  client.Key       // that a file brought along; one that is typed goes before it
	done   func()

	proxy, authorities, pin, workers *parts.Input
	ask, inForm                      *parts.Check
	link                             *linkChoice
	params                           *paramsForm

	address, key *parts.Input
	plain        *parts.Check // allow http
	session      *parts.Check // keep the key in memory only
	icon         *widget.Icon
	status, hint *widget.Label
	check, save  *parts.Button

	asked   int    // number of the last check: what was typed since makes its answer void
	checked string // the mended address, once both are good
	saving  bool   // the account is on its way to the settings
}

func newAccountForm(w *Window, kept uploader.Account, exists bool, done func()) *accountForm {
	f := &accountForm{w: w, kept: kept, exists: exists, done: done, address: parts.NewInput(), key: parts.NewSecretInput()}
	f.address.SetText(kept.Address)
	f.address.SetPlaceHolder("https://")
	f.key.SetPlaceHolder(lang.L("Paste your API key"))
	if exists {
		f.key.SetPlaceHolder(lang.L("Leave it empty to keep the key"))
	}
	f.plain = parts.NewCheck(lang.L("Allow http: the key and your pictures travel unencrypted"), func(bool) { f.reset() })
	f.plain.Checked = kept.AllowHTTP
	show(f.plain, unencrypted(kept.Address))
	f.session = parts.NewCheck(lang.L("Keep the key in memory until Upshot ends"), nil)
	f.session.Hide()
	f.icon = widget.NewIcon(nil)
	f.status = widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	f.status.Wrapping = fyne.TextWrapWord
	f.hint = widget.NewLabel("")
	f.hint.Wrapping = fyne.TextWrapWord
	f.hint.SizeName = theme.SizeNameCaptionText
	f.hint.Importance = widget.LowImportance
	f.check = parts.NewButton(lang.L("Check"), f.runCheck)
	f.save = parts.NewButton(lang.L("Save"), f.runSave)
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
	where := parts.NewLink(lang.L("Where do I find my key?"))
	where.OnTapped = f.openKeyPage

	f.object = container.NewVBox(
		fieldLabel(lang.L("Address of your host")), f.address, f.plain,
		container.NewBorder(nil, nil, fieldLabel(lang.L("API key")), where), f.key, f.session,
		container.NewBorder(nil, nil, container.NewCenter(f.icon), nil, f.status), f.hint,
	)
	f.reset()
	return f
}

// more are the settings of an account that most do well without.
func (f *accountForm) more() fyne.CanvasObject {
	a, w := f.kept, f.w
	field := func(text, placeholder string) *parts.Input {
		i := w.input(text, placeholder)
		i.OnChanged = func(string) { f.reset() }
		return i
	}
	f.proxy = field(a.Proxy, lang.L("as the system says; or http://host:port"))
	f.authorities = field(a.CAFile, lang.L("a file of certificates, in PEM form"))
	f.pin = field(a.PinSHA256, lang.L("its SHA-256 fingerprint"))
	f.workers = field(numberText(a.Workers), "4")
	f.ask = parts.NewCheck(lang.L("Hold it and ask, instead of trying again"), func(bool) { f.reset() })
	f.ask.Checked = a.Ask
	f.inForm = parts.NewCheck(lang.L("Send the key as a form field, as old hosts want it"), func(bool) { f.reset() })
	f.inForm.Checked = a.KeyInForm
	f.link = newLinkChoice(w, true, w.sampleImage, f.reset)
	f.link.set(a.Link)
	f.params = newParamsForm(w, a.Params)
	for _, i := range []*parts.Input{f.params.album, f.params.tags, f.params.expires, f.params.width} {
		i.OnChanged = func(string) { f.reset() }
	}
	f.params.nsfw.OnChanged = func(bool) { f.reset() }
	word := widget.NewLabel
	rows := []fyne.CanvasObject{word(lang.L("Link")), f.link.object}
	rows = append(rows, f.params.pairs()...)
	rows = append(rows,
		word(lang.L("Files at once")), f.workers,
		word(lang.L("When an upload's end is not known")), f.ask,
		word(lang.L("Proxy")), f.proxy,
		word(lang.L("Trusted authorities")), container.NewBorder(nil, nil, nil, parts.NewIconButton(lang.L("Choose this file"), theme.FolderOpenIcon(), func() {
			w.pickFile(nil, lang.L("Choose this file"), f.authorities.SetText)
		}), f.authorities),
		word(lang.L("The only certificate taken")), f.pin,
		word(""), f.inForm)
	pairs := parts.Pairs(rows...)
	return parts.NewFold(lang.L("More settings"), pairs)
}

// account is what was typed, with an address.
func (f *accountForm) account(address string) (uploader.Account, error) {
	a := f.kept
	a.Name, a.Address = f.accountName(address), address
	a.AllowHTTP = f.plain.Visible() && f.plain.Checked
	if f.proxy == nil {
		return a, nil
	}
	a.Proxy, a.CAFile = strings.TrimSpace(f.proxy.Text), strings.TrimSpace(f.authorities.Text)
	a.PinSHA256, a.Ask, a.KeyInForm = strings.TrimSpace(f.pin.Text), f.ask.Checked, f.inForm.Checked
	var ok bool
	if a.Workers, ok = number(f.workers.Text); !ok || a.Workers > 8 {
		return a, invalid(lang.L("From 1 to 8 files can be sent at once"))
	}
	var err error
	if a.Link, err = f.link.get(); err != nil {
		return a, err
	}
	a.Params, err = f.params.get()
	return a, err
}

func fieldLabel(text string) *widget.Label {
	return widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
}

// reset forgets a check: something was typed since.
func (f *accountForm) reset() {
	f.asked++
	f.checked = ""
	f.save.Disable()
	if f.known() {
		f.save.Enable()
	}
	if f.filled() {
		f.check.Enable()
	} else {
		f.check.Disable()
	}
	f.tell(nil, "", lang.L("Check tests address and key. Nothing is uploaded."))
}

func (f *accountForm) filled() bool {
	return strings.TrimSpace(f.address.Text) != "" && (!f.secret().IsZero() || f.known())
}

// secret is the key that was typed, or that a file brought along.
func (f *accountForm) secret() client.Key {
	if typed := strings.TrimSpace(f.key.Text); typed != "" {
		return client.NewKey(typed)
	}
	return f.given
}

// known reports whether address and key are those that are kept already.
func (f *accountForm) known() bool {
	return f.exists && f.secret().IsZero() && strings.TrimSpace(f.address.Text) == f.kept.Address
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
	e := uploader.ExplainCheck(err)
	f.tell(theme.NewErrorThemedResource(theme.ErrorIcon()), sentence(e.Headline), sentence(e.Hint))
}

// candidate is what was typed, with an address.
func (f *accountForm) candidate(address string) (uploader.Candidate, error) {
	a, err := f.account(address)
	return uploader.Candidate{
		Account:     a,
		Key:         f.secret(),
		Default:     len(f.w.view.Snapshot.Accounts) == 0,
		SessionOnly: f.session.Visible() && f.session.Checked,
	}, err
}

// accountName names a new account by its host, and by a number if that is taken.
func (f *accountForm) accountName(address string) string {
	if f.exists {
		return f.kept.Name
	}
	name := f.kept.Name
	if name == "" {
		name = address
	}
	if u, err := url.Parse(address); f.kept.Name == "" && err == nil && u.Host != "" {
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
	candidate, err := f.candidate(strings.TrimSpace(f.address.Text))
	if err != nil {
		f.check.Enable()
		f.tellFailure(err)
		return
	}
	f.tell(theme.NewColoredResource(theme.ViewRefreshIcon(), theme.ColorNamePlaceHolder), lang.L("Checking…"), "")
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
	address := f.checked
	if address == "" && f.known() {
		address = f.kept.Address
	}
	if address == "" {
		return
	}
	candidate, err := f.candidate(address)
	if err != nil {
		f.tellFailure(err)
		return
	}
	f.save.Disable()
	f.saving = true
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
