package agent

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
)

// ServeConfig is how Serve does it.
type ServeConfig struct {
	Log *slog.Logger // nil: nowhere
}

// Serve answers requests on l with up until ctx ends. Then it closes l, ends
// the contexts of running requests, which are answered with uploader.ErrGone,
// and returns nil. It fails when l does, or when l is a TCP port: whoever
// reaches l can do everything the person can.
func Serve(ctx context.Context, l net.Listener, up uploader.Uploader, cfg ServeConfig) error {
	if strings.HasPrefix(l.Addr().Network(), "tcp") {
		return errors.Join(errors.New("serve the engine: a TCP port is open to every person on this machine"), l.Close())
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	running, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(uploader.ErrGone)
	s := &server{
		up:       up,
		log:      cfg.Log,
		instance: rand.Text(),
		methods:  make(map[string]served),
	}
	for _, m := range methods() {
		s.methods[m.title()] = m
	}
	srv := &http.Server{
		Handler:           s,
		BaseContext:       func(net.Listener) context.Context { return running },
		ConnState:         s.connState,
		ReadHeaderTimeout: headerWait,
		IdleTimeout:       serverIdle,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
	}
	srv.Protocols = new(http.Protocols)
	srv.Protocols.SetHTTP1(true)

	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	var err error
	select {
	case <-ctx.Done():
		_ = l.Close()
		<-failed
	case err = <-failed:
		err = fmt.Errorf("serve the engine: %w", err)
	}
	end(uploader.ErrGone)
	wait(s.requests.end(), endWait)
	_ = srv.Close()
	if !wait(s.conns.end(), endWait) {
		err = errors.Join(err, errors.New("serve the engine: a request does not end"))
	}
	return err
}

// wait reports whether ended comes within d.
func wait(ended <-chan struct{}, d time.Duration) bool {
	late := time.NewTimer(d)
	defer late.Stop()
	select {
	case <-ended:
		return true
	case <-late.C:
		return false
	}
}

// census counts what is running, so that its end can be waited for.
type census struct {
	mu     sync.Mutex
	n      int
	ending bool
	ended  chan struct{}
}

// enter counts one in; it reports false, and does not, when the end has begun.
func (c *census) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending {
		return false
	}
	c.n++
	return true
}

func (c *census) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n--
	if c.n == 0 && c.ending {
		close(c.ended)
	}
}

// end lets nothing in any more; the channel closes when all have left.
func (c *census) end() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ending = true
	c.ended = make(chan struct{})
	if c.n == 0 {
		close(c.ended)
	}
	return c.ended
}

// server answers requests.
type server struct {
	up       uploader.Uploader
	log      *slog.Logger
	instance string
	methods  map[string]served
	requests census
	conns    census
}

func (s *server) connState(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.conns.enter()
	case http.StateClosed, http.StateHijacked:
		s.conns.leave()
	default:
	}
}

// ServeHTTP answers one request.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.requests.enter() {
		s.fail(w, http.StatusServiceUnavailable, uploader.ErrGone)
		return
	}
	defer s.requests.leave()
	if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWait)); err != nil {
		s.fail(w, http.StatusInternalServerError, fmt.Errorf("read the request: %w", err))
		return
	}
	if err := fromClient(r); err != nil {
		s.log.Warn("request refused", "error", err)
		s.fail(w, http.StatusForbidden, err)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	m, ok := s.methods[name]
	if !ok {
		s.fail(w, http.StatusNotFound, fmt.Errorf("the engine knows no %q: %w", name, errors.ErrUnsupported))
		return
	}
	if meant := r.Header.Get(instanceHead); meant != s.instance && (meant != "" || name != hello.name) {
		s.fail(w, http.StatusConflict, fmt.Errorf("another engine runs now: %w", uploader.ErrGone))
		return
	}
	answer, err := s.answer(w, r, m)
	if err != nil {
		s.log.Debug("request failed", "method", name, "error", err)
		s.fail(w, http.StatusUnprocessableEntity, err)
		return
	}
	s.write(w, http.StatusOK, answer)
}

// answer reads the request and lets the engine answer it.
func (s *server) answer(w http.ResponseWriter, r *http.Request, m served) (answer []byte, err error) {
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	key, err := readKey(r)
	if err != nil {
		return nil, err
	}
	defer func() {
		// The engine's other work must not end with one bad request.
		if p := recover(); p != nil {
			s.log.Error("request panicked", "method", m.title(), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			answer, err = nil, errors.New("the engine has an error in it; its log says more")
		}
	}()
	answer, err = m.answer(r.Context(), s.up, body, key)
	if errors.Is(err, context.Canceled) && errors.Is(context.Cause(r.Context()), uploader.ErrGone) {
		return nil, uploader.ErrGone
	}
	if len(answer) > maxResponse {
		return nil, fmt.Errorf("the answer to %s is larger than %d MB, ask for less at a time", m.title(), maxResponse>>20)
	}
	return answer, err
}

// fromClient refuses what no client of ours sends and a browser might. A web
// page cannot reach a socket; should something in between make it so, the
// browser names its own host and origin, and cannot send our media type
// without asking first by OPTIONS.
func fromClient(r *http.Request) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Host != host:
		return errors.New("request for another host")
	case r.Header["Origin"] != nil || r.Header["Referer"] != nil || r.Header["Sec-Fetch-Site"] != nil:
		return errors.New("request from a web page")
	case r.Method != http.MethodPost:
		return errors.New("request with another method than POST")
	case err != nil || kind != mediaType:
		return errors.New("request that is no JSON")
	default:
		return nil
	}
}

// readBody reads the whole body. Only then net/http takes the deadline off the
// connection and watches for the client to hang up, which ends the request's
// context.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return nil, &client.Error{Kind: client.KindInvalid, Message: fmt.Sprintf("a request may have %d MB, give less at a time", maxRequest>>20)}
	}
	if err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	return body, nil
}

func readKey(r *http.Request) (client.Key, error) {
	raw, err := base64.StdEncoding.DecodeString(r.Header.Get(keyHead))
	if err != nil {
		// Not err itself: it would tell a part of what was sent.
		return client.Key{}, &client.Error{Kind: client.KindInvalid, Message: "the key cannot be read"}
	}
	return client.NewKey(string(raw)), nil
}

// fail answers with err.
func (s *server) fail(w http.ResponseWriter, status int, err error) {
	body, encodeErr := encode(describe(err))
	if encodeErr != nil {
		s.log.Error("failure not told", "error", encodeErr)
		status, body = http.StatusInternalServerError, []byte("{}")
	}
	s.write(w, status, body)
}

// write sends a response as long as the client takes it.
func (s *server) write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set(instanceHead, s.instance)
	w.WriteHeader(status)
	if err := send(w, body); err != nil {
		s.log.Debug("client does not take its answer", "error", err)
	}
}

// send gives the client writeWait for every chunk of a body, which is never
// empty; net/http takes the deadline
// off afterwards. All is out when it returns, before the request counts as
// ended.
func send(w http.ResponseWriter, body []byte) error {
	rc := http.NewResponseController(w)
	for chunk := range slices.Chunk(body, writeChunk) {
		if err := rc.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
			return err
		}
		if _, err := w.Write(chunk); err != nil {
			return err
		}
	}
	return rc.Flush()
}
