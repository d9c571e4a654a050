package chevtest

import (
	"encoding/base64"
	"strings"
	"testing"
)

// Which of several faults is told, in the order of a real server.
func TestWhichRefusalComesFirst(t *testing.T) {
	const admin, bob, guest = "chv_a_admin", "chv_b_bob", "aguest"
	s := NewServer(t, Config{
		Keys: map[string]User{admin: {Admin: true}, bob: {}, guest: {Guest: true}},
		Site: Site{Private: true, Limits: Limits{SiteMB: 1, PHPUpload: 2e6}},
	})
	s.Key = bob
	for _, c := range []struct {
		name, path, key, want string
	}{
		{"no version", "/api", bob, "400 100 No version provided"},
		{"no action, before the key", "/api/1", "", "400 100 No action provided"},
		{"no key, before the version", "/api/2/upload", "", "400 100 No key provided"},
		{"the version, before the key is looked at", "/api/2/upload", "chv_no_no", "400 110 Invalid API version."},
		{"the key, before the action", "/api/1/delete", "chv_no_no", "400 100 Invalid API key."},
		{"who may upload, before the action", "/api/1/delete", guest, "400 401 Request denied"},
		{"the action, last", "/api/1/delete", bob, "400 120 Invalid API action."},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantCode(t, send(t, s, to("POST", c.path, ""), withKey(c.key), aPNG(1)), c.want)
		})
	}
	if err := s.Change(func(s *Site) { s.Flood.Hour, s.DisabledFormats = 1, []string{"gif"} }); err != nil {
		t.Fatal(err)
	}
	bigGIF := append(gifOf(9, 9, 1), make([]byte, 1_100_000)...)
	t.Run("a format that is off, before the size", func(t *testing.T) {
		wantCode(t, send(t, s, file("a.gif", "image/gif", bigGIF)), "400 614 Disabled image format (gif)")
	})
	upload(t, s, aPNG(1))
	const flood = "400 130 Flooding detected. You can only upload 1 image per hour"
	t.Run("a duplicate, before the flood", func(t *testing.T) {
		wantCode(t, send(t, s, aPNG(1)), "400 101 Duplicated upload")
	})
	t.Run("the flood, before the format", func(t *testing.T) {
		wantCode(t, send(t, s, file("a.gif", "image/gif", bigGIF)), flood)
		wantCode(t, send(t, s, file("a.txt", "text/plain", []byte("nothing to see here"))), flood)
	})
	t.Run("the flood, before what PHP noted", func(t *testing.T) {
		wantCode(t, send(t, s, withKey(admin), file("a.png", "", append(pngOf(9, 9, 7), make([]byte, 2_100_000)...))), flood)
	})
}

func TestMessagesThatStayEnglish(t *testing.T) {
	s := NewServer(t, Config{Site: Site{Limits: Limits{SiteMB: 1}}})
	big := file("big.png", "", append(pngOf(9, 9, 1), make([]byte, 1_100_000)...))
	wantCode(t, send(t, s, big, header("Accept-Language", "de")), "400 400 File too big - max 1 MB")
}

func TestTagsThatAreDropped(t *testing.T) {
	s := NewServer(t, Config{Site: Site{AllowDuplicates: true}})
	for sent, want := range map[string]string{
		"one, two  words ,one":         "one, two words",
		"a/b,c#d,e":                    "e",
		`what?,back\slash,c++,!?`:      `what?, back\slash, c++, !?`,
		"!,??,...,@,%%%,kept":          "kept",
		"0,00,0a":                      "00, 0a",
		strings.Repeat("é", 32) + ",x": strings.Repeat("é", 32) + ", x",
		strings.Repeat("é", 33) + ",x": "x",
		" , ,,":                        "",
		"two\nlines":                   "two lines",
	} {
		wantField(t, upload(t, s, aPNG(1), with("tags", sent)), "tags_string", want)
	}
}

func TestTheParameterImageChangesTheShape(t *testing.T) {
	s := NewServer(t, Config{})
	for name, options := range map[string][]option{
		"with a file beside it":   {aPNG(1), with("image", "")},
		"with base64 in source":   {with("source", base64.StdEncoding.EncodeToString(pngOf(9, 9, 2))), with("image", "x")},
		"with base64 in it alone": {with("image", base64.StdEncoding.EncodeToString(pngOf(9, 9, 3)))},
	} {
		t.Run(name, func(t *testing.T) {
			g := send(t, s, options...)
			data, _ := g.json["data"].(map[string]any)
			if g.status != 200 || data["id"] != data["id_encoded"] || data["id"] == nil || g.json["image"] != nil || g.json["status"] != 200.0 {
				t.Errorf("%d %s", g.status, g.body)
			}
		})
	}
}

func TestSourcesWithNothingInThem(t *testing.T) {
	s := NewServer(t, Config{})
	wantCode(t, send(t, s, with("source", " \n\t")), "400 130 Empty source")
	wantCode(t, send(t, s, with("source", "")), "400 130 Empty source")
	wantCode(t, send(t, s, to("GET", "/api/1/upload/", "source=")), "400 130 Upload using base64 source must be done using POST method.")
}
