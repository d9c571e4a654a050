package client

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func jsonError(message, code string) string {
	return `{"status_code":400,"error":{"message":` + message + `,"code":` + code + `},"status_txt":"Bad Request"}`
}

// failures are what real hosts answer when they do not take a file, and what
// the things in front of them do.
var failures = []struct {
	name   string
	status int
	body   string
	form   bool // the key was sent as a field
	want   Kind
}{
	{"no key", 400, jsonError(`"No key provided"`, "100"), false, KindAuth},
	{"a bad key", 400, jsonError(`"Invalid API key."`, "100"), false, KindAuth},
	{"a bad key, as a field", 400, jsonError(`"Invalid API key."`, "100"), true, KindAuth},
	{"a bad key, third generation", 400, jsonError(`"Invalid API v1 key"`, "100"), true, KindAuth},
	{"a bad key in German", 400, jsonError(`"Ung\u00fcltiger API-Schl\u00fcssel."`, "100"), false, KindAuth},
	{"a bad version", 400, jsonError(`"Invalid API version."`, "110"), false, KindProtocol},
	{"a bad action", 400, jsonError(`"Invalid API action."`, "120"), false, KindProtocol},
	{"no source although there was one: over post_max_size", 400, jsonError(`"Empty upload source"`, "130"), false, KindTooLarge},
	{"no key although there was one: over post_max_size", 400, jsonError(`"No key provided"`, "100"), true, KindTooLarge},
	{"an empty source", 400, jsonError(`"Empty source"`, "130"), false, KindTooLarge},
	{"bad base64", 400, jsonError(`"Invalid base64 string"`, "120"), false, KindRejected},
	{"uploads off", 400, jsonError(`"Request denied"`, "401"), false, KindDenied},
	{"a duplicate before saving", 400, jsonError(`"Duplicated upload"`, "101"), false, KindDuplicate},
	{"a duplicate after rewriting", 400, jsonError(`"Duplicated upload"`, "102"), false, KindDuplicate},
	{"a duplicate before resizing", 400, jsonError(`"Duplicated upload"`, "103"), false, KindDuplicate},
	{"a duplicate in Spanish", 400, jsonError(`"Subida duplicada"`, "101"), false, KindDuplicate},
	{"a duplicate with its code as text", 400, jsonError(`"x"`, `"101"`), false, KindDuplicate},
	{"a full storage", 400, jsonError(`"No space left on storage"`, "104"), false, KindServer},
	{"a flood", 400, jsonError(`"Flooding detected. You can only upload 3 images per minute"`, "130"), false, KindThrottled},
	{"a flood in German", 400, jsonError(`"Du kannst nur 50 Bilder pro Minute hochladen"`, "130"), false, KindThrottled},
	{"over the site's limit", 400, jsonError(`"File too big - max 1 MB"`, "400"), false, KindTooLarge},
	{"over PHP's limit, administrator", 400, jsonError(`"File too big (UPLOAD_ERR_INI_SIZE)"`, "601"), false, KindTooLarge},
	{"over PHP's limit, others", 500, "<html><head><title>Something went wrong</title></head></html>", false, KindServer},
	{"over the web server's limit", 413, "<html><head><title>413 Request Entity Too Large</title></head></html>", false, KindTooLarge},
	{"no picture, no text", 400, jsonError(`"getimagesize(): Error reading from \/tmp\/chvtemp_72BOir!"`, "0"), false, KindRejected},
	{"a picture nobody can read", 400, jsonError(`"Can't get target upload source info"`, "610"), false, KindRejected},
	{"an unavailable format", 400, jsonError(`"Unavailable image format"`, "613"), false, KindRejected},
	{"a disabled format", 400, jsonError(`"Image format disabled"`, "614"), false, KindRejected},
	{"a bad video", 400, jsonError(`"Invalid video file provided"`, "100"), false, KindRejected},
	{"a bad video, as a field", 400, jsonError(`"Invalid video file provided"`, "100"), true, KindRejected},
	{"a video FFprobe cannot read", 400, jsonError(`"FFprobe error: Unable to probe \/tmp\/chvtemp_sQJZlY: ffprobe failed"`, "600"), false, KindRejected},
	{"too wide", 400, jsonError(`"Target width is greater than the original image width"`, "610"), false, KindRejected},
	{"a negative width", 400, jsonError(`"Invalid image geometry"`, "1"), false, KindRejected},
	{"a stop word", 400, jsonError(`"Stop words found"`, "400"), false, KindRejected},
	{"the file count limit", 400, jsonError(`"Maximum CHEVERETO_MAX_FILES reached (limit 5)."`, "999"), false, KindDenied},
	{"a folder that cannot be written", 400, jsonError(`"Can't write target destination dir"`, "632"), false, KindServer},
	{"a full disk", 400, jsonError(`"getimagesize(): Error reading from \/var\/www\/chevereto\/images\/2026\/11\/23\/f0f8.png!"`, "0"), false, KindServer},
	{"a picture too large for its memory", 400, jsonError(`"Unable to read image from path (\/var\/www\/chevereto\/images\/huge.png)."`, "0"), false, KindRejected},
	{"images/ not writable", 200, "<!DOCTYPE HTML>\n<html><head><title>Chevereto</title></head><body>System error</body></html>", false, KindProtocol},
	{"maintenance", 200, "<!DOCTYPE HTML>\n<html><body>Website under maintenance</body></html>", false, KindProtocol},
	{"a ban in its own words", 200, "You have been forbidden to use this website.", false, KindDenied},
	{"a ban in other words", 200, "Go away", false, KindProtocol},
	{"too many failed logins", 403, "", false, KindDenied},
	{"the database down", 500, "<html></html>", false, KindServer},
	{"an answer that could not be encoded", 500, `{"status_code":500,"error":{"message":"data couldn't be encoded into json","code":null},"status_txt":"x"}`, false, KindServer},
	{"a fault of a site in a sub-directory", 500, `{"error":"Something","errors":["x"]}`, false, KindServer},
	{"the same with HTTP 200", 200, `{"error":"Something","errors":["x"]}`, false, KindServer},
	{"bad text in a title", 400, jsonError(`"SQLSTATE[22007]: Invalid datetime format: 1366 Incorrect string value"`, `"22007"`), false, KindRejected},
	{"a long description", 400, jsonError(`"SQLSTATE[22001]: String data, right truncated"`, `"22001"`), false, KindRejected},
	{"a database that is gone", 400, jsonError(`"SQLSTATE[HY000] [2002] Connection refused"`, "2002"), false, KindServer},
	{"an error nobody knows", 400, jsonError(`"Something new"`, "4711"), false, KindRejected},
	{"an error nobody knows with HTTP 500", 500, jsonError(`"Something new"`, "4711"), false, KindServer},
	{"an error nobody knows with HTTP 429", 429, jsonError(`"Slow down"`, `"rate"`), false, KindThrottled},
	{"an error with HTTP 200", 200, jsonError(`"Duplicated upload"`, "101"), false, KindDuplicate},
	{"an error of odd types", 400, `{"status_code":"400","error":{"message":["x"],"code":{}},"status_txt":7}`, false, KindRejected},

	{"a portal", 200, "<html><title>Free WiFi</title>", false, KindProtocol},
	{"a network that wants a login", 511, "<html>", false, KindProtocol},
	{"nothing at all", 200, "", false, KindProtocol},
	{"nothing, with HTTP 204", 204, "", false, KindProtocol},
	{"half an answer", 200, `{"status_code":200,"success":{"mess`, false, KindNetwork},
	{"half an error", 400, `{"status_code":400,"error":{"mess`, false, KindNetwork},
	{"JSON of something else", 200, `{"ok":true}`, false, KindProtocol},
	{"JSON of something else with 404", 404, `{"detail":"not found"}`, false, KindProtocol},
	{"a list", 200, `[1]`, false, KindProtocol},
	{"OK without a picture", 200, `{"status_code":200,"status_txt":"OK"}`, false, KindProtocol},
	{"OK without an id", 200, `{"status_code":200,"image":{"url":"https://h/a.png"}}`, false, KindProtocol},
	{"OK with a picture of null", 200, `{"status_code":200,"image":null}`, false, KindProtocol},
	{"a picture and an error", 200, `{"status_code":200,"error":{"message":"Duplicated upload","code":101},"image":{"id_encoded":"x"}}`, false, KindDuplicate},
	{"not found", 404, "<html>", false, KindProtocol},
	{"not allowed", 405, "", false, KindProtocol},
	{"not authorized", 401, "", false, KindAuth},
	{"forbidden by a firewall", 403, "<html><title>Attention Required!</title>", false, KindDenied},
	{"too slow for it", 408, "", false, KindStalled},
	{"too many requests", 429, "", false, KindThrottled},
	{"a bad gateway", 502, "<html>", false, KindServer},
	{"busy", 503, "<html>", false, KindServer},
	{"a gateway that waited", 504, "", false, KindServer},
	{"an origin that waited", 524, "", false, KindServer},
	{"a status nobody knows", 999, "", false, KindProtocol},
}

func TestEveryFailureHasItsKind(t *testing.T) {
	for _, c := range failures {
		t.Run(c.name, func(t *testing.T) {
			a := &answer{status: c.status, header: http.Header{}, body: []byte(c.body), sent: SentWhole}
			_, err := a.image(asked{source: true, keyInForm: c.form, key: NewKey(testKey), address: mustURL(t, "https://example.org")})
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("no error: %v", err)
			}
			if e.Kind != c.want {
				t.Errorf("kind %s, want %s (%v)", e.Kind, c.want, err)
			}
			if e.Message == "" || e.Status != c.status || e.Sent != SentWhole || !e.Connected {
				t.Errorf("%+v", e)
			}
		})
	}
}

// The bare messages of the formats txt and redirect mean the same as in JSON.
func TestFailuresAsTextHaveTheSameKind(t *testing.T) {
	for message, want := range map[string]Kind{
		"Duplicated upload": KindDuplicate, "Invalid API key.": KindAuth, "No key provided": KindAuth, "Request denied": KindDenied,
		"Flooding detected. You can only upload 3 images per minute": KindThrottled, "File too big - max 1 MB": KindTooLarge,
		"Empty upload source": KindTooLarge, "Stop words found": KindRejected, "You have been forbidden to use this website.": KindDenied,
		"Something new": KindRejected, "<!DOCTYPE HTML>\n<html>": KindProtocol, "": KindProtocol,
	} {
		for _, format := range []Format{FormatText, FormatRedirect} {
			a := &answer{status: 200, body: []byte(message), sent: SentWhole}
			_, err := a.image(asked{format: format, source: true, address: mustURL(t, "https://example.org")})
			var e *Error
			if !errors.As(err, &e) || e.Kind != want {
				t.Errorf("%q as %s: %v, want %s", message, format, err, want)
			}
		}
	}
}

func TestErrorsCarryWhatTheHostSaid(t *testing.T) {
	fail := func(status int, header http.Header, body string) *Error {
		a := &answer{status: status, header: header, body: []byte(body), sent: SentWhole, finished: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
		_, err := a.image(asked{source: true, key: NewKey(testKey), address: mustURL(t, "https://example.org/pics")})
		var e *Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		return e
	}
	t.Run("the limit and the period of a flood", func(t *testing.T) {
		for _, period := range []string{"minute", "hour", "day", "week", "month"} {
			e := fail(400, nil, jsonError(`"Flooding detected. You can only upload 1000 images per `+period+`"`, "130"))
			if e.Period != period || e.Limit != 1000 || e.Code != "130" {
				t.Errorf("%+v", e)
			}
		}
	})
	t.Run("Retry-After as seconds, as a date, bounded, or nonsense", func(t *testing.T) {
		for value, want := range map[string]time.Duration{
			"120": 2 * time.Minute, "Mon, 23 Nov 2026 08:01:00 GMT": time.Minute, "Mon, 23 Nov 2020 08:01:00 GMT": 0,
			"99999999999": 24 * time.Hour, "-1": 0, "soon": 0, "": 0,
		} {
			if e := fail(429, http.Header{"Retry-After": {value}}, ""); e.RetryAfter != want {
				t.Errorf("%q: %v", value, e.RetryAfter)
			}
		}
		for _, body := range []string{"<html>", `{"error":{"message":"busy"}}`} {
			if e := fail(503, http.Header{"Retry-After": {"7"}}, body); e.Kind != KindThrottled || e.RetryAfter != 7*time.Second {
				t.Errorf("503: %+v", e)
			}
		}
	})
	t.Run("a message without paths, control characters and the key", func(t *testing.T) {
		e := fail(400, nil, jsonError(`"FFprobe error: Unable to probe \/tmp\/chvtemp_sQJZlY: '\/usr\/bin\/ffprobe'\n\nOutput\u001b[31m (\/var\/www\/x\/y.png) C:\\www\\x.php `+testKey+strings.Repeat(" long", 200)+`"`, "600"))
		if want := "FFprobe error: Unable to probe …: '…' Output (…) … redacted long"; !strings.HasPrefix(e.Message, want) {
			t.Errorf("%q", e.Message)
		}
		if utf8.RuneCountInString(e.Message) > 300 {
			t.Errorf("%d characters", utf8.RuneCountInString(e.Message))
		}
	})
	t.Run("addresses and fractions are no paths", func(t *testing.T) {
		for _, s := range []string{"see https://example.org/a/b/c for more", "1/2 and/or", "Error: image/png"} {
			if got := clean(s, Key{}); got != s {
				t.Errorf("%q became %q", s, got)
			}
		}
	})
	t.Run("the title of a page", func(t *testing.T) {
		if e := fail(200, nil, "<html><head><title>Free &amp; WiFi\n</title>"); e.Message != `the host answered with a web page: "Free & WiFi"` {
			t.Error(e.Message)
		}
	})
	t.Run("where a redirect leads", func(t *testing.T) {
		for location, want := range map[string]string{
			"https://www.example.org/pics/api/1/upload/": "the site has moved: its address is https://www.example.org/pics",
			"https://example.org/pics/api/1/upload":      "the host redirects to https://example.org/pics/api/1/upload, which we do not follow",
			"https://user:pw@evil.example/x?secret=1#y":  "the host redirects to https://evil.example/x, which we do not follow",
			"/install": "the site is not installed yet",
			"":         "the host redirects, but does not say where to",
			"http://[": "the host redirects, but does not say where to",
		} {
			e := fail(301, http.Header{"Location": {location}}, "<html>")
			if e.Kind != KindProtocol || e.Message != want {
				t.Errorf("%q: %s: %s", location, e.Kind, e.Message)
			}
		}
	})
	t.Run("that it takes no addresses", func(t *testing.T) {
		a := &answer{status: 400, body: []byte(jsonError(`"URL uploading is disabled"`, "403"))}
		_, err := a.image(asked{url: true, address: mustURL(t, "https://example.org")})
		var e *Error
		if !errors.Is(err, ErrURLSource) || !errors.As(err, &e) || e.Kind != KindRejected {
			t.Error(err)
		}
	})
}

func TestAnswersAreReadThroughPHPNoise(t *testing.T) {
	good := `{"status_code":200,"success":{"message":"file uploaded","code":200},"image":` + docImage + `,"status_txt":"OK"}`
	for name, body := range map[string]string{
		"as it is":                  good,
		"after a byte order mark":   "\ufeff" + good,
		"after warnings":            "<br />\n<b>Deprecated</b>: x in <b>/var/www/x.php</b> on line <b>7</b><br />\n" + good,
		"before warnings":           good + "\n<b>Warning</b>",
		"with bad UTF-8 in it":      strings.Replace(good, "moments ago", "mom\xffents", 1),
		"as ImgBB's clients expect": `{"status_code":200,"status":200,"success":{},"data":` + docImage + `}`,
		"with its status as text":   `{"status_code":"200","image":` + docImage + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			a := &answer{status: 200, body: []byte(body), sent: SentWhole}
			im, err := a.image(asked{source: true, address: mustURL(t, "https://example.org")})
			if err != nil || im.ID != "ZfGd" {
				t.Error(err)
			}
		})
	}
	t.Run("but not when the file was not out yet", func(t *testing.T) {
		a := &answer{status: 200, body: []byte(good), sent: SentPart}
		_, err := a.image(asked{source: true, address: mustURL(t, "https://example.org")})
		var e *Error
		if !errors.As(err, &e) || e.Kind != KindProtocol {
			t.Error(err)
		}
	})
}

func TestTextAndRedirectAnswers(t *testing.T) {
	read := func(format Format, status int, location, body string) (Image, error) {
		a := &answer{status: status, header: http.Header{"Location": {location}}, body: []byte(body), sent: SentWhole}
		return a.image(asked{format: format, source: true, address: mustURL(t, "https://example.org/pics")})
	}
	t.Run("an address as text", func(t *testing.T) {
		im, err := read(FormatText, 200, "", "http://localhost/images/2024/10/10/a.mp4")
		if err != nil || im.URL != "http://localhost/images/2024/10/10/a.mp4" || !im.Approved {
			t.Error(im, err)
		}
	})
	t.Run("a moderated upload as text", func(t *testing.T) {
		im, err := read(FormatText, 200, "", `Undefined array key "url"`)
		if err != nil || im.URL != "" || im.Approved {
			t.Error(im, err)
		}
	})
	t.Run("a redirect to the viewer", func(t *testing.T) {
		im, err := read(FormatRedirect, 302, "/pics/clip/a.ZfGd", "")
		if err != nil || im.ViewerURL != "https://example.org/pics/clip/a.ZfGd" {
			t.Error(im, err)
		}
	})
	for _, location := range []string{"", "/install", "/pics/install", "https://evil.example/image/a", "/pics/", "/pics/api/1/upload/?format=redirect", "/pics/image/a?x=1", "http://["} {
		t.Run("no redirect to the viewer: "+location, func(t *testing.T) {
			_, err := read(FormatRedirect, 302, location, "")
			var e *Error
			if !errors.As(err, &e) || e.Kind != KindProtocol {
				t.Error(err)
			}
		})
	}
}
