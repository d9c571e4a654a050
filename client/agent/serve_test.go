package agent

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// recorder is a connection that remembers what went over it.
type recorder struct {
	net.Conn
	sent, got *safeBuffer
}

func (r recorder) Write(p []byte) (int, error) {
	_, _ = r.sent.Write(p)
	return r.Conn.Write(p)
}

func (r recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	_, _ = r.got.Write(p[:n])
	return n, err
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestAKeyIsInItsHeaderOnly(t *testing.T) {
	const secret = "chv_wq91_s3cr3t"
	var log, sent, got safeBuffer
	var seen []client.Key
	e := serve(t, fake{do: func(_ context.Context, method string, req any) (any, error) {
		switch r := req.(type) {
		case uploader.Order:
			seen = append(seen, r.Server.Key)
		case uploader.CaptureOrder:
			seen = append(seen, r.Order.Server.Key)
		case uploader.Lent:
			seen = append(seen, r.Server.Key)
		case uploader.Candidate:
			seen = append(seen, r.Key)
		case uploader.Hello:
			return nil, nil
		}
		return nil, errors.New("refused, so that it is logged")
	}}, ServeConfig{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	c, _, err := Dial(t.Context(), DialConfig{Dial: func(ctx context.Context) (net.Conn, error) {
		conn, err := e.dial(ctx)
		return recorder{conn, &sent, &got}, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()

	server := &uploader.Server{Address: "https://host.example", Key: client.NewKey(secret)}
	ctx := t.Context()
	_, _ = c.Submit(ctx, uploader.Order{Server: server})
	_, _ = c.Capture(ctx, uploader.CaptureOrder{Order: uploader.Order{Server: server}})
	_, _ = c.Lend(ctx, uploader.Lent{Server: server, Folder: uploader.Folder{Path: "/p"}})
	_, _ = c.Check(ctx, uploader.Candidate{Key: server.Key})

	if len(seen) != 4 {
		t.Fatalf("the engine was asked %d times, want 4", len(seen))
	}
	for i, key := range seen {
		if key != server.Key {
			t.Errorf("request %d reached the engine without its key", i)
		}
	}
	const encoded = "Y2h2X3dxOTFfczNjcjN0" // secret in base64
	for line := range strings.Lines(sent.String()) {
		if strings.Contains(line, encoded) && !strings.HasPrefix(line, "Upshot-Key: ") || strings.Contains(line, secret) {
			t.Errorf("the key is in %q", line)
		}
	}
	if n := strings.Count(sent.String(), encoded); n != 4 {
		t.Errorf("the key's header was sent %d times, want 4: does this test look for the right text?", n)
	}
	if !strings.Contains(log.String(), "request failed") {
		t.Errorf("nothing was logged: %s", &log.b)
	}
	for name, text := range map[string]string{"log": log.String(), "answers": got.String()} {
		if strings.Contains(text, secret) || strings.Contains(text, encoded) {
			t.Errorf("the key is in the %s", name)
		}
	}
}

func TestADeleteLinkNeverCrosses(t *testing.T) {
	const secret = "https://host.example/delete/s3cr3t"
	done := job.Job{ID: 1, State: job.Done, Image: &client.Image{ID: "x", URL: "https://host.example/x.png", DeleteLink: client.NewDeleteLink(secret)}}
	e := serve(t, fake{do: func(_ context.Context, method string, _ any) (any, error) {
		switch method {
		case "Jobs":
			return uploader.JobsPage{Jobs: []job.Job{done}}, nil
		case "Batch":
			return uploader.BatchView{Jobs: []job.Job{done}}, nil
		default:
			return nil, nil
		}
	}}, ServeConfig{})
	var sent, got safeBuffer
	c, _, err := Dial(t.Context(), DialConfig{Dial: func(ctx context.Context) (net.Conn, error) {
		conn, err := e.dial(ctx)
		return recorder{conn, &sent, &got}, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	page, err := c.Jobs(t.Context(), uploader.JobsRequest{})
	if err != nil || len(page.Jobs) != 1 || !page.Jobs[0].Image.DeleteLink.IsZero() {
		t.Errorf("Jobs: %+v, %v", page, err)
	}
	if _, err := c.Batch(t.Context(), uploader.BatchRequest{}); err != nil {
		t.Error(err)
	}
	if strings.Count(got.String(), "https://host.example/x.png") != 2 {
		t.Errorf("the images did not cross at all:\n%s", got.String())
	}
	if strings.Contains(got.String(), "s3cr3t") {
		t.Error("the delete link is in an answer")
	}
}

func TestWhatNoClientOfOursSendsIsRefused(t *testing.T) {
	var calls atomic.Int64
	e := serve(t, fake{do: func(_ context.Context, method string, _ any) (any, error) {
		if method != "Hello" {
			calls.Add(1)
		}
		return nil, nil
	}}, ServeConfig{})
	c := connect(t, e)
	web := &http.Client{Transport: &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return e.dial(ctx) },
		DisableKeepAlives: true,
	}}
	for _, tt := range []struct {
		name   string
		change func(*http.Request)
		want   int
	}{
		{"nothing wrong", func(*http.Request) {}, http.StatusOK},
		{"the host of a web page", func(r *http.Request) { r.Host = "attacker.example" }, http.StatusForbidden},
		{"localhost", func(r *http.Request) { r.Host = "localhost" }, http.StatusForbidden},
		{"an Origin", func(r *http.Request) { r.Header.Set("Origin", "null") }, http.StatusForbidden},
		{"an empty Origin", func(r *http.Request) { r.Header["Origin"] = []string{""} }, http.StatusForbidden},
		{"a Referer", func(r *http.Request) { r.Header.Set("Referer", "https://attacker.example/") }, http.StatusForbidden},
		{"the mark of a browser", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "none") }, http.StatusForbidden},
		{"GET", func(r *http.Request) { r.Method = http.MethodGet }, http.StatusForbidden},
		{"OPTIONS", func(r *http.Request) { r.Method = http.MethodOptions }, http.StatusForbidden},
		{"a form", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, http.StatusForbidden},
		{"no media type", func(r *http.Request) { r.Header.Del("Content-Type") }, http.StatusForbidden},
		{"no instance", func(r *http.Request) { r.Header.Del(instanceHead) }, http.StatusConflict},
		{"another instance", func(r *http.Request) { r.Header.Set(instanceHead, "x") }, http.StatusConflict},
		{"an unknown method", func(r *http.Request) { r.URL.Path = "/Format" }, http.StatusNotFound},
		{"a path around the corner", func(r *http.Request) { r.URL.Path = "//Quit" }, http.StatusNotFound},
		{"a broken body", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("{]")) }, http.StatusUnprocessableEntity},
		{"a body of another shape", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("[1]")) }, http.StatusUnprocessableEntity},
		{"a key where none belongs", func(r *http.Request) { r.Header.Set(keyHead, "a2V5") }, http.StatusUnprocessableEntity},
		{"a broken key", func(r *http.Request) { r.Header.Set(keyHead, "%") }, http.StatusUnprocessableEntity},
	} {
		t.Run(tt.name, func(t *testing.T) {
			calls.Store(0)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+host+"/Quit", strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			r.ContentLength = -1
			r.Header.Set("Content-Type", mediaType)
			r.Header.Set(instanceHead, c.instance)
			tt.change(r)
			resp, err := web.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != tt.want {
				t.Errorf("status %d, want %d: %s", resp.StatusCode, tt.want, body)
			}
			if asked := calls.Load() != 0; asked != (tt.want == http.StatusOK) {
				t.Errorf("the engine was asked: %v", asked)
			}
			if bytes.Contains(body, []byte("a2V5")) || bytes.Contains(body, []byte(`"key"`)) {
				t.Errorf("the answer tells the key: %s", body)
			}
		})
	}
}

func TestOnlyAbsolutePathsAreTaken(t *testing.T) {
	var asked atomic.Int64
	c := connect(t, serve(t, fake{do: func(_ context.Context, method string, _ any) (any, error) {
		if method != "Hello" {
			asked.Add(1)
		}
		return nil, nil
	}}, ServeConfig{}))
	ctx := t.Context()
	for name, ask := range map[string]func(path string) error{
		"a file": func(path string) error {
			_, err := c.Submit(ctx, uploader.Order{Items: []uploader.Item{{Path: "/fine"}, {Path: path}}})
			return err
		},
		"a copy of a capture": func(path string) error {
			_, err := c.Capture(ctx, uploader.CaptureOrder{Save: path})
			return err
		},
		"a folder": func(path string) error {
			_, err := c.AddFolder(ctx, uploader.Folder{Path: path})
			return err
		},
		"a folder that goes": func(path string) error {
			_, err := c.RemoveFolder(ctx, uploader.FolderRequest{Path: path})
			return err
		},
		"a folder that pauses": func(path string) error {
			_, err := c.PauseFolder(ctx, uploader.PauseFolderRequest{Path: path})
			return err
		},
		"a lent folder": func(path string) error {
			_, err := c.Lend(ctx, uploader.Lent{Folder: uploader.Folder{Path: path}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			asked.Store(0)
			err := ask("pictures/a.png")
			if failed := (*client.Error)(nil); !errors.As(err, &failed) || failed.Kind != client.KindInvalid {
				t.Errorf("a relative path: %v", err)
			}
			if asked.Load() != 0 {
				t.Error("the engine was asked with a relative path")
			}
			if err := ask("/pictures/a.png"); err != nil || asked.Load() != 1 {
				t.Errorf("an absolute path: %v", err)
			}
		})
	}
}

func TestATooLargeRequestIsRefusedInWords(t *testing.T) {
	c := connect(t, serve(t, fake{do: func(_ context.Context, method string, _ any) (any, error) {
		if method == "Submit" {
			t.Error("the engine was asked")
		}
		return nil, nil
	}}, ServeConfig{}))
	_, err := c.roundTrip(t.Context(), submit.name, make([]byte, maxRequest+1), client.Key{})
	if failed := (*client.Error)(nil); !errors.As(err, &failed) || failed.Kind != client.KindInvalid || !strings.Contains(failed.Message, "32 MB") {
		t.Errorf("got %v", err)
	}
}

func TestServeRefusesATCPPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := Serve(t.Context(), l, fake{}, ServeConfig{}); err == nil {
		t.Error("it served a TCP port")
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener is still open: %v", err)
	}
}

func TestWhenServeEnds(t *testing.T) {
	t.Run("running requests end with ErrGone and the socket is gone", func(t *testing.T) {
		s := newSmall()
		e := serve(t, s, ServeConfig{})
		c := connect(t, e)
		failed := make(chan error, 2)
		go func() { _, err := c.Changes(t.Context(), uploader.Since{}); failed <- err }()
		go func() {
			_, err := c.Lend(t.Context(), uploader.Lent{Folder: uploader.Folder{Path: "/p"}})
			failed <- err
		}()
		soon(t, s.blocked)
		soon(t, s.blocked)
		began := time.Now()
		e.end()
		if err := soon(t, e.err); err != nil || time.Since(began) > endWait/2 {
			t.Errorf("Serve returned %v after %v", err, time.Since(began))
		}
		for range 2 {
			if err := soon(t, failed); !errors.Is(err, uploader.ErrGone) || errors.Is(err, context.Canceled) {
				t.Errorf("a running request ended with %v", err)
			}
		}
		if _, err := os.Stat(e.path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket is still there: %v", err)
		}
		if _, err := c.Snapshot(t.Context(), uploader.None{}); !errors.Is(err, uploader.ErrGone) {
			t.Errorf("a later request: %v", err)
		}
	})
	t.Run("a request that is about to succeed still does, and its answer arrives", func(t *testing.T) {
		asked, proceed := make(chan struct{}), make(chan struct{})
		e := serve(t, fake{do: func(ctx context.Context, method string, _ any) (any, error) {
			if method == "Hello" {
				return nil, nil
			}
			close(asked)
			<-proceed
			return uploader.Receipt{Batch: "b", Saved: strings.Repeat("x", 1<<20)}, nil
		}}, ServeConfig{})
		c := connect(t, e)
		type result struct {
			receipt uploader.Receipt
			err     error
		}
		got := make(chan result, 1)
		go func() {
			r, err := c.Submit(t.Context(), uploader.Order{})
			got <- result{r, err}
		}()
		soon(t, asked)
		e.end()
		close(proceed)
		if r := soon(t, got); r.err != nil || len(r.receipt.Saved) != 1<<20 {
			t.Errorf("got %q, %v", r.receipt.Batch, r.err)
		}
		if err := soon(t, e.err); err != nil {
			t.Errorf("Serve returned %v", err)
		}
	})
	t.Run("a connection that never asked anything does not hold it up", func(t *testing.T) {
		e := serve(t, fake{}, ServeConfig{})
		silent, err := e.dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		connect(t, e) // so that the silent one has been accepted
		began := time.Now()
		e.end()
		if err := soon(t, e.err); err != nil || time.Since(began) > endWait/2 {
			t.Errorf("Serve returned %v after %v", err, time.Since(began))
		}
	})
}

func TestServeFailsWithItsListener(t *testing.T) {
	l, err := net.Listen("unix", socketPath(t))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- Serve(t.Context(), l, fake{}, ServeConfig{}) }()
	_ = l.Close()
	if err := soon(t, served); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve returned %v", err)
	}
}

func TestAPanicInTheEngineEndsOneRequestOnly(t *testing.T) {
	var log safeBuffer
	c := connect(t, serve(t, fake{do: func(_ context.Context, method string, _ any) (any, error) {
		if method == "Pause" {
			panic("a bug")
		}
		return nil, nil
	}}, ServeConfig{Log: slog.New(slog.NewTextHandler(&log, nil))}))
	if _, err := c.Pause(t.Context(), uploader.AccountRequest{}); err == nil || errors.Is(err, uploader.ErrGone) {
		t.Errorf("Pause: %v", err)
	}
	if !strings.Contains(log.String(), "a bug") {
		t.Error("it is not in the log")
	}
	if _, err := c.Resume(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Errorf("Resume: %v", err)
	}
}

// pipes is a listener of in-memory connections, whose time synctest can turn.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

func (p *pipes) dial(context.Context) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func TestAStuckClientCannotHoldTheEngine(t *testing.T) {
	const head = "POST /Hello HTTP/1.1\r\nHost: upshot.invalid\r\nContent-Type: application/json\r\n"
	up := fake{do: func(_ context.Context, _ string, req any) (any, error) {
		if h, ok := req.(uploader.Hello); ok && h.Protocol == 9 {
			return uploader.Welcome{Version: strings.Repeat("9", 1<<20)}, nil
		}
		return nil, nil
	}}
	for name, tt := range map[string]struct {
		sends string
		limit time.Duration
	}{
		"it does not read its answer":        {head + "Content-Length: 2\r\n\r\n{}", writeWait},
		"it does not read a large answer":    {head + "Content-Length: 14\r\n\r\n{\"protocol\":9}", writeWait},
		"it does not end its header":         {head, headerWait},
		"it does not end its body":           {head + "Content-Length: 100\r\n\r\n{", bodyWait + writeWait},
		"it does not end a body not wanted":  {"POST /No HTTP/1.1\r\nHost: upshot.invalid\r\nContent-Length: 100\r\n\r\n{", bodyWait + writeWait},
		"it sends nothing at all":            {"", headerWait},
		"it does not take a refusal":         {"GET / HTTP/1.1\r\nHost: upshot.invalid\r\n\r\n", writeWait},
		"it sends a header without any end":  {head + strings.Repeat("X: y\r\n", 1000), headerWait},
		"it speaks something else than HTTP": {"\x16\x03\x01 hello", headerWait},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				l := newPipes()
				served := make(chan error, 1)
				go func() { served <- Serve(ctx, l, up, ServeConfig{}) }()
				conn, err := l.dial(ctx)
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				// A pipe has no buffer, and what is never read blocks its writer.
				wrote := make(chan struct{})
				go func() { _, _ = io.WriteString(conn, tt.sends); close(wrote) }()
				time.Sleep(tt.limit + time.Second)
				synctest.Wait()
				<-wrote
				_ = conn.SetReadDeadline(time.Now().Add(time.Second))
				if _, err := io.ReadAll(conn); err != nil {
					t.Errorf("after %v the engine still holds the connection: %v", time.Since(began), err)
				}
				_ = conn.Close()
				cancel()
				if err := <-served; err != nil {
					t.Errorf("Serve returned %v", err)
				}
			})
		})
	}
}

func TestACallMayWaitForHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l := newPipes()
		s := newSmall()
		served := make(chan error, 1)
		go func() { served <- Serve(ctx, l, s, ServeConfig{}) }()
		c, _, err := Dial(ctx, DialConfig{Dial: l.dial})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(10 * time.Hour)
			_, err := c.Submit(ctx, uploader.Order{Items: []uploader.Item{{Path: "/a"}}})
			if err != nil {
				t.Errorf("Submit after hours: %v", err)
			}
		}()
		if got, err := c.Changes(ctx, uploader.Since{}); err != nil || got.Revision != 1 {
			t.Errorf("Changes after hours: %+v, %v", got, err)
		}
		time.Sleep(10 * time.Hour)
		if got, err := c.Snapshot(ctx, uploader.None{}); err != nil || got.Revision != 1 {
			t.Errorf("Snapshot after hours without a request: %+v, %v", got, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve returned %v", err)
		}
	})
}
