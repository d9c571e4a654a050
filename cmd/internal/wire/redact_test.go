package wire

import (
	"strings"
	"testing"

	"images-uploader.com/upshot/client"
)

func TestSecretsAreTakenOutOfTexts(t *testing.T) {
	h := &House{Key: client.NewKey("chv_1_secret")}
	for text, want := range map[string]string{
		"it says \"chv_1_secret is wrong\"":                          `it says "(redacted) is wrong"`,
		"see https://pics.example/image/aB3/delete/0123456789abcdef": "see (redacted)",
		"see \"http://pics.example/delete?x=1\" there":               `see "(redacted)" there`,
		"https://pics.example/image/aB3 answers":                     "https://pics.example/image/aB3 answers",
	} {
		if got := h.Redact(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := (&House{}).Redact("no key, no change"); !strings.Contains(got, "no change") {
		t.Errorf("without a key: %q", got)
	}
}
