package client

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// recordings is a folder of real requests and answers beside the project; it
// is not part of it, and where it is not there the test has nothing to do.
const recordings = "../../shared/recordings"

// recording is one real answer and what of its request matters here.
type recording struct {
	name    string
	request string
	status  int
	header  http.Header
	body    []byte
}

// refusals are the recordings that are no success, and what they mean.
var refusals = map[string]Kind{
	"09-mp4-octetstream": KindRejected, "100c-accept-language-es": KindDuplicate, "102-source-array": KindServer, "102c-album-array": KindServer,
	"103-image-param": KindTooLarge, "104c-title-invalid-utf8": KindRejected, "105-long-description": KindRejected, "107d-filename-long": KindRejected,
	"110-put": KindTooLarge, "111-trailing-slash": KindProtocol, "112-query-no-slash": KindProtocol, "114-options": KindAuth, "116-api-v2": KindProtocol,
	"118-use-file-date-user": KindDuplicate, "119-stopword": KindRejected, "130b-retry-after-late-abort": KindDuplicate, "13e-base64-garbage": KindRejected,
	"13f-base64-text": KindRejected, "13g-base64-get": KindProtocol, "13i-json-body": KindTooLarge, "14-url-nonadmin": KindRejected,
	"140-huge-dimensions": KindRejected, "142-not-installed": KindProtocol, "143-max-files": KindDenied, "145-images-dir-readonly": KindProtocol,
	"147-disk-full-2": KindServer, "147-disk-full-3": KindServer, "15-url-admin-disabled": KindRejected, "159-jpg-named-mp4": KindRejected,
	"161-mp4-part-no-content-type": KindRejected, "16c-url-404": KindRejected, "16d-url-text": KindRejected, "17-url-nonadmin-enabled": KindRejected,
	"19-format-txt-error": KindDuplicate, "19b-format-txt-badkey": KindAuth, "25-width--5": KindRejected, "25-width-500": KindRejected,
	"25-width-99999999": KindRejected, "27-category-cats": KindRejected, "30-key-missing": KindAuth, "31-key-bad": KindAuth, "32b-key-unknown-id": KindAuth,
	"32c-key-weird": KindAuth, "33-key-form": KindDuplicate, "35-key-header-wins": KindAuth, "36-key-bearer": KindAuth, "40b-source-empty-string": KindTooLarge,
	"41-empty-file": KindRejected, "42-txt-file": KindRejected, "44e-truncated-webp": KindRejected, "46-truncated-mp4": KindRejected, "47-tiff": KindRejected,
	"48-svg": KindRejected, "60-too-big-setting": KindTooLarge, "60b-too-big-guest": KindTooLarge, "61-php-upload-max": KindServer,
	"61b-php-upload-max-admin": KindTooLarge, "62-php-post-max-key-header": KindTooLarge, "63-php-post-max-key-form": KindTooLarge, "64-nginx-413": KindTooLarge,
	"71-dup-second": KindDuplicate, "73b-dup-resized-2": KindDuplicate, "75b-dup-oriented-2": KindDuplicate, "90-flood-4": KindThrottled,
	"90-flood-admin": KindThrottled, "90-flood-plus-dup": KindDuplicate, "90-flood-txt": KindThrottled, "92-maintenance": KindProtocol,
	"92b-maintenance-admin": KindProtocol, "93-uploads-disabled": KindDenied, "94b-guest-uploads-off-guestkey": KindDenied, "95b-private-site-guest": KindDenied,
	"96b-banned-ip-message": KindDenied, "96c-banned-ip-url": KindProtocol,
}

func TestReplayOfRealAnswers(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(recordings, "*.resp.txt"))
	if err != nil || len(files) == 0 {
		t.Skip("there are no recordings beside the project")
	}
	for _, file := range files {
		r := load(t, file)
		t.Run(r.name, func(t *testing.T) {
			if r.status == 0 {
				if r.name != "133-race-same-bytes" { // a summary, not an answer
					t.Fatal("not an answer")
				}
				return
			}
			h := newHost(t, func(w http.ResponseWriter, _ received) {
				for _, name := range []string{"Content-Type", "Location", "Retry-After", "Set-Cookie"} {
					if v := r.header.Get(name); v != "" {
						w.Header().Set(name, v)
					}
				}
				w.WriteHeader(r.status)
				_, _ = w.Write(r.body)
			})
			r.replay(t, h)
			if n := len(h.received()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// replay makes the call of the client that comes nearest to the request.
func (r recording) replay(t *testing.T, h *host) {
	has := func(part string) bool { return strings.Contains(r.request, part) }
	c := h.client(t, func(cfg *Config) { cfg.KeyInForm = has("-F key=") && !has("X-API-Key") })
	switch {
	case regexp.MustCompile(`^8\d[a-z]*-`).MatchString(r.name) && !has("-F "):
		r.deletion(t, c.Delete(t.Context(), NewDeleteLink(h.URL+"/image/jPO/delete/"+testSecret)))
		return
	case r.name == "40-nosource" || r.name == "113-get":
		if err := c.Check(t.Context()); err != nil {
			t.Error(err)
		}
		return
	}
	u := Upload{Name: "a.png", Body: bytes.NewReader(picture(t, 64, 48))}
	switch {
	case has("format=txt"):
		u.Format = FormatText
	case has("format=redirect"):
		u.Format = FormatRedirect
	}
	if m := regexp.MustCompile(`source=(https?://\S+) `).FindStringSubmatch(r.request); m != nil {
		u.URL, u.Body = m[1], nil
	} else if has("base64") && has("POST") {
		u.Encoding = AsBase64
	}
	if m := regexp.MustCompile(`expiration=(\S+) `).FindStringSubmatch(r.request); m != nil {
		if iso, err := ParseExpiration(m[1]); err == nil {
			u.Params.Expiration = iso
		}
	}
	result, err := c.Upload(t.Context(), u)
	want, refused := refusals[r.name]
	switch {
	case refused:
		r.refusal(t, err, want)
	case err != nil:
		t.Errorf("a success became %v", err)
	default:
		r.success(t, u, result)
	}
}

func (r recording) deletion(t *testing.T, err error) {
	switch {
	case r.status == http.StatusNotFound:
		if !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	case strings.HasSuffix(r.header.Get("Location"), "?deleted"):
		if err != nil {
			t.Error(err)
		}
	default:
		if e := kind(t, err); e.Kind != KindProtocol {
			t.Errorf("%+v", e)
		}
	}
}

func (r recording) refusal(t *testing.T, err error, want Kind) {
	e := kind(t, err)
	if e.Kind != want || e.Status != r.status || e.Sent != SentWhole || e.Message == "" {
		t.Errorf("%s, want %s: %+v", e.Kind, want, e)
	}
	if m := regexp.MustCompile(`"code":"?(\d+)`).FindSubmatch(r.body); m != nil && e.Code != string(m[1]) {
		t.Errorf("code %q, want %s", e.Code, m[1])
	}
	if e.Kind == KindThrottled && (e.Limit != 3 || e.Period != "minute") {
		t.Errorf("%+v", e)
	}
	if strings.ContainsAny(e.Message, "\n\x1b") || strings.Contains(e.Message, "/tmp/") || strings.Contains(e.Message, "/var/www") || len([]rune(e.Message)) > 300 {
		t.Errorf("the message is not clean: %q", e.Message)
	}
	if strings.Contains(string(r.body), "URL uploading") != errors.Is(err, ErrURLSource) {
		t.Error("ErrURLSource is not told by the answer")
	}
}

func (r recording) success(t *testing.T, u Upload, got *Result) {
	im := got.Image
	switch {
	case r.name == "91b-moderated-txt":
		if im.Approved || im.URL != "" {
			t.Errorf("%+v", im)
		}
		return
	case u.Format == FormatText:
		if im.URL != strings.TrimSpace(string(r.body)) {
			t.Errorf("%+v", im)
		}
		return
	case u.Format == FormatRedirect:
		if im.ViewerURL == "" || !strings.HasSuffix(im.ViewerURL, r.header.Get("Location")) {
			t.Errorf("%+v", im)
		}
		return
	}
	field := func(name string) string {
		m := regexp.MustCompile(`"` + name + `":"?([^",]*)`).FindSubmatch(r.body)
		if m == nil || string(m[1]) == "null" {
			return ""
		}
		return strings.ReplaceAll(string(m[1]), `\/`, "/")
	}
	moderated := field("is_approved") == "0"
	for name, pair := range map[string][2]string{
		"id": {im.ID, field("id_encoded")}, "url_viewer": {im.ViewerURL, field("url_viewer")}, "md5": {im.Checksum, field("md5")},
		"source_md5": {im.SourceSum, field("source_md5")}, "size": {strconv.FormatInt(im.Size, 10), field("size")}, "width": {strconv.Itoa(im.Width), field("width")},
		"type": {im.Type, field("type")}, "short": {im.ShortURL, field("url_short")}, "delete": {im.DeleteLink.Reveal(), field("delete_url")},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", name, pair[0], pair[1])
		}
	}
	if im.Approved == moderated || (im.URL == "") != moderated || (im.ThumbURL == "") != moderated {
		t.Errorf("moderated %v: %+v", moderated, im)
	}
	if exp := field("expiration_date_gmt"); (exp == "") != im.Expires.IsZero() || exp != "" && im.Expires.Format("2006-01-02 15:04:05") != exp {
		t.Errorf("expires %v, want %q", im.Expires, exp)
	}
	asked, kept := u.Params.Expiration != "", !im.Expires.IsZero()
	if warned := strings.Contains(strings.Join(got.Warnings, "\n"), "expiration") || strings.Contains(strings.Join(got.Warnings, "\n"), "will delete"); warned != (asked != kept) {
		t.Errorf("asked for an expiration: %v, got one: %v, warnings: %q", asked, kept, got.Warnings)
	}
	if want := map[bool]Verified{true: VerifiedUnknown, false: VerifiedChanged}[u.URL != ""]; got.Verified != want { // ours was another picture
		t.Errorf("verified: %s", got.Verified)
	}
	for _, kind := range []LinkKind{LinkViewer, LinkShort} {
		if im.Link(kind) == "" {
			t.Errorf("no %s link", kind)
		}
	}
}

// load reads what curl -i wrote.
func load(t *testing.T, file string) recording {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	base := strings.TrimSuffix(file, ".resp.txt")
	request, err := os.ReadFile(base + ".req.txt")
	if err != nil {
		t.Fatal(err)
	}
	r := recording{name: filepath.Base(base), request: string(request), header: http.Header{}}
	in := bufio.NewReader(bytes.NewReader(raw))
	for {
		line, err := in.ReadString('\n')
		line = strings.TrimRight(line, "\r\n")
		switch name, value, ok := strings.Cut(line, ": "); {
		case err != nil && line == "":
			return r
		case strings.HasPrefix(line, "HTTP/"):
			r.status, _ = strconv.Atoi(strings.Fields(line)[1])
			r.header = http.Header{}
		case line == "" && r.status != 100:
			rest := new(bytes.Buffer)
			_, _ = in.WriteTo(rest)
			r.body = rest.Bytes()
			return r
		case ok && r.status != 0:
			r.header.Add(name, value)
		}
	}
}
