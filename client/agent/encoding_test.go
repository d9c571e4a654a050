package agent

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"images-uploader.com/upshot/client/uploader"
)

func TestAFileNameThatIsNoUTF8CrossesUnchanged(t *testing.T) {
	want := uploader.Order{
		Items: []uploader.Item{{Path: "/plain"}, {Path: "/\xff\xfe/ä\xe4.png", Name: "\ufffd is a character of its own"}},
	}
	given := want
	given.Items = append([]uploader.Item(nil), want.Items...)
	body, err := encode(given)
	if err != nil {
		t.Fatal(err)
	}
	var got uploader.Order
	if err := decode(body, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, given); diff != "" {
		t.Errorf("the caller's own order was changed (-want +got):\n%s", diff)
	}
}

func FuzzShieldedTextComesBack(f *testing.F) {
	for _, s := range []string{"", "a", "\x00", "\x0041", "\xff", "ä\xe4\x00\xff00", "\ufffd", "\xed\xa0\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		safe := shield(s)
		if !utf8.ValidString(safe) {
			t.Errorf("shield(%q) = %q is no valid UTF-8", s, safe)
		}
		if got := unshield(safe); got != s {
			t.Errorf("%q came back as %q", s, got)
		}
		_ = unshield(s) // never panics
	})
}
