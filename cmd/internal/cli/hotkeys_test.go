package cli

import (
	"context"
	"errors"
	"strings"
	"testing"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/platform/hotkey"
)

func TestHotkeysOfTheSettingsAreBoundOrToldWhyNot(t *testing.T) {
	good, wrong := bindings(uploader.Settings{Hotkeys: map[uploader.Shortcut]string{
		uploader.ShortcutRegion: "Ctrl+Shift+4", uploader.ShortcutWindow: "shift+ctrl+4", uploader.ShortcutScreen: "q", uploader.ShortcutClipboard: "",
	}})
	if len(good) != 1 || good[0].Action != "region" || good[0].Combination.String() != "Ctrl+Shift+4" {
		t.Errorf("bound: %+v", good)
	}
	if len(wrong) != 2 || !errors.Is(wrong[0].Err, errTwice) || !errors.Is(wrong[1].Err, hotkey.ErrCombination) {
		t.Errorf("wrong: %+v", wrong)
	}
	if good, wrong := bindings(uploader.Settings{}); len(good)+len(wrong) > 0 {
		t.Errorf("without settings: %+v, %+v", good, wrong)
	}
}

func TestEachWayAHotkeyFailsIsToldWithWhatToDo(t *testing.T) {
	c, err := hotkey.Parse("Ctrl+Shift+4")
	if err != nil {
		t.Fatal(err)
	}
	b := hotkey.Binding{Action: "region", Combination: c, Title: "Capture a region", Command: "upshot capture --region"}
	for name, tt := range map[string]struct {
		err  error
		hint string
	}{
		"taken":               {hotkey.ErrTaken, "another program has this key combination; choose another: upshot settings set hotkey-region"},
		"no hotkeys here":     {&hotkey.UnsupportedError{Why: "this desktop has none"}, "this desktop has none; bind upshot capture --region to it"},
		"no answer":           {context.DeadlineExceeded, "it is tried again"},
		"used twice":          {errTwice, "choose another"},
		"something unforseen": {errors.New("the bus broke"), "the bus broke; choose another"},
	} {
		t.Run(name, func(t *testing.T) {
			n := hotkeyWords(hotkey.Status{Binding: b, Err: tt.err})
			if n.ID != "hotkey-region" || n.Headline != "The hotkey Ctrl+Shift+4 (capture a region) does not work" || !strings.Contains(n.Hint, tt.hint) {
				t.Errorf("told %+v", n)
			}
		})
	}
}
