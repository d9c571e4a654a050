package client

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
)

// Delete uses a delete link once. The link must be of the client's own
// origin. nil means the host said it is deleted; an error that wraps
// fs.ErrNotExist that it was gone already or the link is wrong.
func (c *Client) Delete(ctx context.Context, link DeleteLink) error {
	to, err := url.Parse(safeLink(link.Reveal()))
	if err != nil || to.Host == "" {
		return invalid("that is no delete link")
	}
	if !sameOrigin(to, c.site) {
		return invalid("the delete link is of another address than this account")
	}
	to.Fragment, to.RawFragment = "", ""
	a, failure := c.exchange(ctx, request{method: http.MethodGet, to: to, header: c.header()}) // without the key: the link is enough
	if failure != nil {
		return withoutLink(failure, link)
	}
	switch {
	case a.status == http.StatusMovedPermanently, a.status == http.StatusFound, a.status == http.StatusSeeOther:
		if saysDeleted(a.header.Get("Location")) {
			return nil
		}
		return a.fail(KindProtocol, "the host redirects instead of deleting")
	case a.status == http.StatusNotFound, a.status == http.StatusGone:
		e := a.fail(KindRejected, "the file is gone already, or the delete link is wrong")
		e.Err = fmt.Errorf("delete: %w", fs.ErrNotExist)
		return e
	case a.status == http.StatusOK:
		return a.fail(KindProtocol, "the host did not say that it deleted the file")
	}
	return withoutLink(a.unreadable(asked{address: c.site, key: c.cfg.Key}, errNoObject), link)
}

// saysDeleted reports whether a redirect is the one that follows a deletion,
// to "<viewer>?deleted". One that leads to a delete link again (to https, to
// another name of the site) is not.
func saysDeleted(location string) bool {
	to, err := url.Parse(location)
	if err != nil || location == "" || strings.Contains(to.Path, "/delete/") {
		return false
	}
	return to.Query().Has("deleted") || strings.Contains(location, "deleted")
}

// withoutLink makes sure that a host or proxy which repeats the address in its
// own words does not bring the secret into an error.
func withoutLink(e *Error, link DeleteLink) *Error {
	u, err := url.Parse(link.Reveal())
	if err != nil {
		return e
	}
	secret := strings.Trim(u.EscapedPath(), "/")
	if at := strings.LastIndex(secret, "/"); at >= 0 {
		secret = secret[at+1:]
	}
	if secret == "" {
		return e
	}
	hide := func(s string) string { return strings.ReplaceAll(s, secret, redacted) }
	e.Message = hide(e.Message)
	if e.Err != nil {
		e.Err = cause{e.Err, hide(e.Err.Error())}
	}
	return e
}
