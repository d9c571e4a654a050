package words

import (
	"strings"
	"testing"
)

func TestTheSystemsLanguageIsFoundAsGettextDoes(t *testing.T) {
	for _, c := range []struct{ all, messages, lang, languages, want string }{
		{want: "en"},
		{lang: "C", want: "en"},
		{lang: "C.UTF-8", want: "en"},
		{lang: "POSIX", languages: "de", want: "en"},
		{lang: "de_DE.UTF-8", want: "de"},
		{lang: "de", want: "de"},
		{lang: "de_DE@euro", messages: "fr_FR", want: "fr"},
		{lang: "de_DE", messages: "fr_FR", all: "zh_CN.UTF-8", want: "zh"},
		{lang: "de_DE", languages: "id:en", want: "id"},
		{lang: "ES_es", want: "es"},
	} {
		t.Run(strings.Join([]string{c.all, c.messages, c.lang, c.languages}, ","), func(t *testing.T) {
			t.Setenv("LC_ALL", c.all)
			t.Setenv("LC_MESSAGES", c.messages)
			t.Setenv("LANG", c.lang)
			t.Setenv("LANGUAGE", c.languages)
			if got := System(); got != c.want {
				t.Errorf("it is %q, want %q", got, c.want)
			}
		})
	}
}
