package chevtest

import (
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf16"
)

// exif is what matters here of a JPEG's EXIF data.
type exif struct {
	found       bool
	orientation int // 0: no such tag
	title       string
	description string
	camera      []string // make and model, as far as given
	taken       string   // "2019:05:06 07:08:09"
}

// takenAt reads the date taken as UTC, as a real server does.
func (e exif) takenAt() (time.Time, bool) {
	at, err := time.Parse("2006:01:02 15:04:05", e.taken)
	return at, err == nil
}

// Tags of the first directory, and of the EXIF one that it points to.
const (
	tagDescription = 0x010E
	tagMake        = 0x010F
	tagModel       = 0x0110
	tagOrientation = 0x0112
	tagDateTime    = 0x0132
	tagEXIF        = 0x8769
	tagTaken       = 0x9003
	tagXPTitle     = 0x9C9B
)

// parseEXIF reads the payload of an APP1 segment.
func parseEXIF(payload []byte) exif {
	var e exif
	tiff, ok := strings.CutPrefix(string(payload), "Exif\x00\x00")
	if !ok || len(tiff) < 8 {
		return e
	}
	data := []byte(tiff)
	var order binary.ByteOrder = binary.LittleEndian
	if data[0] == 'M' {
		order = binary.BigEndian
	}
	e.found = true
	maker, model := "", ""
	walkIFD(data, order, order.Uint32(data[4:]), 0, func(tag uint16, kind uint16, value []byte) {
		switch tag {
		case tagDescription:
			e.description = text(value)
		case tagMake:
			maker = text(value)
		case tagModel:
			model = text(value)
		case tagOrientation:
			if kind == 3 && len(value) >= 2 {
				e.orientation = int(order.Uint16(value))
			}
		case tagDateTime, tagTaken:
			if taken := text(value); taken != "" {
				e.taken = taken
			}
		case tagXPTitle:
			e.title = asciiTitle(value)
		}
	})
	for _, part := range []string{maker, model} {
		if part != "" {
			e.camera = append(e.camera, part)
		}
	}
	return e
}

// walkIFD visits the tags of a directory and of the EXIF directory below it.
func walkIFD(data []byte, order binary.ByteOrder, off uint32, depth int, visit func(tag, kind uint16, value []byte)) {
	sizes := map[uint16]uint64{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}
	at := uint64(off)
	if depth > 1 || at+2 > uint64(len(data)) {
		return
	}
	count := uint64(order.Uint16(data[at:]))
	for i := range count {
		entry := at + 2 + 12*i
		if entry+12 > uint64(len(data)) {
			return
		}
		tag, kind := order.Uint16(data[entry:]), order.Uint16(data[entry+2:])
		size := sizes[kind] * uint64(order.Uint32(data[entry+4:]))
		from := entry + 8
		if size > 4 {
			from = uint64(order.Uint32(data[from:]))
		}
		if from+size > uint64(len(data)) {
			continue
		}
		if tag == tagEXIF {
			walkIFD(data, order, order.Uint32(data[entry+8:]), depth+1, visit)
			continue
		}
		visit(tag, kind, data[from:from+size])
	}
}

func text(value []byte) string {
	s, _, _ := strings.Cut(string(value), "\x00")
	return strings.TrimSpace(strings.ToValidUTF8(s, "?"))
}

// asciiTitle reads a title in UTF-16. A real server hands it on with "?" for
// all that is not ASCII, so a Russian title becomes a row of question marks.
func asciiTitle(value []byte) string {
	units := make([]uint16, 0, len(value)/2)
	for ; len(value) >= 2; value = value[2:] {
		units = append(units, binary.LittleEndian.Uint16(value))
	}
	title := strings.Map(func(r rune) rune {
		if r > 126 {
			return '?'
		}
		return r
	}, string(utf16.Decode(units)))
	return strings.TrimRight(title, "\x00")
}
