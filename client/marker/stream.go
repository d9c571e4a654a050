package marker

import (
	"bufio"
	"errors"
	"io"
)

// stream reads a file from front to back and knows where it is.
type stream struct {
	br *bufio.Reader
	at int64
}

// window is the most that next gives at once; a segment of a JPEG fits.
const window = 64 << 10

func newStream(src io.Reader) *stream {
	return &stream{br: bufio.NewReaderSize(src, window)}
}

// next returns the next n bytes, which hold until the next call.
func (s *stream) next(n int) ([]byte, error) {
	b, err := s.br.Peek(n)
	if err != nil {
		return nil, early(err)
	}
	return b, s.skip(n)
}

func (s *stream) skip(n int) error {
	n, err := s.br.Discard(n)
	s.at += int64(n)
	return early(err)
}

func (s *stream) byte() (byte, error) {
	b, err := s.br.ReadByte()
	if err != nil {
		return 0, early(err)
	}
	s.at++
	return b, nil
}

// past skips up to and with the next c.
func (s *stream) past(c byte) error {
	for {
		b, err := s.br.ReadSlice(c)
		s.at += int64(len(b))
		if !errors.Is(err, bufio.ErrBufferFull) {
			return early(err)
		}
	}
}
