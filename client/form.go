package client

import (
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// field is a name and a value of a form.
type field struct{ name, value string }

// fields are the parameters as the API names them; what is not asked for is
// not sent, so that the account's own defaults apply.
func (p Params) fields() []field {
	var list []field
	add := func(name, value string, given bool) {
		if given {
			list = append(list, field{name, value})
		}
	}
	tags := make([]string, len(p.Tags))
	for i, tag := range p.Tags {
		tags[i] = strings.Join(strings.Fields(tag), " ")
	}
	add("title", p.Title, p.Title != "")
	add("description", p.Description, p.Description != "")
	add("tags", strings.Join(tags, ","), len(tags) > 0)
	add("album_id", p.Album, p.Album != "")
	add("category_id", strconv.Itoa(p.Category), p.Category != 0)
	add("width", strconv.Itoa(p.Width), p.Width != 0)
	if iv, err := parseInterval(p.Expiration); err == nil {
		add("expiration", iv.iso, true)
	}
	add("nsfw", "1", p.NSFW)
	add("use_file_date", "1", p.UseFileDate)
	return list
}

// form is a multipart/form-data body (RFC 7578) around a file's content:
// what comes before it and what comes after. Written by hand, because the
// exact length must be known before, and because mime/multipart calls every
// file application/octet-stream.
type form struct {
	boundary string
	head     []byte
	tail     []byte
}

// newForm returns a form of fields and nothing else.
func newForm(fields []field) *form {
	f := &form{boundary: newBoundary()}
	for _, fd := range fields {
		f.begin(fd.name, "", "")
		f.head = append(f.head, fd.value...)
		f.head = append(f.head, "\r\n"...)
	}
	f.tail = []byte("--" + f.boundary + "--\r\n")
	return f
}

// openFile begins the part whose content is to be streamed. With a name it is
// a file, without one the value of a field.
func (f *form) openFile(name, filename, media string) {
	f.begin(name, filename, media)
	f.tail = append([]byte("\r\n"), f.tail...)
}

func (f *form) begin(name, filename, media string) {
	f.head = append(f.head, "--"+f.boundary+"\r\nContent-Disposition: form-data; name=\""+quoted(name)+`"`...)
	if filename != "" {
		f.head = append(f.head, "; filename=\""+quoted(filename)+`"`...)
	}
	if media != "" {
		f.head = append(f.head, "\r\nContent-Type: "+media...)
	}
	f.head = append(f.head, "\r\n\r\n"...)
}

func (f *form) contentType() string { return "multipart/form-data; boundary=" + f.boundary }

func newBoundary() string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return "upshot-" + hex.EncodeToString(b[:])
}

// quoted escapes a value of Content-Disposition the way PHP and Go read it
// back: a backslash before quotes and backslashes, text as UTF-8. (Browsers
// write %22, which PHP keeps as it stands.)
func quoted(s string) string {
	if !strings.ContainsAny(s, "\\\"\r\n") {
		return s // as nearly always; to make a replacer takes longer than all the rest of a form
	}
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "%0D", "\n", "%0A").Replace(s)
}

// fileName makes a name that arrives as it left: PHP cuts it at slashes and
// backslashes and takes a part without a name for no file at all.
func fileName(name, media string) string {
	name = strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	if strings.TrimSpace(name) == "" {
		return "upload" + extensions[media]
	}
	return name
}

// query encodes fields as PHP's rawurlencode does: a real Chevereto answers
// every other spelling with one more redirect.
func query(fields []field) string {
	var b strings.Builder
	for i, fd := range fields {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(fd.name + "=" + strings.ReplaceAll(url.QueryEscape(fd.value), "+", "%20"))
	}
	return b.String()
}
