package client

import (
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Config says which host and key a [Client] speaks for.
type Config struct {
	// Address is the site's address as ParseAddress returns it:
	// scheme, host, optional port and sub-directory, no trailing slash.
	Address string
	Key     Key
	// AllowHTTP permits plain http to hosts that are not loopback.
	AllowHTTP bool
	// KeyInForm sends the key as form field "key" as V3 hosts want it,
	// instead of the header X-API-Key.
	KeyInForm bool
	// Stall ends a request when no byte moved for so long; 0 means 60 s. There
	// is no limit to the whole: a slow upload goes on for hours.
	// AnswerWait bounds the wait for the answer once the whole body is out
	// (a large video is processed by the host meanwhile); 0 means 10 min. An
	// interim answer (102 Processing) begins it again.
	Stall, AnswerWait time.Duration
	// Transport is for tests; nil means one of our own, made by New, with
	// HTTP/1.1, proxy from the environment, no cookies.
	Transport http.RoundTripper
	UserAgent string // empty means "upshot"

	// CACertificates are authorities trusted besides the system's, in PEM form.
	CACertificates []byte
	// PinSHA256 is the SHA-256 fingerprint (hexadecimal, colons allowed) of
	// the one certificate that is taken from this host, self-signed or not;
	// whatever its name and dates, since it is this one and no other. A proxy
	// is not measured by it.
	PinSHA256 string
	// Proxy is used instead of the one that the environment names (HTTPS_PROXY,
	// HTTP_PROXY, NO_PROXY): an address such as "http://proxy:3128", with a
	// user and a password if it wants them; http, https, socks5 or socks5h. The
	// password shows in no error. Proxy, CACertificates and PinSHA256 have no
	// effect on a Transport that is given.
	Proxy string
}

// Client speaks to one host with one key. It is safe for concurrent use.
type Client struct {
	cfg       Config
	site      *url.URL
	transport http.RoundTripper
	own       *http.Transport // transport, when New made it
	reports   reported
	keyIsGood atomic.Bool // the host has taken it
}

// New checks cfg and returns a Client. It does not touch the network. A
// Config without key makes a Client that can Delete and nothing else.
func New(cfg Config) (*Client, error) {
	address, err := ParseAddress(cfg.Address)
	if err != nil {
		return nil, err
	}
	site, err := url.Parse(address)
	if err != nil {
		return nil, invalid("that is not an address of a site")
	}
	if site.Scheme == "http" && !cfg.AllowHTTP && !isLoopback(site.Hostname()) {
		return nil, invalid("plain http would show the key and the files to everybody on the way; use https, or allow plain http")
	}
	if strings.ContainsFunc(cfg.Key.Reveal(), func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, &Error{Kind: KindAuth, Message: "the key holds a line break or another character that no key has"}
	}
	if strings.ContainsFunc(cfg.UserAgent, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, invalid("the user agent holds a control character")
	}
	cfg.Address = address
	cfg.Stall = orDefault(cfg.Stall, time.Minute)
	cfg.AnswerWait = orDefault(cfg.AnswerWait, 10*time.Minute)
	if cfg.UserAgent == "" {
		cfg.UserAgent = "upshot"
	}
	c := &Client{cfg: cfg, site: site, transport: cfg.Transport}
	if c.transport == nil {
		if c.own, err = newTransport(cfg); err != nil {
			return nil, err
		}
		c.transport = c.own
	}
	return c, nil
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// Address returns the address the client speaks to, as ParseAddress writes it.
func (c *Client) Address() string { return c.cfg.Address }

// Close closes the connections that wait for a next request. The Client can
// be used again afterwards.
func (c *Client) Close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// endpoint is where the API takes uploads; tail is "" or "/".
func (c *Client) endpoint(tail string) *url.URL {
	u := *c.site // JoinPath makes a relative path when the site's is empty
	u.Path += apiPath + tail
	if u.RawPath != "" {
		u.RawPath += apiPath + tail
	}
	return &u
}

// header is what every request says about itself. It has no key.
func (c *Client) header() http.Header {
	return http.Header{
		"User-Agent":      {c.cfg.UserAgent},
		"Accept":          {"application/json, */*;q=0.5"},
		"Accept-Language": {"en"}, // messages are translated by it
	}
}

// withKey adds the key, to a request to our own endpoint.
func (c *Client) withKey(h http.Header) http.Header {
	if !c.cfg.KeyInForm {
		h.Set("X-API-Key", c.cfg.Key.Reveal())
	}
	return h
}

// noKey is the error of a call that needs a key.
func (c *Client) noKey() *Error {
	if c.cfg.Key.IsZero() {
		return &Error{Kind: KindAuth, Message: "there is no key"}
	}
	return nil
}
