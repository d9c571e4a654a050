package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
	"images-uploader.com/upshot/platform/hotkey"
)

// autostartName is the setting that the system keeps, not our file: whether
// the agent starts when the person logs in.
const autostartName = "autostart"

// setting is one value that can be read and set by name.
type setting struct {
	get func(uploader.Settings) string
	set func(*uploader.Settings, string) error
}

// onOff reads true or false.
func onOff(name, v string) (bool, error) {
	on, err := strconv.ParseBool(v)
	if err != nil {
		return false, usagef("%s: %q is neither true nor false", name, v)
	}
	return on, nil
}

// yesNo is a setting that is stored as its opposite.
func yesNo(name string, at func(*uploader.Settings) *bool) setting {
	return setting{
		get: func(s uploader.Settings) string { return strconv.FormatBool(!*at(&s)) },
		set: func(s *uploader.Settings, v string) error {
			on, err := onOff(name, v)
			*at(s) = !on
			return err
		},
	}
}

// plainBool is a setting that is stored as it is.
func plainBool(name string, at func(*uploader.Settings) *bool) setting {
	return setting{
		get: func(s uploader.Settings) string { return strconv.FormatBool(*at(&s)) },
		set: func(s *uploader.Settings, v string) error {
			on, err := onOff(name, v)
			*at(s) = on
			return err
		},
	}
}

// number is a setting that counts up to most; 0 is no bound.
func number(name string, most int, at func(*uploader.Settings) *int) setting {
	return setting{
		get: func(s uploader.Settings) string { return strconv.Itoa(*at(&s)) },
		set: func(s *uploader.Settings, v string) error {
			n, err := strconv.Atoi(v)
			if err != nil || n < 0 || n > most {
				return usagef("%s: %q is no whole number from 1 to %d, or 0 for no bound", name, v, most)
			}
			*at(s) = n
			return nil
		},
	}
}

// hotkeyName begins the names of the settings that are hotkeys.
const hotkeyName = "hotkey-"

// hotkeySetting is the combination that does something; none takes it away.
func hotkeySetting(what uploader.Shortcut) setting {
	return setting{
		get: func(s uploader.Settings) string { return s.Hotkeys[what] },
		set: func(s *uploader.Settings, v string) error {
			if v == none {
				s.Hotkeys = maps.Clone(s.Hotkeys)
				delete(s.Hotkeys, what)
				return nil
			}
			if v == "" {
				return usagef("%s%s needs a value, such as Ctrl+Shift+4, or none", hotkeyName, what)
			}
			c, err := hotkey.Parse(v)
			if err != nil {
				return usagef("%s%s: %v; write it like Ctrl+Shift+4, or none", hotkeyName, what, err)
			}
			for other, text := range s.Hotkeys {
				have, err := hotkey.Parse(text)
				if err == nil && have == c && other != what {
					return usagef("%s%s: %s is used for %s%s already", hotkeyName, what, c, hotkeyName, other)
				}
			}
			s.Hotkeys = maps.Clone(s.Hotkeys)
			if s.Hotkeys == nil {
				s.Hotkeys = map[uploader.Shortcut]string{}
			}
			s.Hotkeys[what] = c.String()
			return nil
		},
	}
}

// hoursSetting are limits by the time of the day: entries of the form
// [DAYS/]FROM-TO=LIMIT, separated by white space.
func hoursSetting() setting {
	return setting{
		get: func(s uploader.Settings) string {
			var all []string
			for _, h := range s.Hours {
				days := ""
				if len(h.Days) > 0 {
					days = strings.Join(h.Days, ",") + "/"
				}
				all = append(all, days+h.From+"-"+h.To+"="+formatRate(h.Limit))
			}
			return strings.Join(all, " ")
		},
		set: func(s *uploader.Settings, v string) error {
			s.Hours = nil
			if v == none {
				return nil
			}
			if strings.TrimSpace(v) == "" {
				return usagef("hours needs a value, such as 22:00-07:00=0 or mon,tue/09:00-17:00=500K, or none")
			}
			for _, entry := range strings.Fields(v) {
				var h uploader.Hours
				days, span, found := strings.Cut(entry, "/")
				if !found {
					days, span = "", entry
				}
				if days != "" {
					h.Days = strings.Split(strings.ToLower(days), ",")
				}
				clock, rate, _ := strings.Cut(span, "=")
				h.From, h.To, _ = strings.Cut(clock, "-")
				n, err := parseRate(rate)
				if err != nil || h.To == "" {
					return usagef("hours: %q is not [DAYS/]FROM-TO=LIMIT, such as 22:00-07:00=0 or mon,tue/09:00-17:00=500K", entry)
				}
				h.Limit = n
				s.Hours = append(s.Hours, h)
			}
			return nil
		},
	}
}

// Bounds of what is kept: a hundred years, and more uploads than anybody makes.
const (
	mostDays = 36500
	mostKept = 1_000_000_000
)

// mostCaptureName bounds the name of captures, in bytes: with what is filled
// in, file systems take it.
const mostCaptureName = 100

// checkCaptureName refuses names of captures that would not be made as they
// are written.
func checkCaptureName(v string) error {
	fields := []string{"{date}", "{time}", "{window}"}
	rest := v
	for _, f := range fields {
		rest = strings.ReplaceAll(rest, f, "")
	}
	known := "; what is filled in is " + strings.Join(fields, ", ")
	switch {
	case strings.TrimSpace(v) == "":
		return usagef("capture-name needs a value, such as shot-{date}-{time}, or none")
	case strings.ContainsAny(rest, "{}"):
		return usagef("capture-name: %q has a { or } that means nothing%s", v, known)
	case strings.ContainsAny(rest, `<>:"/\|?*`) || strings.ContainsFunc(rest, unicode.IsControl) || !utf8.ValidString(v):
		return usagef("capture-name: %q holds a character that file names cannot have on every system%s", v, known)
	case len(v) > mostCaptureName:
		return usagef("capture-name: at most %d letters%s", mostCaptureName, known)
	}
	return nil
}

// settings by name.
func settingsTable() map[string]setting {
	return map[string]setting{
		"link": {
			get: func(s uploader.Settings) string {
				if s.Link.Kind == "" {
					return string(client.LinkDirect)
				}
				return string(s.Link.Kind)
			},
			set: func(s *uploader.Settings, v string) error {
				if !slices.Contains(linkKinds(), client.LinkKind(v)) {
					return usagef("link: %q is none of %s", v, kindNames())
				}
				s.Link.Kind, s.Link.Template = client.LinkKind(v), ""
				return nil
			},
		},
		"template": {
			get: func(s uploader.Settings) string { return s.Link.Template },
			set: func(s *uploader.Settings, v string) error {
				if v == "" {
					return usagef("template needs a value, such as '{{.url_viewer}}', or none")
				}
				if v == none {
					v = ""
				}
				s.Link.Template = v
				return checkTemplate("template", v)
			},
		},
		"workers": {
			get: func(s uploader.Settings) string { return strconv.Itoa(s.Workers) },
			set: func(s *uploader.Settings, v string) error {
				n, err := strconv.Atoi(v)
				if err != nil || n < 0 || n > 8 {
					return usagef("workers: %q is no whole number from 1 to 8, or 0 for the default", v)
				}
				s.Workers = n
				return nil
			},
		},
		"limit": {
			get: func(s uploader.Settings) string { return formatRate(s.Limit) },
			set: func(s *uploader.Settings, v string) error {
				n, err := parseRate(v)
				s.Limit = n
				if err != nil {
					return usagef("limit: %q is no number of bytes a second such as 500K or 2M; 0 is none", v)
				}
				return nil
			},
		},
		"keep-days":     number("keep-days", mostDays, func(s *uploader.Settings) *int { return &s.KeepDays }),
		"keep-count":    number("keep-count", mostKept, func(s *uploader.Settings) *int { return &s.KeepCount }),
		"pause-metered": plainBool("pause-metered", func(s *uploader.Settings) *bool { return &s.PauseMetered }),
		"send-again":    plainBool("send-again", func(s *uploader.Settings) *bool { return &s.SendAgain }),
		"hours":         hoursSetting(),
		autostartName: {
			set: func(_ *uploader.Settings, v string) error {
				_, err := onOff(autostartName, v)
				return err
			},
		},
		"capture-format": {
			get: func(s uploader.Settings) string { return cmp.Or(s.Capture.Format, uploader.CapturePNG) },
			set: func(s *uploader.Settings, v string) error {
				switch v {
				case uploader.CapturePNG, uploader.CaptureJPEG:
					s.Capture.Format = v
					return nil
				}
				return usagef("capture-format: %q is neither png nor jpeg", v)
			},
		},
		"capture-name": {
			get: func(s uploader.Settings) string { return s.Capture.Name },
			set: func(s *uploader.Settings, v string) error {
				if v == none {
					s.Capture.Name = ""
					return nil
				}
				s.Capture.Name = v
				return checkCaptureName(v)
			},
		},
		"capture-delay": {
			get: func(s uploader.Settings) string { return s.Capture.Delay.String() },
			set: func(s *uploader.Settings, v string) error {
				d, err := time.ParseDuration(v)
				if v == "0" {
					d, err = 0, nil
				}
				if err != nil || d < 0 || d > mostDelay {
					return usagef("capture-delay: %q is no time from 0s to 1h, such as 3s", v)
				}
				s.Capture.Delay = d
				return nil
			},
		},
		hotkeyName + string(uploader.ShortcutRegion):    hotkeySetting(uploader.ShortcutRegion),
		hotkeyName + string(uploader.ShortcutWindow):    hotkeySetting(uploader.ShortcutWindow),
		hotkeyName + string(uploader.ShortcutScreen):    hotkeySetting(uploader.ShortcutScreen),
		hotkeyName + string(uploader.ShortcutClipboard): hotkeySetting(uploader.ShortcutClipboard),

		"copy":   yesNo("copy", func(s *uploader.Settings) *bool { return &s.NoCopy }),
		"notify": yesNo("notify", func(s *uploader.Settings) *bool { return &s.NoNotify }),
	}
}

func (p *program) settingsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "settings", Short: "Read and change settings", Args: noArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return p.getSettings(cmd.Context(), nil)
	}}
	cmd.AddCommand(
		&cobra.Command{Use: "get [NAME...]", Short: "Show settings", Args: cobra.ArbitraryArgs, RunE: func(cmd *cobra.Command, args []string) error {
			return p.getSettings(cmd.Context(), args)
		}},
		&cobra.Command{Use: "set NAME VALUE", Short: "Change a setting", Args: exactly("a name", "a value"), RunE: func(cmd *cobra.Command, args []string) error {
			return p.setSetting(cmd.Context(), args[0], args[1])
		}},
	)
	return cmd
}

func lookUp(name string) (setting, error) {
	table := settingsTable()
	s, ok := table[name]
	if !ok {
		return s, usagef("there is no setting %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(table)), ", "))
	}
	return s, nil
}

func (p *program) getSettings(ctx context.Context, names []string) error {
	for _, name := range names {
		if _, err := lookUp(name); err != nil {
			return err
		}
	}
	return p.withSettings(ctx, func(ctx context.Context, a *wire.Attached) error {
		s, err := a.Settings(ctx, uploader.None{})
		if err != nil {
			return err
		}
		table := settingsTable()
		if len(names) == 0 {
			names = slices.Sorted(maps.Keys(table))
		}
		w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
		for _, name := range names {
			value := ""
			if name != autostartName {
				value = table[name].get(s)
			} else if on, err := a.Autostart(ctx, uploader.None{}); err == nil {
				value = strconv.FormatBool(on.On)
			}
			fmt.Fprintf(w, "%s\t%s\n", name, value)
		}
		return w.Flush()
	})
}

// withSettings is with for work on the settings, after which everything is
// said about their file: what is wrong with it, and where a person's own was
// kept that is written anew.
func (p *program) withSettings(ctx context.Context, work func(ctx context.Context, a *wire.Attached) error) error {
	h, err := p.open()
	if err != nil {
		return err
	}
	defer h.Close()
	return p.attached(ctx, h, func(ctx context.Context, a *wire.Attached) error {
		err := work(ctx, a)
		p.tellSettingsFile(ctx, a)
		return err
	})
}

// tellSettingsFile says what an engine knows of the settings file, and, when
// it began here, what else it has found.
func (p *program) tellSettingsFile(ctx context.Context, a *wire.Attached) {
	snap, err := a.Snapshot(ctx, uploader.None{})
	if err != nil {
		return // work has said so
	}
	for _, n := range snap.Notices {
		if a.Serving || strings.HasPrefix(n.ID, wire.NoticeSettings) {
			p.say("%s%s", plain(n.Headline), hint(n.Hint))
		}
	}
}

// tellKept says, when the returned function is called, what has been found or
// kept of the settings file since: work that wrote it anew did so with care.
func (p *program) tellKept(ctx context.Context, a *wire.Attached) func() {
	before := settingsNotices(ctx, a)
	return func() {
		for _, n := range settingsNotices(ctx, a) {
			if !slices.Contains(before, n) {
				p.say("%s%s", plain(n.Headline), hint(n.Hint))
			}
		}
	}
}

// settingsNotices are those about the settings file.
func settingsNotices(ctx context.Context, a *wire.Attached) []uploader.Notice {
	snap, err := a.Snapshot(ctx, uploader.None{})
	if err != nil {
		return nil // work says so
	}
	return slices.DeleteFunc(snap.Notices, func(n uploader.Notice) bool { return !strings.HasPrefix(n.ID, wire.NoticeSettings) })
}

func (p *program) setSetting(ctx context.Context, name, value string) error {
	entry, err := lookUp(name)
	if err != nil {
		return err
	}
	if err := entry.set(&uploader.Settings{}, value); err != nil {
		return err
	}
	return p.withSettings(ctx, func(ctx context.Context, a *wire.Attached) error {
		s, err := a.Settings(ctx, uploader.None{})
		if err != nil {
			return err
		}
		if err := entry.set(&s, value); err != nil {
			return err
		}
		if name == autostartName {
			on, _ := strconv.ParseBool(value) // checked by set
			_, err = a.SetAutostart(ctx, uploader.Autostart{On: on})
			return err
		}
		_, err = a.ChangeSettings(ctx, s)
		return err
	})
}
