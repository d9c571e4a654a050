package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"sync"
)

// source is an open file as client.Body. Once it was hashed, a small one lies
// in memory: what is sent is what was hashed, and is read and hashed only once.
type source struct {
	*os.File
	size   int64
	data   []byte // all of it, or nil
	sha256 string // of data
}

// smallFile is the size up to which that is so.
const smallFile = 256 << 10

// smallBuffers hold small files, and pieces of larger ones that are hashed.
var smallBuffers = sync.Pool{New: func() any { return new([smallFile]byte) }}

// Size is how much is sent.
func (s *source) Size() int64 { return s.size }

// SHA256 is what the client needs not compute: that of the bytes it reads
// here. Empty: not known.
func (s *source) SHA256() string { return s.sha256 }

// ReadAt reads from memory or from the file.
func (s *source) ReadAt(p []byte, off int64) (int, error) {
	if s.data == nil {
		return s.File.ReadAt(p, off)
	}
	if off >= int64(len(s.data)) {
		return 0, io.EOF
	}
	n := copy(p, s.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// sum returns the SHA-256 of the whole file in hex.
func (s *source) sum() (string, error) {
	if s.data != nil {
		return s.sha256, nil
	}
	buf := smallBuffers.Get().(*[smallFile]byte)
	h := sha256.New()
	for at := int64(0); ; {
		n, err := io.ReadFull(io.NewSectionReader(s.File, at, smallFile), buf[:])
		_, _ = h.Write(buf[:n]) // a hash never fails
		at += int64(n)
		switch err {
		case nil:
			continue
		case io.EOF, io.ErrUnexpectedEOF:
		default:
			smallBuffers.Put(buf)
			return "", fmt.Errorf("hash: %w", err)
		}
		sum := hex.EncodeToString(h.Sum(nil))
		if at == s.size && at < smallFile {
			s.data, s.sha256 = buf[:at], sum
		} else {
			smallBuffers.Put(buf)
		}
		return sum, nil
	}
}

// release gives memory back. Nothing may read any more.
func (s *source) release() {
	if s.data != nil {
		smallBuffers.Put((*[smallFile]byte)(s.data[:smallFile]))
		s.data = nil
	}
}
