package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
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
	url       bool // it carried an address
	keyInForm bool
	key       Key
	address   *url.URL // of the site
}

// envelope is the outermost object of an answer.
type envelope struct {
	object
	failure object // the "error" object
	message string // of the failure
	code    string
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
	text := strings.TrimSpace(string(a.body))
	if a.status != http.StatusOK || text == "" || strings.HasPrefix(text, "<") {
		return Image{}, a.unreadable(q, errNoObject)
	}
	if link := safeLink(text); link != "" && a.sent == SentWhole {
		return bare("url", link)
	}
	// A moderated upload has no address; what comes instead is PHP's own
	// warning, and the file is stored.
	lower := strings.ToLower(text)
	if (strings.Contains(lower, `undefined array key "url"`) || strings.Contains(lower, "undefined index: url")) && a.sent == SentWhole {
		return bare("url", "")
	}
	return Image{}, a.refused(q, envelope{object: object{}, message: text})
}

// viewerPath is the address of a picture's page below the site's: a route,
// and the picture's id with or without a title. /login, /404 and /install,
// where sites also redirect to, have one part.
var viewerPath = regexp.MustCompile(`^/[^/]+/[^/]+/?$`)

// fromRedirect reads the answer to format=redirect: 302 to the viewer, with a
// relative Location. A site that is not installed sends 302 too, to /install.
func (a *answer) fromRedirect(q asked) (Image, error) {
	to, err := q.address.Parse(a.header.Get("Location"))
	if err != nil || !sameOrigin(to, q.address) || a.header.Get("Location") == "" || a.sent != SentWhole {
		return Image{}, a.redirected(q)
	}
	path := strings.TrimPrefix(to.Path, q.address.Path)
	link := safeLink(to.String())
	if link == "" || to.RawQuery != "" || !viewerPath.MatchString(path) {
		return Image{}, a.redirected(q)
	}
	return bare("url_viewer", link)
}

// bare is the image of an answer that tells one thing only: Raw holds that
// under the name it has in JSON, so that it can be kept and read again.
func bare(name, link string) (Image, error) {
	o := map[string]any{"type": "image", "is_approved": 0}
	if link != "" {
		o[name], o["is_approved"] = link, 1
	}
	raw, err := json.Marshal(o)
	if err != nil {
		return Image{}, invalid("the answer cannot be kept")
	}
	return DecodeImage(raw)
}

// errCut says that a JSON text ended before it was complete.
var errCut = errors.New("the answer is cut short")

// noise bounds how many places of an answer are tried as the beginning of the
// JSON in it.
const noise = 50

// parseEnvelope reads a JSON object. What PHP may print around it (a byte
// order mark, warnings) is passed over.
func parseEnvelope(body []byte) (envelope, error) {
	body = validUTF8(bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))))
	o, err := decodeObject(body)
	if errors.Is(err, errNoObject) {
		o, err = findObject(body)
	}
	if err != nil {
		return envelope{}, err
	}
	env := envelope{object: o}
	if failure, ok := membersOf(o["error"]); ok && len(failure) > 0 {
		env.failure = failure
		env.message = failure.text("message")
		env.code = codeText(failure.text("code"))
	} else if o.has("error") { // a fault of the server itself: a string
		env.message = first(o.text("error"), o.text("status_txt"))
	}
	return env, nil
}

// findObject looks for an answer of the API behind something else. A page may
// hold JSON of its own, so only what says its status_code counts.
func findObject(body []byte) (object, error) {
	const begin = `{"status_code"`
	if json.Valid(body) {
		return nil, errNoObject // a list or a text, with nothing before it
	}
	for range noise {
		at := bytes.IndexByte(body[min(1, len(body)):], '{')
		if at < 0 {
			return nil, errNoObject
		}
		body = body[1+at:]
		if after := bytes.TrimLeft(body[1:], " \t\r\n"); len(after) > 0 && after[0] != '"' {
			continue
		}
		o, err := decodeObject(body)
		switch {
		case err == nil && o.has("status_code"):
			return o, nil
		case errors.Is(err, errCut) && bytes.HasPrefix(body, []byte(begin)):
			return nil, err
		}
	}
	return nil, errNoObject
}

func decodeObject(body []byte) (object, error) {
	if len(body) == 0 || body[0] != '{' {
		return nil, errNoObject
	}
	if json.Valid(body) {
		o, ok := membersOf(body)
		if !ok {
			return nil, errNoObject
		}
		return o, nil
	}
	var o object
	err := json.NewDecoder(bytes.NewReader(body)).Decode(&o)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, errCut
	case err != nil || o == nil:
		return nil, errNoObject
	}
	return o, nil
}

// codeText keeps a code that can be one.
func codeText(code string) string {
	if len(code) > 32 || strings.ContainsFunc(code, func(r rune) bool { return notAlphanumeric(r) && r != '-' && r != '.' }) {
		return ""
	}
	return code
}

// refused makes the error of an answer that says why.
func (a *answer) refused(q asked, env envelope) *Error {
	explained := env.failure != nil || env.message != ""
	r := refusal{
		status: a.status, code: env.code, says: strings.ToLower(env.message),
		source: q.source, keyInForm: q.keyInForm,
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
	if !explained && a.status == http.StatusOK {
		e.Kind, e.Message = KindProtocol, "what answers speaks JSON, but not this API"
	}
	if e.Message == "" {
		e.Message = statusOf(a.status).message
	}
	switch {
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
	case strings.Contains(lower, "<html") || strings.HasPrefix(strings.TrimSpace(lower), "<!doctype"):
		if title := titleOf(page, q.key); title != "" {
			return a.fail(KindProtocol, `the host answered with a web page: "`+title+`"`)
		}
		return a.fail(KindProtocol, "the host answered with a web page")
	case a.banText(page):
		return a.fail(KindDenied, "the host refuses us: "+shorten(clean(page, q.key), 200))
	default:
		return a.fail(KindProtocol, "the host answered with something else: "+shorten(clean(page, q.key), 200))
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
	for _, complaint := range []string{"PHP ", "Fatal error", "Parse error", "Warning", "Notice", "Deprecated"} {
		if strings.HasPrefix(text, complaint) {
			return false
		}
	}
	return true
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
