package marker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// isVideo reports whether head begins an MP4, a MOV or a near relative of
// theirs: not the pictures (AVIF, HEIC, raw ones) and sound in the same boxes.
func isVideo(head []byte) bool {
	if len(head) < 8 {
		return false
	}
	switch string(head[4:8]) {
	case "moov", "mdat", "wide", "pnot": // QuickTime from before there was ftyp
		return true
	case "ftyp":
	default:
		return false
	}
	brands := head[8:min(max(8, int64(binary.BigEndian.Uint32(head))), int64(len(head)))]
	if len(brands) < 4 {
		return false
	}
	major := string(brands[:4])
	for ; len(brands) >= 4; brands = brands[4:] {
		if b := string(brands[:4]); b == "avif" || b == "avis" {
			return false
		}
	}
	return !slices.Contains([]string{"mif1", "msf1", "crx ", "M4A ", "M4B ", "M4P "}, major) &&
		!strings.HasPrefix(major, "hei") && !strings.HasPrefix(major, "hev")
}

// box is one of the outermost boxes.
type box struct {
	kind    string
	at, end int64
	open    bool // it has no length: it goes on to the end of the file
}

// mp4 puts a free box at the end, where it moves nothing that the index names
// by its place. A last box without length would swallow it and gets one.
func mp4(src *io.SectionReader, mark []byte) ([]edit, error) {
	last, err := lastBox(src)
	if err != nil {
		return nil, err
	}
	free := binary.BigEndian.AppendUint32(nil, uint32(8+len(mark)))
	free = append(append(free, "free"...), mark...)
	switch length := last.end - last.at; {
	case last.kind == "mfra":
		// Readers look for this index of fragments from the end of the file.
		return []edit{{at: last.at, put: free}}, nil
	case !last.open:
		return []edit{{at: last.end, put: free}}, nil
	case length <= math.MaxUint32:
		return []edit{
			{at: last.at, cut: 4, put: binary.BigEndian.AppendUint32(nil, uint32(length))},
			{at: last.end, put: free},
		}, nil
	}
	return nil, fmt.Errorf("more than 4 GB in a part without length: %w", errors.ErrUnsupported)
}

// lastBox walks the outermost boxes to the last.
func lastBox(src *io.SectionReader) (box, error) {
	// A recording of a day in fragments of a second has fewer.
	const most = 1 << 20
	index, media := false, false
	var b box
	for range most {
		if b.end == src.Size() {
			if !index || !media {
				return box{}, damaged("the video has no index or no data")
			}
			return b, nil
		}
		var err error
		if b, err = boxAt(src, b.end); err != nil {
			return box{}, err
		}
		index = index || b.kind == "moov"
		media = media || b.kind == "mdat"
	}
	return box{}, damaged("the video has too many parts")
}

// boxAt reads the head of the box at an offset.
func boxAt(src *io.SectionReader, at int64) (box, error) {
	var head [16]byte
	if err := readAt(src, head[:8], at); err != nil {
		return box{}, err
	}
	b := box{kind: string(head[4:8]), at: at}
	length, least := uint64(binary.BigEndian.Uint32(head[:])), uint64(8)
	switch length {
	case 0:
		b.open, length = true, uint64(src.Size()-at)
	case 1:
		if err := readAt(src, head[8:], at+8); err != nil {
			return box{}, err
		}
		length, least = binary.BigEndian.Uint64(head[8:]), 16
	}
	if slices.ContainsFunc(head[4:8], func(c byte) bool { return c < ' ' || c == 0x7f }) {
		return box{}, damaged("a part of the video is not where it should be")
	}
	if length < least || length > uint64(src.Size()-at) {
		return box{}, damaged("the video is shorter than its parts say")
	}
	b.end = at + int64(length)
	return b, nil
}
