package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// scripts are letters of one to four bytes, each one character.
var scripts = []string{"x", "é", "ж", "日", "🎉"}

func TestLimitsCountCharactersOfAnyScript(t *testing.T) {
	invalidParams := func(p Params) bool {
		err := p.Validate()
		return err != nil && kind(t, err).Kind == KindInvalid
	}
	for _, letter := range scripts {
		t.Run("of "+letter, func(t *testing.T) {
			for n, refused := range map[int]bool{1: false, 99: false, 100: false, 101: true, 5000: true} {
				if invalidParams(Params{Title: strings.Repeat(letter, n)}) != refused {
					t.Errorf("a title of %d", n)
				}
			}
			for n, refused := range map[int]bool{1: false, 31: false, 32: false, 33: true} {
				if invalidParams(Params{Tags: []string{"a", strings.Repeat(letter, n)}}) != refused {
					t.Errorf("a tag of %d", n)
				}
			}
			fits := 65535 / len(letter)
			for n, refused := range map[int]bool{fits: false, fits + 1: true} {
				if invalidParams(Params{Description: strings.Repeat(letter, n)}) != refused {
					t.Errorf("a description of %d bytes", n*len(letter))
				}
			}
			for n, refused := range map[int]bool{1: false, 254: false, 255: false, 256: true} {
				if (validateName(strings.Repeat(letter, n)) != nil) != refused {
					t.Errorf("a file name of %d", n)
				}
			}
		})
	}
}

func TestTagsThatAHostWouldDropAreRefused(t *testing.T) {
	for _, tag := range []string{"", " ", "\t", "a,b", ",", "a/b", "/", "a#b", "#", "0", " 0 ", "!", "!!!", "...", "?", `\\`, "@", "&&", "\x00", "a\x1bb", "caf\xe9", "two\nlines"} {
		if err := (Params{Tags: []string{tag}}).Validate(); err == nil {
			t.Errorf("%q was taken", tag)
		}
	}
	for _, tag := range []string{"a", "00", "0a", "!?", "c++", "a.b", "x!", "what?", `back\slash`, "a@b", "--", "日本", "two  words", " around "} {
		if err := (Params{Tags: []string{tag}}).Validate(); err != nil {
			t.Errorf("%q: %v", tag, err)
		}
	}
	list := (Params{Tags: []string{" around ", "two \t words"}}).fields()
	if want := []field{{"tags", "around,two words"}}; !slices.Equal(list, want) {
		t.Errorf("sent as %q", list)
	}
}

func TestExpirationsAtTheirEdges(t *testing.T) {
	for typed, want := range map[string]string{
		"5m": "PT5M", "525600m": "PT525600M", "1h": "PT1H", "8760h": "PT8760H", "1d": "P1D", "365d": "P365D", "1w": "P1W", "52w": "P52W",
		"PT5M0S": "PT5M0S", "PT300S": "PT300S", "PT5M": "PT5M", "PT0H5M": "PT0H5M", "P0DT5M": "P0DT5M", "P1Y": "P1Y", "P12M": "P12M", "P365D": "P365D",
		"P364DT24H": "P364DT24H", "P52W": "P52W", "PT31536000S": "PT31536000S", "P0Y0M1D": "P0Y0M1D", "P1M": "P1M",
	} {
		if got, err := ParseExpiration(typed); err != nil || got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{
		"4m", "299s", "PT4M59S", "PT299S", "PT0S", "P0D", "P0Y", "P0W", "P", "PT", "P1YT", "525601m", "8761h", "366d", "53w", "P366D", "P53W", "P13M", "P2Y",
		"P365DT1S", "PT31536001S", "P1Y1D", "p1y", "pT5M", "Pt5M", "P1d", "P1w", " P1D", "P1D ", "P 1D", "P1D\n", "+P1D", "-P1D", "P-1D", "P+1D", "P1.5D",
		"P1,5D", "PT1.5H", "PT0.1H", "P1D1D", "PT5M5M", "P1DT", "P5M1Y", "PT5S5M", "P1W1D", "P1WT5M", "5M", "5 m", "5min", "5", "05", "0", "", "m", "1.5h",
		"1e3m", "0x5m", "５m", "٥m", "99999999999999999999m", "9223372036854775808h", "P99999999999999999999Y", "P1000000000D", "1y", "1s", "1M",
		"P0001-00-00T00:00:00", "2026-12-01", "tomorrow", "P1D\x00", "\ufeffP1D", "never",
	} {
		if got, err := ParseExpiration(typed); err == nil {
			t.Errorf("%q was taken for %q", typed, got)
		} else if e := kind(t, err); e.Kind != KindInvalid || strings.ContainsAny(e.Message, "\n\x00") {
			t.Errorf("%q: %+v", typed, e)
		}
	}
}

func frames(t *testing.T, width, height, n int) []byte {
	t.Helper()
	all := &gif.GIF{}
	for range n {
		all.Image = append(all.Image, image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Black, color.White}))
		all.Delay = append(all.Delay, 10)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, all); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The sample files are those of the look-alike host: 64 by 48 (AVIF: 640 by
// 480), the moving ones of several frames.
func TestAWidthLargerThanThePictureIsRefusedUnlessItMoves(t *testing.T) {
	sample := func(name string) []byte {
		b, err := os.ReadFile("chevtest/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	photo := func(width, height int) []byte {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	t.Run("a JPEG that may lie on its side", func(t *testing.T) {
		check := func(width int) error {
			return CheckWidth(Params{Width: width}, bytes.NewReader(photo(48, 64)))
		}
		if err := check(64); err != nil {
			t.Error(err)
		}
		if e := kind(t, check(65)); e.Kind != KindInvalid {
			t.Errorf("%+v", e)
		}
	})
	for name, tc := range map[string]struct {
		content []byte
		width   int // the largest that is taken; 0: any
	}{
		"a PNG":             {picture(t, 64, 48), 64},
		"a GIF":             {frames(t, 64, 48, 1), 64},
		"a GIF without end": {bytes.TrimSuffix(frames(t, 64, 48, 1), []byte{0x3b}), 64},
		"a moving GIF":      {frames(t, 64, 48, 2), 0},
		"a JPEG":            {photo(64, 48), 64},
		"a WebP":            {sample("still.webp"), 64},
		"a moving WebP":     {sample("anim.webp"), 0},
		"a BMP":             {sample("still.bmp"), 64},
		"an AVIF":           {sample("still.avif"), 640},
		"a video":           {sample("clip.mp4"), 0},
		"half a GIF":        {frames(t, 64, 48, 1)[:20], 0},
		"half a PNG":        {picture(t, 64, 48)[:20], 0},
		"half a WebP":       {sample("still.webp")[:18], 0},
		"an AVIF cut short": {sample("still.avif")[:60], 0},
		"something unknown": {[]byte("hello world"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			media := sniff(tc.content[:min(len(tc.content), sniffLength)])
			check := func(width int) error {
				return checkWidth(Upload{Body: bytes.NewReader(tc.content), Params: Params{Width: width}}, media)
			}
			if tc.width == 0 {
				if err := check(1 << 20); err != nil {
					t.Error(err)
				}
				return
			}
			if err := check(tc.width); err != nil {
				t.Error(err)
			}
			e := kind(t, check(tc.width+1))
			if want := fmt.Sprintf("the picture is %d pixels wide, it cannot be made %d wide", tc.width, tc.width+1); e.Kind != KindInvalid || e.Message != want {
				t.Errorf("%+v", e)
			}
		})
	}
}

func FuzzWidth(f *testing.F) {
	for _, name := range []string{"still.webp", "anim.webp", "still.avif", "still.bmp"} {
		b, err := os.ReadFile("chevtest/testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 2000)])
	}
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x21\xf9\x04\x00\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b"))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, media := range []string{"image/gif", "image/webp", "image/avif", "image/png", "image/jpeg", "image/bmp"} {
			err := checkWidth(Upload{Body: bytes.NewReader(content), Params: Params{Width: maxWidth}}, media)
			if err != nil && kind(t, err).Kind != KindInvalid {
				t.Error(err)
			}
		}
	})
}

func TestWarningsKnowTheHostsWays(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	warn := func(p Params, raw string) []string {
		t.Helper()
		im, err := DecodeImage(json.RawMessage(raw))
		if err != nil {
			t.Fatal(err)
		}
		return warnings(Upload{Params: p}, im, now)
	}
	for name, tc := range map[string]struct {
		p    Params
		raw  string
		want []string
	}{
		"a file's own date does not count for its end": {Params{UseFileDate: true, Expiration: "P3D"}, `{"date_gmt":"2019-01-01 00:00:00","expiration_date_gmt":"2026-11-26 08:00:00"}`, nil},
		"nor is a wrong end overlooked":                {Params{UseFileDate: true, Expiration: "P3D"}, `{"date_gmt":"2019-01-01 00:00:00","expiration_date_gmt":"2026-11-23 08:05:00"}`, []string{"the host will delete the file on 2026-11-23 08:05 UTC, which is not what was asked for"}},
		"an hour by another clock":                     {Params{Expiration: "PT1H"}, `{"date_gmt":"2026-11-23 07:00:00","expiration_date_gmt":"2026-11-23 08:01:59"}`, nil},
		"five minutes more than an hour":               {Params{Expiration: "PT1H"}, `{"date_gmt":"2026-11-23 07:00:00","expiration_date_gmt":"2026-11-23 08:05:00"}`, []string{"the host will delete the file on 2026-11-23 08:05 UTC, which is not what was asked for"}},
		"five minutes instead of an hour":              {Params{Expiration: "PT1H"}, `{"date_gmt":"2026-11-23 07:00:00","expiration_date_gmt":"2026-11-23 07:05:00"}`, []string{"the host will delete the file on 2026-11-23 07:05 UTC, which is not what was asked for"}},
		"tags that its database takes for equal":       {Params{Tags: []string{"Été", "two  words"}}, `{"tags":[{"name":"ete"},{"name":"Two words"}],"tags_string":"ete, Two words"}`, nil},
		"tags in an object":                            {Params{Tags: []string{"one", "two"}}, `{"tags":{"0":{"name":"one"},"2":{"name":"two"}}}`, nil},
		"tags as texts":                                {Params{Tags: []string{"one"}}, `{"tags":["one"]}`, nil},
		"a tag that is not there":                      {Params{Tags: []string{"日本", "one"}}, `{"tags":[{"name":"中国"},{"name":"one"}]}`, []string{"the host did not take over the tag 日本"}},
		"another category":                             {Params{Category: 3}, `{"category_id":"1"}`, []string{"the host put the file into category 1 instead of 3"}},
		"the category":                                 {Params{Category: 3}, `{"category_id":"3"}`, nil},
		"no category":                                  {Params{Category: 3}, `{"category_id":null}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := warn(tc.p, tc.raw); !slices.Equal(got, tc.want) {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func TestDecodeImageTakesWhatPHPMayWrite(t *testing.T) {
	for raw, ok := range map[string]func(Image) bool{
		`{"id_encoded":false,"id":"x9"}`:                         func(im Image) bool { return im.ID == "x9" },
		`{"id_encoded":"true"}`:                                  func(im Image) bool { return im.ID == "true" },
		`{"id_encoded":12345678901234567890}`:                    func(im Image) bool { return im.ID == "12345678901234567890" },
		`{"is_approved":"1"}`:                                    func(im Image) bool { return im.Approved },
		`{"is_approved":"","url":"https://h/a.png"}`:             func(im Image) bool { return im.Approved },
		`{"is_approved":{},"url":"https://h/a.png"}`:             func(im Image) bool { return im.Approved },
		`{"is_approved":[],"url_viewer":"https://h/a"}`:          func(im Image) bool { return !im.Approved },
		`{"is_approved":false,"url":"https://h/a.png"}`:          func(im Image) bool { return !im.Approved && im.URL != "" },
		`{"is_approved":0,"thumb":{},"medium":[],"image":null}`:  func(im Image) bool { return !im.Approved && im.ThumbURL == "" && im.MediumURL == "" },
		`{"checksum":"0123456789abcdef","source_checksum":null}`: func(im Image) bool { return im.Checksum == "0123456789abcdef" && im.SourceSum == "" },
		`{"size":"1e3","width":"64.0"}`:                          func(im Image) bool { return im.Size == 1000 && im.Width == 64 },
		`{"tags":{"1":{"name":"x"}},"file":[],"frame":null}`:     func(im Image) bool { return im.Type == "image" },
		`{"url":"https:\/\/h\/\u65e5\u672c.png"}`:                func(im Image) bool { return im.URL == "https://h/日本.png" },
	} {
		im, err := DecodeImage(json.RawMessage(raw))
		if err != nil || !ok(im) {
			t.Errorf("%s decodes to %+v, %v", raw, im, err)
		}
	}
}

// What is read aloud: one sentence, no Go in it, no end that is none.
func TestFailuresOfTheNetworkAreSentences(t *testing.T) {
	closed := newHost(t, store(nil))
	closed.Close()
	for name, tc := range map[string]struct {
		cfg  Config
		want string
	}{
		"nobody listens": {Config{Address: closed.URL}, "the host at " + strings.TrimPrefix(closed.URL, "http://") + " cannot be reached: connection refused, nothing listens there"},
		"no such name": {Config{Address: "https://pics.invalid", Transport: tripper(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "pics.invalid", IsNotFound: true}}
		})}, "there is no host of the name pics.invalid"},
		"broken":             {Config{Address: raw(t, "")}, "the connection broke before the answer was complete"},
		"http for https":     {Config{Address: strings.Replace(newHost(t, store(nil)).URL, "http:", "https:", 1)}, "the host does not speak https at this address"},
		"a stranger answers": {Config{Address: raw(t, "SSH-2.0-x\r\n")}, "the connection failed: "},
	} {
		t.Run(name, func(t *testing.T) {
			e := kind(t, newClient(t, tc.cfg).Check(t.Context()))
			if !strings.HasPrefix(e.Message, tc.want) || e.Kind != KindNetwork && e.Kind != KindTLS {
				t.Errorf("%+v", e)
			}
		})
	}
}
