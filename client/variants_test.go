package client

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func packed(t *testing.T, text string, with func(io.Writer) io.WriteCloser) string {
	t.Helper()
	var b bytes.Buffer
	w := with(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gzipped(t *testing.T, text string) string {
	return packed(t, text, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

// raw is a host that takes the whole request and sends these bytes.
func raw(t *testing.T, answer string) string {
	return wire(t, func(conn net.Conn) {
		r := newRequestReader(conn)
		r.readAll()
		_, _ = io.WriteString(conn, answer)
	})
}

// requestReader reads a request with a Content-Length.
type requestReader struct{ conn net.Conn }

func newRequestReader(conn net.Conn) *requestReader { return &requestReader{conn} }

func (r *requestReader) readAll() {
	var head bytes.Buffer
	one := make([]byte, 1)
	for !bytes.HasSuffix(head.Bytes(), []byte("\r\n\r\n")) {
		if _, err := r.conn.Read(one); err != nil {
			return
		}
		head.Write(one)
	}
	for line := range strings.SplitSeq(head.String(), "\r\n") {
		if name, value, _ := strings.Cut(line, ": "); strings.EqualFold(name, "Content-Length") {
			var n int64
			_, _ = fmt.Sscan(value, &n)
			_, _ = io.CopyN(io.Discard, r.conn, n)
		}
	}
}

func sized(status, header, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s", status, header, len(body), body)
}

func TestAnswersArriveHoweverTheyTravel(t *testing.T) {
	good := `{"status_code":200,"success":{"message":"file uploaded","code":200},"image":` + docImage + `,"status_txt":"OK"}`
	for name, answer := range map[string]string{
		"with its length":                   sized("200 OK", "", good),
		"until the connection closes":       "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + good,
		"by HTTP/1.0":                       "HTTP/1.0 200 OK\r\n\r\n" + good,
		"in chunks":                         fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n%s\r\n%x;x=y\r\n%s\r\n0\r\nTrailer: x\r\n\r\n", good[:7], len(good)-7, good[7:]),
		"packed by gzip, unasked":           sized("200 OK", "Content-Encoding: gzip\r\n", gzipped(t, good)),
		"packed, with something behind it":  sized("200 OK", "Content-Encoding: gzip\r\n", gzipped(t, good)+"\r\n<b>Warning</b>"),
		"packed by x-gzip":                  sized("200 OK", "Content-Encoding: X-GZIP\r\n", gzipped(t, good)),
		"packed, but nobody says so":        sized("200 OK", "", gzipped(t, good)),
		"not packed, but somebody says so":  sized("200 OK", "Content-Encoding: gzip\r\n", good),
		"not packed by brotli":              sized("200 OK", "Content-Encoding: br\r\n", good),
		"packed by zlib":                    sized("200 OK", "Content-Encoding: deflate\r\n", packed(t, good, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })),
		"packed by bare deflate":            sized("200 OK", "Content-Encoding: deflate\r\n", packed(t, good, func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 5); return f })),
		"after 100, 102 and 103":            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + sized("200 OK", "", good),
		"after fifty times 102":             strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 50) + sized("200 OK", "", good),
		"after a byte order mark and lines": sized("200 OK", "", "\ufeff\r\n\n"+good),
		"after lines and a byte order mark": sized("200 OK", "", "\n\n\ufeff"+good),
		"after warnings, in an order of its own": sized("200 OK", "", "<br />\n<b>Warning</b>: Undefined property {x} in <b>/var/www/x.php</b><br />\n"+
			"{\n  \"status_txt\": \"OK\",\n  \"image\": "+docImage+",\n  \"status_code\": 200\n}"),
		"before warnings":          sized("200 OK", "", good+"<br />\n<b>Deprecated</b>: x"),
		"with keys twice":          sized("200 OK", "", `{"status_code":500,"status_code":200,"image":null,"image":`+docImage+`}`),
		"with an empty error":      sized("200 OK", "", `{"status_code":200,"error":{},"image":`+docImage+`}`),
		"with an error of null":    sized("200 OK", "", `{"status_code":200,"error":null,"image":`+docImage+`}`),
		"as ImgBB's clients want":  sized("200 OK", "", `{"status_code":200,"status":200,"image":null,"data":`+docImage+`}`),
		"as text of another type":  strings.Replace(sized("200 OK", "", good), "application/json", "text/html", 1),
		"with a status as text":    sized("200 OK", "", strings.Replace(good, `"status_code":200`, `"status_code":"200"`, 1)),
		"with a status and no end": sized("200 ", "", good),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, Config{Address: raw(t, answer)})
			r, err := c.Upload(t.Context(), Upload{Name: "a", Body: big(5000)})
			if err != nil || r.Image.ID != "ZfGd" || !strings.HasSuffix(r.Image.DeleteLink.Reveal(), testSecret) {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

// Of an answer that breaks off, at whatever byte, nothing is believed, except
// a status that says all by itself.
func TestAnswersThatBreakOff(t *testing.T) {
	whole := sized("200 OK", "", okAnswer)
	packed := sized("200 OK", "Content-Encoding: gzip\r\n", gzipped(t, okAnswer))
	for name, answer := range map[string]string{"plain": whole, "packed": packed} {
		t.Run("at each byte, "+name, func(t *testing.T) {
			t.Parallel()
			at := make(chan int, 1)
			address := wire(t, func(conn net.Conn) {
				newRequestReader(conn).readAll()
				_, _ = io.WriteString(conn, answer[:<-at])
			})
			c := newClient(t, Config{Address: address})
			for n := range len(answer) {
				at <- n
				_, err := c.Upload(t.Context(), Upload{Name: "a", Body: big(10)})
				if e := kind(t, err); e.Kind != KindNetwork || e.Sent != SentWhole || !e.Connected || e.Message == "" {
					t.Fatalf("at byte %d: %+v", n, e)
				}
			}
		})
	}
	t.Run("at each byte, its length not told", func(t *testing.T) {
		for n := 1; n < len(okAnswer); n++ {
			a := &answer{status: 200, body: []byte(okAnswer[:n]), sent: SentWhole}
			_, err := a.image(asked{source: true, address: mustURL(t, "https://example.org")})
			if e := kind(t, err); e.Kind != KindNetwork || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("at byte %d: %+v", n, e)
			}
		}
	})
	for name, tc := range map[string]struct {
		answer string
		want   Kind
	}{
		"too short a length":             {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 20\r\n\r\n" + okAnswer, KindNetwork},
		"too long a length":              {"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + okAnswer, KindNetwork},
		"an error, cut":                  {sized("400 Bad Request", "", jsonError(`"Duplicated upload"`, "101"))[:120], KindNetwork},
		"413, its page cut":              {"HTTP/1.1 413 Too Large\r\nContent-Length: 500\r\n\r\n<html><title>413 Req", KindTooLarge},
		"413, its page in chunks, cut":   {"HTTP/1.1 413 Too Large\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n<html>", KindTooLarge},
		"403, its page cut":              {"HTTP/1.1 403 Forbidden\r\nContent-Length: 500\r\n\r\n<html>", KindDenied},
		"429, its page cut":              {"HTTP/1.1 429 Slow\r\nRetry-After: 9\r\nContent-Length: 500\r\n\r\n<html>", KindThrottled},
		"500, its JSON cut":              {"HTTP/1.1 500 x\r\nContent-Length: 500\r\n\r\n{\"status_code\":500,\"err", KindServer},
		"a redirect, its page cut":       {"HTTP/1.1 301 x\r\nLocation: /x\r\nContent-Length: 500\r\n\r\n<html>", KindProtocol},
		"packed in a way nobody asked":   {sized("200 OK", "Content-Encoding: br\r\n", "\x1b\x03\x00"), KindProtocol},
		"packed, but damaged":            {sized("200 OK", "Content-Encoding: gzip\r\n", gzipped(t, okAnswer)[:12]+strings.Repeat("x", 50)), KindNetwork},
		"packed, 502":                    {sized("502 Bad Gateway", "Content-Encoding: gzip\r\n", gzipped(t, "<html><title>502 Bad Gateway</title>")), KindServer},
		"two lengths":                    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", KindNetwork},
		"a length that is no number":     {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabcdef", KindNetwork},
		"a line that is no status":       {"hello\r\n\r\n", KindNetwork},
		"nothing":                        {"", KindNetwork},
		"nothing but an interim answer":  {"HTTP/1.1 100 Continue\r\n\r\n", KindNetwork},
		"a change of protocol, unasked":  {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", KindProtocol},
		"more than 4 MB":                 {sized("200 OK", "", `{"status_code":200,"image":{"id_encoded":"x","a":"`+strings.Repeat("x", 5<<20)+`"}}`), KindProtocol},
		"more than 4 MB, unpacked":       {sized("200 OK", "Content-Encoding: gzip\r\n", gzipped(t, strings.Repeat(" ", 5<<20)+okAnswer)), KindProtocol},
		"a page of more than 4 MB":       {sized("503 Busy", "Retry-After: 9\r\n", "<html>"+strings.Repeat("x", 5<<20)), KindThrottled},
		"too large, on more than 4 MB":   {sized("413 Too Large", "", "<html>"+strings.Repeat("x", 5<<20)), KindTooLarge},
		"nearly 4 MB":                    {sized("400 Bad Request", "", jsonError(`"Duplicated upload`+strings.Repeat(" ", 4<<20-200)+`"`, "101")), KindDuplicate},
		"nothing, chunked":               {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", KindProtocol},
		"nothing, forbidden":             {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", KindDenied},
		"nothing, by 204":                {"HTTP/1.1 204 No Content\r\n\r\n", KindProtocol},
		"nothing, not modified":          {"HTTP/1.1 304 Not Modified\r\n\r\n", KindProtocol},
		"a success that is only created": {sized("201 Created", "", okAnswer), KindProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, Config{Address: raw(t, tc.answer)})
			_, err := c.Upload(t.Context(), Upload{Name: "a", Body: big(10)})
			if e := kind(t, err); e.Kind != tc.want || e.Sent != SentWhole || e.Message == "" || strings.Contains(e.Message, "\n") {
				t.Errorf("%s, want %s: %+v", e.Kind, tc.want, e)
			} else if e.Kind == KindThrottled && e.RetryAfter != 9*time.Second {
				t.Errorf("%+v", e)
			}
		})
	}
}

// A long wait is no stall as long as the host says that it is at work.
func TestInterimAnswersBeginTheWaitAgain(t *testing.T) {
	next := make(chan struct{})
	address := wire(t, func(conn net.Conn) {
		newRequestReader(conn).readAll()
		for range 6 { // together twice as long as the wait
			<-next
			_, _ = io.WriteString(conn, "HTTP/1.1 102 Processing\r\n\r\n")
		}
		_, _ = io.WriteString(conn, sized("200 OK", "", okAnswer))
	})
	go func() {
		tick := time.NewTicker(time.Second / 3)
		defer tick.Stop()
		for range 6 {
			<-tick.C
			next <- struct{}{}
		}
	}()
	c := newClient(t, Config{Address: address, AnswerWait: time.Second, Stall: time.Second})
	if _, err := c.Upload(t.Context(), Upload{Name: "a", Body: big(10)}); err != nil {
		t.Error(err)
	}
}

// No redirect is followed, whatever its status: the wrong one turns a POST
// into a GET, and the key would go to another host.
func TestNoRedirectIsFollowed(t *testing.T) {
	other := newHost(t, store(nil))
	for _, status := range []int{301, 302, 303, 307, 308} {
		for name, location := range map[string]string{
			"another host": other.URL + "/api/1/upload", "another path": "/elsewhere", "a slash": "/api/1/upload/", "itself": "/api/1/upload",
			"https": "https://127.0.0.1/api/1/upload", "no scheme": "//evil.example/api/1/upload", "a script": "javascript:alert(1)", "nowhere": "",
		} {
			t.Run(fmt.Sprintf("%d to %s", status, name), func(t *testing.T) {
				h := newHost(t, func(w http.ResponseWriter, _ received) {
					w.Header().Set("Location", location)
					w.WriteHeader(status)
				})
				c := h.client(t, nil)
				_, err := c.Upload(t.Context(), Upload{Name: "a", Body: big(10)})
				for _, err := range []error{err, c.Check(t.Context())} {
					if e := kind(t, err); e.Kind != KindProtocol || e.Status != status {
						t.Errorf("%+v", e)
					}
				}
				if len(h.received()) != 2 || len(other.received()) != 0 {
					t.Error("the redirect was followed")
				}
			})
		}
	}
}
