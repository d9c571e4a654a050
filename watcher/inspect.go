package watcher

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"sync"
)

// wholeness is what a file's own structure says.
type wholeness int

const (
	foreign wholeness = iota // nothing that hosts take
	cut                      // something is missing
	growing                  // nothing is seen to be missing, but more may well follow: reserved space, a recording without an end
	unsure                   // nothing is seen to be missing, but the structure cannot prove it
	whole                    // everything is there
)

// verdict is a wholeness with the sentence for a person that belongs to it.
type verdict struct {
	is     wholeness
	reason string
	sum    uint64 // of the content; 0: not made
}

var isWhole = verdict{is: whole}

func isCut(reason string) verdict     { return verdict{is: cut, reason: reason} }
func isGrowing(reason string) verdict { return verdict{is: growing, reason: reason} }
func isUnsure(reason string) verdict  { return verdict{is: unsure, reason: reason} }

// view is a file of known size being inspected.
type view struct {
	r    io.ReaderAt
	size int64
	err  error // the first failure of the disk, as opposed to a short file
}

// at reads n bytes at off; false when the file does not have them.
func (v *view) at(off int64, n int) ([]byte, bool) {
	if off < 0 || n < 0 || off > v.size-int64(n) {
		return nil, false
	}
	b := make([]byte, n)
	if m, err := v.r.ReadAt(b, off); m < n {
		if !errors.Is(err, io.EOF) && v.err == nil {
			v.err = err
		}
		return nil, false
	}
	return b, true
}

// from reads on from off to the end.
func (v *view) from(off int64) io.Reader { return &section{v: v, off: off} }

// piece is how much of a file is read at a time.
const piece = 64 << 10

// Buffers are used again: ten thousand files that come at once would leave a
// gigabyte of them to the garbage collector.
var (
	readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, piece) }}
	buffers = sync.Pool{New: func() any { return new([piece]byte) }}
)

// reader is from with a buffer; done takes it back.
func (v *view) reader(off int64) *bufio.Reader {
	br, ok := readers.Get().(*bufio.Reader)
	if !ok {
		br = bufio.NewReaderSize(nil, piece)
	}
	br.Reset(v.from(off))
	return br
}

func done(br *bufio.Reader) {
	br.Reset(nil) // it must not keep the file
	readers.Put(br)
}

// buffered calls f with a buffer that is f's until it returns.
func buffered(f func(b []byte)) {
	b, ok := buffers.Get().(*[piece]byte)
	if !ok {
		b = new([piece]byte)
	}
	defer buffers.Put(b)
	f(b[:])
}

// section is an io.SectionReader that remembers in its view what failed.
type section struct {
	v   *view
	off int64
}

func (s *section) Read(p []byte) (int, error) {
	if s.off >= s.v.size {
		return 0, io.EOF
	}
	if left := s.v.size - s.off; int64(len(p)) > left {
		p = p[:left]
	}
	n, err := s.v.r.ReadAt(p, s.off)
	s.off += int64(n)
	if n > 0 {
		return n, nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	if !errors.Is(err, io.EOF) && s.v.err == nil {
		s.v.err = err
	}
	return 0, err
}

// inspect judges the size bytes of r by their content, never by a name. The
// error is one of reading; the verdict holds only without one.
//
// The truncated files it is there to find are not a worry of taste: a real
// Chevereto 4.2.5 stores a JPEG, WebM or MP4 of which half is missing and
// answers 200.
func inspect(r io.ReaderAt, size int64) (verdict, error) {
	v := &view{r: r, size: size}
	got, proven := v.judge()
	if v.err == nil && got.is == whole && !proven && v.blank() {
		got = isGrowing("a part of it holds only zeros; it may be reserved and not filled yet")
	}
	return got, v.err
}

// judge finds the kind and asks its inspector. proven means that checksums
// cover the content, so that zeros in it are no reason for doubt.
func (v *view) judge() (_ verdict, proven bool) {
	switch {
	case v.size == 0:
		return isCut("it is empty"), false
	case v.size < 12:
		return isCut("it is only a few bytes long"), false
	}
	head, ok := v.at(0, 12)
	if !ok {
		return isCut("it changed while it was looked at"), false
	}
	switch {
	case string(head[:8]) == pngMagic:
		return v.png(), true
	case head[0] == 0xff && head[1] == 0xd8 && head[2] == 0xff:
		return v.jpeg(), false
	case string(head[:6]) == "GIF87a", string(head[:6]) == "GIF89a":
		return v.gif(), false
	case string(head[:4]) == "RIFF":
		return v.riff(string(head[8:12])), false
	case string(head[:4]) == ebmlMagic:
		return v.ebml(), false
	case isBMFF(string(head[4:8])):
		return v.bmff(), false
	case string(head[:2]) == "BM":
		return v.bmp(), false
	case len(bytes.Trim(head, "\x00")) == 0:
		return isCut("it begins with zeros; nothing is written there yet"), false
	}
	return verdict{is: foreign, reason: stranger(head)}, false
}

// stranger names what is no kind of ours.
func stranger(head []byte) string {
	for _, k := range []struct{ magic, name string }{
		{"II*\x00", "a TIFF picture"},
		{"MM\x00*", "a TIFF picture"},
		{"8BPS", "a Photoshop picture"},
		{"<svg", "an SVG drawing"},
		{"<?xml", "an XML or SVG file"},
		{"%PDF", "a PDF document"},
		{"\xff\x0a", "a JPEG XL picture"},
		{"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"},
		{"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"},
		{"\x00\x00\x01\x00", "an icon"},
		{"<!DOCTYPE", "a web page"},
		{"<html", "a web page"},
		{"<HTML", "a web page"},
	} {
		if bytes.HasPrefix(head, []byte(k.magic)) {
			return "its content is " + k.name + ", which image hosts of this kind do not take"
		}
	}
	return "its content is no picture or video that image hosts of this kind take"
}

const (
	page      = 4096
	tailZeros = 64
	allPages  = 8 << 20 // up to this size every page is read, above it a sample
	samples   = 2048
)

// blank reports whether the file has a page of zeros or ends in zeros: the
// trace of space reserved first and filled later.
func (v *view) blank() (found bool) {
	if tail, ok := v.at(v.size-tailZeros, tailZeros); ok && isZero(tail) {
		return true
	}
	buffered(func(b []byte) {
		if v.size > allPages {
			found = v.blankPage(b[:page], max(1, v.size/page/samples))
		} else {
			found = v.blankPage(b, piece/page)
		}
	})
	return found
}

// blankPage looks for a page of zeros in as much as b holds, every step pages.
func (v *view) blankPage(b []byte, step int64) bool {
	for p := int64(0); p < v.size/page; p += step {
		n, err := v.r.ReadAt(b, p*page)
		if err != nil && !errors.Is(err, io.EOF) {
			if v.err == nil {
				v.err = err
			}
			return true
		}
		for i := 0; i+page <= n; i += page {
			if isZero(b[i : i+page]) {
				return true
			}
		}
	}
	return false
}

var zeroPage [page]byte

func isZero(b []byte) bool { return bytes.Equal(b, zeroPage[:len(b)]) }
