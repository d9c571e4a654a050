package sxcu

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"images-uploader.com/upshot/client"
)

// FuzzRead holds for whatever is in a file: what is read can be used, the key
// is in nothing but Key, and what is written of it is read as the same.
// Seeds are in testdata/fuzz.
func FuzzRead(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		u, err := Read(bytes.NewReader(data))
		if err != nil {
			if err.Error() == "" || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("refused with %q", err)
			}
			return
		}
		if again, err := client.ParseAddress(u.Address); err != nil || again != u.Address {
			t.Errorf("address %q became %q, %v", u.Address, again, err)
		}
		if err := u.Params.Validate(); err != nil {
			t.Errorf("parameters: %v", err)
		}
		if (u.Template == "") == (u.Link == "") {
			t.Errorf("kind %q and template %q", u.Link, u.Template)
		}
		im := client.Image{URL: "https://img.example/a.png", DeleteLink: client.NewDeleteLink("https://img.example/x/delete")}
		if out, err := im.Template(u.Template); err != nil || strings.Contains(out, "x/delete") {
			t.Errorf("template %q gives %q, %v", u.Template, out, err)
		}
		// A short one may be a word of our own sentences.
		if key := u.Key.Reveal(); len(key) >= 20 {
			if all := fmt.Sprintf("%+v", u); strings.Contains(all, key) {
				t.Errorf("the key %q is in %s", key, all)
			}
		}
		written, notes, err := u.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if len(notes) > 0 {
			return
		}
		u.Key, u.Placeholder, u.Notes = client.Key{}, true, nil
		again, err := Read(bytes.NewReader(written))
		if err != nil || !reflect.DeepEqual(again, u) {
			t.Errorf("written as\n%s\nread as %+v\nwant    %+v, %v", written, again, u, err)
		}
	})
}
