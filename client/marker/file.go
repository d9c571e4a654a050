package marker

import (
	"bytes"
	"errors"
	"io"
)

// File is a marked file. It holds the mark and reads all else from the file
// it was made of, which must stay as it was. It can be read by several
// goroutines at once if that file can.
type File struct {
	pieces []piece
	size   int64
}

// piece is a part of the file as it was, or bytes put in.
type piece struct {
	*io.SectionReader
	at int64 // where it begins in the marked file
}

// edit puts bytes in the place of cut bytes at an offset.
type edit struct {
	at, cut int64
	put     []byte
}

// splice returns src with edits, which are in order.
func splice(src *io.SectionReader, edits []edit) *File {
	f := &File{}
	add := func(r io.ReaderAt, off, n int64) {
		if n > 0 {
			f.pieces = append(f.pieces, piece{io.NewSectionReader(r, off, n), f.size})
			f.size += n
		}
	}
	done := int64(0)
	for _, e := range edits {
		add(src, done, e.at-done)
		add(bytes.NewReader(e.put), 0, int64(len(e.put)))
		done = e.at + e.cut
	}
	add(src, done, src.Size()-done)
	return f
}

// Size is the length of the marked file.
func (f *File) Size() int64 { return f.size }

// ReadAt implements io.ReaderAt. A source that has become shorter is an
// io.ErrUnexpectedEOF.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("read of a marked file: negative offset")
	}
	n := 0
	for _, c := range f.pieces {
		skip := off + int64(n) - c.at
		if n == len(p) || skip >= c.Size() {
			continue
		}
		part := p[n:]
		part = part[:min(int64(len(part)), c.Size()-skip)]
		got, err := c.ReadAt(part, skip)
		n += got
		if got < len(part) {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
