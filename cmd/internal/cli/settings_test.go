package cli

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"images-uploader.com/upshot/client/uploader"
)

func TestASettingRefusesWhatItDoesNotTake(t *testing.T) {
	refused := map[string][]string{
		"link":             {"", "foo", "Direct"},
		"template":         {"", "{{", "{{url}}"},
		"workers":          {"", "9", "-1", "1.5", "some"},
		"limit":            {"", "much", "1", "-5", "1e15G", "NaN"},
		"hours":            {"", " ", "tomorrow", "22:00=5K", "22:00-07:00", "22:00-07:00=x"},
		"keep-days":        {"", "-1", "1.5", "99999999"},
		"keep-count":       {"", "-1", "some", "9999999999"},
		"pause-metered":    {"", "maybe"},
		"send-again":       {"", "maybe"},
		"autostart":        {"", "perhaps"},
		"capture-format":   {"", "gif", "PNG "},
		"capture-name":     {"", "{user}", "a/b", `a\b`, "{date", "date}", "a\nb", strings.Repeat("x", 101)},
		"capture-delay":    {"", "5", "-1s", "2h"},
		"hotkey-region":    {"", "x", "Ctrl"},
		"hotkey-window":    {"", "Ctrl+Foo"},
		"hotkey-screen":    {"", "Shift+a"},
		"hotkey-clipboard": {"", "+"},
		"copy":             {"", "yes please"},
		"notify":           {"", "2"},
	}
	table := settingsTable()
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if len(refused[name]) == 0 {
			t.Errorf("nothing that %s refuses is tried", name)
		}
		for _, value := range refused[name] {
			var usage usageError
			err := table[name].set(&uploader.Settings{}, value)
			if !errors.As(err, &usage) {
				t.Errorf("%s takes %q: %v", name, value, err)
				continue
			}
			if !strings.HasPrefix(err.Error(), name) {
				t.Errorf("%q does not begin with the setting's name", err)
			}
		}
	}
}

func TestASettingTakesWhatItShows(t *testing.T) {
	taken := map[string]string{
		"link": "html-thumb", "template": "{{.url_viewer}}", "workers": "8", "limit": "500K",
		"hours": "mon,tue/09:00-17:00=500K 22:00-07:00=0", "keep-days": "36500", "keep-count": "1000",
		"pause-metered": "true", "send-again": "true", "capture-format": "jpeg", "capture-name": "shot {window} {date}",
		"capture-delay": "3s", "hotkey-region": "Ctrl+Shift+4", "hotkey-window": "Ctrl+Shift+5", "hotkey-screen": "Print",
		"hotkey-clipboard": "Super+Ctrl+U", "copy": "false", "notify": "false",
	}
	table := settingsTable()
	for name, value := range taken {
		var s uploader.Settings
		if err := table[name].set(&s, value); err != nil {
			t.Errorf("%s refuses %q: %v", name, value, err)
		}
		if got := table[name].get(s); got != value {
			t.Errorf("%s was set to %q and shows %q", name, value, got)
		}
	}
}
