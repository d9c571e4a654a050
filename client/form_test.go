package client

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"
)

// readForm sends a form through the transport's eyes and parses it.
func readForm(t testing.TB, out *outgoing, f *form) (map[string]string, *multipart.Part, []byte) {
	t.Helper()
	all, err := io.ReadAll(iotest.HalfReader(out))
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(all)) != out.length {
		t.Fatalf("%d bytes were announced, %d sent", out.length, len(all))
	}
	_, params, err := mime.ParseMediaType(f.contentType())
	if err != nil {
		t.Fatal(err)
	}
	r := multipart.NewReader(bytes.NewReader(all), params["boundary"])
	fields := map[string]string{}
	var file *multipart.Part
	var content []byte
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return fields, file, content
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		if p.Header.Get("Content-Type") != "" {
			file, content = p, b
		} else {
			fields[p.FormName()] = string(b)
		}
	}
}

func TestFormCarriesEveryParameter(t *testing.T) {
	p := Params{
		Title: `My "title" \ é`, Description: "two\r\nlines", Tags: []string{"one", " two words ", "Três"}, Album: "oF",
		Category: 1, Width: 32, Expiration: "3d", NSFW: true, UseFileDate: true,
	}
	f := newForm(p.fields())
	f.openFile("source", fileName("Фото с моря (1) 日本 \"x\".png", "image/png"), "image/png")
	content := bytes.Repeat([]byte("0123456789\r\n--"), 50_000)
	fields, file, got := readForm(t, newOutgoing(f, bytes.NewReader(content), int64(len(content)), false), f)
	want := map[string]string{
		"title": p.Title, "description": p.Description, "tags": "one,two words,Três", "album_id": "oF", "category_id": "1",
		"width": "32", "expiration": "P3D", "nsfw": "1", "use_file_date": "1",
	}
	for name, v := range want {
		if fields[name] != v {
			t.Errorf("%s arrived as %q", name, fields[name])
		}
	}
	if len(fields) != len(want) {
		t.Errorf("fields: %q", fields)
	}
	if file.FormName() != "source" || file.FileName() != "Фото с моря (1) 日本 \"x\".png" || file.Header.Get("Content-Type") != "image/png" {
		t.Errorf("the file part: %v", file.Header)
	}
	if !bytes.Equal(got, content) {
		t.Error("the content changed on the way")
	}
}

func TestFormLeavesOutWhatWasNotAskedFor(t *testing.T) {
	if got := (Params{}).fields(); got != nil {
		t.Errorf("fields: %v", got)
	}
}

func TestFileNamesArriveAsTheyLeft(t *testing.T) {
	for name, want := range map[string]string{
		"a.png": "a.png", `say "hi".png`: `say "hi".png`, "ä ö%22.png": "ä ö%22.png", "日本.jpg": "日本.jpg", "🎉.gif": "🎉.gif",
		"": "upload.png", "  ": "upload.png", `dir\a.png`: "dir_a.png", "dir/a.png": "dir_a.png", "a\r\nb: c.png": "a__b: c.png",
		"caf\xe9.png": "caf_.png", "a;b=c'd.png": "a;b=c'd.png", "nul\x00.png": "nul_.png",
	} {
		t.Run(name, func(t *testing.T) {
			f := newForm(nil)
			f.openFile("source", fileName(name, "image/png"), "image/png")
			_, file, _ := readForm(t, newOutgoing(f, strings.NewReader("x"), 1, false), f)
			if file.FileName() != want {
				t.Errorf("%q arrived as %q", name, file.FileName())
			}
		})
	}
}

func TestQueryIsSpelledAsPHPDoes(t *testing.T) {
	got := query([]field{{"source", "https://a.b/c d?e=f&g"}, {"title", "é~-_.+*"}})
	if want := "source=https%3A%2F%2Fa.b%2Fc%20d%3Fe%3Df%26g&title=%C3%A9~-_.%2B%2A"; got != want {
		t.Errorf("query:\n%s\n%s", got, want)
	}
	if v, err := url.ParseQuery(got); err != nil || v.Get("title") != "é~-_.+*" {
		t.Error(v, err)
	}
}

func FuzzMultipart(f *testing.F) {
	f.Add("a.png", "title", []byte("x"))
	f.Add("\"\\\r\n--", "--\r\n\r\n", []byte("\r\n--upshot-"))
	f.Add("Фото 日本 \xff\x00", "\x00", bytes.Repeat([]byte{0}, 100))
	f.Add(strings.Repeat("n", 300), "", []byte{})
	f.Fuzz(func(t *testing.T, name, title string, content []byte) {
		fm := newForm([]field{{"title", title}})
		fm.openFile("source", fileName(name, "image/png"), "image/png")
		fields, file, got := readForm(t, newOutgoing(fm, bytes.NewReader(content), int64(len(content)), false), fm)
		if fields["title"] != title || len(fields) != 1 {
			t.Errorf("title %q arrived in %q", title, fields)
		}
		if !bytes.Equal(got, content) {
			t.Error("the content changed on the way")
		}
		if len(file.Header) != 2 {
			t.Errorf("%q made headers of its own: %v", name, file.Header)
		}
		plain := !strings.ContainsFunc(name, func(r rune) bool { return r == '/' || r == '\\' || unicode.IsControl(r) })
		if plain && utf8.ValidString(name) && strings.TrimSpace(name) != "" && file.FileName() != name {
			t.Errorf("%q arrived as %q", name, file.FileName())
		}
	})
}

func TestContentTypeComesFromTheContent(t *testing.T) {
	ftyp := func(brands string) string { return fmt.Sprintf("\x00\x00\x00%cftyp%s", 8+len(brands), brands) }
	for want, heads := range map[string][]string{
		"image/png":                {"\x89PNG\r\n\x1a\n\x00\x00"},
		"image/jpeg":               {"\xff\xd8\xff\xe0\x00\x10JFIF", "\xff\xd8\xff\xe1\x00\x10Exif"},
		"image/gif":                {"GIF89a....", "GIF87a...."},
		"image/webp":               {"RIFF\x00\x00\x00\x00WEBPVP8 "},
		"image/bmp":                {"BM\x00\x00\x00\x00"},
		"image/avif":               {ftyp("avif\x00\x00\x00\x00avifmif1"), ftyp("mif1\x00\x00\x00\x00miafavif"), ftyp("avis\x00\x00\x00\x00")},
		"image/heic":               {ftyp("heic\x00\x00\x00\x00mif1heic"), ftyp("mif1\x00\x00\x00\x00heic")},
		"video/mp4":                {ftyp("isom\x00\x00\x02\x00isomiso2avc1mp41"), ftyp("mp42\x00\x00\x00\x00mp42"), ftyp("M4V \x00\x00\x00\x00"), ftyp("iso5\x00\x00\x00\x00"), ftyp("dash\x00\x00\x00\x00")},
		"video/quicktime":          {ftyp("qt  \x00\x00\x02\x00qt  "), "\x00\x00\x00\x08wide\x00\x00\x01\x00mdat", "\x00\x00\x10\x00moov...."},
		"video/webm":               {"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webmB\x87"},
		"video/x-matroska":         {"\x1aE\xdf\xa3\xa3B\x86\x81\x01B\x82\x88matroska"},
		"video/3gpp":               {ftyp("3gp4\x00\x00\x00\x00")},
		"audio/mp4":                {ftyp("M4A \x00\x00\x00\x00")},
		"application/octet-stream": {"hello world", "\x00", "<svg xmlns=", "II*\x00", "%PDF-1.4", "<html><body>"},
	} {
		for _, head := range heads {
			if got := sniff([]byte(head)); got != want {
				t.Errorf("sniff(%q) = %s, want %s", head, got, want)
			}
		}
	}
	if got := sniff(nil); got != "application/octet-stream" {
		t.Error(got)
	}
}

func TestBoundariesDiffer(t *testing.T) {
	list := []string{newBoundary(), newBoundary(), newBoundary()}
	slices.Sort(list)
	if len(slices.Compact(list)) != 3 || len(list[0]) > 70 {
		t.Error(list)
	}
}

func FuzzSniff(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00avif"))
	f.Add([]byte("\xff\xff\xff\xffftypqt  "))
	f.Fuzz(func(t *testing.T, head []byte) {
		if _, _, err := mime.ParseMediaType(sniff(head)); err != nil {
			t.Error(err)
		}
	})
}
