package marker

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// HeadSize is how much of the front of a file Can wants to see, if the file
// is that long.
const HeadSize = 512

// MaxMark is how long a mark may be.
const MaxMark = 255

// ErrDamaged is the error for a file that ends too early or is not what it
// begins as.
var ErrDamaged = errors.New("the file is damaged or not whole")

// Can reports whether a file that begins with head is of a kind that takes a
// mark. Only Mark finds out whether the rest of it is sound.
func Can(head []byte) bool { return kindOf(head) != nil }

// Mark returns the file of size bytes in src with mark in its metadata. It
// reads the file from end to end, but keeps none of it: the File reads from
// src. Marking a marked file adds a second mark.
//
// A mark is 1 to MaxMark printable ASCII characters which nobody used before,
// as crypto/rand.Text makes them. It can be read by everybody who has the
// file, so it should tell nothing.
//
// The error is errors.ErrUnsupported for a file that takes no mark and
// ErrDamaged for one that is not whole.
func Mark(src io.ReaderAt, size int64, mark []byte) (*File, error) {
	if !sound(mark) {
		return nil, fmt.Errorf("a mark has 1 to %d printable ASCII characters", MaxMark)
	}
	whole := io.NewSectionReader(src, 0, max(size, 0))
	head := make([]byte, min(whole.Size(), HeadSize))
	if err := readAt(whole, head, 0); err != nil {
		return nil, fmt.Errorf("read the file to mark: %w", err)
	}
	edits := kindOf(head)
	if edits == nil {
		return nil, fmt.Errorf("mark this kind of file: %w", errors.ErrUnsupported)
	}
	list, err := edits(whole, mark)
	if err != nil {
		return nil, fmt.Errorf("mark the file: %w", err)
	}
	return splice(whole, list), nil
}

// Copy writes to dst what Mark returns. It writes nothing if Mark fails.
func Copy(dst io.Writer, src io.ReaderAt, size int64, mark []byte) error {
	f, err := Mark(src, size, mark)
	if err != nil {
		return err
	}
	if _, err := io.Copy(dst, io.NewSectionReader(f, 0, f.Size())); err != nil {
		return fmt.Errorf("copy the marked file: %w", err)
	}
	return nil
}

// kindOf returns what finds the edits for a file that begins with head, or nil.
func kindOf(head []byte) func(*io.SectionReader, []byte) ([]edit, error) {
	switch {
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return png
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return jpeg
	case bytes.HasPrefix(head, []byte("GIF87a")), bytes.HasPrefix(head, []byte("GIF89a")):
		return gif
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return webp
	case isVideo(head):
		return mp4
	}
	return nil
}

func sound(mark []byte) bool {
	for _, c := range mark {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return len(mark) > 0 && len(mark) <= MaxMark
}

// damaged says what is wrong with a file.
func damaged(what string) error { return fmt.Errorf("%w: %s", ErrDamaged, what) }

// early makes the end of the data, where more must follow, an ErrDamaged.
func early(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged("it ends too early")
	}
	return err
}

// readAt fills p from r at off.
func readAt(r io.ReaderAt, p []byte, off int64) error {
	if n, err := r.ReadAt(p, off); n < len(p) {
		return early(err)
	}
	return nil
}
