package marker

import (
	"bytes"
	"encoding/binary"
	"io"
)

// The markers of a JPEG that matter here.
const (
	sof0 = 0xc0
	dht  = 0xc4
	jpg  = 0xc8
	dac  = 0xcc
	rst0 = 0xd0
	soi  = 0xd8
	eoi  = 0xd9
	sos  = 0xda
	app0 = 0xe0
	app2 = 0xe2
	com  = 0xfe
	tem  = 0x01
)

// jpeg puts a comment behind the application data and comments at the front.
// What follows the end mark (further pictures, a motion photo's video) stays.
func jpeg(src *io.SectionReader, mark []byte) ([]edit, error) {
	comment := binary.BigEndian.AppendUint16([]byte{0xff, com}, uint16(2+len(mark)))
	comment = append(comment, mark...)

	s := newStream(src)
	if err := s.skip(2); err != nil {
		return nil, err
	}
	var edits []edit
	front, frame, scan := true, false, false
	for m := byte(0); ; {
		var err error
		if m, err = s.marker(m == sos); err != nil {
			return nil, err
		}
		if front && m&0xf0 != app0 && m != com {
			front = false
			edits = append(edits, edit{at: s.at - 2, put: comment})
		}
		switch {
		case m == soi:
			return nil, damaged("the JPEG begins twice")
		case m == eoi && frame && scan:
			return edits, nil
		case m == eoi:
			return nil, damaged("the JPEG has no picture")
		case m == sos:
			scan = true
		case m&0xf0 == sof0 && m != dht && m != jpg && m != dac:
			frame = true
		}
		data, err := s.segment()
		if err != nil {
			return nil, err
		}
		if front && m == app2 {
			edits = append(edits, moreInFront(data, s.at-int64(len(data)), uint32(len(comment)))...)
		}
	}
}

// marker reads up to and with the next marker that says something: past
// compressed data if inside a scan, else past fill bytes only.
func (s *stream) marker(scan bool) (byte, error) {
	for {
		if scan {
			if err := s.past(0xff); err != nil {
				return 0, err
			}
		} else if b, err := s.byte(); err != nil {
			return 0, err
		} else if b != 0xff {
			return 0, damaged("a part of the JPEG is not where it should be")
		}
		b := byte(0xff)
		for b == 0xff {
			var err error
			if b, err = s.byte(); err != nil {
				return 0, err
			}
		}
		switch {
		case b == tem, b&0xf8 == rst0:
		case b != 0:
			return b, nil
		case !scan:
			return 0, damaged("a part of the JPEG has no kind")
		}
	}
}

// segment reads what belongs to a marker.
func (s *stream) segment() ([]byte, error) {
	b, err := s.next(2)
	if err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(b))
	if n < 2 {
		return nil, damaged("a part of the JPEG has no length")
	}
	return s.next(n - 2)
}

// moreInFront mends the index of a multi-picture file (CIPA DC-007; phones
// keep HDR gain maps so): the first picture grows by n bytes, and the others,
// whose places are counted from within the index, move away from it by n.
// data is the segment of the index, which lies at in the file.
func moreInFront(data []byte, at int64, n uint32) []edit {
	const (
		name    = "MPF\x00"
		entries = 0xb002 // the tag of the list of pictures
		entry   = 16     // attributes, size, offset, two dependents
	)
	index, ok := bytes.CutPrefix(data, []byte(name))
	if !ok || len(index) < 8 {
		return nil
	}
	at += int64(len(name))
	var order binary.ByteOrder = binary.BigEndian
	if string(index[:2]) == "II" {
		order = binary.LittleEndian
	}
	ifd := index[min(int64(order.Uint32(index[4:])), int64(len(index)-2)):]
	count := int(order.Uint16(ifd))
	for tag := ifd[2:]; count > 0 && len(tag) >= 12; tag, count = tag[12:], count-1 {
		if order.Uint16(tag) != entries {
			continue
		}
		size, off := int64(order.Uint32(tag[4:])), int64(order.Uint32(tag[8:]))
		if off+size > int64(len(index)) {
			return nil
		}
		list := bytes.Clone(index[off : off+size])
		for i := 0; i+entry <= len(list); i += entry {
			grown := list[i+4:]
			if i > 0 {
				grown = list[i+8:]
			}
			if v := order.Uint32(grown); v > 0 {
				order.PutUint32(grown, v+n)
			}
		}
		return []edit{{at: at + off, cut: size, put: list}}
	}
	return nil
}
