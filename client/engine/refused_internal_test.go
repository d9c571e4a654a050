package engine

import "testing"

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
