package chevtest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Stats are the counters of a host.
type Stats struct {
	Requests int   // begun, pages and files included
	Active   int   // being served now
	Stalled  int   // held by a fault now
	Uploads  int   // ended requests to the API that carried a file
	Stored   int   // files taken in, since deleted ones included
	Refused  int   // API requests answered with an error
	Deleted  int   // files deleted by their link
	Faults   int   // faults that have happened
	Bytes    int64 // of bodies, read so far
}

// Request is a request that the host has seen.
type Request struct {
	At            time.Time
	Method        string
	Path          string // without the site's sub-directory
	Query         string
	Header        http.Header // a copy, with the key if it was sent there
	Remote        string      // address it came from
	Key           string      // from header or form; empty: none was found
	FileName      string      // of the file part, or as made up for base64
	ContentLength int64       // as announced; -1: chunked
	Read          int64       // bytes of the body that were read
	Complete      bool        // the whole body has come
	Fault         FaultKind   // what went wrong with it, if a fault was armed
	Status        int         // of the answer; 0: none was sent
	Done          bool        // it has ended
}

// keptRequests bounds what Requests remembers; the oldest are forgotten.
const keptRequests = 20000

// Stored lists the files that the host has, oldest first.
func (h *Host) Stored() []File {
	h.mu.Lock()
	defer h.mu.Unlock()
	files := make([]File, 0, len(h.rows))
	for _, row := range h.rows {
		files = append(files, row.file())
	}
	return files
}

// Requests lists the requests that the host has seen, in the order they began.
func (h *Host) Requests() []Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]Request, 0, len(h.requests))
	for _, r := range h.requests {
		seen := *r
		seen.Header = r.Header.Clone()
		list = append(list, seen)
	}
	return list
}

// Uploads lists the requests to the API, in the order they began.
func (h *Host) Uploads() []Request {
	return slices.DeleteFunc(h.Requests(), func(r Request) bool { return !isAPI(r.Path) })
}

// Stats returns the counters.
func (h *Host) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.statsNow()
}

func (h *Host) statsNow() Stats {
	s := h.stats
	s.Bytes = h.bytes.Load()
	return s
}

// Content returns the bytes that are stored of a file.
func (h *Host) Content(id string) ([]byte, error) {
	h.mu.Lock()
	row, ok := h.byID[id]
	h.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("no file %q", id)
	}
	return h.store.readAll(row.path())
}

// Await returns nil once done says yes to the counters. It looks whenever
// they change, and gives up with ctx.
func (h *Host) Await(ctx context.Context, done func(Stats) bool) error {
	h.waiting.Add(1)
	defer h.waiting.Add(-1)
	for {
		h.mu.Lock()
		now, changed := h.statsNow(), h.changed
		h.mu.Unlock()
		if done(now) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%w; the host's counters: %+v", context.Cause(ctx), now)
		}
	}
}

// wake lets those who wait look again. h.mu is held.
func (h *Host) wake() {
	if h.waiting.Load() > 0 {
		close(h.changed)
		h.changed = make(chan struct{})
	}
}

// countBody adds to the bytes read; it is called for every read, so it takes
// the lock only while somebody waits.
func (h *Host) countBody(_ *exchange, n int) {
	h.bytes.Add(int64(n))
	if h.waiting.Load() > 0 {
		h.mu.Lock()
		h.wake()
		h.mu.Unlock()
	}
}

// note changes the record of an exchange's request.
func (h *Host) note(x *exchange, change func(*Request)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change(x.record)
}

// count changes the counters.
func (h *Host) count(change func(*Stats)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change(&h.stats)
	h.wake()
}

func (r *row) file() File {
	f := r.File
	f.Params = maps.Clone(r.Params)
	return f
}
