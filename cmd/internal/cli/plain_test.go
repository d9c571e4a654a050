package cli

import "testing"

func TestTextFromElsewhereComesWithoutEscapeSequences(t *testing.T) {
	for text, want := range map[string]string{
		"plain.png":                           "plain.png",
		"\x1b[31mred\x1b[0m.png":              "red.png",
		"\u009b31mred\u009b0m":                "red",
		"\x1b]0;a title\x07name":              "name",
		"\x1b]8;;http://elsewhere\x1b\\link":  "link",
		"\u009d0;a title\u009cname":           "name",
		"\x1bPqsixel\x1b\\name":               "name",
		"\x1b]0;no end.png":                   "0;no end.png",
		"\x1b(0line\x1b(B":                    "line",
		"\x1bcreset":                          "reset",
		"half \x1b":                           "half  ",
		"half \x1b[31":                        "half 31",
		"two\nlines\ttab":                     "two lines tab",
		"\u202egnp.exe":                       " gnp.exe",
		"文件 \x1b[1;38;5;196mgrün\x1b[m 😀.png": "文件 grün 😀.png",
	} {
		if got := plain(text); got != want {
			t.Errorf("%q is told as %q, want %q", text, got, want)
		}
	}
}
