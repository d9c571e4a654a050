package watcher

import "io"

// gif walks the blocks to the trailer.
func (v *view) gif() verdict {
	br := v.reader(6)
	defer done(br)
	ends := isCut("the GIF ends before its end mark")
	pos := int64(6)
	skip := func(n int) bool {
		d, err := br.Discard(n)
		pos += int64(d)
		return err == nil
	}
	get := func() (byte, bool) {
		b, err := br.ReadByte()
		pos++
		return b, err == nil
	}
	blocks := func() bool { // data blocks up to the empty one
		for {
			n, ok := get()
			if !ok || !skip(int(n)) {
				return false
			}
			if n == 0 {
				return true
			}
		}
	}
	var screen [7]byte
	if _, err := io.ReadFull(br, screen[:]); err != nil {
		return ends
	}
	pos += 7
	if !skip(colours(screen[4])) {
		return ends
	}
	for frames := 0; ; {
		b, ok := get()
		if !ok {
			return ends
		}
		switch b {
		case 0x3b:
			switch {
			case frames == 0:
				return isCut("the GIF has no picture data")
			case pos < v.size:
				return isUnsure("there is more data behind the GIF's end mark")
			}
			return isWhole
		case 0x21:
			if !skip(1) || !blocks() {
				return ends
			}
		case 0x2c:
			var d [9]byte
			if _, err := io.ReadFull(br, d[:]); err != nil {
				return ends
			}
			pos += 9
			if !skip(colours(d[8])+1) || !blocks() {
				return ends
			}
			frames++
		default:
			return isCut("a part of the GIF is damaged or not written yet")
		}
	}
}

// colours is the size of the colour table that follows flags.
func colours(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}
