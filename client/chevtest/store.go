package chevtest

import (
	"bytes"
	"crypto/md5" //nolint:gosec // what the API reports, not for security
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
	"time"
)

// store keeps bytes under slash-separated paths: in memory, or in a directory
// that os.Root locks it into, so that no name can lead out of it. A file
// appears under its path whole or not at all.
type store struct {
	root *os.Root // nil: memory

	mu     sync.Mutex
	memory map[string][]byte
}

// incoming is where files are written before they get their path.
const incoming = ".incoming"

func newStore(dir string) (*store, error) {
	if dir == "" {
		return &store{memory: map[string][]byte{}}, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	if err := root.MkdirAll(incoming, 0o700); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &store{root: root}, nil
}

func (s *store) close() error {
	if s.root == nil {
		return nil
	}
	err := s.root.RemoveAll(incoming)
	return errors.Join(err, s.root.Close())
}

// open returns the bytes under a path.
func (s *store) open(name string) (io.ReadSeekCloser, error) {
	if s.root != nil {
		return s.root.Open(name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.memory[name]
	if !ok {
		return nil, fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
	}
	return struct {
		io.ReadSeeker
		io.Closer
	}{bytes.NewReader(data), io.NopCloser(nil)}, nil
}

func (s *store) remove(name string) {
	if s.root != nil {
		_ = s.root.Remove(name) // a file that is gone already is as well
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.memory, name)
}

// blob is content that has no path yet.
type blob struct {
	store *store
	sums  Sums
	data  []byte   // in memory, or
	file  *os.File // in the store's incoming directory
	name  string
}

// blobWriter takes a blob in and its sums with it.
type blobWriter struct {
	blob *blob
	buf  bytes.Buffer
	md5  hash.Hash
	sha  hash.Hash
	xxh  *xxh64
	to   io.Writer
}

func (s *store) newBlob() (*blobWriter, error) {
	w := &blobWriter{blob: &blob{store: s}, md5: md5.New(), sha: sha256.New(), xxh: newXXH64()} //nolint:gosec // see import
	var content io.Writer = &w.buf
	if s.root != nil {
		w.blob.name = path.Join(incoming, rand.Text())
		file, err := s.root.OpenFile(w.blob.name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		if err != nil {
			return nil, err
		}
		w.blob.file, content = file, file
	}
	w.to = io.MultiWriter(content, w.md5, w.sha, w.xxh)
	return w, nil
}

func (w *blobWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	w.blob.sums.Size += int64(n)
	return n, err
}

// done returns the finished blob.
func (w *blobWriter) done() *blob {
	w.blob.data = w.buf.Bytes()
	w.blob.sums.MD5 = hex.EncodeToString(w.md5.Sum(nil))
	w.blob.sums.SHA256 = hex.EncodeToString(w.sha.Sum(nil))
	w.blob.sums.XXH64 = fmt.Sprintf("%016x", w.xxh.Sum64())
	return w.blob
}

// blobOf makes a blob of bytes.
func (s *store) blobOf(data []byte) (*blob, error) {
	w, err := s.newBlob()
	if err != nil {
		return nil, err
	}
	_, err = w.Write(data)
	b := w.done()
	if err != nil {
		b.drop()
		return nil, err
	}
	return b, nil
}

// ReadAt makes a blob an io.ReaderAt.
func (b *blob) ReadAt(p []byte, off int64) (int, error) {
	if b.file != nil {
		return b.file.ReadAt(p, off)
	}
	return bytes.NewReader(b.data).ReadAt(p, off)
}

func (b *blob) reader() io.Reader { return io.NewSectionReader(b, 0, b.sums.Size) }

// keep gives the blob its path; the blob must not be used afterwards.
func (b *blob) keep(name string) error {
	if b.file == nil {
		b.store.mu.Lock()
		defer b.store.mu.Unlock()
		b.store.memory[name] = b.data
		return nil
	}
	err := errors.Join(b.file.Sync(), b.file.Close())
	b.file = nil
	if err == nil {
		err = b.store.root.MkdirAll(path.Dir(name), 0o700)
	}
	if err == nil {
		err = b.store.root.Rename(b.name, name)
	}
	if err != nil {
		b.store.remove(b.name)
	}
	return err
}

// drop throws the blob away if it was not kept.
func (b *blob) drop() {
	if b != nil && b.file != nil {
		_ = b.file.Close() // it is thrown away
		b.store.remove(b.name)
		b.file = nil
	}
}

// Sums tell one content from another.
type Sums struct {
	Size               int64
	MD5, SHA256, XXH64 string // lower-case hex
}

// reported is the sum that a generation's answers carry.
func (s Sums) reported(g Generation) string {
	if g == V43 {
		return s.XXH64
	}
	return s.MD5
}

// File is a file that the host keeps.
type File struct {
	ID       string // id_encoded
	Title    string
	Name     string // as stored, with extension
	Original string // as sent
	Path     string // of the direct link, "/images/2026/11/23/cat.png"
	MIME     string
	Width    int
	Height   int
	Video    bool
	Approved bool

	Received Sums // what was sent
	Stored   Sums // what is kept; differs if the host has re-encoded it

	Params  map[string]string // the form's fields but for key and source
	Album   string            // the user's album it went to; empty: none
	User    string            // name of the key's owner; empty: the guest key
	Remote  string            // address it came from
	At      time.Time
	Expires time.Time // zero: never
}
