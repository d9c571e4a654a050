package watcher

import (
	"encoding/binary"
	"slices"
)

// isBMFF reports whether a file whose first box is of kind is MP4, MOV, AVIF
// or a relative. Old QuickTime files have no ftyp.
func isBMFF(kind string) bool {
	return slices.Contains([]string{"ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"}, kind)
}

// box is the head of one box.
type box struct {
	kind      string
	data, end int64 // where its content begins and ends
	open      bool  // it claims to reach to the end of the file
}

// box reads the head of the box at off, which must end by limit.
func (v *view) box(off, limit int64) (box, verdict) {
	short := isCut("the video or picture ends within a part")
	h, ok := v.at(off, 8)
	if !ok || off+8 > limit {
		return box{}, short
	}
	b := box{kind: string(h[4:]), data: off + 8}
	for _, c := range h[4:] {
		if c < 0x20 || c == 0x7f {
			return box{}, isCut("a part of it is damaged or not written yet")
		}
	}
	n := int64(binary.BigEndian.Uint32(h))
	switch n {
	case 0:
		b.end, b.open = limit, true
		return b, isWhole
	case 1:
		h, ok := v.at(off+8, 8)
		if !ok {
			return box{}, short
		}
		u := binary.BigEndian.Uint64(h)
		if u > 1<<62 {
			return box{}, isCut("a part of it is damaged or not written yet")
		}
		n = int64(u)
		b.data += 8
	}
	b.end = off + n
	if b.end < b.data {
		return box{}, isCut("a part of it is damaged or not written yet")
	}
	if b.end > limit {
		return box{}, isCut("the video or picture ends within its part “" + b.kind + "”")
	}
	return b, isWhole
}

const maxBoxes = 100_000

// bmff walks the outer boxes of MP4, MOV and AVIF.
func (v *view) bmff() verdict {
	var brands []string
	var moov, meta box
	media, fragments, last := false, false, ""
	var open bool
	boxes := 0
	for off := int64(0); off < v.size; boxes++ {
		if boxes == maxBoxes {
			return isUnsure("it has very many parts")
		}
		b, got := v.box(off, v.size)
		if got.is != whole {
			return got
		}
		switch b.kind {
		case "ftyp":
			if got := v.ftyp(b, &brands); got.is != whole {
				return got
			}
		case "moov":
			moov = b
		case "meta":
			meta = b
		case "mdat":
			media = true
		case "moof":
			fragments = true
		}
		last, open, off = b.kind, b.open, b.end
	}
	if len(brands) > 0 && slices.Contains(brands, "avif") && moov.end == 0 {
		return v.avif(meta, media, open)
	}
	if moov.end == 0 {
		return isCut("its index (moov) is not there yet; a recording writes it at the end")
	}
	reach, mvex, got := v.moov(moov)
	switch {
	case got.is != whole:
		return got
	case mvex && !fragments && !media:
		return isCut("the video has no data yet")
	case fragments || mvex:
		if last == "mfra" {
			return isWhole
		}
		return isGrowing("it is written in pieces, and nothing says which is the last")
	case !media:
		return isCut("the video has no data yet")
	case open:
		return isUnsure("its last part has no size")
	case reach == 0:
		return isUnsure("its index names no data")
	case reach >= v.size:
		return isUnsure("its index names data that is not in the file")
	}
	return isWhole
}

// ftyp reads the brands and refuses what hosts do not take.
func (v *view) ftyp(b box, brands *[]string) verdict {
	raw, ok := v.at(b.data, int(min(b.end-b.data, 256)))
	if !ok || len(raw) < 8 {
		return isCut("its header is damaged or not written yet")
	}
	for i := 0; i+4 <= len(raw); i += 4 {
		if i != 4 { // the minor version
			*brands = append(*brands, string(raw[i:i+4]))
		}
	}
	if slices.Contains(*brands, "avif") || slices.Contains(*brands, "avis") {
		return isWhole
	}
	switch (*brands)[0] {
	case "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1":
		return verdict{is: foreign, reason: "its content is a HEIC picture, which image hosts of this kind do not take"}
	case "crx ":
		return verdict{is: foreign, reason: "its content is a raw camera picture, which image hosts of this kind do not take"}
	case "M4A ", "M4B ":
		return verdict{is: foreign, reason: "its content is sound only, which image hosts of this kind do not take"}
	}
	return isWhole
}

// avif judges a still picture: an index (meta) and the data, beside it or in it.
func (v *view) avif(meta box, media, open bool) verdict {
	if meta.end == 0 {
		return isCut("its index (meta) is not there yet")
	}
	inside := false
	for off := meta.data + 4; off < meta.end; { // meta has a version in front
		b, got := v.box(off, meta.end)
		if got.is != whole {
			return got
		}
		inside = inside || b.kind == "idat"
		off = b.end
	}
	switch {
	case !media && !inside:
		return isCut("the AVIF has no picture data yet")
	case open:
		return isUnsure("its last part has no size")
	}
	return isWhole
}

// moov finds where the last piece of data begins that the index names, and
// whether fragments follow.
func (v *view) moov(moov box) (reach int64, mvex bool, _ verdict) {
	boxes := 0
	var walk func(box, int) verdict
	walk = func(outer box, depth int) verdict {
		for off := outer.data; off+8 <= outer.end; {
			if boxes++; boxes > maxBoxes {
				return isUnsure("it has very many parts")
			}
			if h, ok := v.at(off, 4); ok && binary.BigEndian.Uint32(h) == 0 {
				break // QuickTime ends a list with a zero
			}
			b, got := v.box(off, outer.end)
			if got.is != whole {
				return got
			}
			switch b.kind {
			case "mvex":
				mvex = true
			case "trak", "mdia", "minf", "stbl":
				if depth < 8 {
					if got := walk(b, depth+1); got.is != whole {
						return got
					}
				}
			case "stco":
				reach = max(reach, v.offsets(b, 4))
			case "co64":
				reach = max(reach, v.offsets(b, 8))
			}
			off = b.end
		}
		return isWhole
	}
	got := walk(moov, 0)
	return reach, mvex, got
}

// offsets is the greatest of a table of offsets, each of width bytes.
func (v *view) offsets(b box, width int64) int64 {
	h, ok := v.at(b.data, 8)
	if !ok {
		return 0
	}
	count := min(int64(binary.BigEndian.Uint32(h[4:])), (b.end-b.data-8)/width)
	const chunk = 8192
	var most int64
	for i := int64(0); i < count; i += chunk {
		n := min(chunk, count-i)
		raw, ok := v.at(b.data+8+i*width, int(n*width))
		if !ok {
			break
		}
		for ; len(raw) > 0; raw = raw[width:] {
			if width == 4 {
				most = max(most, int64(binary.BigEndian.Uint32(raw)))
			} else {
				most = max(most, int64(binary.BigEndian.Uint64(raw)&(1<<62-1)))
			}
		}
	}
	return most
}
