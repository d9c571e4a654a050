package chevtest

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	typeJSON  = "application/json; charset=UTF-8"
	typeHTML  = "text/html; charset=UTF-8"
	typeNginx = "text/html"
)

// reply is an answer before it is written.
type reply struct {
	status     int
	kind       string // Content-Type
	location   string
	retryAfter string
	body       string
}

// refusal is an error of the API: a real server answers all of them with
// status 400, whatever the code says.
type refusal struct {
	code    any // number, or text for an error of the database
	message string
}

func (r *refusal) Error() string { return fmt.Sprintf("%s (%v)", r.message, r.code) }

// errReading is the warning of PHP that a real server hands on for a file too
// short to tell what it is, and when the disk is full.
func errReading(file string) *refusal {
	return &refusal{code: 0, message: "getimagesize(): Error reading from " + file + "!"}
}

// refused is the answer to a refused request. With format txt or redirect it
// is the bare message with status 200.
func (x *exchange) refused(why *refusal) *reply {
	message := translate(x.lang, why.message)
	if x.format() != "json" {
		return &reply{status: http.StatusOK, kind: typeHTML, body: message}
	}
	fault := object{{"message", message}, {"code", why.code}}
	if x.site.Generation == V3 {
		fault = append(fault, field{"context", "Exception"})
	}
	return &reply{status: http.StatusBadRequest, kind: typeJSON, body: object{
		{"status_code", 400}, {"error", fault}, {"status_txt", "Bad Request"},
	}.json()}
}

// crash is the page of any fault in the code of the site.
func (x *exchange) crash() *reply {
	return x.page(http.StatusInternalServerError, "Something went wrong",
		"Try again later. If it happens again, tell the administrator of the site the time and the number below.",
		x.now.UTC().Format("2006-01-02T15:04:05-07:00")+" • "+x.incident())
}

func (x *exchange) maintenance() *reply {
	return x.page(http.StatusOK, "Website under maintenance", "The site is being worked on and will be back shortly.")
}

func (x *exchange) incident() string { return randomHex(13) }

// page is a page of the site that is no answer of the API.
func (x *exchange) page(status int, headline string, lines ...string) *reply {
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>%[1]s</title>\n"+
		"<link rel=\"stylesheet\" href=\"%[2]s/content/site.css\">\n</head>\n<body class=\"notice\">\n<main><h1>%[1]s</h1>",
		html.EscapeString(headline), html.EscapeString(x.host.dir))
	for _, line := range lines {
		fmt.Fprintf(&b, "<p>%s</p>", html.EscapeString(line))
	}
	b.WriteString("</main>\n</body>\n</html>\n")
	return &reply{status: status, kind: typeHTML, body: b.String()}
}

// nginxPage is what the web server itself says.
func nginxPage(status int) string {
	title := strconv.Itoa(status) + " " + http.StatusText(status)
	return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
		"</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
}

// write sends an answer. What comes from PHP has no length and so is chunked,
// may not be stored by anybody, and opens a session.
//
// The error is that of a fault which ends the connection in mid-answer.
func (x *exchange) write(a *reply) error {
	head := x.w.Header()
	head.Set("Server", "nginx/1.22.1")
	head.Set("Content-Type", a.kind)
	if a.location != "" {
		head.Set("Location", a.location)
	}
	if a.retryAfter != "" {
		head.Set("Retry-After", a.retryAfter)
	}
	if a.kind != typeNginx {
		if _, err := x.r.Cookie("PHPSESSID"); err != nil { // PHP keeps the session that it is shown
			head.Set("Set-Cookie", "PHPSESSID="+randomHex(26)+"; path=/; HttpOnly")
		}
		head.Set("Cache-Control", "no-store, no-cache, must-revalidate")
		head.Set("Pragma", "no-cache")
		head.Set("Expires", "0")
		head.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
	}
	if a.kind == typeJSON {
		head.Set("Last-Modified", x.now.UTC().Format("Mon, 02 Jan 2006 15:04:05GMT"))
	}
	x.w.WriteHeader(a.status)
	body, cut := a.body, x.fault != nil && x.fault.Kind == CutAnswer
	if cut || x.fault != nil && x.fault.Kind == TruncatedJSON {
		body = body[:len(body)/2]
	}
	_, _ = io.WriteString(x.w, body) // a client that has gone is not our trouble
	if a.kind != typeNginx || cut {
		_ = http.NewResponseController(x.w).Flush() // not every writer can
	}
	if cut {
		return errGone
	}
	return nil
}

// field is one member of a JSON object, object a list of them: the order is
// that of a real answer, which a map would lose.
type field struct {
	key   string
	value any
}

type object []field

// MarshalJSON keeps the order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:", f.key)
		value, err := marshal(f.value)
		if err != nil {
			return nil, err
		}
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// without leaves members out.
func (o object) without(keys ...string) object {
	var rest object
	for _, f := range o {
		if !strings.Contains(" "+strings.Join(keys, " ")+" ", " "+f.key+" ") {
			rest = append(rest, f)
		}
	}
	return rest
}

func marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}

// json writes the object as PHP does: slashes escaped, all in ASCII.
func (o object) json() string {
	plain, err := marshal(o)
	if err != nil {
		panic("chevtest: an answer that is no JSON: " + err.Error()) // only our own values are in it
	}
	var b strings.Builder
	for p := string(plain); p != ""; {
		r, n := utf8.DecodeRuneInString(p)
		p = p[n:]
		switch {
		case r == '/':
			b.WriteString(`\/`)
		case r < utf8.RuneSelf:
			b.WriteByte(byte(r))
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

func randomHex(digits int) string {
	p := make([]byte, (digits+1)/2)
	_, _ = rand.Read(p) // never fails
	return hex.EncodeToString(p)[:digits]
}

// dateText is a date as the API writes it.
func dateText(at time.Time, zone *time.Location) string {
	return at.In(zone).Format(time.DateTime)
}
