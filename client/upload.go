package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// Body is a file's content that can be sent again: every attempt reads
// Size bytes from offset 0. One that lies in memory and has a method
// SHA256() string which knows its hash, in hex, is not hashed once more.
type Body interface {
	io.ReaderAt
	Size() int64
}

// Encoding says how a file travels.
type Encoding string

// The encodings of a file.
const (
	AsFile   Encoding = ""       // as the file part of the form
	AsBase64 Encoding = "base64" // as text; a real Chevereto makes up a file name then
)

// Format is what the host is asked to answer with.
type Format string

// The formats of an answer. Text and redirect tell a single address: the
// Image has nothing but URL or ViewerURL, and no delete link.
const (
	FormatJSON     Format = ""
	FormatText     Format = "txt"
	FormatRedirect Format = "redirect"
)

// Upload is one file and what the host shall do with it.
type Upload struct {
	Name   string // file name shown to the host; any script
	Body   Body
	Params Params
	// Progress, if set, is told how many bytes of the file have left so
	// far. It is called from the sending goroutine, often; it must not block.
	// When it is told Body.Size() the file is out, and what follows is the
	// wait for the answer: nothing more is told, for up to Config.AnswerWait.
	// It is not called any more once Upload has returned.
	Progress func(sent int64)

	// Pace, if set, is asked before each piece of at most 16 KB leaves; it
	// blocks until n bytes may, or ctx ends. It is how a bandwidth limit is
	// kept; a wait there is no stall as long as it is shorter than
	// Config.Stall.
	Pace func(ctx context.Context, n int) error
	// Paced, if set, says whether there is a limit at the moment: while there
	// is none Pace is not asked, and more leaves at once.
	Paced func() bool

	// Encoding and Format are for those who ask for them by name.
	Encoding Encoding
	Format   Format
	// URL, if set, is sent instead of a Body: the host fetches it. Real hosts
	// allow that to administrators only and say ErrURLSource to all others.
	URL string
	// Get sends URL by GET. Not with Config.KeyInForm: the key would stand in
	// the address.
	Get bool
}

// Upload sends one file. It returns a Result only when the host answered
// with HTTP 200, JSON, status_code 200 and an image with an id (or, where
// u.Format asks for that, with an address as text or as a redirect to one at
// the same host); every failure is an [*Error]. It never retries. When it
// returns, u.Body is not read any more.
//
// The checksum that a host reports is known from its first answer on; after
// that first one the file is read once more to compare.
func (c *Client) Upload(ctx context.Context, u Upload) (*Result, error) {
	if err := c.noKey(); err != nil {
		return nil, err
	}
	if err := u.Params.Validate(); err != nil {
		return nil, err
	}
	switch u.Format {
	case FormatJSON, FormatText, FormatRedirect:
	default:
		return nil, invalid("an answer is asked for as json, txt or redirect")
	}
	if u.URL != "" {
		return c.uploadURL(ctx, u)
	}
	return c.uploadBody(ctx, u)
}

// leastLimit is the smallest limit that PHP sets by itself (upload_max_filesize,
// 2 MB; post_max_size is 8 MB), in bytes: a smaller file gets through.
const leastLimit = 2 << 20

func (c *Client) uploadBody(ctx context.Context, u Upload) (*Result, error) {
	if u.Body == nil {
		return nil, invalid("there is nothing to upload")
	}
	if u.Get {
		return nil, invalid("a file cannot be sent by GET")
	}
	if err := validateName(u.Name); err != nil {
		return nil, err
	}
	size := u.Body.Size()
	head := make([]byte, min(max(size, 0), sniffLength))
	if n, err := readFull(u.Body, head, 0); n < len(head) {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, &Error{Kind: KindLocalFile, Message: localMessage(err), Err: err}
	}
	if size <= 0 {
		return nil, &Error{Kind: KindRejected, Message: "the file is empty"} // as every host says, without asking it
	}
	media := sniff(head)
	if err := checkWidth(u, media); err != nil {
		return nil, err
	}

	f := newForm(c.fields(u))
	switch u.Encoding {
	case AsFile:
		f.openFile("source", fileName(u.Name, media), media)
	case AsBase64:
		f.openFile("source", "", "")
	default:
		return nil, invalid("a file is sent as file or as base64")
	}
	out := newOutgoing(f, u.Body, size, u.Encoding == AsBase64)
	out.progress = u.Progress
	out.sums = newSums(u.Body, c.reports.md5.Load(), c.reports.xxh64.Load())
	header := c.withKey(c.header())
	header.Set("Content-Type", f.contentType())

	a, failure := c.exchange(ctx, request{method: http.MethodPost, to: c.endpoint(""), header: header, out: out, long: true, pace: u.Pace, paced: u.Paced})
	if failure != nil {
		return nil, failure
	}
	q := c.asked(u)
	q.source, q.video = true, strings.HasPrefix(media, "video/")
	q.wasGood = size >= leastLimit && c.keyIsGood.Load()
	im, err := a.image(q)
	if err != nil {
		return nil, c.sure(ctx, q, err)
	}
	c.keyIsGood.Store(true)
	r := &Result{Image: im, Size: size, SHA256: out.sums.sha256Hex()}
	c.verify(ctx, r, out.sums, u.Body)
	r.Warnings = warnings(u, im, a.finished)
	return r, nil
}

// verify compares checksums and learns which one this host reports.
func (c *Client) verify(ctx context.Context, r *Result, s *sums, body Body) {
	sum := r.Image.Checksum
	c.reports.learn(sum)
	if !s.has(sum) {
		if again := s.again(ctx, body, r.Size, sum); again != nil {
			s = again
		}
	}
	r.MD5 = s.md5Hex()
	r.Verified = s.compare(r.Image, r.Size)
}

// uploadURL lets the host fetch an address itself.
func (c *Client) uploadURL(ctx context.Context, u Upload) (*Result, error) {
	switch {
	case u.Body != nil:
		return nil, invalid("there are both a file and an address to upload")
	case u.Encoding != AsFile:
		return nil, invalid("an address is sent as it is")
	case safeLink(u.URL) == "":
		return nil, invalid("what is to be fetched must be an http or https address")
	case u.Get && c.cfg.KeyInForm:
		return nil, invalid("a GET would put the key into the address")
	}
	fields := append(c.fields(u), field{"source", u.URL})
	header := c.withKey(c.header())
	method, to := http.MethodPost, c.endpoint("")
	var out *outgoing
	if u.Get {
		// With a query the slash must be there; without one it must not.
		method, to = http.MethodGet, c.endpoint("/")
		to.RawQuery = query(fields)
	} else {
		f := newForm(fields)
		header.Set("Content-Type", f.contentType())
		out = newOutgoing(f, nil, 0, false)
	}
	a, failure := c.exchange(ctx, request{method: method, to: to, header: header, out: out, long: true})
	if failure != nil {
		return nil, failure
	}
	q := c.asked(u)
	q.url = true
	im, err := a.image(q)
	if err != nil {
		return nil, err
	}
	return &Result{Image: im, Verified: VerifiedUnknown, Warnings: warnings(u, im, a.finished)}, nil
}

// fields are the form without the file.
func (c *Client) fields(u Upload) []field {
	var list []field
	if c.cfg.KeyInForm {
		list = append(list, field{"key", c.cfg.Key.Reveal()})
	}
	list = append(list, u.Params.fields()...)
	if u.Format != FormatJSON {
		list = append(list, field{"format", string(u.Format)})
	}
	return list
}

func (c *Client) asked(u Upload) asked {
	return asked{format: u.Format, keyInForm: c.cfg.KeyInForm, key: c.cfg.Key, address: c.site}
}

// created is when the host says it stored the file, by its own clock.
func created(o object, otherwise time.Time) time.Time {
	if t := o.time("date_gmt"); !t.IsZero() {
		return t
	}
	return otherwise
}

// sure asks the host about the key where its answer may mean that, or a file
// that is too large.
func (c *Client) sure(ctx context.Context, q asked, err error) error {
	var e, said *Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Kind == KindTooLarge && q.wasGood && q.keyInForm {
		if errors.As(c.Check(ctx), &said) && said.Kind == KindAuth {
			e = said
		}
	}
	if e.Kind == KindAuth {
		c.keyIsGood.Store(false)
	}
	return e
}
