package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Why our own watch ended a request.
var (
	errStalled  = errors.New("no byte moved")
	errNoAnswer = errors.New("no answer came")
)

// watch ends a request that does not get on. It is a timer, not a goroutine.
type watch struct {
	stall, answer time.Duration
	timer         *time.Timer
	cancel        context.CancelCauseFunc
	interim       atomic.Int64
	waiting       atomic.Bool // the body is out, the answer has not begun
}

func (c *Client) newWatch(ctx context.Context) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{stall: c.cfg.Stall, answer: c.cfg.AnswerWait, cancel: cancel}
	w.timer = time.AfterFunc(w.stall, func() {
		if w.waiting.Load() {
			w.cancel(errNoAnswer)
			return
		}
		w.cancel(errStalled)
	})
	return ctx, w
}

// moved says that a byte moved.
func (w *watch) moved() { w.timer.Reset(w.stall) }

// wait says that the body is out.
func (w *watch) wait() {
	w.waiting.Store(true)
	w.timer.Reset(w.answer)
}

// mostHeard bounds how many interim answers (102 Processing) are listened to.
const mostHeard = 10_000

// heard says that the host is still at work: it sent an interim answer.
func (w *watch) heard() error {
	if w.interim.Add(1) > mostHeard {
		return errNoAnswer
	}
	if w.waiting.Load() {
		w.timer.Reset(w.answer)
	} else {
		w.moved()
	}
	return nil
}

// answered says that the answer has begun.
func (w *watch) answered() {
	w.waiting.Store(false)
	w.moved()
}

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// request is what exchange sends.
type request struct {
	method string
	to     *url.URL
	header http.Header
	out    *outgoing // nil: no body
	long   bool      // the host may take its time: it stores or fetches a file
	pace   func(ctx context.Context, n int) error
	paced  func() bool // nil: always
}

// exchange sends one request and reads its answer, whatever that says.
func (c *Client) exchange(ctx context.Context, r request) (*answer, *Error) {
	out := r.out
	if out == nil {
		out = newOutgoing(&form{}, nil, 0, false)
	}
	watched, w := c.newWatch(ctx)
	defer w.stop()
	var connected atomic.Bool
	watched = httptrace.WithClientTrace(watched, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			connected.Store(true)
			if conn, plain := info.Conn.(*patientConn); plain {
				conn.asked(out.length > 0)
			}
			if r.long && out.length == 0 {
				w.wait()
				return
			}
			w.moved()
		},
		Got1xxResponse: func(int, textproto.MIMEHeader) error { return w.heard() },
	})
	req := (&http.Request{
		Method: r.method, URL: r.to, Host: r.to.Host, Header: r.header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(watched)
	if out.length > 0 {
		out.moved = w.moved
		if r.pace != nil {
			out.pace = func(n int) error { return r.pace(watched, n) }
			out.paced = r.paced
		}
		if r.long {
			out.whole = w.wait
		}
		req.Body, req.ContentLength = out, out.length
	}

	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, c.broken(ctx, watched, out, connected.Load(), err)
	}
	w.answered()
	body, err := io.ReadAll(io.LimitReader(&movingReader{resp.Body, w}, maxAnswer+1))
	_ = resp.Body.Close() // all that matters was read
	if err == nil {
		body, err = unpack(body, resp.Header.Get("Content-Encoding"), maxAnswer+1)
	}
	if err != nil && (!decides(resp.StatusCode) || ctx.Err() != nil) {
		e := c.broken(ctx, watched, out, true, err)
		e.Status = resp.StatusCode
		return nil, e
	}
	sent, failure := out.stop(true)
	if failure != nil {
		return nil, c.broken(ctx, watched, out, true, failure)
	}
	a := &answer{status: resp.StatusCode, header: resp.Header, body: body, sent: sent, finished: time.Now()}
	if len(body) > maxAnswer {
		if !decides(a.status) {
			return nil, a.fail(KindProtocol, "the answer is larger than 4 MB")
		}
		a.body = body[:maxAnswer]
	}
	return a, nil
}

// decides reports whether a status says by itself what happened, so that an
// answer which breaks off still is one: nginx closes the connection on a file
// that is too large, often before all of its page has arrived.
func decides(status int) bool { return status >= 300 && status != http.StatusBadRequest }

// movingReader tells the watch about every byte of the answer.
type movingReader struct {
	io.Reader
	w *watch
}

func (r *movingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.w.moved()
	}
	return n, err
}

// broken makes the error of an exchange without a complete answer.
func (c *Client) broken(ctx, watched context.Context, out *outgoing, connected bool, err error) *Error {
	sent, failure := out.stop(connected)
	e := &Error{Sent: sent, Connected: connected, Err: cause{err, clean(err.Error(), c.cfg.Key)}}
	why := context.Cause(watched)
	switch {
	case failure != nil:
		e.Kind, e.Message, e.Err = KindLocalFile, localMessage(failure), failure
	case ctx.Err() != nil:
		e.Kind, e.Message, e.Err = KindCanceled, "interrupted", ctx.Err()
	case errors.Is(err, errPacked):
		e.Kind, e.Message = KindProtocol, errPacked.Error()
	case errors.Is(why, errStalled) && !connected:
		e.Kind, e.Message = KindNetwork, fmt.Sprintf("no connection within %s", c.cfg.Stall)
	case errors.Is(why, errStalled):
		e.Kind, e.Message, e.Err = KindStalled, fmt.Sprintf("no byte moved for %s", c.cfg.Stall), why
	case errors.Is(why, errNoAnswer):
		e.Kind, e.Message, e.Err = KindStalled, fmt.Sprintf("the file is out, but no answer came within %s", c.cfg.AnswerWait), why
	default:
		e.Kind, e.Message = networkError(err, e.Err.Error())
		var dns *net.DNSError
		if errors.As(err, &dns) && dns.IsNotFound {
			e.NoSuchHost = asciiHost(strings.TrimSuffix(dns.Name, ".")) == asciiHost(c.site.Hostname())
		}
	}
	return e
}

func localMessage(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "the file became shorter while it was read"
	}
	return clean(err.Error(), Key{})
}
