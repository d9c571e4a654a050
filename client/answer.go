package client

import (
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxAnswer bounds how much of an answer is read. Real ones have 2 to 4 KB;
// EXIF data of the picture comes on top.
const maxAnswer = 4 << 20

// answer is what came back for one request.
type answer struct {
	status   int
	header   http.Header
	body     []byte
	sent     Sent
	finished time.Time // when it had been read
}

// asked says what a request was, as far as reading its answer needs it.
type asked struct {
	format    Format
	source    bool // it carried a file
	video     bool // which is a video
	url       bool // it carried an address
	keyInForm bool
	wasGood   bool // the host has taken the key before, and the file may be too large for it
	key       Key
	address   *url.URL // of the site
}

// image reads an answer to an upload.
func (a *answer) image(q asked) (Image, error) {
	env, err := parseEnvelope(a.body)
	switch {
	case err == nil: // also from a host that does not know the format asked for
	case q.format == FormatRedirect && (a.status == http.StatusFound || a.status == http.StatusSeeOther):
		return a.fromRedirect(q)
	case q.format != FormatJSON && !errors.Is(err, errCut):
		return a.fromText(q)
	default:
		return Image{}, a.unreadable(q, err)
	}
	if a.status != http.StatusOK || env.integer("status_code") != http.StatusOK || len(env.failure) > 0 {
		return Image{}, a.refused(q, env)
	}
	raw := env.object["image"]
	o, ok := membersOf(raw)
	if !ok {
		raw = env.object["data"] // the shape that ImgBB's clients expect
		o, ok = membersOf(raw)
	}
	im := Image{}
	if ok {
		im, err = imageOf(raw, o) // parseEnvelope has made its text valid
	}
	if err != nil || im.ID == "" {
		return Image{}, a.fail(KindProtocol, "the host said OK but told no picture")
	}
	if a.sent != SentWhole {
		return Image{}, a.fail(KindProtocol, "the host said OK before it had the whole file")
	}
	return im, nil
}

// fromText reads the answer to format=txt: the direct address, or the bare
// message of an error, both as text/html with HTTP 200.
func (a *answer) fromText(q asked) (Image, error) {
	text := strings.TrimSpace(strings.TrimPrefix(string(a.body), "\ufeff"))
	if a.status == http.StatusOK && a.sent == SentWhole && !isPage(text) {
		if link := safeLink(lastLine(text)); link != "" && (link == text || complains(text)) {
			return q.bare("url", link)
		}
	}
	spoken := a.status == http.StatusOK || a.status == http.StatusBadRequest && strings.HasPrefix(a.header.Get("Content-Type"), "text/html")
	if !spoken || text == "" || strings.HasPrefix(text, "<") {
		return Image{}, a.unreadable(q, errNoObject)
	}
	// A moderated upload has no address; what comes instead is PHP's own
	// warning, and the file is stored.
	lower := strings.ToLower(text)
	if (strings.Contains(lower, `undefined array key "url"`) || strings.Contains(lower, "undefined index: url")) && a.sent == SentWhole {
		return q.bare("url", "")
	}
	return Image{}, a.refused(q, envelope{object: object{}, message: html.UnescapeString(text)})
}

// lastLine is behind what PHP may print before its answer.
func lastLine(text string) string {
	return strings.TrimSpace(text[strings.LastIndexAny(text, "\r\n")+1:])
}

// isPage reports whether a text is a web page, or a script in place of one.
func isPage(text string) bool {
	lower := strings.ToLower(text)
	return strings.Contains(lower, "<html") || strings.HasPrefix(strings.TrimSpace(lower), "<!doctype") || strings.Contains(lower, "<script")
}

// viewerPath is the address of a picture's page below the site's: a route,
// and the picture's id with or without a title. /login, /404 and /install,
// where sites also redirect to, have one part.
var viewerPath = regexp.MustCompile(`^/[^/]+/([^/]+)/?$`)

// noViewers are where what stands before a site redirects to.
var noViewers = []string{"login", "signin", "sign-in", "signup", "sign-up", "install", "banned", "forbidden", "blocked"}

// fromRedirect reads the answer to format=redirect: 302 to the viewer, with a
// relative Location; of the third generation with an absolute one, whose
// scheme is that of the site's settings. A site that is not installed sends
// 302 too, to /install.
func (a *answer) fromRedirect(q asked) (Image, error) {
	to, err := q.address.Parse(a.header.Get("Location"))
	if err != nil || asciiHost(to.Hostname()) != asciiHost(q.address.Hostname()) || a.header.Get("Location") == "" || a.sent != SentWhole {
		return Image{}, a.redirected(q)
	}
	path := viewerPath.FindStringSubmatch(strings.TrimPrefix(to.Path, q.address.Path))
	link := safeLink(to.String())
	if link == "" || to.RawQuery != "" || path == nil || slices.Contains(noViewers, strings.ToLower(path[1])) {
		return Image{}, a.redirected(q)
	}
	return q.bare("url_viewer", link)
}

// bare is the image of an answer that tells one thing only: Raw holds that
// under the name it has in JSON, and what is known from here, so that it can be
// kept and read again.
func (q asked) bare(name, link string) (Image, error) {
	o := map[string]any{"type": "image", "is_approved": 0}
	if q.video {
		o["type"] = "video"
	}
	if link != "" {
		o[name], o["is_approved"] = link, 1
	}
	raw, err := json.Marshal(o)
	if err != nil {
		return Image{}, invalid("the answer cannot be kept")
	}
	return DecodeImage(raw)
}

// refused makes the error of an answer that says why.
func (a *answer) refused(q asked, env envelope) *Error {
	explained := env.failure != nil || env.message != ""
	status := a.status
	if said := env.integer("status_code"); (status == http.StatusOK || status == http.StatusBadRequest) && said > http.StatusBadRequest && said < 600 {
		status = int(said)
	}
	r := refusal{
		status: status, code: env.code, says: strings.ToLower(env.message),
		source: q.source, keyInForm: q.keyInForm, keyWasGood: q.wasGood,
	}
	e := a.fail(kindOf(r, explained), clean(env.message, q.key))
	e.Code = env.code
	// A site in a sub-directory tells a fault of its own with "error" as a
	// string and "errors" as a list.
	if env.failure == nil && env.has("errors") && e.Kind == KindRejected {
		e.Kind = KindServer
	}
	if e.Message == "" {
		e.Message = clean(env.text("status_txt"), q.key)
	}
	if !explained && status == http.StatusOK {
		e.Kind, e.Message = KindProtocol, "what answers speaks JSON, but not this API"
	}
	if e.Message == "" {
		e.Message = statusOf(status).message
	}
	switch {
	case e.Kind == KindAuth && !q.keyInForm && strings.Contains(r.says, "invalid api v1 key"):
		// The third generation only says so. It does not look at the header.
		e.Message = shorten(e.Message, 200) + " (no key provided in the form, where this host looks for it)"
	case e.Kind == KindThrottled && explained:
		e.Limit, e.Period = floodLimit(env.message)
	case q.url && e.Kind == KindRejected && (env.code == "403" || strings.Contains(r.says, "url uploading is disabled")):
		e.Err = ErrURLSource
	}
	return e
}

// unreadable makes the error of an answer that is no JSON.
func (a *answer) unreadable(q asked, why error) *Error {
	page := string(a.body)
	lower := strings.ToLower(page)
	switch {
	case a.status >= 300 && a.status < 400:
		return a.redirected(q)
	case errors.Is(why, errCut) && !decides(a.status):
		e := a.fail(KindNetwork, "the answer is cut short")
		e.Err = io.ErrUnexpectedEOF
		return e
	case a.status < 200 || a.status > 299:
		row := statusOf(a.status)
		message := row.message
		if title := titleOf(page, q.key); title != "" {
			message += `: "` + title + `"`
		}
		return a.fail(row.kind, message)
	case strings.Contains(lower, "forbidden to use this website"):
		return a.fail(KindDenied, "the host has banned our address")
	case strings.Contains(lower, "under maintenance"):
		return a.fail(KindProtocol, "the site is under maintenance")
	case strings.TrimSpace(page) == "":
		return a.fail(KindProtocol, "the host answered with nothing")
	case isPage(page):
		if title := titleOf(page, q.key); title != "" {
			return a.fail(KindProtocol, `the host answered with a web page: "`+title+`"`)
		}
		return a.fail(KindProtocol, "the host answered with a web page")
	case a.banText(page):
		return a.fail(KindDenied, "the host refuses us: "+shorten(clean(html.UnescapeString(page), q.key), 200))
	default:
		return a.fail(KindProtocol, "the host answered with something else: "+shorten(clean(html.UnescapeString(page), q.key), 200))
	}
}

// banText reports whether a page may be the text for a banned address: a real
// Chevereto sends what its administrator wrote, bare, as HTML with status
// 200. PHP's own complaints look the same but for how they begin.
func (a *answer) banText(page string) bool {
	text := strings.TrimSpace(page)
	if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || len(text) > 1000 || strings.ContainsAny(text, "<{[") {
		return false
	}
	return !complains(text)
}

// complains reports whether a text begins with what PHP itself prints.
func complains(text string) bool {
	text = strings.TrimSpace(blockTag.ReplaceAllString(inlineTag.ReplaceAllString(text, ""), " "))
	for _, complaint := range []string{"PHP ", "Fatal error", "Parse error", "Warning", "Notice", "Deprecated"} {
		if strings.HasPrefix(text, complaint) {
			return true
		}
	}
	return false
}

// redirected makes the error of a redirect: it names where to, and what to
// type instead when the same site only lies at another address.
func (a *answer) redirected(q asked) *Error {
	to, err := q.address.Parse(a.header.Get("Location"))
	if err != nil || a.header.Get("Location") == "" {
		return a.fail(KindProtocol, "the host redirects, but does not say where to")
	}
	to.RawQuery, to.Fragment, to.User = "", "", nil
	if strings.HasSuffix(to.Path, "/install") {
		return a.fail(KindProtocol, "the site is not installed yet")
	}
	if strings.HasSuffix(strings.TrimRight(to.Path, "/"), apiPath) {
		if site, err := ParseAddress(to.String()); err == nil && site != q.address.String() {
			return a.fail(KindProtocol, "the site has moved: its address is "+clean(site, q.key))
		}
	}
	return a.fail(KindProtocol, "the host redirects to "+clean(to.String(), q.key)+", which we do not follow")
}

// fail makes an error that carries what is known of the answer.
func (a *answer) fail(kind Kind, message string) *Error {
	wait := a.header.Get("Retry-After")
	if kind == KindServer && a.status == http.StatusServiceUnavailable && wait != "" {
		kind = KindThrottled // busy, and it says for how long
	}
	e := &Error{Kind: kind, Status: a.status, Message: message, Sent: a.sent, Connected: true}
	if kind == KindThrottled || kind == KindServer {
		e.RetryAfter = retryAfter(wait, a.finished)
	}
	return e
}

// retryAfter reads a Retry-After header: seconds or a date, at most a day.
func retryAfter(value string, now time.Time) time.Duration {
	const most = 24 * time.Hour
	value = strings.TrimSpace(value)
	if n, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(n, uint64(most/time.Second))) * time.Second
	}
	if t, err := http.ParseTime(value); err == nil {
		return min(max(t.Sub(now), 0), most)
	}
	return 0
}
