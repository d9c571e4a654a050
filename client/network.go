package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// networkError says what sort of failure an error of the transport is, in a
// sentence for a person.
func networkError(err error, said string) (Kind, string) {
	if kind, sentence := tlsError(err); kind != "" {
		return kind, sentence
	}
	var (
		proxy *proxyRefusal
		dns   *net.DNSError
		op    *net.OpError
		slow  net.Error
	)
	switch {
	case errors.As(err, &proxy):
		return proxy.kind(), proxy.Error()
	case errors.Is(err, errProxyAddress):
		return KindNetwork, errProxyAddress.Error()
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return KindNetwork, "the proxy cannot be reached: " + reason(err, said)
	case errors.As(err, &op) && op.Op == "socks connect":
		return KindNetwork, "the proxy did not connect us: " + said
	case errors.As(err, &dns) && dns.IsNotFound:
		return KindNetwork, "there is no host of the name " + clean(dns.Name, Key{})
	case errors.As(err, &dns):
		return KindNetwork, "the name of the host could not be looked up: " + said
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return KindNetwork, "the connection broke before the answer was complete"
	case isOneOf(err, resetErrors()):
		return KindNetwork, "the connection was broken by the other side"
	case errors.As(err, &op) && op.Op == "dial":
		where := "the host"
		if op.Addr != nil {
			where += " at " + op.Addr.String()
		}
		return KindNetwork, where + " cannot be reached: " + reason(err, said)
	case errors.As(err, &slow) && slow.Timeout():
		return KindNetwork, "no connection was made in time: " + said
	}
	return KindNetwork, "the connection failed: " + said
}

// reason says why nothing connects.
func reason(err error, said string) string {
	var slow net.Error
	switch {
	case isOneOf(err, refusedErrors()):
		return "connection refused, nothing listens there"
	case isOneOf(err, unreachableErrors()):
		return "there is no way to it from here"
	case errors.As(err, &slow) && slow.Timeout():
		return fmt.Sprintf("no connection within %s", connectWait)
	}
	return said
}

func isOneOf(err error, targets []error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// tlsError tells trouble with the certificate from all other.
func tlsError(err error) (Kind, string) {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		hostname     x509.HostnameError
		certificate  x509.CertificateInvalidError
		record       tls.RecordHeaderError
		op           *net.OpError
	)
	switch {
	case errors.Is(err, errPin):
		return KindTLS, errPin.Error()
	case errors.As(err, &authority):
		return KindTLS, "the certificate of the host is not trusted"
	case errors.As(err, &hostname):
		return KindTLS, "the certificate is of another host"
	case errors.As(err, &certificate) && certificate.Reason == x509.Expired:
		return KindTLS, "the certificate of the host has expired or is not valid yet"
	case errors.As(err, &certificate), errors.As(err, &verification):
		return KindTLS, "the certificate of the host is not valid"
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return KindTLS, "the host does not speak https at this address"
	case errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"): // a TLS alert
		return KindTLS, "no secure connection could be agreed on"
	}
	return "", ""
}

// errProxyAddress stands for what net/http makes of such an address: an error
// that repeats the password in it, or a proxy of the name "http".
var errProxyAddress = errors.New("the proxy that the environment names (HTTPS_PROXY or the like) is no address")

// environmentProxy finds the proxy in the environment.
func environmentProxy(r *http.Request) (*url.URL, error) {
	proxy, err := http.ProxyFromEnvironment(r)
	if err != nil || proxy != nil && (proxy.Hostname() == "" || !slices.Contains(proxySchemes, proxy.Scheme) || strings.HasPrefix(proxy.Path, "//")) {
		return nil, errProxyAddress
	}
	return proxy, nil
}

// proxyRefusal is what a proxy answered instead of connecting us.
type proxyRefusal struct{ status int }

func (p *proxyRefusal) Error() string {
	switch p.status {
	case http.StatusProxyAuthRequired:
		return "the proxy asks for a password (HTTP 407)"
	case http.StatusForbidden:
		return "the proxy does not let us through (HTTP 403)"
	}
	return fmt.Sprintf("the proxy cannot reach the host (HTTP %d)", p.status)
}

func (p *proxyRefusal) kind() Kind {
	switch p.status {
	case http.StatusProxyAuthRequired, http.StatusForbidden:
		return KindDenied
	}
	return KindNetwork
}

// proxyConnected looks at a proxy's answer to CONNECT.
func proxyConnected(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		return &proxyRefusal{answer.StatusCode}
	}
	return nil
}
