package engine

import (
	"testing"
	"time"

	"images-uploader.com/upshot/watcher"
)

func TestHowLargeAFileMayBeIsReadOutOfTheHostsWords(t *testing.T) {
	for message, want := range map[string][2]int64{
		"File too big - max 1 MB":                              {1_000_000, 1 << 20},
		"File too big - max 64 MB":                             {64_000_000, 64 << 20},
		"Archivo demasiado grande - máximo 2.5 GB":             {2_500_000_000, 5 << 29},
		"Fichier trop volumineux - 8 Mo":                       {8_000_000, 8 << 20},
		"Datei zu groß, höchstens 500\u00a0KiB.":               {500_000, 500 << 10},
		"File too big (UPLOAD_ERR_INI_SIZE)":                   {},
		"Empty upload source":                                  {},
		"the web server takes no file of this size (HTTP 413)": {},
		"You can only upload 3 images per minute":              {},
		"File too big - max 99999999999999999999999999 MB":     {},
		"File too big - max 512 bytes":                         {},
		"File too big - max 512 B":                             {512, 512},
	} {
		most, surely := mostTaken(message)
		if most != want[0] || surely != want[1] {
			t.Errorf("%q: %d and %d, want %v", message, most, surely, want)
		}
	}
}

func TestASizeThatTheHostDoesNotNameCountsForADayOnly(t *testing.T) {
	for _, c := range []struct {
		most    int64
		ago     time.Duration
		refused bool
	}{
		{0, 23 * time.Hour, true},
		{0, 25 * time.Hour, false},
		{5000, 25 * time.Hour, true},
		{5000, 31 * 24 * time.Hour, false},
	} {
		book := refusedBook{of: map[string]refusal{"a": {Size: &refusedSize{From: 5000, Most: c.most, Learned: time.Now().Add(-c.ago)}}}}
		if state, _ := book.about("a", "x.png", 6000); (state == watcher.FileTooLarge) != c.refused {
			t.Errorf("at most %d, learned %v ago: %q", c.most, c.ago, state)
		}
		if state, _ := book.about("a", "x.png", 4000); state != "" {
			t.Errorf("a smaller file: %q", state)
		}
	}
}
