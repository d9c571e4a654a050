package hotkey_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"images-uploader.com/upshot/platform/hotkey"
)

func TestCombinationsHaveOneForm(t *testing.T) {
	for text, want := range map[string]string{
		"Ctrl+Shift+4":          "Ctrl+Shift+4",
		"shift+CTRL+4":          "Ctrl+Shift+4",
		" control + Shift + 4 ": "Ctrl+Shift+4",
		"Print":                 "Print",
		"PrtScn":                "Print",
		"print screen":          "Print",
		"Shift+Print":           "Shift+Print",
		"Super+Shift+S":         "Super+Shift+S",
		"shift+win+s":           "Super+Shift+S",
		"Cmd+Shift+s":           "Super+Shift+S",
		"alt+shift+ctrl+meta+x": "Super+Ctrl+Alt+Shift+X",
		"Ctrl++":                "Ctrl+Plus",
		"Ctrl + +":              "Ctrl+Plus",
		"ctrl+plus":             "Ctrl+Plus",
		"Ctrl+-":                "Ctrl+Minus",
		"ctrl+,":                "Ctrl+Comma",
		"f12":                   "F12",
		"Ctrl+F24":              "Ctrl+F24",
		"pause":                 "Pause",
		"Ctrl+pgup":             "Ctrl+PageUp",
		"Ctrl+Alt+Del":          "Ctrl+Alt+Delete",
		"ctrl+kp_4":             "Ctrl+Num4",
		"Alt+Return":            "Alt+Enter",
		"Strg+Druck":            "Ctrl+Print",
	} {
		c, err := hotkey.Parse(text)
		if err != nil || c.String() != want {
			t.Errorf("%q is %q, %v, want %q", text, c, err, want)
		}
	}
}

func TestWhatIsNoHotkeyIsRefused(t *testing.T) {
	for _, text := range []string{
		"", " ", "+", "++", "Ctrl", "Ctrl+", "Ctrl+Shift", "Ctrl+Ctrl+4", "Ctrl+Control+4", "4", "s", "Shift+S", "Space",
		"Enter", "Shift+Left", "Delete", "Ctrl+4+S", "Hyper+S", "Ctrl+ä", "Ctrl+F25", "Ctrl+F0", "Ctrl S", "4+Ctrl",
		"Ctrl+\x00", "Ctrl++Shift+4", "+4", "Ctrl+Shift+4+", strings.Repeat("Ctrl+", 1000) + "S",
	} {
		c, err := hotkey.Parse(text)
		if !errors.Is(err, hotkey.ErrCombination) || !c.IsZero() {
			t.Errorf("%q is %q, %v", text, c, err)
		}
		if err != nil && len(err.Error()) > 300 {
			t.Errorf("%q: the words are %d bytes long", text, len(err.Error()))
		}
	}
}

func TestCombinationIsATextInSettings(t *testing.T) {
	var c struct{ Keys, None hotkey.Combination }
	if err := json.Unmarshal([]byte(`{"Keys":"shift+ctrl+a","None":""}`), &c); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(c)
	if err != nil || string(b) != `{"Keys":"Ctrl+Shift+A","None":""}` {
		t.Errorf("it is written as %s, %v", b, err)
	}
	if err := json.Unmarshal([]byte(`{"Keys":"a"}`), &c); !errors.Is(err, hotkey.ErrCombination) {
		t.Errorf("a plain letter: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"Ctrl+Shift+4", "Print", "Ctrl++", "+", "win + s", "Ctrl+\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := hotkey.Parse(text)
		if err != nil {
			if !errors.Is(err, hotkey.ErrCombination) || !c.IsZero() {
				t.Errorf("%q: %+v, %v", text, c, err)
			}
			return
		}
		again, err := hotkey.Parse(c.String())
		if err != nil || again != c || again.String() != c.String() {
			t.Errorf("%q is %q, and that is %q, %v", text, c, again, err)
		}
	})
}
