package chevtest

import (
	"encoding/binary"
	"io"
	"math"
)

// box is one box of an ISO base media file (MP4, MOV, AVIF).
type box struct {
	kind     string
	off, end int64 // of its content
	cut      bool  // it should be longer than the file is
}

// boxes lists the boxes between from and to.
func boxes(r io.ReaderAt, from, to int64) []box {
	var found []box
	for from+8 <= to && len(found) < 10000 {
		head, ok := readAt(r, from, 8)
		if !ok {
			break
		}
		length, skip := int64(binary.BigEndian.Uint32(head)), int64(8)
		switch length {
		case 0: // to the end
			length = to - from
		case 1:
			long, ok := readAt(r, from+8, 8)
			if !ok {
				return found
			}
			length, skip = int64(binary.BigEndian.Uint64(long)), 16
		}
		if length < skip {
			break
		}
		b := box{kind: string(head[4:]), off: from + skip, end: from + length}
		if b.end < from || b.end > to {
			b.end, b.cut = to, true
		}
		found = append(found, b)
		from = b.end
	}
	return found
}

// find returns the first box at the path of kinds below the given boxes.
func find(r io.ReaderAt, in []box, path ...string) (box, bool) {
	for _, b := range in {
		if b.kind != path[0] {
			continue
		}
		if len(path) == 1 {
			return b, true
		}
		from := b.off
		if b.kind == "meta" { // a full box: version and flags come first
			from += 4
		}
		if found, ok := find(r, boxes(r, from, b.end), path[1:]...); ok {
			return found, true
		}
	}
	return box{}, false
}

// probeMP4 needs the index ("moov") whole, as ffprobe does: a cut file whose
// index stands in front is accepted, one whose index was at the end is not.
func probeMP4(m *media, r io.ReaderAt, size int64) error {
	top := boxes(r, 0, size)
	moov, ok := find(r, top, "moov")
	if !ok || moov.cut {
		return errTruncated
	}
	inside := boxes(r, moov.off, moov.end)
	if mvhd, ok := find(r, inside, "mvhd"); ok {
		m.seconds = movieSeconds(r, mvhd)
	}
	for _, track := range inside {
		if track.kind != "trak" {
			continue
		}
		tkhd, ok := find(r, boxes(r, track.off, track.end), "tkhd")
		if !ok || tkhd.end-tkhd.off < 8 {
			continue
		}
		if size, ok := readAt(r, tkhd.end-8, 8); ok { // 16.16 fixed point
			m.width, m.height = int(binary.BigEndian.Uint16(size)), int(binary.BigEndian.Uint16(size[4:]))
		}
		if m.width > 0 && m.height > 0 {
			return nil
		}
	}
	return errNoVideo
}

func movieSeconds(r io.ReaderAt, mvhd box) int {
	head, ok := readAt(r, mvhd.off, 32)
	if !ok {
		return 0
	}
	scale, length := binary.BigEndian.Uint32(head[12:]), uint64(binary.BigEndian.Uint32(head[16:]))
	if head[0] == 1 { // version 1: 64-bit times
		scale, length = binary.BigEndian.Uint32(head[20:]), binary.BigEndian.Uint64(head[24:])
	}
	if scale == 0 {
		return 0
	}
	return int(min(length/uint64(scale), math.MaxInt32))
}

func probeAVIF(m *media, r io.ReaderAt, size int64) error {
	top := boxes(r, 0, size)
	ispe, ok := find(r, top, "meta", "iprp", "ipco", "ispe")
	if !ok {
		return errNoSize
	}
	extent, ok := readAt(r, ispe.off, 12)
	if !ok {
		return errNoSize
	}
	m.width, m.height = int(binary.BigEndian.Uint32(extent[4:])), int(binary.BigEndian.Uint32(extent[8:]))
	for _, b := range top {
		if b.cut {
			return errTruncated
		}
	}
	return nil
}

// ids of the WebM (Matroska) elements that matter here.
const (
	ebmlSegment  = 0x18538067
	ebmlInfo     = 0x1549A966
	ebmlScale    = 0x2AD7B1
	ebmlDuration = 0x4489
	ebmlTracks   = 0x1654AE6B
	ebmlTrack    = 0xAE
	ebmlVideo    = 0xE0
	ebmlWidth    = 0xB0
	ebmlHeight   = 0xBA
)

// probeWebM reads the head of the file only: a cut WebM is accepted.
func probeWebM(m *media, r io.ReaderAt, size int64) error {
	head := make([]byte, min(size, 1<<20))
	n, _ := r.ReadAt(head, 0)
	scale, duration := 1e6, 0.0 // nanoseconds a tick, ticks
	walkEBML(head[:n], 0, func(id uint64, content []byte) bool {
		switch id {
		case ebmlSegment, ebmlInfo, ebmlTracks, ebmlTrack, ebmlVideo:
			return true
		case ebmlScale:
			scale = float64(ebmlUint(content))
		case ebmlDuration:
			switch len(content) {
			case 4:
				duration = float64(math.Float32frombits(binary.BigEndian.Uint32(content)))
			case 8:
				duration = math.Float64frombits(binary.BigEndian.Uint64(content))
			}
		case ebmlWidth:
			m.width = int(min(ebmlUint(content), math.MaxUint16))
		case ebmlHeight:
			m.height = int(min(ebmlUint(content), math.MaxUint16))
		}
		return false
	})
	if m.width == 0 || m.height == 0 {
		return errTruncated
	}
	if seconds := scale * duration / 1e9; seconds > 0 && seconds < math.MaxInt32 {
		m.seconds = int(seconds)
	}
	return nil
}

// walkEBML calls visit for each element; visit says whether to look inside.
func walkEBML(p []byte, depth int, visit func(id uint64, content []byte) bool) {
	for len(p) > 1 && depth < 8 {
		id, n := ebmlNumber(p, false)
		if n == 0 {
			return
		}
		p = p[n:]
		length, n := ebmlNumber(p, true)
		if n == 0 {
			return
		}
		p = p[n:]
		content := p[:min(length, uint64(len(p)))] // unknown lengths are huge: to the end
		if visit(id, content) {
			walkEBML(content, depth+1, visit)
		}
		p = p[len(content):]
	}
}

// ebmlNumber reads a number of variable length; n is 0 when there is none.
func ebmlNumber(p []byte, cutMark bool) (value uint64, n int) {
	if len(p) == 0 || p[0] == 0 {
		return 0, 0
	}
	for n = 1; p[0]&(0x80>>(n-1)) == 0; n++ {
	}
	if len(p) < n {
		return 0, 0
	}
	for _, b := range p[:n] {
		value = value<<8 | uint64(b)
	}
	if cutMark {
		value &^= 1 << (7 * n)
	}
	return value, n
}

func ebmlUint(p []byte) (value uint64) {
	for _, b := range p[:min(len(p), 8)] {
		value = value<<8 | uint64(b)
	}
	return value
}
