package client

import (
	"context"
	"crypto/md5" // #nosec G501: what hosts before 4.3 report
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
)

// A host reports MD5 (32 digits, before 4.3) or XXH64 (16 digits); nothing
// but the length tells which.
const (
	md5Digits   = 2 * md5.Size
	xxh64Digits = 16
)

// reported remembers which checksums a host was seen to report, so that what
// nobody reports is never computed: MD5 doubles the time of a fast upload.
type reported struct{ md5, xxh64 atomic.Bool }

func (r *reported) learn(sum string) {
	switch len(sum) {
	case md5Digits:
		r.md5.Store(true)
	case xxh64Digits:
		r.xxh64.Store(true)
	}
}

// sums computes SHA-256 and what else is wanted in one pass.
type sums struct {
	known string    // SHA-256 that the body told
	sha   hash.Hash // nil: it did
	md5   hash.Hash
	xxh64 *xxhash.Digest
}

// hashed is a Body that knows the SHA-256 of what it gives, in hex; "" when it
// does not. It must be that of the very bytes: of what lies in memory.
type hashed interface{ SHA256() string }

func newSums(body Body, withMD5, withXXH64 bool) *sums {
	s := &sums{}
	if h, ok := body.(hashed); ok {
		s.known = h.SHA256()
	}
	if s.known == "" {
		s.sha = sha256.New()
	}
	if withMD5 {
		s.md5 = md5.New() // #nosec G401
	}
	if withXXH64 {
		s.xxh64 = xxhash.New()
	}
	return s
}

func (s *sums) write(p []byte) {
	if s.sha != nil {
		_, _ = s.sha.Write(p) // a hash never fails
	}
	if s.md5 != nil {
		_, _ = s.md5.Write(p)
	}
	if s.xxh64 != nil {
		_, _ = s.xxh64.Write(p)
	}
}

func (s *sums) sha256Hex() string {
	if s.sha == nil {
		return s.known
	}
	return hex.EncodeToString(s.sha.Sum(nil))
}

// md5Hex and xxh64Hex are empty when not computed.
func (s *sums) md5Hex() string {
	if s.md5 == nil {
		return ""
	}
	return hex.EncodeToString(s.md5.Sum(nil))
}

func (s *sums) xxh64Hex() string {
	if s.xxh64 == nil {
		return ""
	}
	return fmt.Sprintf("%016x", s.xxh64.Sum64())
}

// has reports whether the algorithm of sum was computed, or is none of ours.
func (s *sums) has(sum string) bool {
	switch len(sum) {
	case md5Digits:
		return s.md5 != nil
	case xxh64Digits:
		return s.xxh64 != nil
	}
	return true
}

// besides is the size from which a file is hashed beside the sending; below
// it is not worth a goroutine.
const besides = 4 << 20

// besidesChunk is how much of such a file is read at once: with 96 KB a
// transfer of 1 GB on two cores took a fifth longer, from handing over.
const besidesChunk = 384 << 10

// hashing computes sums in a goroutine that ends with finish, so that a fast
// connection does not wait for it: SHA-256 takes 0.6 s for 1 GB.
type hashing struct {
	work, free chan []byte
	done       chan struct{}
}

func startHashing(s *sums) *hashing {
	const ahead = 3
	h := &hashing{work: make(chan []byte, ahead), free: make(chan []byte, ahead), done: make(chan struct{})}
	for range ahead {
		h.free <- make([]byte, besidesChunk)
	}
	go func() {
		defer close(h.done)
		for b := range h.work {
			s.write(b)
			h.free <- b[:besidesChunk]
		}
	}()
	return h
}

// finish waits until all has been hashed.
func (h *hashing) finish() {
	close(h.work)
	<-h.done
}

// again reads the body a second time for the checksum that the first answer
// of a host turned out to report. It returns nil when that cannot be done or
// when the bytes are no longer those that were sent.
func (s *sums) again(ctx context.Context, body Body, size int64, sum string) *sums {
	t := newSums(nil, len(sum) == md5Digits, len(sum) == xxh64Digits)
	buf := make([]byte, 128<<10)
	r := io.NewSectionReader(body, 0, size)
	for ctx.Err() == nil {
		n, err := r.Read(buf)
		t.write(buf[:n])
		switch {
		case err == io.EOF && t.sha256Hex() == s.sha256Hex():
			return t
		case err != nil:
			return nil
		}
	}
	return nil
}

// compare says whether what the host stored is what was sent. SourceSum does
// not matter: where it is set the host resized the file. Neither is a
// checksum proof against another size: with a watermark a real Chevereto
// goes on reporting the checksum of the source.
func (s *sums) compare(im Image, sent int64) Verified {
	var ours string
	switch len(im.Checksum) {
	case md5Digits:
		ours = s.md5Hex()
	case xxh64Digits:
		ours = s.xxh64Hex()
	}
	switch {
	case ours == "":
		return VerifiedUnknown
	case ours != im.Checksum, im.Size > 0 && im.Size != sent:
		return VerifiedChanged
	}
	return VerifiedIdentical
}
