package watcher

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// jpeg walks the segments and the compressed data to the end mark (EOI).
func (v *view) jpeg() verdict {
	w := jpegWalk{br: v.reader(2), pos: 2}
	defer done(w.br)
	if got := w.walk(); got.is != whole {
		return got
	}
	return v.afterJPEG(&w)
}

type jpegWalk struct {
	br     *bufio.Reader
	pos    int64
	extent int64 // where the further pictures of a multi-picture file end; 0: none told
	video  bool  // it says that a video follows
}

var jpegCut = isCut("the JPEG ends before its end mark")

func (w *jpegWalk) byte() (byte, bool) {
	b, err := w.br.ReadByte()
	if err != nil {
		return 0, false
	}
	w.pos++
	return b, true
}

// walk reads up to and with EOI.
func (w *jpegWalk) walk() verdict {
	frame, scan := false, false
	mark := byte(0) // a marker that the scan before ended with
	for {
		if mark == 0 {
			b, ok := w.byte()
			if !ok {
				return jpegCut
			}
			if b != 0xff {
				return isCut("a part of the JPEG is damaged or not written yet")
			}
			for b == 0xff { // any number of fill bytes
				if b, ok = w.byte(); !ok {
					return jpegCut
				}
			}
			mark = b
		}
		m := mark
		mark = 0
		switch {
		case m == 0xd9:
			if !frame || !scan {
				return isCut("the JPEG has no picture data")
			}
			return isWhole
		case m == 0x01 || m >= 0xd0 && m <= 0xd7:
			continue
		case m == 0x00 || m == 0xd8:
			return isCut("a part of the JPEG is damaged or not written yet")
		}
		if !w.segment(m) {
			return jpegCut
		}
		switch {
		case m == 0xda:
			scan = true
			var ok bool
			if mark, ok = w.entropy(); !ok {
				return jpegCut
			}
		case m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc:
			frame = true
		}
	}
}

// segment skips the segment of marker m, or reads it where it matters.
func (w *jpegWalk) segment(m byte) bool {
	var l [2]byte
	if _, err := io.ReadFull(w.br, l[:]); err != nil {
		return false
	}
	w.pos += 2
	n := int(binary.BigEndian.Uint16(l[:])) - 2
	if n < 0 {
		return false
	}
	if m == 0xe1 || m == 0xe2 { // APP1, APP2
		b := make([]byte, n)
		if _, err := io.ReadFull(w.br, b); err != nil {
			return false
		}
		switch {
		case m == 0xe2 && n > 4 && string(b[:4]) == "MPF\x00":
			w.extent = mpfExtent(b[4:], w.pos+4)
		case m == 0xe1 && bytes.HasPrefix(b, []byte(xmp)):
			w.video = w.video || bytes.Contains(b, []byte(`MotionPhoto="1"`)) || bytes.Contains(b, []byte(`MicroVideo="1"`))
		}
	} else if d, err := w.br.Discard(n); err != nil || d < n {
		return false
	}
	w.pos += int64(n)
	return true
}

// entropy skips compressed data and returns the marker that ends it.
func (w *jpegWalk) entropy() (byte, bool) {
	for {
		b, err := w.br.ReadSlice(0xff)
		w.pos += int64(len(b))
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return 0, false
		}
		c, ok := w.byte()
		for ok && c == 0xff {
			c, ok = w.byte()
		}
		if !ok {
			return 0, false
		}
		if c != 0 && (c < 0xd0 || c > 0xd7) { // not a stuffed 0xff, not a restart
			return c, true
		}
	}
}

// mpfExtent reads a multi-picture index (CIPA DC-007) whose offsets count
// from base and returns where the last picture ends.
func mpfExtent(b []byte, base int64) int64 {
	if len(b) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(b[:2]) == "II" {
		order = binary.LittleEndian
	}
	ifd := int64(order.Uint32(b[4:]))
	if ifd+2 > int64(len(b)) {
		return 0
	}
	var end int64
	count := int64(order.Uint16(b[ifd:]))
	for i := range count {
		at := ifd + 2 + 12*i
		if at+12 > int64(len(b)) {
			break
		}
		if order.Uint16(b[at:]) != 0xb002 { // the list of pictures
			continue
		}
		n, off := int64(order.Uint32(b[at+4:])), int64(order.Uint32(b[at+8:]))
		for e := off; e+16 <= off+n && e+16 <= int64(len(b)); e += 16 {
			if start := int64(order.Uint32(b[e+8:])); start > 0 {
				end = max(end, base+start+int64(order.Uint32(b[e+4:])))
			}
		}
	}
	return end
}

// xmp is what a segment of XMP begins with. Android's motion photos say there
// that a video follows the picture.
const xmp = "http://ns.adobe.com/xap/1.0/\x00"

// afterJPEG judges what follows the picture: further pictures, a phone's
// trailer, the video of a motion photo.
func (v *view) afterJPEG(w *jpegWalk) verdict {
	pos := w.pos
	if w.extent > v.size {
		// Editors leave the index and drop what it names, so this is doubt only.
		return isGrowing("the JPEG names further pictures that are not in the file")
	}
	pos = max(pos, w.extent)
	if pos >= v.size && w.video {
		// So leave editors and chat programs it as well: doubt only.
		return isGrowing("the JPEG names a video that is not in the file")
	}
	if pos >= v.size {
		return isWhole
	}
	if b, ok := v.at(v.size-4, 4); ok && string(b) == "SEFT" { // Samsung's trailer ends so
		return isWhole
	}
	if b, ok := v.at(pos, 12); ok && string(b[4:8]) == "ftyp" {
		rest := &view{r: io.NewSectionReader(v.r, pos, v.size-pos), size: v.size - pos}
		got := rest.bmff()
		if rest.err != nil {
			v.err = rest.err
		}
		if got.is == whole {
			return isWhole
		}
		return isGrowing("the video behind the JPEG is not complete")
	}
	return isUnsure("there is more data behind the JPEG's end mark")
}
