package marker

import (
	"encoding/binary"
	"hash/crc32"
	"io"
)

// png puts a text chunk before IEND, where it may stand in an animation too.
// What somebody left behind IEND stays there.
func png(src *io.SectionReader, mark []byte) ([]edit, error) {
	s := newStream(src)
	if err := s.skip(8); err != nil {
		return nil, err
	}
	picture := false
	for first := true; ; first = false {
		at := s.at
		kind, err := s.chunk()
		switch {
		case err != nil:
			return nil, err
		case first != (kind == "IHDR"):
			return nil, damaged("the parts of the PNG are out of order")
		case kind == "IDAT":
			picture = true
		case kind == "IEND" && !picture:
			return nil, damaged("the PNG has no picture")
		case kind == "IEND":
			return []edit{{at: at, put: textChunk(mark)}}, nil
		}
	}
}

// chunk reads a chunk, checks its sum and returns its type.
func (s *stream) chunk() (string, error) {
	head, err := s.next(8)
	if err != nil {
		return "", err
	}
	left, kind := int64(binary.BigEndian.Uint32(head)), string(head[4:])
	sum := crc32.ChecksumIEEE(head[4:])
	for left > 0 {
		b, err := s.next(int(min(left, window)))
		if err != nil {
			return "", err
		}
		sum = crc32.Update(sum, crc32.IEEETable, b)
		left -= int64(len(b))
	}
	told, err := s.next(4)
	if err != nil {
		return "", err
	}
	if binary.BigEndian.Uint32(told) != sum {
		return "", damaged("a checksum in the PNG is wrong")
	}
	return kind, nil
}

func textChunk(mark []byte) []byte {
	const keyword = "Comment\x00"
	b := binary.BigEndian.AppendUint32(nil, uint32(len(keyword)+len(mark)))
	b = append(b, "tEXt"+keyword...)
	b = append(b, mark...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}
