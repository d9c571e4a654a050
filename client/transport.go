package client

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	connectWait   = 30 * time.Second
	handshakeWait = 20 * time.Second
	// idleWait is below the five seconds after which Apache and LiteSpeed
	// close a connection: a request sent into a closing one is lost, and
	// nobody can say whether it arrived.
	idleWait = 4 * time.Second
	// answerGrace is how long a failed write waits for an answer that may be
	// on its way already.
	answerGrace = 5 * time.Second
	sendBuffer  = 128 << 10

	// headMost is the longest head of a request that waits for its body.
	headMost = 8 << 10
)

// newTransport makes a transport of our own: HTTP/1.1, no compression.
func newTransport(cfg Config) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:                  environmentProxy,
		OnProxyConnectResponse: proxyConnected,
		DialContext:            dial,
		TLSHandshakeTimeout:    handshakeWait,
		IdleConnTimeout:        idleWait,
		MaxIdleConnsPerHost:    8,
		DisableCompression:     true,
		ExpectContinueTimeout:  time.Second,
		Protocols:              new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	if cfg.Proxy != "" {
		proxy, err := url.Parse(cfg.Proxy)
		if err != nil || proxy.Hostname() == "" || !slices.Contains(proxySchemes, proxy.Scheme) {
			return nil, invalid("the proxy must be an address such as http://proxy:3128 or socks5://proxy:1080")
		}
		t.Proxy = http.ProxyURL(proxy)
	}
	var err error
	if t.TLSClientConfig, err = trust(cfg); err != nil {
		return nil, err
	}
	if cfg.PinSHA256 != "" {
		t.DialTLSContext, err = dialPinned(cfg, t)
	}
	return t, err
}

// proxySchemes are how a proxy can be spoken to.
var proxySchemes = []string{"http", "https", "socks5", "socks5h"}

// dialPinned returns what makes secure connections: with the pin, except to a
// proxy, which has a certificate of its own.
func dialPinned(cfg Config, t *http.Transport) (func(context.Context, string, string) (net.Conn, error), error) {
	site, err := url.Parse(cfg.Address)
	if err != nil {
		return nil, invalid("that is not an address of a site")
	}
	proxy := ""
	if u, err := t.Proxy(&http.Request{URL: site}); err == nil && u != nil && u.Scheme == "https" {
		proxy = hostPort(u)
	}
	own, pinned := hostPort(site), t.TLSClientConfig
	cfg.PinSHA256 = ""
	usual, err := trust(cfg)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conf := pinned.Clone()
		if address == proxy && address != own {
			conf = usual.Clone()
		}
		var err error
		if conf.ServerName, _, err = net.SplitHostPort(address); err != nil {
			return nil, err
		}
		raw, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		conn := tls.Client(raw, conf)
		ctx, cancel := context.WithTimeout(ctx, handshakeWait)
		defer cancel()
		if err := conn.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, raw.Close())
		}
		return conn, nil
	}, nil
}

// trust says which certificates are taken: those the system trusts, or those
// of CACertificates too, or exactly the pinned one and none else.
func trust(cfg Config) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(cfg.CACertificates) > 0 {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(cfg.CACertificates) {
			return nil, invalid("the certificate authority is no certificate in PEM form")
		}
		conf.RootCAs = pool
	}
	if cfg.PinSHA256 == "" {
		return conf, nil
	}
	pin, err := hex.DecodeString(strings.ToLower(strings.ReplaceAll(cfg.PinSHA256, ":", "")))
	if err != nil || len(pin) != sha256.Size {
		return nil, invalid("a pinned certificate is named by its SHA-256 fingerprint of 64 hexadecimal digits")
	}
	conf.InsecureSkipVerify = true // #nosec G402: VerifyConnection takes one certificate only
	conf.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) > 0 {
			sum := sha256.Sum256(state.PeerCertificates[0].Raw)
			if subtle.ConstantTimeCompare(sum[:], pin) == 1 {
				return nil
			}
		}
		return errPin
	}
	return conf, nil
}

// errPin says that the host showed another certificate than the pinned one.
var errPin = errors.New("the host shows another certificate than the pinned one")

// hostPort is what a connection to an address is made to.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	return net.JoinHostPort(asciiHost(u.Hostname()), port)
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: connectWait, Control: tuneSocket}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &patientConn{Conn: conn, ended: make(chan struct{})}, nil
}

// patientConn holds the error of a failed write back until the other side's
// last words have been read. A host that refuses a large file answers and
// closes while we still send: net/http would report the broken connection and
// throw the answer ("413") away. Without TLS it also has the head of a request
// leave together with the beginning of its body: net/http writes it alone, and
// the host would wake up for it.
type patientConn struct {
	net.Conn
	once   sync.Once
	ended  chan struct{} // nothing more will be read
	headed bool          // what is written next is the head of a request whose body follows
	head   []byte        // such a head, not sent yet
}

func (c *patientConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		c.end()
	}
	return n, err
}

// asked says whether the request that is written next has a body.
func (c *patientConn) asked(body bool) { c.headed, c.head = body, c.head[:0] }

func (c *patientConn) Write(p []byte) (int, error) {
	if c.headed && len(p) <= headMost {
		c.headed, c.head = false, append(c.head, p...)
		return len(p), nil
	}
	if len(c.head) > 0 {
		head := c.head
		c.head = c.head[:0]
		if _, err := c.write(head); err != nil {
			return 0, err
		}
	}
	return c.write(p)
}

func (c *patientConn) write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if err != nil {
		t := time.NewTimer(answerGrace)
		defer t.Stop()
		select {
		case <-c.ended:
		case <-t.C:
		}
	}
	return n, err
}

// ReadFrom is what net/http sends a body with where there is no TLS; it would
// take 32 KB at once, and copy what lies in memory already.
func (c *patientConn) ReadFrom(r io.Reader) (sent int64, err error) {
	space := takeBuffer()
	defer giveBuffer(space)
	for {
		if piece := pieceOf(r); piece != nil {
			n, err := c.Write(piece)
			if sent += int64(n); err != nil {
				return sent, err
			}
			continue
		}
		head := copy(*space, c.head)
		n, rerr := r.Read((*space)[head:])
		if n > 0 {
			c.head = c.head[:0]
			m, err := c.write((*space)[:head+n])
			if sent += int64(max(m-head, 0)); err != nil {
				return sent, err
			}
		}
		if rerr == io.EOF {
			return sent, nil
		}
		if rerr != nil {
			return sent, rerr
		}
	}
}

// pieceOf is the next piece of a large file in a body as net/http hands it on,
// or nil: what comes next is to be read.
func pieceOf(r io.Reader) []byte {
	limited, ok := r.(*io.LimitedReader)
	if !ok {
		return nil
	}
	out, ok := limited.R.(*outgoing)
	if !ok {
		return nil
	}
	piece := out.piece(min(limited.N, sendBuffer)) // a stall is looked for between two writes
	limited.N -= int64(len(piece))
	return piece
}

func (c *patientConn) Close() error {
	c.end()
	return c.Conn.Close()
}

func (c *patientConn) end() { c.once.Do(func() { close(c.ended) }) }
