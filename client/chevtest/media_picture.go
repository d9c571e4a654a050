package chevtest

import (
	"encoding/binary"
	"io"
)

// probePNG walks the chunks to the last: a PNG without its end is refused.
func probePNG(m *media, r io.ReaderAt, size int64) error {
	head, ok := readAt(r, 0, 24)
	if !ok || string(head[12:16]) != "IHDR" {
		return errNoSize
	}
	m.width = int(binary.BigEndian.Uint32(head[16:]))
	m.height = int(binary.BigEndian.Uint32(head[20:]))
	for off := int64(8); off+12 <= size; {
		chunk, ok := readAt(r, off, 8)
		if !ok {
			return errTruncated
		}
		off += 12 + int64(binary.BigEndian.Uint32(chunk))
		if string(chunk[4:]) == "IEND" && off <= size {
			return nil
		}
	}
	return errTruncated
}

// probeGIF walks the blocks to the trailer and counts the pictures.
func probeGIF(m *media, r io.ReaderAt, size int64) error {
	head, ok := readAt(r, 0, 13)
	if !ok {
		return errNoSize
	}
	m.width = int(binary.LittleEndian.Uint16(head[6:]))
	m.height = int(binary.LittleEndian.Uint16(head[8:]))
	off := 13 + gifTable(head[10])
	frames := 0
	for off < size {
		block, ok := readAt(r, off, 1)
		if !ok {
			return errTruncated
		}
		switch block[0] {
		case 0x3b:
			m.animated = frames > 1
			return nil
		case 0x21:
			off += 2
		case 0x2c:
			frames++
			picture, ok := readAt(r, off, 10)
			if !ok {
				return errTruncated
			}
			off += 10 + gifTable(picture[9]) + 1
		default:
			return errTruncated
		}
		for { // the block's parts, each after its length; 0 ends it
			length, ok := readAt(r, off, 1)
			if !ok {
				return errTruncated
			}
			off += 1 + int64(length[0])
			if length[0] == 0 {
				break
			}
		}
	}
	return errTruncated
}

// gifTable is the length of the colour table that a flag byte announces.
func gifTable(flags byte) int64 {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

func probeWebP(m *media, r io.ReaderAt, size int64) error {
	head, ok := readAt(r, 0, 30)
	if !ok {
		return errNoSize
	}
	switch string(head[12:16]) {
	case "VP8 ":
		m.width = int(binary.LittleEndian.Uint16(head[26:]) & 0x3fff)
		m.height = int(binary.LittleEndian.Uint16(head[28:]) & 0x3fff)
	case "VP8L":
		bits := binary.LittleEndian.Uint32(head[21:])
		m.width, m.height = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
	case "VP8X":
		m.animated = head[20]&2 != 0
		m.width = 1 + (int(head[24]) | int(head[25])<<8 | int(head[26])<<16)
		m.height = 1 + (int(head[27]) | int(head[28])<<8 | int(head[29])<<16)
	default:
		return errNoSize
	}
	if size < 8+int64(binary.LittleEndian.Uint32(head[4:])) {
		return errTruncated
	}
	return nil
}

func probeBMP(m *media, r io.ReaderAt, size int64) error {
	head, ok := readAt(r, 0, 26)
	if !ok {
		return errNoSize
	}
	m.width = int(int32(binary.LittleEndian.Uint32(head[18:])))
	m.height = max(int(int32(binary.LittleEndian.Uint32(head[22:]))), -int(int32(binary.LittleEndian.Uint32(head[22:]))))
	if m.width <= 0 || m.height == 0 {
		return errNoSize
	}
	if declared := int64(binary.LittleEndian.Uint32(head[2:])); size < declared {
		return errTruncated
	}
	return nil
}

// probeJPEG needs the frame header only: a real server stores a JPEG that
// ends anywhere after it and says success.
func probeJPEG(m *media, r io.ReaderAt, size int64) error {
	for off := int64(2); off+4 <= size; {
		segment, ok := readAt(r, off, 4)
		if !ok {
			break
		}
		if segment[0] != 0xff {
			return errNoSize
		}
		kind := segment[1]
		if kind == 0xff { // fill byte
			off++
			continue
		}
		if kind == 0x01 || kind >= 0xd0 && kind <= 0xd8 { // no payload
			off += 2
			continue
		}
		length := int64(binary.BigEndian.Uint16(segment[2:]))
		switch {
		case kind == 0xe1 && !m.exif.found:
			if payload, ok := readAt(r, off+4, int(max(length-2, 0))); ok {
				m.exif = parseEXIF(payload)
			}
		case kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 && kind != 0xc8 && kind != 0xcc:
			frame, ok := readAt(r, off+4, 5)
			if !ok {
				return errNoSize
			}
			m.height = int(binary.BigEndian.Uint16(frame[1:]))
			m.width = int(binary.BigEndian.Uint16(frame[3:]))
			return nil
		case kind == 0xda || kind == 0xd9:
			return errNoSize
		}
		off += 2 + length
	}
	return errNoSize
}
