package client

import (
	"strings"
	"testing"
)

func TestATemplateHandsOutNoEscapeSequenceOfTheHosts(t *testing.T) {
	im, err := DecodeImage([]byte(`{"id_encoded":"x","title":"a\u001b]0;x\u0007\nb\u202ec","url":"https://h.example/a.png"}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := im.Template("{{.title}}\n{{.url}}")
	if err != nil || strings.ContainsAny(got, "\x1b\x07\u202e") || strings.Count(got, "\n") != 1 {
		t.Errorf("%q, %v; want the template's own line break only", got, err)
	}
}
