package torture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// point is a place on a file's way where the agent can be killed.
type point string

// The points that the host can see. What happens at them, happens before the
// request goes on.
const (
	atHead   point = "a request has begun"
	inBody   point = "in the body"
	bodyRead point = "after the body"
	stored   point = "stored, before the answer"
	answered point = "after the answer"
)

// attempt is one request that carries a file.
type attempt struct {
	sum    string    // SHA-256 of the file; empty: the body did not come whole
	begun  time.Time // the request's head has come
	told   time.Time // the answer is written; zero: it is not
	orphan bool      // its sender was dead before it was read here
	status int
}

// tap stands before the host and sees every request at its points.
type tap struct {
	host http.Handler

	mu       sync.Mutex
	attempts []*attempt
	armed    point
	after    int                      // so many requests pass the armed point first
	do       func()                   // once
	from     func(remote string) bool // whose requests count; nil: everybody's
}

// arm has do called when a request comes to p, after so many have passed it.
func (t *tap) arm(p point, after int, do func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.armed, t.after, t.do, t.from = p, after, do, nil
}

// armFor does the same for the requests of one process, which from tells by
// their connection: those of a dead one may still lie in the host's sockets.
func (t *tap) armFor(from func(remote string) bool, p point, after int, do func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.armed, t.after, t.do, t.from = p, after, do, from
}

func (t *tap) disarm() { t.arm("", 0, nil) }

func (t *tap) reached(p point, remote string) {
	t.mu.Lock()
	from := t.from
	t.mu.Unlock()
	if from != nil && !from(remote) {
		return
	}
	t.mu.Lock()
	var do func()
	if t.armed == p {
		if t.after > 0 {
			t.after--
		} else {
			do, t.do, t.armed = t.do, nil, ""
		}
	}
	t.mu.Unlock()
	if do != nil {
		do()
	}
}

// of lists the attempts that brought the whole of a file, oldest first.
func (t *tap) of(sum string) []attempt {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []attempt
	for _, a := range t.attempts {
		if a.sum == sum {
			list = append(list, *a)
		}
	}
	return list
}

func (t *tap) note(change func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change()
}

func (t *tap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		t.host.ServeHTTP(w, r)
		return
	}
	a := &attempt{begun: time.Now(), orphan: !established(r.RemoteAddr)}
	t.note(func() { t.attempts = append(t.attempts, a) })
	t.reached(atHead, r.RemoteAddr)
	body := &tapped{from: r.Body, remote: r.RemoteAddr, tap: t, half: r.ContentLength / 2}
	body.whole = func() {
		sum := fileSum(r.Header.Get("Content-Type"), body.copy.Bytes())
		t.note(func() { a.sum = sum })
	}
	r.Body = body
	reply := &reply{header: http.Header{}}
	t.host.ServeHTTP(reply, r) // a panic that cuts the connection goes through
	if body.copy.Len() == 0 {
		reply.send(w) // a probe: it carries nothing
		return
	}
	t.reached(stored, r.RemoteAddr)
	reply.send(w)
	t.note(func() { a.told, a.status = time.Now(), reply.status })
	t.reached(answered, r.RemoteAddr)
}

// tapped is a body that says where it is read.
type tapped struct {
	from   io.ReadCloser
	remote string
	tap    *tap
	half   int64
	copy   bytes.Buffer
	past   bool
	whole  func()
}

func (b *tapped) Read(p []byte) (int, error) {
	if left := b.half - int64(b.copy.Len()); left > 0 {
		p = p[:min(int64(len(p)), left)]
	} else if !b.past {
		b.past = true
		b.tap.reached(inBody, b.remote)
	}
	n, err := b.from.Read(p)
	b.copy.Write(p[:n])
	if err == io.EOF && b.whole != nil {
		b.whole()
		b.whole = nil
		b.tap.reached(bodyRead, b.remote)
	}
	return n, err
}

func (b *tapped) Close() error { return b.from.Close() }

// fileSum is the SHA-256 of the file in a form.
func fileSum(kind string, body []byte) string {
	_, params, err := mime.ParseMediaType(kind)
	if err != nil {
		return ""
	}
	form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := form.NextPart()
		if err != nil {
			return ""
		}
		if part.FileName() == "" {
			continue
		}
		h := sha256.New()
		if _, err := io.Copy(h, part); err != nil {
			return ""
		}
		return hex.EncodeToString(h.Sum(nil))
	}
}

// reply keeps an answer back until it is whole, so that it is known when its
// last byte is written.
type reply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *reply) Header() http.Header { return r.header }

func (r *reply) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *reply) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

func (r *reply) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.header)
	w.Header().Set("Content-Length", strconv.Itoa(r.body.Len()))
	w.WriteHeader(max(r.status, http.StatusOK))
	_, _ = w.Write(r.body.Bytes())            // who has gone does not listen
	_ = http.NewResponseController(w).Flush() // the same
}

// summary counts what came, for the log.
func (t *tap) summary() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := map[string]int{}
	for _, a := range t.attempts {
		switch {
		case a.sum == "":
			n["broken off"]++
		case a.told.IsZero():
			n["unanswered"]++
		default:
			n["answered "+strconv.Itoa(a.status)]++
		}
	}
	var words []string
	for _, name := range slices.Sorted(maps.Keys(n)) {
		words = append(words, strconv.Itoa(n[name])+" "+name)
	}
	return strings.Join(words, ", ")
}
