package client

import (
	"encoding/json"
	"time"
)

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
// Their texts are single lines without control characters; the addresses are
// http or https, or empty.
type Image struct {
	Raw        json.RawMessage // the "image" object without delete_url
	ID         string          // id_encoded
	Type       string          // "image" or "video"
	Title      string          // as the host keeps it
	Name       string          // original_filename
	MIME       string
	Size       int64 // bytes as stored; may differ from what was sent
	Width      int   // pixels as stored; of a video too
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
