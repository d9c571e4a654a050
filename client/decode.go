package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// text returns a string, or a number or boolean as its text.
func (o object) text(name string) string {
	raw := bytes.TrimSpace(o[name])
	if len(raw) == 0 {
		return ""
	}
	switch raw[0] {
	case '"':
		s, _ := unquote(raw)
		return s
	case '{', '[', 'n':
		return ""
	default:
		return string(raw)
	}
}

// words is text that may have come as a list of them.
func (o object) words(name string) string {
	if s := o.text(name); s != "" {
		return s
	}
	var all []string
	for _, raw := range o.list(name) {
		if s := (object{name: raw}).text(name); s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, ", ")
}

// line returns text fit for one line.
func (o object) line(name string) string { return oneLine(o.text(name)) }

// id returns a text or a number that names something; true and false, which
// PHP says where it has none, do not.
func (o object) id(name string) string {
	switch s := o.line(name); s {
	case "true", "false":
		if raw := bytes.TrimSpace(o[name]); len(raw) > 0 && raw[0] != '"' {
			return ""
		}
		return s
	default:
		return s
	}
}

// integer returns a number, also one written as text; 0 for what is none.
func (o object) integer(name string) int64 {
	s := strings.TrimSpace(o.text(name))
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	switch s {
	case "true":
		return 1
	case "false", "":
		return 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1<<53 {
		return 0
	}
	return int64(f)
}

// count returns a number that is not negative and fits an int everywhere.
func (o object) count(name string) int {
	n := o.integer(name)
	if n < 0 || n > math.MaxInt32 {
		return 0
	}
	return int(n)
}

func (o object) child(name string) object {
	c, _ := membersOf(o[name])
	return c
}

func (o object) list(name string) []json.RawMessage {
	var items []json.RawMessage
	if json.Unmarshal(o[name], &items) != nil {
		return nil
	}
	return items
}

func (o object) has(name string) bool {
	raw := bytes.TrimSpace(o[name])
	return len(raw) > 0 && !bytes.Equal(raw, []byte("null"))
}

// link returns an address that is safe to hand on, empty for all else.
func (o object) link(name string) string { return safeLink(strings.TrimSpace(o.text(name))) }

// time returns a moment in UTC as a real Chevereto writes it.
func (o object) time(name string) time.Time {
	s := strings.TrimSpace(o.text(name))
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.DateTime, time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, time.UTC); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// checksum returns the first of the names that holds hexadecimal digits only.
func (o object) checksum(names ...string) string {
	for _, name := range names {
		sum := strings.ToLower(strings.TrimSpace(o.text(name)))
		if sum != "" && len(sum) <= 128 && strings.Trim(sum, "0123456789abcdef") == "" {
			return sum
		}
	}
	return ""
}

// errNoObject says that what was to be decoded is no JSON object.
var errNoObject = errors.New("not a JSON object")

// DecodeImage reads an "image" object of an answer, as Image.Raw keeps it.
// Wrong types (a number as text, null, absent, a list for an object) never
// fail; the error is only for what is not a JSON object. A delete_url in it
// goes to Image.DeleteLink and is not in Image.Raw.
func DecodeImage(raw json.RawMessage) (Image, error) {
	raw = validUTF8(raw)
	o, ok := parseObject(raw)
	if !ok {
		return Image{}, errNoObject
	}
	return imageOf(raw, o)
}

// validUTF8 is a text with what is no UTF-8 replaced.
func validUTF8(raw []byte) []byte {
	if utf8.Valid(raw) {
		return raw
	}
	return bytes.ToValidUTF8(raw, []byte("\uFFFD"))
}

// escapedASCII is a plain letter written as an escape, as nobody does who has
// nothing to hide.
var escapedASCII = regexp.MustCompile(`\\u00[2-7]`)

// mayHaveDeleteLink reports whether a delete_url may be in a JSON text.
func mayHaveDeleteLink(raw []byte) bool {
	const before, after = "delete", "url"
	for at := 0; ; at++ {
		next := bytes.IndexByte(raw[at:], '_')
		if next < 0 {
			return escapedASCII.Match(raw)
		}
		at += next
		if at >= len(before) && len(raw)-at > len(after) &&
			strings.EqualFold(string(raw[at-len(before):at]), before) && strings.EqualFold(string(raw[at+1:at+1+len(after)]), after) {
			return true
		}
	}
}

// withoutDeleteLinks drops every delete_url within a value, also within text
// that is JSON itself, as a real Chevereto sends what it has read of a picture:
// hosts are known to send one at the top only, and what is kept is shown and
// exported. A value without one stays as it was written.
func withoutDeleteLinks(raw json.RawMessage) json.RawMessage {
	nested := len(raw) > 0 && (raw[0] == '{' || raw[0] == '[' || raw[0] == '"')
	if !nested || !mayHaveDeleteLink(raw) {
		return raw
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return json.RawMessage("null")
	}
	if text, ok := v.(string); ok && strippedText(text) == text {
		return raw
	}
	// Also where nothing was found: of two members of the same name only the
	// last is looked at, and the text has both.
	kept, err := json.Marshal(stripped(v))
	if err != nil {
		return json.RawMessage("null")
	}
	return kept
}

// stripped is v without members named delete_url.
func stripped(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if strings.EqualFold(name, "delete_url") {
				delete(v, name)
			} else {
				v[name] = stripped(member)
			}
		}
	case []any:
		for i, member := range v {
			v[i] = stripped(member)
		}
	case string:
		return strippedText(v)
	}
	return v
}

// strippedText is stripped of what a text says, if it is JSON with members.
// What begins so and breaks off goes as a whole: it cannot be looked into.
func strippedText(text string) string {
	inner := strings.TrimSpace(text)
	if inner == "" || !strings.Contains(`{["`, inner[:1]) || !mayHaveDeleteLink([]byte(inner)) {
		return text
	}
	if !json.Valid([]byte(inner)) {
		if inner[0] == '"' { // somebody's words that begin with a quotation
			return text
		}
		return ""
	}
	return string(withoutDeleteLinks(json.RawMessage(inner)))
}

// takeDeleteLink takes the image's own delete link and all others out of an
// object, and returns the first and the text of what is left. A text that is
// written as encoding/json would, but for the order of names, stays so.
func takeDeleteLink(raw json.RawMessage, o object) (DeleteLink, json.RawMessage, error) {
	var link DeleteLink
	for name := range o {
		if !strings.EqualFold(name, "delete_url") {
			o[name] = withoutDeleteLinks(o[name])
			continue
		}
		if address := o.link(name); address != "" {
			link = NewDeleteLink(address)
		}
		delete(o, name)
	}
	if !isTight(raw) {
		text, err := o.marshal()
		return link, text, err
	}
	text := append(make([]byte, 0, len(raw)), '{')
	eachMember(raw, func(quoted, _ []byte) bool {
		name, _ := unquote(quoted)
		value, left := o[name]
		if !left {
			return true
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = append(append(append(text, quoted...), ':'), value...)
		return true
	})
	return link, append(text, '}'), nil
}

// imageOf is DecodeImage of an object whose text is valid, and of which it
// takes the delete_url out.
func imageOf(raw json.RawMessage, o object) (Image, error) {
	var im Image
	var err error
	if im.DeleteLink, im.Raw, err = takeDeleteLink(raw, o); err != nil {
		return Image{}, errNoObject
	}
	im.ID = first(o.id("id_encoded"), o.id("id")) // the shape that ImgBB's clients expect has it there
	im.Title = o.line("title")
	im.Name = first(o.line("original_filename"), o.line("filename"), o.line("name"))
	if im.MIME = o.line("mime"); im.MIME == "" {
		im.MIME = o.child("image").line("mime")
	}
	im.Type = o.line("type")
	if im.Type == "" { // third generation
		im.Type = "image"
		if strings.HasPrefix(im.MIME, "video/") {
			im.Type = "video"
		}
	}
	if im.Size = max(o.integer("size"), 0); im.Size == 0 { // written for people ("2.3 MB")
		im.Size = max(o.child("image").integer("size"), 0)
	}
	im.Width, im.Height = o.count("width"), o.count("height")
	im.URL = o.link("url")
	im.ViewerURL = o.link("url_viewer")
	im.ShortURL = o.link("url_short")
	im.ThumbURL = o.child("thumb").link("url")
	im.MediumURL = o.child("medium").link("url")
	// A moderated answer says is_approved 0 and has no url. Hosts that know
	// no moderation say nothing.
	im.Approved = im.URL != ""
	if said := strings.TrimSpace(o.text("is_approved")); said != "" {
		im.Approved = o.integer("is_approved") != 0
	}
	im.Expires = o.time("expiration_date_gmt")
	im.Checksum = o.checksum("checksum", "md5")                // from 4.3 on; before
	im.SourceSum = o.checksum("source_checksum", "source_md5") // null unless resized
	return im, nil
}

func first(candidates ...string) string {
	for _, s := range candidates {
		if s != "" {
			return s
		}
	}
	return ""
}

// safeLink returns link when it is http or https, of a host, without user,
// control, invisible or white characters; else nothing.
func safeLink(link string) string {
	if link == "" || len(link) > 8192 || !isPlain(link) && strings.ContainsFunc(link, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == '\uFFFD'
	}) {
		return ""
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return ""
	}
	return link
}
