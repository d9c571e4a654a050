package watcher

import (
	"bufio"
	"io"
	"math/bits"
)

const ebmlMagic = "\x1a\x45\xdf\xa3"

const (
	ebmlDocType = 0x4282
	ebmlSegment = 0x18538067
	ebmlCluster = 0x1f43b675
	ebmlTracks  = 0x1654ae6b
	ebmlCues    = 0x1c53bb6b
	maxElements = 200_000
	unknownSize = -1
)

// ebmlReader reads elements of Matroska's container one after another.
type ebmlReader struct {
	br  *bufio.Reader
	pos int64
}

// number reads a number of variable length; with mark its length bits stay,
// as identifiers are written.
func (e *ebmlReader) number(mark bool) (n int64, ok bool) {
	b, err := e.br.ReadByte()
	if err != nil || b == 0 {
		return 0, false
	}
	e.pos++
	width := bits.LeadingZeros8(b) + 1
	n = int64(b)
	if !mark {
		n &= 0xff >> width
	}
	ones := n == 0xff>>width
	for range width - 1 {
		b, err := e.br.ReadByte()
		if err != nil {
			return 0, false
		}
		e.pos++
		n = n<<8 | int64(b)
		ones = ones && b == 0xff
	}
	if !mark && ones {
		return unknownSize, true
	}
	return n, true
}

func (e *ebmlReader) element() (id, size int64, ok bool) {
	if id, ok = e.number(true); !ok {
		return 0, 0, false
	}
	size, ok = e.number(false)
	return id, size, ok
}

// skip goes over n bytes that must be there.
func (e *ebmlReader) skip(v *view, n int64) bool {
	if n > v.size-e.pos {
		return false
	}
	e.pos += n
	if n <= int64(e.br.Buffered()) {
		_, err := e.br.Discard(int(n))
		return err == nil
	}
	e.br.Reset(v.from(e.pos))
	return true
}

// ebml judges WebM. A recording in progress has a segment of unknown size; the
// size is written when it ends.
func (v *view) ebml() verdict {
	ends := isCut("the WebM ends within a part")
	e := &ebmlReader{br: bufio.NewReaderSize(v.from(0), 4<<10)}
	_, n, ok := e.element()
	if !ok || n < 0 || n > 1<<16 {
		return isCut("the header of the WebM is damaged or not written yet")
	}
	kind, ok := e.docType(n)
	if !ok {
		return ends
	}
	if kind != "webm" {
		return verdict{is: foreign, reason: "its content is a Matroska video (MKV), which image hosts of this kind do not take"}
	}
	for {
		id, n, ok := e.element()
		switch {
		case !ok:
			return ends
		case id != ebmlSegment:
			if n < 0 || !e.skip(v, n) {
				return ends
			}
		case n == unknownSize:
			return v.openSegment(e)
		case n > v.size-e.pos:
			return ends
		case n < v.size-e.pos:
			return isUnsure("there is more data behind the WebM")
		case n == 0:
			return isCut("the WebM has no data")
		default:
			return isWhole
		}
	}
}

// docType reads the header's n bytes.
func (e *ebmlReader) docType(n int64) (string, bool) {
	kind := "matroska" // the default of the specification
	for end := e.pos + n; e.pos < end; {
		id, n, ok := e.element()
		if !ok || n < 0 || n > end-e.pos {
			return "", false
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(e.br, b); err != nil {
			return "", false
		}
		e.pos += n
		if id == ebmlDocType {
			kind = string(b)
			for len(kind) > 0 && kind[len(kind)-1] == 0 {
				kind = kind[:len(kind)-1]
			}
		}
	}
	return kind, true
}

// openSegment walks a segment without a size: all that can be said is whether
// its last element is whole.
func (v *view) openSegment(e *ebmlReader) verdict {
	tracks, clusters := false, false
	for range maxElements {
		if e.pos == v.size {
			break
		}
		id, n, ok := e.element()
		if !ok {
			return isCut("the WebM ends within a part")
		}
		switch id {
		case ebmlTracks:
			tracks = true
		case ebmlCluster:
			clusters = true
			if n == unknownSize {
				continue // its children follow as if they were the segment's
			}
		}
		if n == unknownSize || !e.skip(v, n) {
			return isCut("the WebM ends within a part")
		}
	}
	if !tracks || !clusters {
		return isCut("the WebM has no pictures yet")
	}
	return isGrowing("it is a live recording that does not say how long it is")
}
