package marker

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// strict is a source that fails the test when it is asked for what lies
// beyond its size, or before its start.
type strict struct {
	t    *testing.T
	data []byte
}

func (s strict) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off+int64(len(p)) > int64(len(s.data)) {
		s.t.Errorf("read of %d bytes at %d of %d", len(p), off, len(s.data))
		return 0, io.EOF
	}
	return copy(p, s.data[off:]), nil
}

// FuzzMark wants of any file: no panic, no read beyond its size; and of one
// that can be marked: that the rest of it stays, and that it can be marked
// again.
func FuzzMark(f *testing.F) {
	for _, s := range samples(f) {
		if len(s.data) < 4096 {
			f.Add(s.data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var b bytes.Buffer
		err := Copy(&b, strict{t, data}, int64(len(data)), []byte(text))
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("another error: %v", err)
			}
			if Can(data[:min(len(data), HeadSize)]) == errors.Is(err, errors.ErrUnsupported) && len(data) < 1<<30 {
				t.Errorf("Can and Mark are not of one mind: %v", err)
			}
			if b.Len() > 0 {
				t.Errorf("%d bytes were written all the same", b.Len())
			}
			return
		}
		once := b.Bytes()
		grown := len(once) - len(data)
		if grown < len(text) || grown > len(text)+20 {
			t.Errorf("it grew by %d bytes", grown)
		}
		if bytes.Count(once, []byte(text)) != bytes.Count(data, []byte(text))+1 {
			t.Error("the mark does not stand in it once")
		}
		if twice := marked(t, once, text); len(twice)-len(once) > grown {
			t.Error("it grew by more the second time")
		}
	})
}
