package client

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"sync"
)

// errStopped is what the transport gets when it reads on after the request
// has ended.
var errStopped = errors.New("the request has ended")

// chunk is how much of a file is read at once; a multiple of 3 and of the
// transport's 32 KB once encoded.
const chunk = 96 << 10

// pacedPiece is how much leaves at once where Upload.Pace is asked: small
// enough for the host and the network not to notice the pauses.
const pacedPiece = 16 << 10

// outgoing is the body of a request: the head of the form, the file's content
// read from offset 0, the tail. The transport reads it in a goroutine of its
// own and may still do so when RoundTrip has returned; stop ends that.
type outgoing struct {
	mu       sync.Mutex
	head     []byte
	body     Body // nil: a form without file
	size     int64
	encoded  bool // as base64
	tail     []byte
	sums     *sums
	hashing  *hashing // of a large file, beside the sending
	progress func(int64)
	pace     func(n int) error // blocks until so many bytes may leave; nil: at once
	paced    func() bool       // whether pace is to be asked now; nil: always
	moved    func()            // called before every read: what was read last has left
	whole    func()            // called once when all has been read
	length   int64             // of all
	read     int64             // of all
	offset   int64             // of the file
	buf      []byte            // read ahead from the file
	space    []byte            // that buf lies in
	raw      []byte            // that is encoded into space
	reported int64             // to progress
	given    int64             // bytes of the file as it is in what was read
	failure  error             // reading the file failed
	stopped  bool
}

// newOutgoing returns a body. f is used up by it.
func newOutgoing(f *form, body Body, size int64, encoded bool) *outgoing {
	o := &outgoing{head: f.head, tail: f.tail, body: body, size: size, encoded: encoded, reported: -1}
	content := size
	if encoded {
		content = (size + 2) / 3 * 4
	}
	o.length = int64(len(o.head)) + content + int64(len(o.tail))
	return o
}

// Read is called by the transport.
func (o *outgoing) Read(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.stopped:
		return 0, errStopped
	case o.failure != nil:
		return 0, o.failure
	}
	o.tell()
	if o.read == o.length {
		return 0, io.EOF
	}
	if o.isPaced() {
		p = p[:min(len(p), pacedPiece)]
		if err := o.pace(len(p)); err != nil {
			return 0, err
		}
		o.moved() // to wait for one's turn is not to stall
	}
	n := 0
	for n < len(p) && o.read < o.length {
		m, err := o.next(p[n:])
		n += m
		o.read += int64(m)
		if err != nil {
			o.failure = err
			break
		}
	}
	if o.read == o.length && o.whole != nil {
		o.whole()
	}
	if n == 0 {
		return 0, o.failure
	}
	return n, nil
}

func (o *outgoing) isPaced() bool { return o.pace != nil && (o.paced == nil || o.paced()) }

// piece is Read without a copy, of a large file that leaves at full speed: at
// most so many bytes, which lie where they are until it or Read is called
// again. It is nil for all else, which Read knows of.
func (o *outgoing) piece(most int64) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stopped || o.failure != nil || o.hashing == nil || o.isPaced() {
		return nil
	}
	o.tell()
	if len(o.buf) == 0 && o.offset < o.size {
		if o.failure = o.fill(); o.failure != nil {
			return nil
		}
	}
	if len(o.buf) == 0 || most <= 0 {
		return nil
	}
	p := o.buf[:min(int64(len(o.buf)), most)]
	o.take(len(p))
	o.read += int64(len(p))
	return p
}

// tell reports what had been read before: it has left by now.
func (o *outgoing) tell() {
	if o.moved != nil && o.read < o.length {
		o.moved()
	}
	if o.progress != nil && o.body != nil && o.given != o.reported {
		o.reported = o.given
		o.progress(o.given)
	}
}

// next copies from whichever part is at hand.
func (o *outgoing) next(p []byte) (int, error) {
	if len(o.head) > 0 {
		n := copy(p, o.head)
		o.head = o.head[n:]
		return n, nil
	}
	if o.body != nil && len(o.buf) == 0 && o.offset < o.size {
		if err := o.fill(); err != nil {
			return 0, err
		}
	}
	if len(o.buf) > 0 {
		n := copy(p, o.buf)
		o.take(n)
		return n, nil
	}
	n := copy(p, o.tail)
	o.tail = o.tail[n:]
	return n, nil
}

// take takes what was read off what is read ahead.
func (o *outgoing) take(n int) {
	o.buf = o.buf[n:]
	o.given = o.offset
	if left := int64(len(o.buf)); left > 0 {
		if o.encoded {
			left = (left + 3) / 4 * 3
		}
		o.given = max(o.offset-left, 0)
	}
}

// fill reads the next chunk of the file and hashes it.
func (o *outgoing) fill() error {
	raw := o.chunk()
	want := raw[:min(int64(len(raw)), o.size-o.offset)]
	n, err := readFull(o.body, want, o.offset)
	if n < len(want) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("read the file at %d of %d bytes: %w", o.offset+int64(n), o.size, err)
	}
	switch {
	case o.hashing != nil:
		o.hashing.work <- want
	case o.sums != nil:
		o.sums.write(want)
	}
	o.offset += int64(n)
	o.buf = want
	if o.encoded {
		if o.space == nil {
			o.space = make([]byte, base64.StdEncoding.EncodedLen(len(raw)))
		}
		o.buf = o.space[:base64.StdEncoding.EncodedLen(len(want))]
		base64.StdEncoding.Encode(o.buf, want)
	}
	return nil
}

// chunk returns memory that is neither being sent nor being hashed: what is
// in buf has been sent when it is called.
func (o *outgoing) chunk() []byte {
	if o.hashing == nil && o.sums != nil && o.size > besides {
		o.hashing = startHashing(o.sums)
	}
	if o.hashing != nil {
		return <-o.hashing.free
	}
	if o.raw == nil {
		o.raw = (*takeBuffer())[:min(chunk, o.size)]
	}
	return o.raw
}

// buffers keeps memory that uploads read and send through: thousands of small
// files one after the other need that of a few.
var buffers = sync.Pool{New: func() any { b := make([]byte, sendBuffer); return &b }}

// takeBuffer returns sendBuffer bytes.
func takeBuffer() *[]byte { return buffers.Get().(*[]byte) }

// giveBuffer takes back what takeBuffer returned, or its beginning.
func giveBuffer(b *[]byte) {
	whole := (*b)[:sendBuffer]
	buffers.Put(&whole)
}

// readFull reads until p is full or nothing more comes.
func readFull(body io.ReaderAt, p []byte, off int64) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = body.ReadAt(p[n:], off+int64(n))
		n += m
		if m == 0 && err == nil {
			err = io.ErrNoProgress
		}
	}
	return n, err
}

// Close is called by the transport, possibly while it still reads.
func (o *outgoing) Close() error { return nil }

// stop waits for a read under way and ends all further ones: after it the
// file is not touched, progress not called and nothing hashed. It says how much was read; a
// request without body has left when a connection stood.
func (o *outgoing) stop(connected bool) (sent Sent, failure error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.hashing != nil && !o.stopped {
		o.hashing.finish()
	}
	if !o.stopped && o.raw != nil {
		giveBuffer(&o.raw) // nobody reads or hashes any more
		o.raw, o.buf = nil, nil
	}
	o.stopped = true
	switch {
	case o.length == 0 && connected:
		sent = SentWhole
	case o.read == 0:
		sent = SentNothing
	case o.read < o.length:
		sent = SentPart
	default:
		sent = SentWhole
	}
	return sent, o.failure
}
