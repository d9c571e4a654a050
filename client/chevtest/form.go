package chevtest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// form is what PHP makes of a request: the fields of query and body, and the
// file part named source.
type form struct {
	query  map[string]string
	post   map[string]string
	arrays bool // a field that must not be one was sent as name[]
	file   *part
	gone   bool // the body was over post_max_size: nothing of it is there
}

// get looks a parameter up as PHP's $_REQUEST does: body before query.
func (f *form) get(name string) string {
	if value, ok := f.post[name]; ok {
		return value
	}
	return f.query[name]
}

func (f *form) has(name string) bool {
	_, inPost := f.post[name]
	_, inQuery := f.query[name]
	return inPost || inQuery
}

func (f *form) drop() {
	if f.file != nil {
		f.file.content.drop()
	}
}

// part is the file part of a form.
type part struct {
	name    string // file name without directories
	mime    string // Content-Type of the part, empty if it had none
	size    int64
	content *blob  // nil if discarded or over a limit
	head    []byte // first bytes, kept in any case
	tooBig  bool   // over upload_max_filesize
	cut     bool   // the body ended before the part did
}

// headSize is how much of a discarded file is looked at.
const headSize = 64 << 10

// errBodyTooLarge means that the web server refuses the body.
var errBodyTooLarge = errors.New("the body is over the web server's limit")

// maxField bounds a text field. Base64 of a file is one; nothing else comes
// near it.
const maxField = 1 << 30

// readForm reads the body as the web server and PHP do before any code of the
// site runs.
func (x *exchange) readForm() (*form, error) {
	f := &form{query: map[string]string{}, post: map[string]string{}}
	for name, values := range x.r.URL.Query() {
		f.set(f.query, name, values[len(values)-1])
	}
	limits := x.site.Limits
	if limits.WebServer > 0 && x.r.ContentLength > limits.WebServer {
		return f, errBodyTooLarge
	}
	kind, params, err := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
	switch {
	case limits.PHPPost > 0 && x.r.ContentLength > limits.PHPPost:
		f.gone = true
		err = x.drain()
	case x.r.Method != http.MethodPost || err != nil: // PHP reads the form of a POST only
		err = x.drain()
	case kind == "multipart/form-data":
		err = x.readMultipart(f, params["boundary"])
	case kind == "application/x-www-form-urlencoded":
		err = x.readURLEncoded(f)
	default:
		err = x.drain()
	}
	if err != nil {
		return f, err
	}
	// A chunked body shows its size only now.
	if limits.WebServer > 0 && x.body.read > limits.WebServer {
		return f, errBodyTooLarge
	}
	if limits.PHPPost > 0 && x.body.read > limits.PHPPost {
		f.drop()
		f.file, f.post, f.gone = nil, map[string]string{}, true
	}
	return f, nil
}

// set keeps a field; one sent as name[] is an array, over which a real server
// stumbles where it wants a text.
func (f *form) set(in map[string]string, name, value string) {
	if stem, _, isArray := strings.Cut(name, "["); isArray {
		switch stem {
		case "source", "image", "key", "title", "name", "description", "tags", "album_id",
			"category_id", "width", "expiration", "nsfw", "format", "use_file_date":
			f.arrays = true
		}
		return
	}
	in[name] = value
}

func (x *exchange) readURLEncoded(f *form) error {
	data, err := io.ReadAll(io.LimitReader(x.body, maxField))
	if err != nil {
		return err
	}
	values, _ := url.ParseQuery(string(data)) // what can be read counts
	for name, list := range values {
		f.set(f.post, name, list[len(list)-1])
	}
	return x.drain()
}

func (x *exchange) readMultipart(f *form, boundary string) error {
	if boundary == "" {
		return x.drain()
	}
	// The package's own buffer is small; a large one in front saves calls.
	parts := multipart.NewReader(bufio.NewReaderSize(x.body, 128<<10), boundary)
	for {
		p, err := parts.NextRawPart()
		if err == nil {
			err = x.readPart(f, p)
		}
		switch {
		case err == nil:
			continue
		case errors.Is(x.body.err, io.EOF) || errors.Is(err, io.EOF):
			// The body came whole; if the form in it did not end, that is the
			// sender's fault, and PHP keeps what it has.
			return x.drain()
		case x.body.err != nil:
			return x.body.err
		case errors.Is(err, errGone) || errors.Is(err, errNoRoom):
			return err
		default: // not a form: PHP goes on without one
			return x.drain()
		}
	}
}

// errNoRoom means that the host could not write what it was sent.
var errNoRoom = errors.New("no room for the file")

func (x *exchange) readPart(f *form, p *multipart.Part) error {
	name, fileName, isFile := disposition(p.Header.Get("Content-Disposition"))
	if !isFile {
		value, err := io.ReadAll(io.LimitReader(p, maxField))
		if err != nil && len(value) == 0 {
			return err
		}
		f.set(f.post, name, string(value))
		return err
	}
	if name != "source" || fileName == "" {
		f.set(map[string]string{}, name, "") // source[] as a file
		_, err := io.Copy(io.Discard, p)
		return err
	}
	f.drop() // of two parts named source the last counts
	f.file = &part{name: baseName(fileName), mime: p.Header.Get("Content-Type")}
	x.armFor(f.file.name)
	return x.readFile(f.file, &fileBody{x: x, from: p})
}

// readFile takes the content of a file part in.
func (x *exchange) readFile(p *part, from io.Reader) error {
	if limit := x.site.Limits.PHPUpload; limit > 0 {
		from = &limited{from: from, left: limit, over: &p.tooBig}
	}
	head := &firstBytes{}
	var to io.Writer = head
	var w *blobWriter
	if !x.host.cfg.Discard {
		var err error
		if w, err = x.host.store.newBlob(); err != nil {
			return errors.Join(errNoRoom, err)
		}
		to = io.MultiWriter(head, w)
	}
	buf := make([]byte, 64<<10)
	n, err := io.CopyBuffer(writerOnly{to}, from, buf)
	p.size, p.head = n, head.data
	if w != nil {
		p.content = w.done()
	}
	if err != nil {
		p.cut = true
	}
	return err
}

// writerOnly hides the other methods of a writer, so that io.CopyBuffer uses
// the buffer it is given.
type writerOnly struct{ io.Writer }

// firstBytes keeps the first bytes that are written to it.
type firstBytes struct{ data []byte }

func (f *firstBytes) Write(p []byte) (int, error) {
	f.data = append(f.data, p[:min(len(p), headSize-len(f.data))]...)
	return len(p), nil
}

// limited swallows what comes after its limit and says that there was more.
type limited struct {
	from io.Reader
	left int64
	over *bool
}

func (l *limited) Read(p []byte) (int, error) {
	for {
		n, err := l.from.Read(p)
		keep := int(min(int64(n), l.left))
		l.left -= int64(keep)
		if keep < n {
			*l.over = true
		}
		if keep > 0 || err != nil || n == 0 {
			return keep, err
		}
	}
}

// disposition reads a Content-Disposition as PHP does, which knows nothing of
// filename*. A part is a file when it has a file name, be it empty.
func disposition(header string) (name, fileName string, isFile bool) {
	_, rest, _ := strings.Cut(header, ";")
	for rest != "" {
		key, value, found := strings.Cut(rest, "=")
		if !found {
			break
		}
		key = strings.ToLower(strings.TrimSpace(key))
		value, rest = word(strings.TrimLeft(value, " \t"))
		switch key {
		case "name":
			name = value
		case "filename":
			fileName, isFile = value, true
		}
	}
	return name, fileName, isFile
}

// word reads a value, in quotes or not, and returns what follows its ";".
func word(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ";")
		return strings.TrimSpace(value), rest
	}
	var b bytes.Buffer
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			_, rest, _ = strings.Cut(s[i:], ";")
			return b.String(), rest
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}
