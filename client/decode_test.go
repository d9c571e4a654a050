package client

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
)

// docImage is the "image" object of the API's own documentation.
const docImage = `{"name":"Badgers-animated-music-video","extension":"mp4","size":3011299,"width":496,"height":360,
"date":"2024-10-10 16:58:00","date_gmt":"2024-10-10 19:58:00","title":"Badgers animated music video MrWeebl","tags":[],"description":null,
"nsfw":0,"storage_mode":"datefolder","checksum":"7a120d5c28de264bdbb934f023a628fd","source_checksum":null,
"original_filename":"Badgers _ animated music video _ MrWeebl.mp4","original_exifdata":null,"views":0,"category_id":null,"chain":21,
"thumb_size":21212,"medium_size":0,"frame_size":19804,"expiration_date_gmt":"2024-10-10 20:28:00","likes":0,"is_animated":0,
"is_approved":1,"is_360":0,"duration":73,"type":"video","tags_string":"","file":{"resource":{"type":"url"}},"id_encoded":"ZfGd",
"filename":"Badgers-animated-music-video.mp4","mime":"video\/mp4","url":"http:\/\/localhost\/images\/2024\/10\/10\/Badgers-animated-music-video.mp4",
"ratio":1.3777777777777778,"size_formatted":"3 MB",
"frame":{"filename":"Badgers-animated-music-video.fr.jpeg","url":"http:\/\/localhost\/images\/2024\/10\/10\/Badgers-animated-music-video.fr.jpeg","size":19804},
"image":{"filename":"Badgers-animated-music-video.mp4","mime":"video\/mp4","url":"http:\/\/localhost\/images\/2024\/10\/10\/Badgers-animated-music-video.mp4","size":3011299},
"thumb":{"filename":"Badgers-animated-music-video.th.jpeg","url":"http:\/\/localhost\/images\/2024\/10\/10\/Badgers-animated-music-video.th.jpeg","size":21212},
"url_frame":"http:\/\/localhost\/images\/2024\/10\/10\/Badgers-animated-music-video.fr.jpeg",
"medium":{"filename":null,"name":null,"mime":null,"extension":null,"url":null},"duration_time":"01:13",
"url_viewer":"http:\/\/localhost\/clip\/Badgers-animated-music-video-MrWeebl.ZfGd","path_viewer":"\/clip\/Badgers-animated-music-video-MrWeebl.ZfGd",
"url_short":"http:\/\/localhost\/clip\/ZfGd","display_url":"http:\/\/localhost\/images\/2024\/10\/10\/Badgers-animated-music-video.fr.jpeg",
"display_width":"496","display_height":360,"how_long_ago":"moments ago","is_use_loader":false,"unknown_field":{"deep":[1,2.5,"x"]},
"delete_url":"http:\/\/localhost\/clip\/ZfGd\/delete\/7f2da90642713b599be63be5535f8a851e688f109a2ad1c5"}`

func decodeDoc(t testing.TB) Image {
	t.Helper()
	im, err := DecodeImage(json.RawMessage(docImage))
	if err != nil {
		t.Fatal(err)
	}
	return im
}

func TestDecodeImageReadsTheDocumentedAnswer(t *testing.T) {
	im := decodeDoc(t)
	if !strings.HasSuffix(im.DeleteLink.Reveal(), testSecret) {
		t.Error("the delete link is lost")
	}
	if strings.Contains(string(im.Raw), "delete_url") || strings.Contains(string(im.Raw), testSecret) {
		t.Error("Raw has the delete link")
	}
	if !strings.Contains(string(im.Raw), `"unknown_field":{"deep":[1,2.5,"x"]}`) || !strings.Contains(string(im.Raw), `"ratio":1.3777777777777778`) {
		t.Errorf("Raw lost a field: %s", im.Raw)
	}
	raw := im.Raw
	im.Raw, im.DeleteLink = nil, DeleteLink{}
	want := Image{
		ID: "ZfGd", Type: "video", Title: "Badgers animated music video MrWeebl", Name: "Badgers _ animated music video _ MrWeebl.mp4",
		MIME: "video/mp4", Size: 3011299, Width: 496, Height: 360,
		URL:       "http://localhost/images/2024/10/10/Badgers-animated-music-video.mp4",
		ViewerURL: "http://localhost/clip/Badgers-animated-music-video-MrWeebl.ZfGd", ShortURL: "http://localhost/clip/ZfGd",
		ThumbURL: "http://localhost/images/2024/10/10/Badgers-animated-music-video.th.jpeg", Approved: true,
		Expires: time.Date(2024, 10, 10, 20, 28, 0, 0, time.UTC), Checksum: "7a120d5c28de264bdbb934f023a628fd",
	}
	if got, _ := json.Marshal(im); string(got) != mustJSON(t, want) {
		t.Errorf("decoded\n%s\nwant\n%s", got, mustJSON(t, want))
	}
	again, err := DecodeImage(raw)
	if err != nil || string(again.Raw) != string(raw) || again.ID != "ZfGd" || !again.DeleteLink.IsZero() {
		t.Errorf("Raw does not decode to the same: %v", err)
	}
}

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDecodeImageTakesWrongTypes(t *testing.T) {
	type check func(Image) bool
	for raw, ok := range map[string]check{
		`{}`: func(im Image) bool { return im.Type == "image" && !im.Approved && im.Expires.IsZero() },
		`{"size":"4422","width":"640","height":480.0}`:            func(im Image) bool { return im.Size == 4422 && im.Width == 640 && im.Height == 480 },
		`{"size":null,"width":[],"height":{}}`:                    func(im Image) bool { return im.Size == 0 && im.Width == 0 && im.Height == 0 },
		`{"size":-5,"width":1e300,"height":"1e9999"}`:             func(im Image) bool { return im.Size == 0 && im.Width == 0 && im.Height == 0 },
		`{"size":5000000000,"width":99999999999}`:                 func(im Image) bool { return im.Size == 5000000000 && im.Width == 0 },
		`{"id_encoded":77,"title":12.5,"original_filename":true}`: func(im Image) bool { return im.ID == "77" && im.Title == "12.5" && im.Name == "true" },
		`{"id":"x9"}`: func(im Image) bool { return im.ID == "x9" },
		`{"title":["a"],"mime":{"a":1},"type":null}`:                                       func(im Image) bool { return im.Title == "" && im.MIME == "" && im.Type == "image" },
		`{"mime":"video/mp4"}`:                                                             func(im Image) bool { return im.Type == "video" },
		`{"thumb":[],"medium":"http://x/y","image":null}`:                                  func(im Image) bool { return im.ThumbURL == "" && im.MediumURL == "" },
		`{"thumb":{"url":null},"medium":{"url":["a"]}}`:                                    func(im Image) bool { return im.ThumbURL == "" && im.MediumURL == "" },
		`{"is_approved":0,"url_viewer":"http://h/i/a"}`:                                    func(im Image) bool { return !im.Approved && im.ViewerURL == "http://h/i/a" },
		`{"is_approved":"0"}`:                                                              func(im Image) bool { return !im.Approved },
		`{"is_approved":true}`:                                                             func(im Image) bool { return im.Approved },
		`{"is_approved":null,"url":"https://h/a.png"}`:                                     func(im Image) bool { return im.Approved },
		`{"expiration_date_gmt":"0000-00-00 00:00:00"}`:                                    func(im Image) bool { return im.Expires.IsZero() },
		`{"expiration_date_gmt":0}`:                                                        func(im Image) bool { return im.Expires.IsZero() },
		`{"expiration_date_gmt":"2026-11-26T08:41:45+02:00"}`:                              func(im Image) bool { return im.Expires.Equal(time.Date(2026, 11, 26, 6, 41, 45, 0, time.UTC)) },
		`{"md5":"BCE148A5C7E72ADDBBA612E7FB18898E","source_md5":null}`:                     func(im Image) bool { return im.Checksum == "bce148a5c7e72addbba612e7fb18898e" && im.SourceSum == "" },
		`{"checksum":null,"md5":"aa","source_checksum":"bb"}`:                              func(im Image) bool { return im.Checksum == "aa" && im.SourceSum == "bb" },
		`{"checksum":"not hex"}`:                                                           func(im Image) bool { return im.Checksum == "" },
		`{"url":"javascript:alert(1)","url_viewer":"//h/x","url_short":"ftp://h/x"}`:       func(im Image) bool { return im.URL+im.ViewerURL+im.ShortURL == "" },
		`{"url":"https://user:pw@h/x","url_viewer":"https://h/a b","url_short":"http://"}`: func(im Image) bool { return im.URL+im.ViewerURL+im.ShortURL == "" },
		`{"url":"https://h/a\u001b[2J","url_viewer":"https://h/\u202egnp.exe"}`:            func(im Image) bool { return im.URL+im.ViewerURL == "" },
		`{"title":"a\u001b[31mb\nc\u202e","original_filename":"x\u0000y"}`:                 func(im Image) bool { return im.Title == "ab c" && im.Name == "x y" },
		`{"DELETE_URL":"https://h/x/delete/1","delete_url":7}`:                             func(im Image) bool { return !strings.Contains(strings.ToLower(string(im.Raw)), "delete") },
		`{"x":{"y":{"delete_url":"https://h/x/delete/1"},"y":{"a":1}}}`:                    func(im Image) bool { return !strings.Contains(string(im.Raw), "delete") },
		`{"x":[ {"y":{"Delete_URL":"https://h/x/delete/1"},"y":{"a":1}} ]}`:                func(im Image) bool { return !strings.Contains(strings.ToLower(string(im.Raw)), "delete") },
		`{"exif":"{\"a\":1,\"delete_url\":\"https:\\/\\/h\/x\/delete\/1\"}"}`:              func(im Image) bool { return string(im.Raw) == `{"exif":"{\"a\":1}"}` },
		`{"exif":{"b":[" [{\"Delete\\u005fURL\":1}]"]}}`:                                   func(im Image) bool { return string(im.Raw) == `{"exif":{"b":["[{}]"]}}` },
		`{"exif":"\"{\\\"delete_url\\\":\\\"https:x\\\"}\""}`:                              func(im Image) bool { return string(im.Raw) == `{"exif":"\"{}\""}` },
		`{"exif":"{\"delete_url\":\"https://h/x/del"}`:                                     func(im Image) bool { return string(im.Raw) == `{"exif":""}` },
		`{"title":"of delete_url and {}"}`:                                                 func(im Image) bool { return im.Title == "of delete_url and {}" },
		`{"delete_url":null}`:                                                              func(im Image) bool { return im.DeleteLink.IsZero() && string(im.Raw) == "{}" },
	} {
		im, err := DecodeImage(json.RawMessage(raw))
		if err != nil || !ok(im) {
			t.Errorf("%s decodes to %+v, %v", raw, im, err)
		}
	}
}

func TestDecodeImageRefusesOnlyWhatIsNoObject(t *testing.T) {
	for _, raw := range []string{"", "null", "[]", `"x"`, "7", "{", `{"a":}`, "{}x", "<html>"} {
		if _, err := DecodeImage(json.RawMessage(raw)); !errors.Is(err, errNoObject) {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func FuzzDecodeImage(f *testing.F) {
	f.Add([]byte(docImage))
	f.Add([]byte(`{"size":"4422","medium":{"url":null},"is_approved":0,"url_viewer":"http:\/\/127.0.0.1:18088\/image\/f.zjp"}`))
	f.Add([]byte(`{"title":"\ud800","id_encoded":[1],"url":"https://h/\u0007","delete_url":"http://h/x/delete/1"}`))
	f.Add([]byte("{\"a\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		im, err := DecodeImage(raw)
		if err != nil {
			return
		}
		if !json.Valid(im.Raw) {
			t.Fatalf("Raw is no JSON: %q", im.Raw)
		}
		again, err := DecodeImage(im.Raw)
		if err != nil {
			t.Fatal(err)
		}
		link := im.DeleteLink
		im.DeleteLink = DeleteLink{}
		if mustJSON(t, im) != mustJSON(t, again) {
			t.Errorf("decoding twice differs:\n%s\n%s", mustJSON(t, im), mustJSON(t, again))
		}
		for _, kind := range append(LinkKinds(), LinkMarkdownThumb, LinkHTMLThumb, LinkBBCodeThumb) {
			if text := im.Link(kind); strings.ContainsFunc(text, unicode.IsControl) {
				t.Errorf("%s has a control character: %q", kind, text)
			}
		}
		if o, ok := parseObject(im.Raw); ok && !link.IsZero() && o["delete_url"] != nil {
			t.Error("Raw has the delete link")
		}
	})
}

// FuzzAnswer runs whole answers through all that reads them.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "", []byte(`{"status_code":200,"success":{"message":"file uploaded","code":200},"image":`+docImage+`,"status_txt":"OK"}`))
	f.Add(400, "", []byte(`{"status_code":400,"error":{"message":"Duplicated upload","code":101},"status_txt":"Bad Request"}`))
	f.Add(500, "", []byte(`{"error":"x","errors":[]}`))
	f.Add(200, "txt", []byte(`Undefined array key "url"`))
	f.Add(302, "redirect", []byte(``))
	f.Add(302, "redirect", []byte(`/image/a.ZfGd`))
	f.Add(400, "", []byte(`{"status_code":400,"error":[{"message":["Can&#39;t \u001b[31mwrite","x"],"code":"101.0"}]}`))
	f.Add(400, "", []byte(`{"status_code":401,"message":"chv_Test_<b>5ecret</b>ThatMustNeverShow&#27;]0;x&#7;","code":100}`))
	f.Add(200, "txt", []byte("<br />\n<b>Deprecated</b>: x\nhttps://h/a.png"))
	f.Add(200, "", []byte("<br />\n<b>Warning</b>: x in /var/www/x.php\n{\"status_code\":200"))
	f.Fuzz(func(t *testing.T, status int, format string, body []byte) {
		a := &answer{status: status, header: map[string][]string{"Location": {string(body)}, "Retry-After": {format}}, body: body, sent: SentWhole}
		q := asked{format: Format(format), source: true, key: NewKey(testKey), address: mustURL(t, "https://example.org/pics")}
		im, err := a.image(q)
		if err == nil {
			if im.ID == "" && q.format == FormatJSON {
				t.Error("a success without id")
			}
			return
		}
		var e *Error
		if !errors.As(err, &e) || e.Kind == "" || e.Message == "" {
			t.Fatalf("%#v", err)
		}
		if n := len([]rune(e.Message)); n > maxMessage+200 || strings.ContainsFunc(e.Message, unicode.IsControl) {
			t.Errorf("a message of %d characters: %q", n, e.Message)
		}
		if strings.Contains(e.Message, testKey) {
			t.Error("the key shows in the message")
		}
		if e.RetryAfter < 0 || e.RetryAfter > 24*time.Hour || e.Limit < 0 {
			t.Errorf("%+v", e)
		}
	})
}

func TestNoDeleteLinkStaysAtAnyDepth(t *testing.T) {
	im, err := DecodeImage([]byte(`{"id_encoded":"a","url":"https://h/a.png","delete_url":"https://h/image/a/delete/1",
		"nested":{"DELETE_URL":"https://h/x/delete/2","n":12345678901234567890},"list":[{"delete\u005furl":"https://h/x/delete/3"}]}`))
	if err != nil || im.DeleteLink.IsZero() {
		t.Fatalf("delete link is %v, %v", im.DeleteLink, err)
	}
	raw := string(im.Raw)
	if strings.Contains(raw, "/delete/") || !strings.Contains(raw, "12345678901234567890") {
		t.Errorf("kept is %s", raw)
	}
}
