package chevtest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Numbers of curl's errors, which a real server hands on as codes.
const (
	curlNoHost    = 6
	curlNoConnect = 7
	curlTimeout   = 28
	curlOther     = 56
)

// fetch gets the file at an address, as a real server does: no redirects
// followed, whatever the status, within 120 seconds.
func (x *exchange) fetch(address string) (*part, error) {
	ctx, cancel := context.WithTimeout(x.r.Context(), 120*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, &refusal{code: 3, message: "URL using bad/illegal format or missing URL"}
	}
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(req)
	if err != nil {
		return nil, fetchRefusal(ctx, err)
	}
	defer answer.Body.Close() //nolint:errcheck // read only
	p := &part{}
	limit := int64(1 << 30)
	if x.site.Limits.SiteMB > 0 {
		limit = x.site.Limits.SiteMB*1e6 + 1
	}
	if err := x.readFile(p, io.LimitReader(answer.Body, limit)); err != nil {
		p.content.drop()
		return nil, fetchRefusal(ctx, err)
	}
	stem := ""
	if u, err := url.Parse(address); err == nil {
		stem, _ = splitExt(baseName(u.Path))
	}
	if stem == "" {
		stem = randomHex(12)
	}
	p.nameByContent(stem)
	return p, nil
}

func fetchRefusal(ctx context.Context, err error) error {
	var noHost *net.DNSError
	var noConnect *net.OpError
	switch {
	case ctx.Err() != nil:
		return &refusal{code: curlTimeout, message: "Operation timed out"}
	case errors.As(err, &noHost):
		return &refusal{code: curlNoHost, message: "Could not resolve host: " + noHost.Name}
	case errors.As(err, &noConnect) && noConnect.Op == "dial":
		return &refusal{code: curlNoConnect, message: "Failed to connect to server"}
	}
	return &refusal{code: curlOther, message: "Failure when receiving data from the peer"}
}
