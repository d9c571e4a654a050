package watcher

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// locatedBMFF looks through the index of a video, and the metadata of an AVIF
// or HEIC picture.
func (v *view) locatedBMFF() bool {
	left := maxBoxes
	for off := int64(0); off < v.size && left > 0; left-- {
		b, got := v.box(off, v.size)
		if got.is != whole {
			return false
		}
		switch b.kind {
		case "moov":
			if v.locatedIndex(b, 0, &left) {
				return true
			}
		case "meta":
			if v.locatedItems(b) {
				return true
			}
		}
		off = b.end
	}
	return false
}

// locatedIndex looks for the boxes that hold a place: ©xyz (QuickTime and
// Android), loci (3GPP), and Apple's key for it.
func (v *view) locatedIndex(outer box, depth int, left *int) bool {
	off := outer.data
	if outer.kind == "meta" {
		if h, ok := v.at(off, 8); ok && !slices.Contains([]string{"hdlr", "keys", "ilst"}, string(h[4:])) {
			off += 4 // MP4's has a version in front, QuickTime's has none
		}
	}
	for off+8 <= outer.end && *left > 0 {
		*left--
		b, ok := v.anyBox(off, outer.end)
		if !ok {
			return false
		}
		switch b.kind {
		case "\xa9xyz", "loci":
			return true
		case "keys":
			if bytes.Contains(v.some(b.data, b.end-b.data), []byte("location.ISO6709")) {
				return true
			}
		case "XMP_":
			if xmpLocated(v.some(b.data, b.end-b.data)) {
				return true
			}
		case "trak", "udta", "meta", "ilst":
			if depth < 8 && v.locatedIndex(b, depth+1, left) {
				return true
			}
		}
		off = b.end
	}
	return false
}

// anyBox reads a box's head whatever its name: those of iTunes' lists are
// numbers.
func (v *view) anyBox(off, limit int64) (box, bool) {
	h, ok := v.at(off, 8)
	if !ok {
		return box{}, false
	}
	n := int64(binary.BigEndian.Uint32(h))
	if n < 8 || off+n > limit {
		return box{}, false
	}
	return box{kind: string(h[4:]), data: off + 8, end: off + n}, true
}

// locatedItems reads the items EXIF and XMP of a picture.
func (v *view) locatedItems(meta box) bool {
	var iinf, iloc, idat box
	for off := meta.data + 4; off < meta.end; {
		b, ok := v.anyBox(off, meta.end)
		if !ok {
			break
		}
		switch b.kind {
		case "iinf":
			iinf = b
		case "iloc":
			iloc = b
		case "idat":
			idat = b
		}
		off = b.end
	}
	kinds := v.items(iinf)
	for id, where := range v.places(iloc, idat) {
		b := v.some(where.data, where.end-where.data)
		switch kinds[id] {
		case "Exif": // where the TIFF begins comes first
			if len(b) < 4 {
				continue
			}
			if skip := int64(binary.BigEndian.Uint32(b)) + 4; skip < int64(len(b)) && exifLocated(b[skip:]) {
				return true
			}
		case "mime":
			if xmpLocated(b) {
				return true
			}
		}
	}
	return false
}

// items are the kinds of the items by their number.
func (v *view) items(iinf box) map[uint32]string {
	kinds := map[uint32]string{}
	h, ok := v.at(iinf.data, 8)
	if !ok || iinf.end == 0 {
		return kinds
	}
	off := iinf.data + 6 // version, flags, a count of 16 bits
	if h[0] > 0 {
		off += 2
	}
	for len(kinds) < maxBoxes {
		b, ok := v.anyBox(off, iinf.end)
		if !ok {
			return kinds
		}
		off = b.end
		e := v.some(b.data, min(b.end-b.data, 16))
		switch {
		case b.kind != "infe" || len(e) < 12:
		case e[0] == 2:
			kinds[uint32(binary.BigEndian.Uint16(e[4:]))] = string(e[8:12])
		case e[0] == 3 && len(e) >= 14:
			kinds[binary.BigEndian.Uint32(e[4:])] = string(e[10:14])
		}
	}
	return kinds
}

// places are where the first part of each item lies in the file.
func (v *view) places(iloc, idat box) map[uint32]box {
	out := map[uint32]box{}
	if iloc.end == 0 {
		return out
	}
	r := cursor{b: v.some(iloc.data, iloc.end-iloc.data)}
	version := r.number(1)
	r.number(3)
	sizes, more := r.number(1), r.number(1)
	offset, length, base, index := int(sizes>>4), int(sizes&15), int(more>>4), 0
	wide := 2
	if version > 0 {
		index = int(more & 15)
	}
	if version > 1 {
		wide = 4
	}
	for range r.number(wide) {
		id, method := uint32(r.number(wide)), uint64(0)
		if version > 0 {
			method = r.number(2) & 15
		}
		r.number(2) // which file
		start := r.number(base)
		for i := range r.number(2) {
			r.number(index)
			at, n := start+r.number(offset), r.number(length)
			if r.short {
				return out
			}
			if method == 1 {
				at += uint64(idat.data)
			}
			if i == 0 && at <= uint64(v.size) && n <= uint64(v.size) {
				out[id] = box{data: int64(at), end: int64(at + n)}
			}
		}
		if r.short {
			return out
		}
	}
	return out
}

// cursor reads numbers one after another.
type cursor struct {
	b     []byte
	short bool
}

// number reads a number of n bytes, at most 8.
func (c *cursor) number(n int) (out uint64) {
	if n > len(c.b) || n > 8 {
		c.short, c.b = true, nil
		return 0
	}
	for _, x := range c.b[:n] {
		out = out<<8 | uint64(x)
	}
	c.b = c.b[n:]
	return out
}
