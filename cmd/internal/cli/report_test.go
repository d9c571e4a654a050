package cli

import "testing"

func TestAReportNamesNobody(t *testing.T) {
	hide := redactor(func(name string) string {
		return map[string]string{"HOME": "/home/mona", "USER": "mona", "UPSHOT_HOME": "/mnt/stick/upshot"}[name]
	})
	for text, want := range map[string]string{
		"dial https://pictures.mona.example/api/1?x=1: refused": "dial https:... refused",
		"open /home/mona/Pictures/a b.png: denied":              "open (a path) b.png: denied",
		"open /mnt/stick/upshot/queue.db":                       "open (a path)",
		"mona may not":                                          "... may not",
		`open C:\Users\mona\x`:                                  "open (a path)",
		"15 of 20/30 watches":                                   "15 of 20/30 watches",
	} {
		if got := hide(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
