package chevtest

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// serve answers one request. An error means that the connection is closed
// instead.
func (x *exchange) serve() error {
	x.arm()
	if f := x.fault; f != nil {
		if f.Kind == CutBefore {
			return errGone
		}
		if a := x.faultReply(f); a != nil && (f.Early || x.static()) {
			return x.writeEarly(a)
		}
	}
	if x.static() {
		return x.serveStatic()
	}
	form, err := x.readForm()
	x.form = form
	if form.file != nil {
		x.host.note(x, func(r *Request) { r.FileName = form.file.name })
	}
	switch {
	case errors.Is(err, errBodyTooLarge):
		return x.writeEarly(&reply{status: http.StatusRequestEntityTooLarge, kind: typeNginx, body: nginxPage(http.StatusRequestEntityTooLarge)})
	case errors.Is(err, errNoRoom):
		return x.write(x.refused(errReading("/tmp/chvtemp_" + randomHex(6))))
	case err != nil: // the client is gone, or a fault cut it off: nothing is kept
		return err
	}
	return x.serveRead()
}

// static reports whether the request is for the web server alone, without PHP.
func (x *exchange) static() bool {
	return !strings.HasPrefix(x.path, "/") || strings.HasPrefix(x.path, "/images/") || strings.HasPrefix(x.path, "/content/")
}

// serveRead goes on once the body is there.
func (x *exchange) serveRead() error {
	f := x.fault
	if f != nil && f.Kind == CutAfter {
		return errGone
	}
	if f != nil && !f.keeps() {
		if a := x.faultReply(f); a != nil {
			return x.write(a)
		}
	}
	unlock, err := x.session()
	if err != nil {
		return err
	}
	defer unlock()
	a := x.php()
	if err := x.afterwards(); err != nil {
		return err
	}
	if f != nil && f.Store {
		if instead := x.faultReply(f); instead != nil {
			a = instead
		}
	}
	return x.write(a)
}

// afterwards is what happens between the work and its answer.
func (x *exchange) afterwards() error {
	if f := x.fault; f != nil {
		switch f.Kind {
		case LoseAnswer:
			return errGone
		case StallReply:
			if err := x.stall(f.For); err != nil {
				return err
			}
		}
	}
	if delay := x.host.cfg.AnswerDelay; delay > 0 && isAPI(x.path) {
		return x.sleep(delay)
	}
	return nil
}

// writeEarly answers before the body is read.
func (x *exchange) writeEarly(a *reply) error {
	_ = http.NewResponseController(x.w).EnableFullDuplex() // not every writer can
	x.w.Header().Set("Connection", "close")
	err := x.write(a)
	x.linger()
	return err
}

// session takes the lock of the PHP session that the client has sent back:
// requests of one session run one after the other.
func (x *exchange) session() (unlock func(), err error) {
	cookie, err := x.r.Cookie("PHPSESSID")
	if err != nil {
		return func() {}, nil //nolint:nilerr // no cookie, no lock
	}
	h := x.host
	h.mu.Lock()
	lock, ok := h.sessions[cookie.Value]
	if !ok {
		lock = make(chan struct{}, 1)
		h.sessions[cookie.Value] = lock
	}
	h.mu.Unlock()
	select {
	case lock <- struct{}{}:
		return func() { <-lock }, nil
	case <-x.r.Context().Done():
		return nil, x.r.Context().Err()
	case <-h.quit:
		return nil, errGone
	}
}

// php is the site's code: what stands before every page, then the pages.
func (x *exchange) php() *reply {
	s := x.site
	switch {
	case s.NotInstalled:
		return &reply{status: http.StatusFound, kind: typeHTML, location: x.base + "/install"}
	case s.LockedOut:
		return x.faultReply(&Fault{Kind: LockedOut})
	}
	if to := x.canonical(); to != "" {
		return &reply{status: http.StatusMovedPermanently, kind: typeHTML, location: x.base + to}
	}
	switch {
	case s.Ban != "" && (strings.HasPrefix(s.Ban, "http://") || strings.HasPrefix(s.Ban, "https://")):
		return x.faultReply(&Fault{Kind: Banned, Location: s.Ban})
	case s.Ban != "":
		return x.faultReply(&Fault{Kind: Banned, Text: s.Ban})
	case s.Maintenance:
		return x.maintenance()
	}
	first, rest, _ := strings.Cut(strings.Trim(x.path, "/"), "/")
	switch first {
	case "":
		return x.gallery()
	case "api":
		return x.api(strings.Split(rest, "/"))
	case s.ImageRoute, s.VideoRoute:
		return x.viewer(first, strings.Split(rest, "/"))
	}
	return x.notFound()
}

func (x *exchange) notFound() *reply {
	return x.page(http.StatusNotFound, "That page doesn't exist", "It was deleted, or it was never there.")
}

// canonical returns where a request belongs that is not written as a real
// server wants it, and "" for the others. It wants no trailing slash without
// a query, one with a query, no index.php, no empty parts, and the values of
// the query encoded just so. Its 301 makes most clients lose their body.
func (x *exchange) canonical() string {
	path := x.path
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	if rest, ok := strings.CutPrefix(path, "/index.php"); ok && (rest == "" || rest[0] == '/') {
		path = "/" + strings.TrimPrefix(rest, "/")
	}
	query := canonicalQuery(x.r.URL.RawQuery)
	if path != "/" {
		path = strings.TrimRight(path, "/")
		if query != "" {
			path += "/"
		}
	}
	if path == x.path && query == x.r.URL.RawQuery {
		return ""
	}
	to := (&url.URL{Path: path}).EscapedPath()
	if query != "" {
		to += "?" + query
	}
	return to
}

func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	pairs := strings.Split(raw, "&")
	for i, pair := range pairs {
		name, value, found := strings.Cut(pair, "=")
		if !found {
			continue
		}
		if plain, err := url.QueryUnescape(value); err == nil {
			value = rawURLEncode(plain)
		}
		pairs[i] = name + "=" + value
	}
	return strings.Join(slices.DeleteFunc(pairs, func(p string) bool { return p == "" }), "&")
}
