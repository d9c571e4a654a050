package window

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/words"
)

// linksCard: which link, and what happens with it.
func (s *settingsScreen) linksCard() fyne.CanvasObject {
	s.link = newLinkChoice(s.w, false, s.w.sampleImage, s.changed)
	s.choices = append(s.choices, choice{
		func(got uploader.Settings) { s.link.set(got.Link) },
		func(next *uploader.Settings) (err error) { next.Link, err = s.link.get(); return err },
	})
	copied := s.check(lang.L("Put the links of watched folders on the clipboard"), func(g *uploader.Settings) *bool { return &g.NoCopy }, true)
	s.notify = s.check(lang.L("Show a notification when links are ready"), func(g *uploader.Settings) *bool { return &g.NoNotify }, true)
	return vbox(heading(lang.L("Links")), parts.Pairs(widget.NewLabel(lang.L("Copy")), s.link.object), copied, s.notify)
}

// bandwidthCard: how fast, when, and over which network.
func (s *settingsScreen) bandwidthCard() fyne.CanvasObject {
	wrong := func() error { return invalid(lang.L("Write the limit like 500 kB or 2 MB")) }
	limit := s.field(lang.L("as fast as it goes; or 500 kB, 2 MB"),
		func(got uploader.Settings) string { return amountText(got.Limit) },
		func(next *uploader.Settings, text string) error {
			bytes, ok := amount(text)
			if !ok {
				return wrong()
			}
			next.Limit = bytes
			return nil
		})
	workers := s.field("4",
		func(got uploader.Settings) string { return numberText(got.Workers) },
		func(next *uploader.Settings, text string) error {
			n, ok := number(text)
			if !ok || n > 8 {
				return invalid(lang.L("From 1 to 8 files can be sent at once"))
			}
			next.Workers = n
			return nil
		})
	hours := newHoursForm(s)
	metered := s.check(lang.L("Send nothing over a network that is paid by volume"), func(g *uploader.Settings) *bool { return &g.PauseMetered }, false)
	return vbox(heading(lang.L("Bandwidth")),
		parts.Pairs(
			widget.NewLabel(lang.L("At most, a second")), limit,
			widget.NewLabel(lang.L("Files at once")), workers),
		hours.object, metered)
}

// hoursForm is the list of hours with a limit of their own.
type hoursForm struct {
	s      *settingsScreen
	object fyne.CanvasObject
	rows   *fyne.Container
	now    []hoursRow
}

type hoursRow struct {
	kept            uploader.Hours
	from, to, limit *parts.Input
}

func newHoursForm(s *settingsScreen) *hoursForm {
	h := &hoursForm{s: s, rows: vbox()}
	add := parts.NewButtonWithIcon(lang.L("Other limits at some hours…"), theme.ContentAddIcon(), func() {
		h.add(uploader.Hours{From: "22:00", To: "07:00"})
		s.changed()
	})
	add.Importance = widget.LowImportance
	h.object = vbox(h.rows, container.NewHBox(add))
	s.choices = append(s.choices, choice{h.show, h.take})
	return h
}

func (h *hoursForm) show(got uploader.Settings) {
	var next uploader.Settings
	if h.take(&next) == nil && slices.EqualFunc(next.Hours, got.Hours, sameHours) {
		return // what is typed stays as it is typed
	}
	h.now = nil
	h.rows.RemoveAll()
	for _, hours := range got.Hours {
		h.add(hours)
	}
}

func sameHours(a, b uploader.Hours) bool {
	return a.From == b.From && a.To == b.To && a.Limit == b.Limit && slices.Equal(a.Days, b.Days)
}

func (h *hoursForm) add(hours uploader.Hours) {
	field := func(text, placeholder string) *parts.Input {
		i := h.s.w.input(text, placeholder)
		i.OnChanged = h.s.typed
		return i
	}
	row := hoursRow{hours, field(hours.From, "22:00"), field(hours.To, "07:00"), field(amountText(hours.Limit), lang.L("as fast as it goes"))}
	h.now = append(h.now, row)
	var line fyne.CanvasObject
	remove := parts.NewIconButton(lang.L("Remove it"), theme.DeleteIcon(), func() {
		h.now = slices.DeleteFunc(h.now, func(r hoursRow) bool { return r.from == row.from })
		h.rows.Remove(line)
		h.s.changed()
	})
	times := container.NewGridWithColumns(2, row.from, row.to)
	line = container.NewBorder(nil, nil, nil, remove, container.NewGridWithColumns(2, times, row.limit))
	h.rows.Add(line)
}

func (h *hoursForm) take(next *uploader.Settings) error {
	var out []uploader.Hours
	for _, row := range h.now {
		hours := row.kept
		hours.From, hours.To = strings.TrimSpace(row.from.Text), strings.TrimSpace(row.to.Text)
		for _, at := range []string{hours.From, hours.To} {
			if _, err := time.Parse("15:04", at); err != nil {
				return invalid(lang.L("Write hours like 22:00"))
			}
		}
		bytes, ok := amount(row.limit.Text)
		if !ok {
			return invalid(lang.L("Write the limit like 500 kB or 2 MB"))
		}
		hours.Limit = bytes
		out = append(out, hours)
	}
	next.Hours = out
	return nil
}

// hotkeysCard: key combinations that work everywhere; none unless it is wished.
func (s *settingsScreen) hotkeysCard() fyne.CanvasObject {
	var rows []fyne.CanvasObject
	for _, key := range []struct {
		what uploader.Shortcut
		word string
	}{
		{uploader.ShortcutRegion, lang.L("Capture a region")},
		{uploader.ShortcutWindow, lang.L("Capture the active window")},
		{uploader.ShortcutScreen, lang.L("Capture all screens")},
		{uploader.ShortcutClipboard, lang.L("Upload the clipboard")},
	} {
		rows = append(rows, widget.NewLabel(key.word), s.field(lang.L("off; or a combination like Ctrl+Shift+4"),
			func(got uploader.Settings) string { return got.Hotkeys[key.what] },
			func(next *uploader.Settings, text string) error {
				next.Hotkeys = maps.Clone(next.Hotkeys)
				if text = strings.TrimSpace(text); text == "" {
					delete(next.Hotkeys, key.what)
					return nil
				}
				if next.Hotkeys == nil {
					next.Hotkeys = make(map[uploader.Shortcut]string)
				}
				next.Hotkeys[key.what] = text
				return nil
			}))
	}
	return vbox(heading(lang.L("Hotkeys")), small(lang.L("They work in every program. Where the system does not allow it, a notice says so.")), parts.Pairs(rows...))
}

// captureCard: how captures are made.
func (s *settingsScreen) captureCard() fyne.CanvasObject {
	format := s.pick([]string{"PNG", "JPEG"}, []string{"", "jpeg"}, func(g *uploader.Settings) *string { return &g.Capture.Format })
	name := s.field("{date} {time}",
		func(got uploader.Settings) string { return got.Capture.Name },
		func(next *uploader.Settings, text string) error {
			next.Capture.Name = strings.TrimSpace(text)
			return nil
		})
	delay := s.field("0",
		func(got uploader.Settings) string { return numberText(int(got.Capture.Delay / time.Second)) },
		func(next *uploader.Settings, text string) error {
			n, ok := number(text)
			if !ok || n > 60 {
				return invalid(lang.L("The delay is a number of seconds, 60 at most"))
			}
			next.Capture.Delay = time.Duration(n) * time.Second
			return nil
		})
	return vbox(heading(lang.L("Captures of the screen")), parts.Pairs(
		widget.NewLabel(lang.L("Format")), format,
		widget.NewLabel(lang.L("Name")), name,
		widget.NewLabel(lang.L("Seconds before")), delay))
}

// historyCard: how much is kept.
func (s *settingsScreen) historyCard() fyne.CanvasObject {
	kept := func(of func(*uploader.Settings) *int) *parts.Input {
		return s.field(lang.L("no bound"),
			func(got uploader.Settings) string { return numberText(*of(&got)) },
			func(next *uploader.Settings, text string) error {
				n, ok := number(text)
				if !ok {
					return invalid(lang.L("Write a number, or nothing for no bound"))
				}
				*of(next) = n
				return nil
			})
	}
	again := s.check(lang.L("Send files again that the host has already"), func(g *uploader.Settings) *bool { return &g.SendAgain }, false)
	return vbox(heading(lang.L("History")), parts.Pairs(
		widget.NewLabel(lang.L("Days kept")), kept(func(g *uploader.Settings) *int { return &g.KeepDays }),
		widget.NewLabel(lang.L("Uploads kept")), kept(func(g *uploader.Settings) *int { return &g.KeepCount })), again)
}

// windowCard: how the window looks and speaks, and when the agent starts.
func (s *settingsScreen) windowCard() fyne.CanvasObject {
	tags, names := []string{""}, []string{lang.L("As the system")}
	for _, l := range words.Languages() {
		tags, names = append(tags, l.Tag), append(names, l.Name)
	}
	speech := s.pick(names, tags, func(g *uploader.Settings) *string { return &g.Language })
	colors := s.pick([]string{lang.L("As the system"), lang.L("Light"), lang.L("Dark")}, []string{"", "light", "dark"},
		func(g *uploader.Settings) *string { return &g.Theme })
	s.login = parts.NewCheck(lang.L("Start Upshot when I log in"), func(on bool) {
		if s.setting {
			return
		}
		s.w.order(func(ctx context.Context, up uploader.Uploader) error {
			_, err := up.SetAutostart(ctx, uploader.Autostart{On: on})
			return err
		}, nil)
	})
	return vbox(heading(lang.L("Window and start")), parts.Pairs(
		widget.NewLabel(lang.L("Language")), speech,
		widget.NewLabel(lang.L("Colours")), colors), s.login)
}

// privacyCard says what leaves this computer.
func (s *settingsScreen) privacyCard() fyne.CanvasObject {
	return vbox(heading(lang.L("Privacy")),
		small(lang.L("Your files go to your own hosts and nowhere else. Upshot sends no statistics and asks nobody for updates.")),
		small(lang.L("Keys lie in your system's keyring. History with its links lies on this computer, for your account alone.")),
		small(lang.L("Hosts keep what a picture tells of itself, such as where it was taken, unless they are set otherwise. A folder's dry run counts such pictures.")))
}
