package window

import (
	"context"
	"errors"
	"reflect"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
)

// settingsScreen shows accounts and what can be chosen. What is chosen is
// applied at once; the engine reads its file again before it writes.
type settingsScreen struct {
	w        *Window
	object   fyne.CanvasObject
	scroll   *container.Scroll
	accounts *accountsCard
	problem  *widget.Label // what was typed and cannot be kept
	about    *widget.Label
	choices  []choice
	link     *linkChoice
	notify   *parts.Check
	login    *parts.Check

	loaded  uploader.Settings
	fresh   bool // loaded is there
	loading bool
	setting bool // the widgets are being set, not used
	number  int  // of the last change
}

// choice is something that can be set: how it is shown, and how it is taken
// over from the screen.
type choice struct {
	show func(uploader.Settings)
	take func(*uploader.Settings) error
}

// typeAfter is how long one stops typing before what was typed is kept.
const typeAfter = 700 * time.Millisecond

func newSettingsScreen(w *Window) *settingsScreen {
	s := &settingsScreen{w: w, accounts: newAccountsCard(w), about: widget.NewLabel(""), problem: widget.NewLabel("")}
	s.about.SizeName = theme.SizeNameCaptionText
	s.about.Importance = widget.LowImportance
	s.problem.Importance = widget.DangerImportance
	s.problem.Truncation = fyne.TextTruncateEllipsis
	s.problem.Hide()
	cards := vbox(
		s.accounts.object,
		card(s.linksCard()), card(s.bandwidthCard()), card(s.hotkeysCard()), card(s.captureCard()),
		card(s.historyCard()), card(s.windowCard()), card(s.privacyCard()), s.about)
	s.scroll = container.NewVScroll(cards)
	s.object = container.NewBorder(vbox(title(lang.L("Settings"), nil), s.problem), nil, nil, nil, s.scroll)
	return s
}

func heading(text string) fyne.CanvasObject {
	l := widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	l.SizeName = theme.SizeNameSubHeadingText
	return l
}

// small is a line that explains what stands over it.
func small(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.SizeName = theme.SizeNameCaptionText
	l.Importance = widget.LowImportance
	l.Wrapping = wrapWord
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
	s.accounts.update(v)
}

func (s *settingsScreen) load() {
	s.loading = true
	var got uploader.Settings
	var login uploader.Autostart
	var noLogin error
	s.w.present.Do(func(ctx context.Context, up uploader.Uploader) (err error) {
		if got, err = up.Settings(ctx, uploader.None{}); err != nil {
			return err
		}
		login, noLogin = up.Autostart(ctx, uploader.None{})
		return nil
	}, func(err error) {
		s.w.cfg.Do(func() {
			s.loading = false
			if err != nil {
				s.w.fail(err, s.load)
				return
			}
			s.setting = true
			s.login.SetChecked(login.On)
			if errors.Is(noLogin, errors.ErrUnsupported) {
				s.login.Disable()
			}
			s.setting = false
			s.show(got)
		})
	})
}

// show shows settings as they were read.
func (s *settingsScreen) show(got uploader.Settings) {
	s.loaded, s.fresh = got, true
	s.setting = true
	for _, c := range s.choices {
		c.show(got)
	}
	s.setting = false
	s.w.dress(got)
}

// changed keeps what is chosen. Settings this screen does not show go along
// as they were read.
func (s *settingsScreen) changed() { s.changedAfter(0) }

// typed keeps what is typed, once the typing has stopped.
func (s *settingsScreen) typed(string) { s.changedAfter(typeAfter) }

func (s *settingsScreen) changedAfter(after time.Duration) {
	if s.setting || !s.fresh {
		return
	}
	s.number++
	number := s.number
	s.w.later(after, func() {
		if number == s.number {
			s.keep()
		}
	})
}

func (s *settingsScreen) keep() {
	next := s.loaded
	for _, c := range s.choices {
		if err := c.take(&next); err != nil {
			s.tell(err)
			return
		}
	}
	s.tell(nil)
	if reflect.DeepEqual(next, s.loaded) {
		return
	}
	was := s.loaded
	s.loaded = next
	s.w.changeSettings(func(now *uploader.Settings) { takeOver(now, was, next) }, func() { s.w.dress(next) })
}

// changeSettings changes settings as they are at that moment: another face, or
// the person by hand, may have changed others since they were read.
func (w *Window) changeSettings(change func(*uploader.Settings), done func()) {
	w.order(func(ctx context.Context, up uploader.Uploader) error {
		now, err := up.Settings(ctx, uploader.None{})
		if err != nil {
			return err
		}
		change(&now)
		_, err = up.ChangeSettings(ctx, now)
		return err
	}, done)
}

// takeOver changes those settings in which next differs from was.
func takeOver(now *uploader.Settings, was, next uploader.Settings) {
	to, old, fresh := reflect.ValueOf(now).Elem(), reflect.ValueOf(was), reflect.ValueOf(next)
	for i := range to.NumField() {
		if !reflect.DeepEqual(old.Field(i).Interface(), fresh.Field(i).Interface()) {
			to.Field(i).Set(fresh.Field(i))
		}
	}
}

func (s *settingsScreen) tell(err error) {
	text := ""
	if err != nil {
		text = sentence(uploader.Explain(err).Headline)
	}
	s.problem.SetText(text)
	show(s.problem, text != "")
}

// The parts of choices.

func (s *settingsScreen) check(word string, of func(*uploader.Settings) *bool, not bool) *parts.Check {
	c := parts.NewCheck(word, func(bool) { s.changed() })
	s.choices = append(s.choices, choice{
		func(got uploader.Settings) { c.SetChecked(*of(&got) != not) },
		func(next *uploader.Settings) error { *of(next) = c.Checked != not; return nil },
	})
	return c
}

// field is an entry; read takes over what was typed or says what is wrong.
func (s *settingsScreen) field(placeholder string, text func(uploader.Settings) string, read func(*uploader.Settings, string) error) *parts.Input {
	i := s.w.input("", placeholder)
	i.OnChanged = s.typed
	s.choices = append(s.choices, choice{
		func(got uploader.Settings) {
			if i.Text != text(got) {
				i.SetText(text(got))
			}
		},
		func(next *uploader.Settings) error { return read(next, i.Text) },
	})
	return i
}

// pick is a select of values, shown by words.
func (s *settingsScreen) pick(words, values []string, of func(*uploader.Settings) *string) *parts.Select {
	sel := parts.NewSelect(words, func(string) { s.changed() })
	s.choices = append(s.choices, choice{
		func(got uploader.Settings) {
			for i, value := range values {
				if value == *of(&got) {
					sel.SetSelectedIndex(i)
					return
				}
			}
			sel.ClearSelected()
		},
		func(next *uploader.Settings) error {
			if i := sel.SelectedIndex(); i >= 0 {
				*of(next) = values[i]
			}
			return nil
		},
	})
	return sel
}
