package chevtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// errGone means that the connection is to be closed without an answer.
var errGone = errors.New("the connection ends here")

// body reads a request's body, counts it, and is as slow, stalling or
// breaking as the host was told to be.
type body struct {
	x     *exchange
	from  io.Reader
	rate  int64
	start time.Time
	read  int64
	err   error // the first one, io.EOF when the body came whole
}

func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.rate > 0 { // about 50 reads a second
		p = p[:min(int64(len(p)), max(b.rate/50, 1))]
	}
	if f := b.x.fault; f != nil && f.Match == "" && f.inBody() {
		if left := f.After - b.read; left > 0 {
			p = p[:min(int64(len(p)), left)]
		} else if err := b.x.breakBody(); err != nil {
			b.err = err
			return 0, err
		}
	}
	n, err := b.from.Read(p)
	b.read += int64(n)
	b.x.host.countBody(b.x, n)
	if b.rate > 0 {
		due := time.Duration(float64(b.read) / float64(b.rate) * float64(time.Second))
		if ahead := due - time.Since(b.start); ahead > time.Millisecond {
			if err := b.x.sleep(ahead); err != nil {
				b.err = err
				return n, err
			}
		}
	}
	b.err = err
	return n, err
}

// fileBody reads the content of a file part and breaks it where a fault that
// was armed for its name says so.
type fileBody struct {
	x    *exchange
	from io.Reader
	read int64
}

func (b *fileBody) Read(p []byte) (int, error) {
	if f := b.x.fault; f != nil && f.Match != "" && f.inBody() {
		if left := f.After - b.read; left > 0 {
			p = p[:min(int64(len(p)), left)]
		} else if err := b.x.breakBody(); err != nil {
			return 0, err
		}
	}
	n, err := b.from.Read(p)
	b.read += int64(n)
	return n, err
}

// breakBody does what the exchange's fault does in mid-body: it returns
// errGone to cut the connection, or stalls and then lets the body go on.
func (x *exchange) breakBody() error {
	f := x.fault
	if f.Kind != StallBody {
		return errGone
	}
	err := x.stall(f.For)
	x.fault = nil // it is over
	return err
}

// stall waits for d, or without end if d is 0; healing ends it either way.
func (x *exchange) stall(d time.Duration) error {
	h := x.host
	h.mu.Lock()
	healed := h.healed
	h.stats.Stalled++
	h.wake()
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		h.stats.Stalled--
		h.wake()
		h.mu.Unlock()
	}()
	var over <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-healed:
	case <-over:
	case <-h.quit:
		return errGone
	case <-x.r.Context().Done():
		return context.Cause(x.r.Context())
	}
	return nil
}

// sleep waits for d unless the request or the host ends before.
func (x *exchange) sleep(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-x.host.quit:
		return errGone
	case <-x.r.Context().Done():
		return context.Cause(x.r.Context())
	}
}

// drain reads what is left of the body, as the web server in front of PHP
// does before it hands the request on.
func (x *exchange) drain() error {
	_, err := io.Copy(io.Discard, x.body)
	return err
}

// lingerFor bounds how long a refused body is still read.
const lingerFor = 5 * time.Second

// linger reads on for a while after an answer that came before the end of
// the body, as nginx does, so that a client that is still sending can read
// the answer instead of seeing its connection reset.
func (x *exchange) linger() {
	if x.r.Header.Get("Expect") != "" {
		return // the client waits before it sends
	}
	deadline := http.NewResponseController(x.w)
	_ = deadline.Flush()                                    // not every writer can
	_ = deadline.SetReadDeadline(time.Now().Add(lingerFor)) // not every writer can
	_ = x.drain()                                           // whatever comes
}
