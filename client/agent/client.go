package agent

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"sync"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
)

// DialConfig says how to reach an engine and what to tell it first.
type DialConfig struct {
	// Dial opens one connection to the engine's socket. It is called again
	// whenever another one is needed.
	Dial func(ctx context.Context) (net.Conn, error)
	// Hello is what is said first; a zero Protocol is uploader.Protocol.
	Hello uploader.Hello
	// OtherProtocol returns a Client also of an engine that speaks another
	// protocol. Only Hello, HandOver and Quit can be asked of it.
	OtherProtocol bool
}

// ProtocolError says that the engine belongs to a program that is older or
// newer than this one.
type ProtocolError struct {
	Ours    int
	Welcome uploader.Welcome
}

func (e *ProtocolError) Error() string {
	age := "an older"
	if e.Newer() {
		age = "a newer"
	}
	return fmt.Sprintf("the engine that runs belongs to %s Upshot (version %s, protocol %d instead of %d)", age, e.Welcome.Version, e.Welcome.Protocol, e.Ours)
}

// Newer reports whether the engine is the newer one.
func (e *ProtocolError) Newer() bool { return e.Welcome.Protocol > e.Ours }

// Client is an engine at the other end of a socket. It is safe for concurrent
// use.
type Client struct {
	dial      func(ctx context.Context) (net.Conn, error)
	transport *http.Transport
	instance  string         // of the engine that answered Hello
	other     *ProtocolError // not nil: it speaks another protocol

	mu     sync.Mutex
	closed bool
	conns  map[*conn]struct{}
}

// Dial says Hello to the engine and returns a Client for it. The error wraps
// uploader.ErrGone when no engine is there, context.DeadlineExceeded when one
// is there that does not answer, fs.ErrPermission when it is not ours, and is
// a *ProtocolError when it speaks another protocol.
func Dial(ctx context.Context, cfg DialConfig) (*Client, uploader.Welcome, error) {
	c := &Client{dial: cfg.Dial, conns: make(map[*conn]struct{})}
	c.transport = &http.Transport{
		DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return c.connect(ctx) },
		DisableCompression: true,
		MaxIdleConns:       4,
		IdleConnTimeout:    clientIdle,
	}
	if cfg.Hello.Protocol == 0 {
		cfg.Hello.Protocol = uploader.Protocol
	}
	waiting, cancel := context.WithTimeout(ctx, helloWait)
	defer cancel()
	welcome, err := c.Hello(waiting, cfg.Hello)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		err = fmt.Errorf("the engine does not answer: %w", waiting.Err())
	}
	if err == nil && welcome.Protocol != cfg.Hello.Protocol {
		c.other = &ProtocolError{Ours: cfg.Hello.Protocol, Welcome: welcome}
		if !cfg.OtherProtocol {
			err = c.other
		}
	}
	if err != nil {
		return nil, welcome, errors.Join(err, c.Close())
	}
	return c, welcome, nil
}

// Close ends running calls with uploader.ErrGone and closes the connections.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	conns := c.conns
	c.conns = nil
	c.mu.Unlock()
	var err error
	for conn := range conns {
		err = errors.Join(err, conn.Conn.Close())
	}
	c.transport.CloseIdleConnections()
	return err
}

// conn is a connection that Close knows of.
type conn struct {
	net.Conn
	client *Client
}

// Close is called by the transport.
func (c *conn) Close() error {
	c.client.mu.Lock()
	delete(c.client.conns, c)
	c.client.mu.Unlock()
	return c.Conn.Close()
}

func (c *Client) connect(ctx context.Context) (net.Conn, error) {
	raw, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errors.Join(net.ErrClosed, raw.Close())
	}
	tracked := &conn{raw, c}
	c.conns[tracked] = struct{}{}
	return tracked, nil
}

// roundTrip asks the engine one thing.
func (c *Client) roundTrip(ctx context.Context, name string, body []byte, key client.Key) ([]byte, error) {
	switch name {
	case hello.name, handOver.name, quit.name:
	default:
		if c.other != nil {
			return nil, c.other
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+host+"/"+name, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask the engine: %w", err)
	}
	req.Header.Set("Content-Type", mediaType)
	req.Header.Set("User-Agent", "upshot")
	if c.instance != "" {
		req.Header.Set(instanceHead, c.instance)
	}
	if !key.IsZero() {
		req.Header.Set(keyHead, base64.StdEncoding.EncodeToString([]byte(key.Reveal())))
	}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, broken(ctx, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse+1))
	if err != nil {
		return nil, broken(ctx, err)
	}
	return c.judge(name, resp, answer)
}

// judge tells an answer from a failure, and both from something that is no
// engine.
func (c *Client) judge(name string, resp *http.Response, answer []byte) ([]byte, error) {
	instance := resp.Header.Get(instanceHead)
	switch {
	case instance == "" || len(answer) > maxResponse:
		return nil, &client.Error{Kind: client.KindProtocol, Status: resp.StatusCode, Message: "what answers at the engine's socket is no Upshot"}
	case resp.StatusCode == http.StatusOK && name == hello.name && c.instance == "":
		c.instance = instance
		return answer, nil
	case resp.StatusCode == http.StatusOK:
		return answer, nil
	default:
		var f failure
		if err := decode(answer, &f); err != nil {
			return nil, fmt.Errorf("the engine refused: %w", err)
		}
		return nil, f.restore()
	}
}

// broken tells why there is no answer.
func broken(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("wait for the engine: %w", ctx.Err())
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("reach the engine: %w", err)
	default:
		return fmt.Errorf("%w: %v", uploader.ErrGone, err) //nolint:errorlint // only ErrGone: a lost connection is no missing file and no timeout of the engine's
	}
}
