package client

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// Config says which host and key a [Client] speaks for.
type Config struct {
	// Address is the site's address as ParseAddress returns it:
	// scheme, host, optional port and sub-directory, no trailing slash.
	Address string
	Key     Key
	// AllowHTTP permits plain http to hosts that are not loopback.
	AllowHTTP bool
	// KeyInForm sends the key as form field "key" as V3 hosts want it,
	// instead of the header X-API-Key.
	KeyInForm bool
	// Stall ends a request when no byte moved for so long. 0 means 60 s.
	// AnswerWait bounds the wait for the answer once the whole body is out
	// (a large video is processed by the host meanwhile); 0 means 10 min.
	Stall, AnswerWait time.Duration
	// Transport is for tests; nil means one of our own, made by New, with
	// HTTP/1.1, proxy from the environment, no cookies.
	Transport http.RoundTripper
	UserAgent string // empty means "upshot"
}

// Body is a file's content that can be sent again: every attempt reads
// Size bytes from offset 0.
type Body interface {
	io.ReaderAt
	Size() int64
}

// Upload is one file and what the host shall do with it.
type Upload struct {
	Name   string // file name shown to the host; any script
	Body   Body
	Params Params
	// Progress, if set, is told how many bytes of the file have left so
	// far. It is called from the sending goroutine, often; it must not block.
	Progress func(sent int64)
}

// Verified says whether what the host stored is what was sent.
type Verified string

// What a comparison of checksums showed.
const (
	VerifiedIdentical Verified = "identical" // the host reports the checksum of what was sent
	VerifiedChanged   Verified = "changed"   // another checksum: re-encoded, resized (Chevereto does so to JPEG with orientation, and BMP)
	VerifiedUnknown   Verified = "unknown"   // no checksum that we know
)

// Image is the host's answer about a stored file. Raw keeps every field,
// also those we do not know; the typed fields are those that Upshot uses.
type Image struct {
	Raw        json.RawMessage // the "image" object without delete_url
	ID         string          // id_encoded
	Type       string          // "image" or "video"
	Title      string
	Name       string // original_filename
	MIME       string
	Size       int64 // bytes as stored; may differ from what was sent
	Width      int
	Height     int
	URL        string // direct link; empty while moderated
	ViewerURL  string
	ShortURL   string
	ThumbURL   string
	MediumURL  string
	Approved   bool
	Expires    time.Time  // zero: never
	Checksum   string     // lower-case hex, MD5 (32 digits) or XXH64 (16), as the host reports it
	SourceSum  string     // the same of the file as received, when the host resized it
	DeleteLink DeleteLink `json:"-"`
}

// DecodeImage reads an "image" object of an answer, as Image.Raw keeps it.
// Wrong types (a number as text, null, absent, a list for an object) never
// fail; the error is only for what is not a JSON object.
func DecodeImage(raw json.RawMessage) (Image, error) {
	panic("not written yet")
}

// Result is a successful upload.
type Result struct {
	Image    Image
	Size     int64  // bytes sent
	SHA256   string // lower-case hex of the bytes sent
	MD5      string // lower-case hex, empty when this host does not report MD5
	Verified Verified
	// Warnings are sentences for a person, such as an expiration that the
	// host did not take over.
	Warnings []string
}

// Client speaks to one host with one key. It is safe for concurrent use.
type Client struct {
	cfg Config
}

// New checks cfg and returns a Client. It does not touch the network.
func New(cfg Config) (*Client, error) {
	panic("not written yet")
}

// Upload sends one file. It returns a Result only when the host answered
// with HTTP 200, JSON, status_code 200 and an image with an id; every failure
// is an [*Error]. It never retries.
func (c *Client) Upload(ctx context.Context, u Upload) (*Result, error) {
	panic("not written yet")
}

// Check tests address and key without uploading anything: it posts the key
// without a source. A host that speaks this API answers code 130 ("empty
// source") when the key is good. nil means both are good; an [*Error] of
// KindAuth a wrong key, KindDenied that uploads are off, KindProtocol that
// this is no Chevereto host.
func (c *Client) Check(ctx context.Context) error {
	panic("not written yet")
}

// Delete uses a delete link once. The link must be of the client's own
// origin. nil means the host said it is deleted; an error that wraps
// fs.ErrNotExist that it was gone already or the link is wrong.
func (c *Client) Delete(ctx context.Context, link DeleteLink) error {
	panic("not written yet")
}
