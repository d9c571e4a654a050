package client

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// wire is a host by hand: it accepts connections and does with them what no
// well-behaved server does.
func wire(t testing.TB, serve func(conn net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return "http://" + l.Addr().String()
}

// readHead reads the header of a request and nothing of its body.
func readHead(conn net.Conn) {
	r := bufio.NewReaderSize(onlyReader{conn}, 16)
	for {
		line, err := r.ReadString('\n')
		if err != nil || line == "\r\n" {
			return
		}
	}
}

type onlyReader struct{ r io.Reader }

func (o onlyReader) Read(p []byte) (int, error) { return o.r.Read(p[:1]) }

// big is a file of zeros that is larger than what sockets hold.
type big int64

func (b big) Size() int64 { return int64(b) }

func (b big) ReadAt(p []byte, off int64) (int, error) {
	n := min(int64(len(p)), int64(b)-off)
	clear(p[:n])
	if n < int64(len(p)) {
		return int(n), io.EOF
	}
	return int(n), nil
}

const bigFile = big(64 << 20)

func newClient(t testing.TB, cfg Config) *Client {
	t.Helper()
	if cfg.Key.IsZero() {
		cfg.Key = NewKey(testKey)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestAHostThatTakesNoMoreBytesIsStalled(t *testing.T) {
	release := make(chan struct{})
	address := wire(t, func(conn net.Conn) { readHead(conn); <-release })
	defer close(release)
	c := newClient(t, Config{Address: address, Stall: time.Second, AnswerWait: time.Hour})
	_, err := c.Upload(t.Context(), Upload{Name: "a.mp4", Body: bigFile})
	if e := kind(t, err); e.Kind != KindStalled || e.Sent != SentPart || !e.Connected || !errors.Is(err, errStalled) {
		t.Errorf("%+v", e)
	}
}

func TestAHostThatDoesNotAnswerIsStalledAfterTheAnswerWait(t *testing.T) {
	release := make(chan struct{})
	address := wire(t, func(conn net.Conn) { readHead(conn); <-release })
	defer close(release)
	c := newClient(t, Config{Address: address, Stall: time.Hour, AnswerWait: 500 * time.Millisecond})
	_, err := c.Upload(t.Context(), Upload{Name: "a.png", Body: bytes.NewReader(picture(t, 1, 1))})
	if e := kind(t, err); e.Kind != KindStalled || e.Sent != SentWhole || !e.Connected || !errors.Is(err, errNoAnswer) {
		t.Errorf("%+v", e)
	}
	t.Run("but a check waits for the stall timeout only", func(t *testing.T) {
		c := newClient(t, Config{Address: address, Stall: time.Second, AnswerWait: time.Hour})
		if e := kind(t, c.Check(t.Context())); e.Kind != KindStalled || e.Sent != SentWhole {
			t.Errorf("%+v", e)
		}
	})
}

// tripper is a transport under the test's control, for tests of time.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func okResponse(r *http.Request, body io.Reader) *http.Response {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body), Request: r}
}

const okAnswer = `{"status_code":200,"image":{"id_encoded":"x","url":"https://h/x.png"}}`

func TestTheTimeoutsAreThoseOfTheStall(t *testing.T) {
	upload := func(rt tripper) (time.Duration, error) {
		c := newClient(t, Config{Address: "https://example.org", Transport: rt})
		start := time.Now()
		_, err := c.Upload(context.Background(), Upload{Name: "a", Body: big(1 << 20)})
		return time.Since(start), err
	}
	t.Run("a slow body goes on for hours", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, err := upload(func(r *http.Request) (*http.Response, error) {
				buf := make([]byte, 4096)
				for {
					time.Sleep(59 * time.Second)
					if _, err := r.Body.Read(buf); err == io.EOF {
						break
					} else if err != nil {
						return nil, err
					}
					if r.Context().Err() != nil {
						return nil, r.Context().Err()
					}
				}
				return okResponse(r, strings.NewReader(okAnswer)), nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("a body that stops is given a minute", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			took, err := upload(func(r *http.Request) (*http.Response, error) {
				_, _ = r.Body.Read(make([]byte, 4096))
				<-r.Context().Done()
				return nil, r.Context().Err()
			})
			// The transport of the test tells no connection; that of New does.
			if e := kind(t, err); took != time.Minute || e.Kind != KindNetwork || e.Sent != SentPart {
				t.Errorf("after %s: %+v", took, e)
			}
		})
	})
	t.Run("an answer is given ten minutes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			took, err := upload(func(r *http.Request) (*http.Response, error) {
				_, _ = io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
				return nil, r.Context().Err()
			})
			if e := kind(t, err); took != 10*time.Minute || e.Kind != KindStalled || e.Sent != SentWhole {
				t.Errorf("after %s: %+v", took, e)
			}
		})
	})
	t.Run("an answer that stops in the middle is given a minute", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			took, err := upload(func(r *http.Request) (*http.Response, error) {
				_, _ = io.Copy(io.Discard, r.Body)
				time.Sleep(9 * time.Minute)
				pr, pw := io.Pipe()
				go func() {
					_, _ = io.WriteString(pw, okAnswer[:20])
					<-r.Context().Done()
					pw.CloseWithError(r.Context().Err())
				}()
				return okResponse(r, pr), nil
			})
			if e := kind(t, err); took != 10*time.Minute || e.Kind != KindStalled || e.Sent != SentWhole || e.Status != 200 {
				t.Errorf("after %s: %+v", took, e)
			}
		})
	})
	t.Run("and the end of the context ends it at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, Config{Address: "https://example.org", Transport: tripper(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			})})
			ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
			defer stop()
			start := time.Now()
			_, err := c.Upload(ctx, Upload{Name: "a", Body: big(10)})
			if e := kind(t, err); time.Since(start) != 5*time.Second || e.Kind != KindCanceled || e.Sent != SentNothing || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("after %s: %+v", time.Since(start), e)
			}
		})
	})
}

func TestCancelingSaysHowMuchWasSent(t *testing.T) {
	t.Run("part of it", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		address := wire(t, func(conn net.Conn) { readHead(conn); cancel(); _, _ = io.Copy(io.Discard, conn) })
		_, err := newClient(t, Config{Address: address}).Upload(ctx, Upload{Name: "a", Body: big(4 << 30)})
		if e := kind(t, err); e.Kind != KindCanceled || e.Sent != SentPart || !e.Connected || !errors.Is(err, context.Canceled) {
			t.Errorf("%+v", e)
		}
	})
	t.Run("the whole of it", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		h := newHost(t, func(http.ResponseWriter, received) { cancel() })
		release := make(chan struct{})
		h.answer = func(http.ResponseWriter, received) { cancel(); <-release }
		defer close(release)
		_, err := h.client(t, nil).Upload(ctx, Upload{Name: "a", Body: big(1000)})
		if e := kind(t, err); e.Kind != KindCanceled || e.Sent != SentWhole {
			t.Errorf("%+v", e)
		}
	})
	t.Run("nothing of it", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := newClient(t, Config{Address: "http://127.0.0.1:1"}).Upload(ctx, Upload{Name: "a", Body: big(1000)})
		if e := kind(t, err); e.Kind != KindCanceled || e.Sent != SentNothing || e.Connected {
			t.Errorf("%+v", e)
		}
	})
}

func TestAConnectionThatBreaksIsNetwork(t *testing.T) {
	reset := func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) }
	for name, tc := range map[string]struct {
		body  Body
		serve func(net.Conn)
		sent  Sent
	}{
		"in mid-body":       {bigFile, func(c net.Conn) { readHead(c); reset(c) }, SentPart},
		"before the answer": {big(10), func(c net.Conn) { readHead(c); _, _ = io.CopyN(io.Discard, c, 100) }, SentWhole},
		"in the answer": {big(10), func(c net.Conn) {
			readHead(c)
			_, _ = io.CopyN(io.Discard, c, 100)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"+okAnswer)
		}, SentWhole},
		"in a chunked answer": {big(10), func(c net.Conn) {
			readHead(c)
			_, _ = io.CopyN(io.Discard, c, 100)
			_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(okAnswer), okAnswer)
		}, SentWhole},
		"with an answer that is no HTTP": {big(10), func(c net.Conn) {
			readHead(c)
			_, _ = io.CopyN(io.Discard, c, 100)
			_, _ = io.WriteString(c, "SSH-2.0-"+testKey+"\r\n")
		}, SentWhole},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newClient(t, Config{Address: wire(t, tc.serve)}).Upload(t.Context(), Upload{Name: "a", Body: tc.body})
			if e := kind(t, err); e.Kind != KindNetwork || e.Sent != tc.sent || !e.Connected || e.Message == "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestAHostThatCannotBeReachedIsNetwork(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	t.Run("when nobody listens", func(t *testing.T) {
		_, err := newClient(t, Config{Address: "http://" + l.Addr().String()}).Upload(t.Context(), Upload{Name: "a", Body: big(10)})
		if e := kind(t, err); e.Kind != KindNetwork || e.Connected || e.NoSuchHost || e.Sent != SentNothing {
			t.Errorf("%+v", e)
		}
		var op *net.OpError
		if !errors.As(err, &op) || op.Op != "dial" || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("its cause cannot be matched: %v", err)
		}
	})
	t.Run("when its name does not resolve", func(t *testing.T) {
		for host, want := range map[string]bool{"no-such-host.example": true, "proxy.example": false} {
			c := newClient(t, Config{Address: "https://no-such-host.example", Transport: tripper(func(*http.Request) (*http.Response, error) {
				return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
			})})
			if e := kind(t, c.Check(t.Context())); e.Kind != KindNetwork || e.NoSuchHost != want || e.Connected {
				t.Errorf("%s: %+v", host, e)
			}
		}
		c := newClient(t, Config{Address: "https://bücher.invalid", Transport: tripper(func(*http.Request) (*http.Response, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "xn--bcher-kva.invalid.", IsNotFound: true}
		})})
		if e := kind(t, c.Check(t.Context())); !e.NoSuchHost {
			t.Errorf("%+v", e)
		}
	})
	t.Run("when the name server does not answer", func(t *testing.T) {
		c := newClient(t, Config{Address: "https://x.example", Transport: tripper(func(*http.Request) (*http.Response, error) {
			return nil, &net.DNSError{Err: "server misbehaving", Name: "x.example", IsTemporary: true}
		})})
		if e := kind(t, c.Check(t.Context())); e.Kind != KindNetwork || e.NoSuchHost {
			t.Errorf("%+v", e)
		}
	})
}

func TestTroubleWithTheFileIsLocal(t *testing.T) {
	h := newHost(t, store(nil))
	c := h.client(t, nil)
	for name, tc := range map[string]struct {
		body Body
		is   error
	}{
		"a file that got shorter":   {brokenBody{size: 8 << 20, good: 4 << 20, err: io.EOF}, io.ErrUnexpectedEOF},
		"a disk that fails":         {brokenBody{size: 8 << 20, good: 4 << 20, err: fs.ErrPermission}, fs.ErrPermission},
		"a reader that gives none":  {brokenBody{size: 8 << 20, good: 4 << 20}, io.ErrNoProgress},
		"a file that fails at once": {brokenBody{size: 8 << 20, good: 600, err: fs.ErrClosed}, fs.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Upload(t.Context(), Upload{Name: "a", Body: tc.body})
			if e := kind(t, err); e.Kind != KindLocalFile || e.Sent == SentWhole || !errors.Is(err, tc.is) || e.Message == "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// A host that refuses by the size alone answers at once and closes without
// reading: the answer must not get lost in the broken connection.
func TestAnEarlyAnswerIsRead(t *testing.T) {
	const page = "<html><title>413 Request Entity Too Large</title>"
	address := wire(t, func(conn net.Conn) {
		readHead(conn)
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 413 Request Entity Too Large\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(page), page)
	})
	c := newClient(t, Config{Address: address})
	for range 50 {
		_, err := c.Upload(t.Context(), Upload{Name: "a.mp4", Body: bigFile})
		if e := kind(t, err); e.Kind != KindTooLarge || e.Status != 413 || e.Sent == SentWhole {
			t.Fatalf("%+v", e)
		}
	}
}

func TestTheFileIsNotReadAfterUploadHasReturned(t *testing.T) {
	for name, serve := range map[string]func(net.Conn){
		"an early answer": func(c net.Conn) {
			readHead(c)
			_, _ = io.WriteString(c, "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n")
			_, _ = io.Copy(io.Discard, c)
		},
		"a reset": func(c net.Conn) { readHead(c); _ = c.(*net.TCPConn).SetLinger(0) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, Config{Address: wire(t, serve)})
			var bodies []*guardedBody
			for range 20 {
				body := &guardedBody{}
				bodies = append(bodies, body)
				_, err := c.Upload(t.Context(), Upload{Name: "a", Body: body, Progress: func(int64) {
					if body.closed.Load() {
						t.Error("progress was told afterwards")
					}
				}})
				body.closed.Store(true)
				if err == nil {
					t.Fatal("no error")
				}
			}
			for _, body := range bodies { // a reader left behind had its chance meanwhile
				if body.late.Load() {
					t.Fatal("the file was read afterwards")
				}
			}
		})
	}
}

func TestStopWaitsForAReadUnderWay(t *testing.T) {
	for range 100 {
		body := &slowBody{entered: make(chan struct{}), release: make(chan struct{})}
		out := newOutgoing(newForm(nil), body, 100, false)
		out.head = nil
		go func() { _, _ = out.Read(make([]byte, 10)) }()
		<-body.entered
		stopped := make(chan bool)
		go func() { out.stop(true); stopped <- body.left.Load() }()
		close(body.release)
		if !<-stopped {
			t.Fatal("stop returned while the file was being read")
		}
		if _, err := out.Read(make([]byte, 10)); !errors.Is(err, errStopped) {
			t.Fatalf("a later read: %v", err)
		}
	}
}

type slowBody struct {
	entered, release chan struct{}
	left             atomic.Bool
}

func (*slowBody) Size() int64 { return 100 }

func (b *slowBody) ReadAt(p []byte, _ int64) (int, error) {
	close(b.entered)
	<-b.release
	b.left.Store(true)
	return len(p), nil
}

type guardedBody struct{ closed, late atomic.Bool }

func (*guardedBody) Size() int64 { return 1 << 30 }

func (b *guardedBody) ReadAt(p []byte, _ int64) (int, error) {
	if b.closed.Load() {
		b.late.Store(true)
	}
	return len(p), nil
}

func TestCertificates(t *testing.T) {
	var major atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		major.Store(int32(r.ProtoMajor))
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, okAnswer)
	}))
	s.Config.ErrorLog = nil
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of every handshake refused below
	s.StartTLS()
	defer s.Close()
	cert := s.Certificate()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
	sum := sha256.Sum256(cert.Raw)
	pin := strings.ToUpper(hex.EncodeToString(sum[:]))
	upload := func(cfg Config) error {
		_, err := newClient(t, cfg).Upload(t.Context(), Upload{Name: "a", Body: big(10)})
		return err
	}
	for name, cfg := range map[string]Config{
		"a certificate nobody vouches for": {Address: s.URL},
		"a certificate of another name":    {Address: strings.Replace(s.URL, "127.0.0.1", "localhost", 1), CACertificates: ca},
		"another than the pinned one":      {Address: s.URL, PinSHA256: strings.Repeat("00", 32)},
		"http where https is expected":     {Address: strings.Replace(newHost(t, store(nil)).URL, "http:", "https:", 1)},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			if e := kind(t, upload(cfg)); e.Kind != KindTLS || e.Sent != SentNothing || e.Message == "" {
				t.Errorf("%+v", e)
			}
		})
	}
	for name, cfg := range map[string]Config{
		"a certificate of an own authority": {Address: s.URL, CACertificates: ca},
		"a pinned certificate":              {Address: s.URL, PinSHA256: pin},
		"a pinned one, with colons":         {Address: s.URL, PinSHA256: strings.ToLower(pin[:2] + ":" + pin[2:])},
	} {
		t.Run(name+" is taken, by HTTP/1.1", func(t *testing.T) {
			if err := upload(cfg); err != nil || major.Load() != 1 {
				t.Errorf("by HTTP/%d: %v", major.Load(), err)
			}
		})
	}
	t.Run("no common version of TLS", func(t *testing.T) {
		old := httptest.NewUnstartedServer(http.NotFoundHandler())
		old.Config.ErrorLog = s.Config.ErrorLog
		old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
		old.StartTLS()
		defer old.Close()
		if e := kind(t, upload(Config{Address: old.URL})); e.Kind != KindTLS {
			t.Errorf("%+v", e)
		}
	})
}

func TestAProxyOfOurOwn(t *testing.T) {
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.RequestURI)
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, okAnswer)
	}))
	defer proxy.Close()
	c := newClient(t, Config{Address: "http://pics.example/x", AllowHTTP: true, Proxy: proxy.URL})
	if _, err := c.Upload(t.Context(), Upload{Name: "a", Body: big(10)}); err != nil || asked.Load() != "http://pics.example/x/api/1/upload" {
		t.Error(asked.Load(), err)
	}
}

// Apache and LiteSpeed close a connection five seconds after its last use; who
// sends into one that is closing cannot know whether it arrived.
func TestConnectionsAreLeftBeforeWebServersCloseThem(t *testing.T) {
	tr, err := newTransport(Config{Address: "https://example.org"})
	if err != nil {
		t.Fatal(err)
	}
	if tr.IdleConnTimeout <= 0 || tr.IdleConnTimeout >= 5*time.Second || tr.Protocols.HTTP2() || !tr.Protocols.HTTP1() {
		t.Errorf("%v, %v", tr.IdleConnTimeout, tr.Protocols)
	}
}
