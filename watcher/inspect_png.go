package watcher

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"io"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

// png walks the chunks and checks their checksums, so whole means that every
// byte up to IEND is as it was meant.
func (v *view) png() verdict {
	br := v.reader(8)
	defer done(br)
	var head [8]byte
	pos := int64(8)
	data, odd := false, false
	const ends = "the PNG ends before its end mark"
	for first := true; ; first = false {
		if _, err := io.ReadFull(br, head[:]); err != nil {
			return isCut(ends)
		}
		n, kind := binary.BigEndian.Uint32(head[:4]), string(head[4:])
		if !letters(kind) || n > 1<<31-1 || first && (kind != "IHDR" || n != 13) {
			return isCut("a part of the PNG is damaged or not written yet")
		}
		if int64(n)+12 > v.size-pos {
			return isCut(ends)
		}
		sum, err := checksum(br, head[4:], int64(n))
		if err != nil {
			return isCut(ends)
		}
		if _, err := io.ReadFull(br, head[:4]); err != nil {
			return isCut(ends)
		}
		pos += int64(n) + 12
		if binary.BigEndian.Uint32(head[:4]) != sum {
			if kind[0]&0x20 == 0 { // upper case: a decoder must understand it
				return isCut("a part of the PNG (" + kind + ") is damaged or not written yet")
			}
			odd = true
		}
		switch kind {
		case "IDAT":
			data = true
		case "IEND":
			switch {
			case !data:
				return isCut("the PNG has no picture data")
			case odd:
				return isUnsure("a checksum in the PNG is wrong")
			case pos < v.size:
				return isUnsure("there is more data behind the PNG's end mark")
			}
			return isWhole
		}
	}
}

// checksum is the CRC of kind and the next n bytes of br.
func checksum(br *bufio.Reader, kind []byte, n int64) (uint32, error) {
	sum := crc32.ChecksumIEEE(kind)
	for n > 0 {
		b, err := br.Peek(int(min(n, int64(br.Size()))))
		if err != nil {
			return 0, err
		}
		sum = crc32.Update(sum, crc32.IEEETable, b)
		n -= int64(len(b))
		if _, err := br.Discard(len(b)); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

func letters(s string) bool {
	for _, c := range []byte(s) {
		if (c|0x20) < 'a' || (c|0x20) > 'z' {
			return false
		}
	}
	return true
}
