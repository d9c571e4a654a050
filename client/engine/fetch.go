package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"syscall"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// What may be fetched from an address.
const (
	fetchMost      = 512 << 20 // bytes
	fetchTime      = 5 * time.Minute
	fetchRedirects = 5
)

// fetched is a picture or video from a URL, in our spool.
type fetched struct{ path, name string }

// fetch gets a picture or a video from a URL into the spool. The address is
// checked after the name is resolved, for every connection and so on every
// redirect: what can only be reached from this computer or its network is not
// for the world.
func (e *Engine) fetch(ctx context.Context, link string) (fetched, error) {
	ctx, stop := context.WithTimeout(ctx, fetchTime)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil || req.URL.Host == "" || req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return fetched{}, &client.Error{Kind: client.KindInvalid, Message: "that is not an http or https address", Err: err}
	}
	req.Header.Set("User-Agent", "upshot/"+e.cfg.Version)
	req.Header.Set("Accept", "image/*, video/*")
	transport := &http.Transport{
		Proxy:                 nil, // a proxy would resolve the name where we cannot check it
		DialContext:           (&net.Dialer{Timeout: 20 * time.Second, Control: e.checkAddress}).DialContext,
		TLSHandshakeTimeout:   20 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second,
		DisableKeepAlives:     true,
	}
	defer transport.CloseIdleConnections()
	hc := http.Client{Transport: transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) >= fetchRedirects || r.URL.Scheme != "http" && r.URL.Scheme != "https" {
			return errors.New("redirected too often or to something else")
		}
		return nil
	}}
	resp, err := hc.Do(req)
	if err != nil {
		return fetched{}, fetchFault(client.KindNetwork, "the address could not be fetched", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		kind := client.KindRejected
		if resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests {
			kind = client.KindServer
		}
		return fetched{}, fetchFault(kind, fmt.Sprintf("the address answered %s", resp.Status), nil)
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if !strings.HasPrefix(kind, "image/") && !strings.HasPrefix(kind, "video/") {
		return fetched{}, fetchError("at that address is neither a picture nor a video", nil)
	}
	got := fetched{name: nameOf(resp.Request.URL, kind)}
	got.path, err = e.spool(got.name, func(w io.Writer) error {
		n, err := io.Copy(w, io.LimitReader(resp.Body, fetchMost+1))
		switch {
		case err != nil:
			return err
		case n > fetchMost:
			return errLarge
		case resp.ContentLength >= 0 && n != resp.ContentLength:
			return io.ErrUnexpectedEOF
		}
		return nil
	})
	if err != nil {
		kind := client.KindNetwork
		if errors.Is(err, errLarge) {
			kind = client.KindTooLarge
		}
		return fetched{}, fetchFault(kind, "what is at that address could not be fetched whole", err)
	}
	return got, nil
}

// errLarge says that there is more than we fetch.
var errLarge = errors.New("larger than 512 MB")

// fetchError is of what can never be uploaded.
func fetchError(message string, err error) error {
	return fetchFault(client.KindRejected, message, err)
}

// fetchFault makes the error of a fetch; the other side is not our host, so
// that no gate follows from it.
func fetchFault(kind client.Kind, message string, err error) error {
	if errors.Is(err, errPrivate) {
		kind, message = client.KindRejected, errPrivate.Error()
	}
	return &client.Error{Kind: kind, Code: job.CodeFetch, Message: message, Connected: true, Err: err}
}

var errPrivate = errors.New("that address lies in a private network; save the file and upload it instead")

// checkAddress is asked for every connection, after the name was resolved.
func (e *Engine) checkAddress(_, address string, _ syscall.RawConn) error {
	host, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, err)
	}
	allowed := e.cfg.FetchAllowed
	if allowed == nil {
		allowed = public
	}
	if !allowed(host.Addr().Unmap()) {
		return errPrivate
	}
	return nil
}

// closed are ranges that are not the public internet beyond those that
// netip knows by name: "this network", carrier NAT, protocol assignments,
// benchmarks, reserved, NAT64, 6to4, documentation.
var closed = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001:db8::/32", "2001::/32", "fec0::/10", "::/96")

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		list[i] = netip.MustParsePrefix(t)
	}
	return list
}

// public reports whether an address belongs to the public internet.
func public(a netip.Addr) bool {
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range closed {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// nameOf is a file name for what came from u.
func nameOf(u *url.URL, kind string) string {
	name := path.Base(u.Path)
	if name == "." || name == "/" {
		name = u.Hostname()
	}
	if path.Ext(name) == "" {
		if exts, _ := mime.ExtensionsByType(kind); len(exts) > 0 {
			name += exts[0]
		}
	}
	if len(name) > 200 {
		name = name[len(name)-200:]
	}
	return strings.ToValidUTF8(name, "_")
}
