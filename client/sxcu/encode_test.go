package sxcu

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"images-uploader.com/upshot/client"
)

// full has everything that a file can say.
func full() Uploader {
	return Uploader{
		Name: "main", Address: "https://img.example/sub", Key: client.NewKey(testKey), Link: client.LinkViewer,
		Params: client.Params{
			Title: `a {b} | \c "d" $e$`, Description: "two\nlines, 图", Tags: []string{"x", "y z"}, Album: "aB1",
			Category: 2, Width: 640, Expiration: "P3D", NSFW: true, UseFileDate: true,
		},
	}
}

// again writes u and reads what was written.
func again(t *testing.T, u Uploader) Uploader {
	t.Helper()
	data, notes, err := u.Encode()
	if err != nil || len(notes) > 0 {
		t.Fatalf("write: %v, notes %q", err, notes)
	}
	if !json.Valid(data) || bytes.Contains(data, []byte("0123456789abcdef")) {
		t.Fatalf("written was\n%s", data)
	}
	return mustRead(t, string(data))
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	u := full()
	u.Key = client.Key{}
	u.Placeholder = true
	for kind := range linkTexts() {
		for _, inForm := range []bool{false, true} {
			u.Link, u.KeyInForm = kind, inForm
			if got := again(t, u); !reflect.DeepEqual(got, u) {
				t.Errorf("%s: got %+v\nwant %+v", kind, got, u)
			}
		}
	}
	u.Params.Title = "what $json:image.url$ and {json:image.url} mean"
	if got := again(t, u); !reflect.DeepEqual(got, u) {
		t.Errorf("got %+v\nwant %+v", got, u)
	}
	u.Link = ""
	for _, template := range []string{
		`{{.display_url}}`, `see {{.url}} of {{.title}}`, `{{index . "tags" "0" "name"}}`, `{{"{"}}{{.size}}}`, `{{.a.b_c.d}} | \ %`,
	} {
		u.Template = template
		if got := again(t, u); !reflect.DeepEqual(got, u) {
			t.Errorf("got %+v\nwant %+v", got, u)
		}
	}
}

func TestOtherTemplatesKeepTheirMeaning(t *testing.T) {
	for template, want := range map[string]string{
		`{{.URL}}`:                          `{json:image.url}`,
		`{{.ViewerURL}} {{.ThumbURL}}`:      `{json:image.url_viewer} {json:image.thumb.url}`,
		`{{link "short"}}`:                  `{json:image.url_short}`,
		`a{{- .url -}} b`:                   `a{json:image.url}b`,
		`{{index .tags 0 "name"}}`:          `{json:image.tags[0].name}`,
		`{{index . "a b"}}`:                 `{json:image['a b']}`,
		"{{`{|}`}}{{/* said */}}{{.title}}": `\{\|\}{json:image.title}`,
	} {
		data, notes, err := Uploader{Address: "https://img.example", Template: template}.Encode()
		var w struct{ URL string }
		if err != nil || json.Unmarshal(data, &w) != nil || w.URL != want || len(notes) > 0 {
			t.Errorf("%s became %q, notes %q, %v; want %q", template, w.URL, notes, err, want)
		}
	}
}

func TestWhatShareXCannotSayIsTold(t *testing.T) {
	for _, template := range []string{
		`{{.DeleteURL}}`, `{{.Expires}}`, `{{if .url}}a{{end}}`, `{{.url | upper}}`, `{{upper .url}}`, `{{$x := .url}}{{$x}}`, `{{define "a"}}{{end}}{{.url}}`,
		`{{.url`, `{{index . .url}}`, `{{index . "a'b"}}`, `{{link "nothing"}}`, `{{.}}`, `{{range .tags}}{{.}}{{end}}`,
	} {
		data, notes, err := Uploader{Address: "https://img.example", Template: template}.Encode()
		if err != nil || len(notes) != 1 || !bytes.Contains(data, []byte(`"URL": "{json:image.url}"`)) {
			t.Errorf("%s: notes %q, %v\n%s", template, notes, err, data)
		}
	}
	data, notes, err := Uploader{Address: "https://img.example", Params: client.Params{Title: "100%done"}}.Encode()
	if err != nil || len(notes) != 1 || !strings.HasPrefix(notes[0], "title is left out") || bytes.Contains(data, []byte("done")) {
		t.Errorf("notes %q, %v\n%s", notes, err, data)
	}
}

func TestAWrittenFileLooksAsShareXWritesIt(t *testing.T) {
	u := full()
	u.Params = client.Params{Album: "aB1"}
	data, _, err := u.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/written.sxcu")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))) {
		t.Errorf("got\n%s\nwant\n%s", data, want)
	}
}

// A template that came out of a file gives what ShareX would have given.
func TestATemplateGivesWhatShareXGives(t *testing.T) {
	im := client.Image{URL: "https://img.example/a.png", Raw: json.RawMessage(`{"url":"https://img.example/a.png","title":"A {b}","size":7,"tags":[{"name":"x"}],"a-b":"c"}`)}
	for url, want := range map[string]string{
		`\{{json:image.title}\} {json:image.size}{{json:image.url}`: "", // a call by the name of a call
		`\{{json:image.title}\} \{\{{json:image.size}`:              "{A {b}} {{7",
		`{json:image.tags[0].name}/{json:image['a-b']}`:             "x/c",
		`{json:image.nothing.here}-`:                                "-",
	} {
		data, err := json.Marshal(map[string]string{"RequestURL": "https://img.example/api/1/upload", "URL": url})
		if err != nil {
			t.Fatal(err)
		}
		u := mustRead(t, string(data))
		if want == "" {
			if len(u.Notes) != 1 {
				t.Errorf("%s: %+v", url, u)
			}
			continue
		}
		if got, err := im.Template(u.Template); err != nil || got != want {
			t.Errorf("%s gives %q, %v; want %q", url, got, err, want)
		}
	}
}
