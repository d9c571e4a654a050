package chevtest

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Host is a site. It is safe for concurrent use.
type Host struct {
	cfg   Config
	base  string // address in links; empty: from the request
	dir   string // sub-directory, "" or "/photos"
	store *store
	pages *template.Template
	quit  chan struct{}

	closing sync.Once
	bytes   atomic.Int64
	waiting atomic.Int64 // calls of Await

	mu       sync.Mutex
	site     Site
	faults   []*Fault
	healed   chan struct{} // closed by Heal, then new
	changed  chan struct{} // closed by wake, then new
	stats    Stats
	requests []*Request
	sessions map[string]chan struct{} // PHP's lock of each session that a client has sent back

	rows  []*row            // by age
	byID  map[string]*row   // by encoded id
	paths map[string]string // URL path of every stored file -> path in the store; "" while it is being stored
	taken uint64            // numbers of files given so far
}

// New makes a host.
func New(cfg Config) (*Host, error) {
	base, dir, err := checkBase(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	if cfg.ReadRate < 0 || cfg.AnswerDelay < 0 {
		return nil, errors.New("a rate or a delay cannot be negative")
	}
	site := cfg.Site.withDefaults()
	if err := site.check(); err != nil {
		return nil, err
	}
	if cfg.Keys = maps.Clone(cfg.Keys); cfg.Keys == nil {
		cfg.Keys = map[string]User{DefaultKey: {Name: "demo", Albums: []string{DefaultAlbum}}}
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	pages, err := parsePages()
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	store, err := newStore(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("folder for uploads: %w", err)
	}
	return &Host{
		cfg: cfg, base: base, dir: dir, store: store, pages: pages, site: site,
		quit: make(chan struct{}), healed: make(chan struct{}), changed: make(chan struct{}),
		sessions: map[string]chan struct{}{}, byID: map[string]*row{}, paths: map[string]string{},
	}, nil
}

// Change changes the settings of the site; requests that have begun keep the
// old ones. A setting that New would refuse is an error and changes nothing.
func (h *Host) Change(change func(*Site)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	site := h.site
	change(&site)
	site = site.withDefaults()
	if err := site.check(); err != nil {
		return err
	}
	h.site = site
	return nil
}

// Cron deletes what has expired. A real server does so from time to time;
// until then an expired file is still there.
func (h *Host) Cron() {
	now := h.cfg.Clock()
	h.mu.Lock()
	expired := slices.Clone(h.rows)
	h.mu.Unlock()
	for _, row := range expired {
		if !row.Expires.IsZero() && !row.Expires.After(now) {
			h.remove(row)
		}
	}
}

// Close lets stalled requests end, waits for all to end, and lets go of the
// folder; the files in it stay. The listener in front is to be closed before.
func (h *Host) Close() error {
	var err error
	h.closing.Do(func() {
		close(h.quit)
		_ = h.Await(context.Background(), func(s Stats) bool { return s.Active == 0 }) // cannot fail
		err = h.store.close()
	})
	return err
}

// exchange is one request and its answer.
type exchange struct {
	host   *Host
	w      *statusWriter
	r      *http.Request
	path   string // below the site's sub-directory; empty: outside of it
	site   Site
	now    time.Time
	base   string // address of the site for links, without trailing slash
	lang   string
	body   *body
	form   *form
	fault  *Fault
	record *Request

	deleteKey string // of the file that is being stored; the row has only its hash
}

// statusWriter remembers the status of the answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// ServeHTTP serves the API, the files, the viewer pages and the gallery. It
// panics with http.ErrAbortHandler where a connection is to be cut, which
// net/http understands.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := h.begin(w, r)
	defer h.end(x)
	if x.serve() != nil {
		// net/http closes the connection when a handler panics so.
		panic(http.ErrAbortHandler)
	}
}

func (h *Host) begin(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{host: h, w: &statusWriter{ResponseWriter: w}, r: r, now: h.cfg.Clock(), lang: language(r.Header.Get("Accept-Language"))}
	if below, ok := strings.CutPrefix(r.URL.Path, h.dir); ok && (below == "" || below[0] == '/') {
		x.path = "/" + strings.TrimPrefix(below, "/")
	}
	if x.base = h.base; x.base == "" {
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		x.base = scheme + "://" + r.Host
	}
	var from io.Reader = http.NoBody
	if r.Body != nil {
		from = r.Body
	}
	x.body = &body{x: x, from: from, rate: h.cfg.ReadRate, start: time.Now()}
	x.record = &Request{
		At: x.now, Method: r.Method, Path: x.path, Query: r.URL.RawQuery, Header: r.Header.Clone(),
		Remote: remoteIP(r), ContentLength: r.ContentLength,
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	x.site = h.site
	h.requests = append(h.requests, x.record)
	if len(h.requests) > keptRequests {
		h.requests = slices.Delete(h.requests, 0, keptRequests/10)
	}
	h.stats.Requests++
	h.stats.Active++
	h.wake()
	return x
}

func (h *Host) end(x *exchange) {
	if x.form != nil {
		x.form.drop()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	x.record.Status = x.w.status
	x.record.Read = x.body.read
	x.record.Complete = errors.Is(x.body.err, io.EOF) || x.r.ContentLength == 0
	x.record.Done = true
	if isAPI(x.path) && x.record.FileName != "" {
		h.stats.Uploads++
	}
	h.stats.Active--
	h.wake()
}

func remoteIP(r *http.Request) string {
	if ip, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return ip
	}
	return r.RemoteAddr
}

func isAPI(path string) bool { return strings.HasPrefix(path, "/api/") }
