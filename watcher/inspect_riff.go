package watcher

import "encoding/binary"

// riff judges WebP; other RIFF files are no pictures of ours.
func (v *view) riff(form string) verdict {
	if form != "WEBP" {
		if form == "AVI " {
			return verdict{is: foreign, reason: "its content is an AVI video, which image hosts of this kind do not take"}
		}
		return verdict{is: foreign, reason: stranger(nil)}
	}
	head, ok := v.at(0, 12)
	if !ok {
		return isCut("it changed while it was looked at")
	}
	end := int64(binary.LittleEndian.Uint32(head[4:])) + 8
	if end > v.size {
		return isCut("the WebP is shorter than its header says")
	}
	picture := false
	for off := int64(12); off < end; {
		h, ok := v.at(off, 8)
		if !ok {
			return isCut("the WebP ends within a part")
		}
		n := int64(binary.LittleEndian.Uint32(h[4:]))
		off += 8 + n + n&1
		if off > end+n&1 { // some writers leave out the last filling byte
			return isCut("the WebP is shorter than its parts say")
		}
		switch string(h[:4]) {
		case "VP8 ", "VP8L", "ANMF":
			picture = true
		case "\x00\x00\x00\x00":
			return isCut("a part of the WebP is damaged or not written yet")
		}
	}
	switch {
	case !picture:
		return isCut("the WebP has no picture data")
	case end+end&1 < v.size:
		return isUnsure("there is more data behind the WebP")
	}
	return isWhole
}

// bmp compares the size with what the header says.
func (v *view) bmp() verdict {
	h, ok := v.at(0, 54)
	if !ok {
		return isCut("the BMP ends within its header")
	}
	le := binary.LittleEndian
	told, start, dib := int64(le.Uint32(h[2:])), int64(le.Uint32(h[10:])), le.Uint32(h[14:])
	if dib != 12 && (dib < 40 || dib > 256) || start < 26 {
		return verdict{is: foreign, reason: stranger(nil)}
	}
	var width, height, bits, packed int64
	if dib == 12 { // OS/2
		width, height, bits = int64(le.Uint16(h[18:])), int64(le.Uint16(h[20:])), int64(le.Uint16(h[24:]))
	} else {
		width, height = int64(int32(le.Uint32(h[18:]))), int64(int32(le.Uint32(h[22:])))
		bits, packed = int64(le.Uint16(h[28:])), int64(le.Uint32(h[30:]))
	}
	if height < 0 {
		height = -height
	}
	if width <= 0 || height == 0 || bits == 0 || bits > 64 {
		return isCut("the header of the BMP is damaged or not written yet")
	}
	need := start + (width*bits+31)/32*4*height
	if packed != 0 && packed != 3 && packed != 6 { // compressed: only the header tells
		need = start + int64(le.Uint32(h[34:]))
	}
	switch {
	case need > v.size:
		return isCut("the BMP is shorter than its header says")
	case told != v.size:
		return isUnsure("the BMP's header names another size")
	}
	return isWhole
}
