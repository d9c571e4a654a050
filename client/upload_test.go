package client

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cespare/xxhash/v2"
)

// received is a request as a host saw it.
type received struct {
	method, uri, media string
	header             http.Header
	length             int64
	chunked            bool
	fields             map[string]string
	filename, partType string
	content            []byte
}

// host is a server that keeps what it receives and answers as it is told.
type host struct {
	*httptest.Server
	mu     sync.Mutex
	got    []received
	answer func(w http.ResponseWriter, r received)
}

func newHost(t testing.TB, answer func(w http.ResponseWriter, r received)) *host {
	t.Helper()
	h := &host{answer: answer}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := received{
			method: r.Method, uri: r.RequestURI, media: r.Header.Get("Content-Type"), header: r.Header, length: r.ContentLength,
			chunked: len(r.TransferEncoding) > 0, fields: map[string]string{},
		}
		if mr, err := r.MultipartReader(); err == nil {
			for {
				p, err := mr.NextRawPart()
				if err != nil {
					break
				}
				b, _ := io.ReadAll(p)
				if p.FileName() != "" {
					got.filename, got.partType, got.content = p.FileName(), p.Header.Get("Content-Type"), b
				} else {
					got.fields[p.FormName()] = string(b)
				}
			}
		}
		h.mu.Lock()
		h.got = append(h.got, got)
		h.mu.Unlock()
		h.answer(w, got)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *host) received() []received {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.got)
}

// client returns a client of the host with the key of the tests.
func (h *host) client(t testing.TB, change func(*Config)) *Client {
	t.Helper()
	cfg := Config{Address: h.URL, Key: NewKey(testKey)}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// store answers as a host does that keeps the file; extra is put into the
// image object.
func store(extra map[string]any) func(w http.ResponseWriter, r received) {
	return func(w http.ResponseWriter, r received) {
		im := map[string]any{
			"id_encoded": "ZfGd", "type": "image", "mime": r.partType, "size": len(r.content), "original_filename": r.filename, "is_approved": 1,
			"url": "http://" + "127.0.0.1" + "/images/a.png", "url_viewer": "http://127.0.0.1/image/ZfGd", "url_short": "http://127.0.0.1/image/ZfGd",
			"delete_url": "http://127.0.0.1/image/ZfGd/delete/" + testSecret, "date_gmt": "2026-11-23 08:00:00", "expiration_date_gmt": nil,
		}
		for k, v := range extra {
			im[k] = v
		}
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		w.Header().Set("Set-Cookie", "PHPSESSID=x; path=/")
		_ = json.NewEncoder(w).Encode(map[string]any{"status_code": 200, "success": map[string]any{"message": "file uploaded", "code": 200}, "image": im, "status_txt": "OK"})
	}
}

// kind returns the error's kind and fails when a secret shows in it.
func kind(t testing.TB, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("no *Error: %v", err)
	}
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		quiet(t, fmt.Sprintf("%v %+v %#v %s", cause, cause, cause, cause.Error()))
	}
	quiet(t, mustJSON(t, e.Message))
	return e
}

func picture(t testing.TB, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUploadSendsOneFileAndReadsTheAnswer(t *testing.T) {
	h := newHost(t, store(nil))
	content := picture(t, 64, 48)
	c := h.client(t, func(cfg *Config) { cfg.UserAgent = "upshot/1.2" })
	var progress []int64
	r, err := c.Upload(t.Context(), Upload{
		Name: "Фото \"1\".png", Body: bytes.NewReader(content), Params: Params{Title: "T", Width: 64, Expiration: "3d"},
		Progress: func(n int64) { progress = append(progress, n) },
	})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	if r.SHA256 != hex.EncodeToString(sum[:]) || r.Size != int64(len(content)) || r.Image.ID != "ZfGd" || r.Verified != VerifiedUnknown || r.MD5 != "" {
		t.Errorf("%+v", r)
	}
	if !strings.HasSuffix(r.Image.DeleteLink.Reveal(), testSecret) {
		t.Error("the delete link is lost")
	}
	got := h.received()[0]
	if got.method != "POST" || got.uri != "/api/1/upload" || got.chunked || got.length <= int64(len(content)) {
		t.Errorf("%s %s, %d bytes, chunked %v", got.method, got.uri, got.length, got.chunked)
	}
	for name, want := range map[string]string{"X-Api-Key": testKey, "Accept-Language": "en", "User-Agent": "upshot/1.2", "Cookie": "", "Expect": "", "Accept-Encoding": "", "Referer": ""} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %q", name, got.header.Get(name))
		}
	}
	if got.filename != "Фото \"1\".png" || got.partType != "image/png" || !bytes.Equal(got.content, content) || got.fields["title"] != "T" || got.fields["expiration"] != "P3D" || got.fields["key"] != "" {
		t.Errorf("%q %s %q", got.filename, got.partType, got.fields)
	}
	if !slices.IsSorted(progress) || len(progress) < 2 || progress[len(progress)-1] != r.Size {
		t.Errorf("progress: %v", progress)
	}
}

func TestUploadNeverSendsACookieBack(t *testing.T) {
	h := newHost(t, store(nil))
	c := h.client(t, nil)
	for range 3 {
		if _, err := c.Upload(t.Context(), Upload{Name: "a.png", Body: bytes.NewReader(picture(t, 1, 1))}); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range h.received() {
		if r.header.Get("Cookie") != "" {
			t.Error("a cookie was sent")
		}
	}
}

func TestUploadSendsTheSameBodyEveryTime(t *testing.T) {
	h := newHost(t, func(w http.ResponseWriter, _ received) { w.WriteHeader(http.StatusBadGateway) })
	c := h.client(t, nil)
	body := bytes.NewReader(picture(t, 300, 300))
	for range 3 {
		_, err := c.Upload(t.Context(), Upload{Name: "a.png", Body: body})
		if e := kind(t, err); e.Kind != KindServer || e.Sent != SentWhole || e.Status != 502 || !e.Connected {
			t.Errorf("%+v", e)
		}
	}
	got := h.received()
	if len(got) != 3 || !bytes.Equal(got[0].content, got[2].content) || int64(len(got[0].content)) != body.Size() {
		t.Errorf("%d requests", len(got))
	}
}

func TestUploadPutsTheKeyInTheFormWhenAsked(t *testing.T) {
	h := newHost(t, store(nil))
	c := h.client(t, func(cfg *Config) { cfg.KeyInForm = true })
	if _, err := c.Upload(t.Context(), Upload{Name: "a.png", Body: bytes.NewReader(picture(t, 1, 1))}); err != nil {
		t.Fatal(err)
	}
	if got := h.received()[0]; got.fields["key"] != testKey || got.header.Get("X-Api-Key") != "" {
		t.Error("the key is not where it belongs")
	}
}

func TestUploadToASubDirectory(t *testing.T) {
	h := newHost(t, store(nil))
	c := h.client(t, func(cfg *Config) { cfg.Address += "/a%20b/api/1/upload/" })
	if _, err := c.Upload(t.Context(), Upload{Name: "a.png", Body: bytes.NewReader(picture(t, 1, 1))}); err != nil {
		t.Fatal(err)
	}
	if got := h.received()[0]; got.uri != "/a%20b/api/1/upload" {
		t.Error(got.uri)
	}
}

func TestUploadAsBase64(t *testing.T) {
	h := newHost(t, store(nil))
	c := h.client(t, nil)
	for _, size := range []int{1, 2, 3, 4, 3*chunk - 1, 3 * chunk, 3*chunk + 1} {
		content := bytes.Repeat([]byte{0xff, 1, 2, 0xfe, 5}, size/5+1)[:size]
		var last int64
		r, err := c.Upload(t.Context(), Upload{Name: "a.png", Body: bytes.NewReader(content), Encoding: AsBase64, Progress: func(n int64) { last = n }})
		if err != nil {
			t.Fatal(err)
		}
		got := h.received()
		back, err := base64.StdEncoding.Strict().DecodeString(got[len(got)-1].fields["source"])
		sum := sha256.Sum256(content)
		if err != nil || !bytes.Equal(back, content) || r.SHA256 != hex.EncodeToString(sum[:]) || last != int64(size) {
			t.Errorf("%d bytes: %v, progress %d", size, err, last)
		}
	}
}

func TestUploadOfAnAddress(t *testing.T) {
	h := newHost(t, store(nil))
	u := Upload{URL: "https://example.org/a b.png", Params: Params{Title: "x y"}}
	c := h.client(t, nil)
	if _, err := c.Upload(t.Context(), u); kind(t, err).Kind != KindInvalid {
		t.Error("an address with a space was sent")
	}
	u.URL = "https://example.org/a%20b.png?c=d"
	if _, err := c.Upload(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	u.Get = true
	if _, err := c.Upload(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	got := h.received()
	if got[0].fields["source"] != u.URL || got[0].fields["title"] != "x y" || got[0].uri != "/api/1/upload" {
		t.Errorf("POST: %+v", got[0].fields)
	}
	if want := "/api/1/upload/?title=x%20y&source=https%3A%2F%2Fexample.org%2Fa%2520b.png%3Fc%3Dd"; got[1].method != "GET" || got[1].uri != want || got[1].header.Get("X-Api-Key") != testKey {
		t.Errorf("%s %s", got[1].method, got[1].uri)
	}
	if _, err := h.client(t, func(cfg *Config) { cfg.KeyInForm = true }).Upload(t.Context(), u); kind(t, err).Kind != KindInvalid {
		t.Error("the key was put into an address")
	}
}

func TestUploadRefusesBeforeItSends(t *testing.T) {
	h := newHost(t, store(nil))
	c := h.client(t, nil)
	good := func() Body { return bytes.NewReader(picture(t, 64, 48)) }
	for name, tc := range map[string]struct {
		u    Upload
		want Kind
	}{
		"a bad parameter":       {Upload{Body: good(), Params: Params{Expiration: "tomorrow"}}, KindInvalid},
		"a width too large":     {Upload{Body: good(), Params: Params{Width: 65}}, KindInvalid},
		"a long file name":      {Upload{Body: good(), Name: strings.Repeat("n", 256)}, KindInvalid},
		"nothing":               {Upload{Name: "a.png"}, KindInvalid},
		"a file by GET":         {Upload{Body: good(), Get: true}, KindInvalid},
		"a file and an address": {Upload{Body: good(), URL: "https://example.org/a.png"}, KindInvalid},
		"an unknown format":     {Upload{Body: good(), Format: "xml"}, KindInvalid},
		"an unknown encoding":   {Upload{Body: good(), Encoding: "hex"}, KindInvalid},
		"an address of a file":  {Upload{URL: "file:///etc/passwd"}, KindInvalid},
		"an empty file":         {Upload{Body: strings.NewReader(""), Name: "a.png"}, KindRejected},
		"an unreadable file":    {Upload{Body: brokenBody{size: 10, err: fs.ErrPermission}, Name: "a.png"}, KindLocalFile},
		"a file that is gone":   {Upload{Body: brokenBody{size: 10, err: fs.ErrNotExist}, Name: "a.png"}, KindLocalFile},
		"a file shorter than":   {Upload{Body: brokenBody{size: 10, err: io.EOF}, Name: "a.png"}, KindLocalFile},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Upload(t.Context(), tc.u)
			if e := kind(t, err); e.Kind != tc.want || e.Sent != SentNothing || e.Connected || e.Message == "" {
				t.Errorf("%+v", e)
			}
		})
	}
	t.Run("without a key", func(t *testing.T) {
		c := h.client(t, func(cfg *Config) { cfg.Key = Key{} })
		_, err := c.Upload(t.Context(), Upload{Name: "a.png", Body: good()})
		if e := kind(t, err); e.Kind != KindAuth {
			t.Errorf("%+v", e)
		}
	})
	if n := len(h.received()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// brokenBody fails to be read from some offset on.
type brokenBody struct {
	size, good int64
	err        error
}

func (b brokenBody) Size() int64 { return b.size }

func (b brokenBody) ReadAt(p []byte, off int64) (int, error) {
	n := min(int64(len(p)), max(b.good-off, 0))
	if n == int64(len(p)) {
		return int(n), nil
	}
	return int(n), b.err
}

func TestUploadVerifiesByWhateverChecksumTheHostReports(t *testing.T) {
	content := picture(t, 500, 400)
	md := md5.Sum(content)
	hexMD5, hexXX := hex.EncodeToString(md[:]), fmt.Sprintf("%016x", xxhash.Sum64(content))
	other := strings.Repeat("0", 32)
	for name, tc := range map[string]struct {
		extra map[string]any
		want  Verified
		md5   string
	}{
		"MD5":                        {map[string]any{"md5": hexMD5}, VerifiedIdentical, hexMD5},
		"MD5 in capitals":            {map[string]any{"md5": strings.ToUpper(hexMD5)}, VerifiedIdentical, hexMD5},
		"MD5 under its new name":     {map[string]any{"checksum": hexMD5}, VerifiedIdentical, hexMD5},
		"XXH64":                      {map[string]any{"checksum": hexXX}, VerifiedIdentical, ""},
		"another MD5":                {map[string]any{"md5": other}, VerifiedChanged, hexMD5},
		"another XXH64":              {map[string]any{"checksum": other[:16]}, VerifiedChanged, ""},
		"a resized file":             {map[string]any{"md5": other, "source_md5": hexMD5}, VerifiedChanged, hexMD5},
		"a watermark, other size":    {map[string]any{"md5": hexMD5, "size": 7}, VerifiedChanged, hexMD5},
		"no checksum":                {nil, VerifiedUnknown, ""},
		"a checksum of another kind": {map[string]any{"checksum": other + other}, VerifiedUnknown, ""},
		"no hexadecimal digits":      {map[string]any{"checksum": strings.Repeat("x", 32)}, VerifiedUnknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, store(tc.extra))
			c := h.client(t, nil)
			for _, turn := range []string{"the first time", "the second time"} {
				body := &countingBody{Reader: bytes.NewReader(content)}
				r, err := c.Upload(t.Context(), Upload{Name: "a.png", Body: body})
				if err != nil || r.Verified != tc.want || r.MD5 != tc.md5 {
					t.Errorf("%s: %s, %q, %v", turn, r.Verified, r.MD5, err)
				}
				if limit := int64(len(content)) + sniffLength; turn == "the second time" && body.read > limit {
					t.Errorf("the file was read again although the checksum was known: %d of %d bytes", body.read, len(content))
				}
			}
		})
	}
	t.Run("and says unknown when the file changed before it was read again", func(t *testing.T) {
		h := newHost(t, store(map[string]any{"md5": hexMD5}))
		body := &changingBody{content: bytes.Clone(content)}
		h.answer = func(w http.ResponseWriter, r received) {
			body.spoil()
			store(map[string]any{"md5": hexMD5})(w, r)
		}
		r, err := h.client(t, nil).Upload(t.Context(), Upload{Name: "a.png", Body: body})
		if err != nil || r.Verified != VerifiedUnknown || r.MD5 != "" {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

type countingBody struct {
	*bytes.Reader
	read int64
}

func (b *countingBody) ReadAt(p []byte, off int64) (int, error) {
	n, err := b.Reader.ReadAt(p, off)
	b.read += int64(n)
	return n, err
}

type changingBody struct {
	mu      sync.Mutex
	content []byte
}

func (b *changingBody) spoil() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.content[len(b.content)-1]++
}

func (b *changingBody) Size() int64 { return int64(len(b.content)) }

func (b *changingBody) ReadAt(p []byte, off int64) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.NewReader(b.content).ReadAt(p, off)
}

func TestUploadWarnsAboutWhatTheHostDidNotTakeOver(t *testing.T) {
	asked := Params{Tags: []string{"One", "two words"}, NSFW: true, Width: 32, Expiration: "P3D", Title: "0"}
	for name, tc := range map[string]struct {
		extra map[string]any
		p     Params
		want  []string
	}{
		"nothing to say": {map[string]any{
			"tags": []map[string]any{{"name": "one"}, {"name": "two words"}}, "nsfw": 1, "width": 32, "expiration_date_gmt": "2026-11-26 08:00:02",
		}, Params{Tags: asked.Tags, NSFW: true, Width: 32, Expiration: "P3D"}, nil},
		"nothing was asked": {map[string]any{"tags": []any{}, "nsfw": 0, "width": 64}, Params{}, nil},
		"all of it": {map[string]any{"tags": []any{}, "nsfw": 0, "width": 64}, asked, []string{
			"did not take over the expiration", "a title or description of 0", "the tag One", "the tag two words", "not safe for work", "64 pixels instead of 32",
		}},
		"five minutes instead of three days": {map[string]any{"expiration_date_gmt": "2026-11-23 08:05:00"}, Params{Expiration: "P3D"}, []string{"2026-11-23 08:05 UTC"}},
		"a month by the calendar":            {map[string]any{"expiration_date_gmt": "2026-12-23 09:00:00"}, Params{Expiration: "P1M"}, nil},
		"a default of the account":           {map[string]any{"expiration_date_gmt": "2026-11-24 08:00:00"}, Params{}, []string{"nobody asked for it"}},
		"tags as a list that is none":        {map[string]any{"tags": "x", "tags_string": "one, two words"}, Params{Tags: asked.Tags}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, store(tc.extra))
			r, err := h.client(t, nil).Upload(t.Context(), Upload{Name: "a.png", Body: bytes.NewReader(picture(t, 64, 48)), Params: tc.p})
			if err != nil || len(r.Warnings) != len(tc.want) {
				t.Fatalf("%q, %v", r.Warnings, err)
			}
			for i, part := range tc.want {
				if !strings.Contains(r.Warnings[i], part) {
					t.Errorf("%q does not say %q", r.Warnings[i], part)
				}
			}
		})
	}
}

func TestUploadFollowsNoRedirectAndTakesTheKeyNowhere(t *testing.T) {
	thief := newHost(t, store(nil))
	for _, status := range []int{301, 302, 303, 307, 308} {
		h := newHost(t, func(w http.ResponseWriter, _ received) {
			w.Header().Set("Location", thief.URL+"/api/1/upload")
			w.WriteHeader(status)
		})
		_, err := h.client(t, nil).Upload(t.Context(), Upload{Name: "a.png", Body: bytes.NewReader(picture(t, 1, 1))})
		e := kind(t, err)
		if e.Kind != KindProtocol || e.Status != status || !strings.Contains(e.Message, thief.URL) {
			t.Errorf("%+v", e)
		}
		if len(h.received()) != 1 {
			t.Error("more than one request")
		}
	}
	if len(thief.received()) != 0 {
		t.Error("the redirect was followed")
	}
}

func TestAnswersAreBounded(t *testing.T) {
	h := newHost(t, func(w http.ResponseWriter, _ received) {
		for range 100 {
			if _, err := w.Write(bytes.Repeat([]byte{'{'}, 64<<10)); err != nil {
				return
			}
		}
	})
	_, err := h.client(t, nil).Upload(t.Context(), Upload{Name: "a.png", Body: bytes.NewReader(picture(t, 1, 1))})
	if e := kind(t, err); e.Kind != KindProtocol || !strings.Contains(e.Message, "4 MB") {
		t.Errorf("%+v", e)
	}
}

func TestOneClientUploadsManyFilesAtOnce(t *testing.T) {
	content := picture(t, 200, 200)
	md := md5.Sum(content)
	h := newHost(t, store(map[string]any{"md5": hex.EncodeToString(md[:])}))
	c := h.client(t, nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				r, err := c.Upload(context.Background(), Upload{Name: "a.png", Body: bytes.NewReader(content)})
				if err != nil || r.Verified != VerifiedIdentical {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestLargeFilesAreHashedRightlyBesideTheSending(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef!"), (3*besides)/17)
	md, sha := md5.Sum(content), sha256.Sum256(content)
	h := newHost(t, store(map[string]any{"md5": hex.EncodeToString(md[:])}))
	c := h.client(t, nil)
	for _, encoding := range []Encoding{AsFile, AsBase64, AsFile} {
		u := Upload{Name: "a.png", Body: bytes.NewReader(content), Encoding: encoding}
		r, err := c.Upload(t.Context(), u)
		if err != nil || r.SHA256 != hex.EncodeToString(sha[:]) || r.MD5 != hex.EncodeToString(md[:]) {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	for i, got := range h.received() {
		if i != 1 && !bytes.Equal(got.content, content) {
			t.Error("the content changed on the way")
		}
	}
}
