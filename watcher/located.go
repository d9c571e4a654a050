package watcher

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// Located reports whether the picture or video at path tells where it was
// taken: GPS data in EXIF or XMP (JPEG, PNG, WebP, AVIF, HEIC), or a location
// in the index of an MP4 or MOV. The content counts, not the name. It is for
// a dry run: somebody wants to know before such files are on a public page.
func Located(path string) (bool, error) {
	f, err := openFile(path)
	if err != nil {
		return false, fmt.Errorf("look for a location: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return false, fmt.Errorf("look for a location: %w", err)
	}
	if !info.Mode().IsRegular() {
		return false, nil
	}
	yes, err := located(f, info.Size())
	if err != nil {
		return false, fmt.Errorf("look for a location in %q: %w", path, err)
	}
	return yes, nil
}

func located(r io.ReaderAt, size int64) (bool, error) {
	v := &view{r: r, size: size}
	head, ok := v.at(0, 12)
	if !ok {
		return false, v.err
	}
	yes := false
	switch {
	case string(head[:8]) == pngMagic:
		yes = v.locatedPNG()
	case head[0] == 0xff && head[1] == 0xd8:
		yes = v.locatedJPEG()
	case string(head[:4]) == "RIFF" && string(head[8:]) == "WEBP":
		yes = v.locatedWebP()
	case isBMFF(string(head[4:8])):
		yes = v.locatedBMFF()
	}
	return yes, v.err
}

// maxMeta is the largest piece of metadata that is read.
const maxMeta = 4 << 20

// some reads what there is of n bytes at off, up to maxMeta.
func (v *view) some(off, n int64) []byte {
	b, _ := v.at(off, int(min(n, maxMeta, max(v.size-off, 0))))
	return b
}

func (v *view) locatedJPEG() bool {
	for off := int64(2); ; {
		h, ok := v.at(off, 4)
		if !ok || h[0] != 0xff {
			return false
		}
		switch m := h[1]; {
		case m == 0xff: // a fill byte
			off++
			continue
		case m == 0xda || m == 0xd9:
			return false
		case m == 0xe1:
			b := v.some(off+4, int64(binary.BigEndian.Uint16(h[2:]))-2)
			if exif, ok := bytes.CutPrefix(b, []byte("Exif\x00\x00")); ok && exifLocated(exif) ||
				bytes.HasPrefix(b, []byte("http://ns.adobe.com/")) && xmpLocated(b) {
				return true
			}
		}
		off += 2 + int64(binary.BigEndian.Uint16(h[2:]))
	}
}

func (v *view) locatedPNG() bool {
	for off := int64(8); ; {
		h, ok := v.at(off, 8)
		if !ok {
			return false
		}
		n := int64(binary.BigEndian.Uint32(h))
		switch string(h[4:]) {
		case "eXIf":
			if exifLocated(v.some(off+8, n)) {
				return true
			}
		case "iTXt", "tEXt", "zTXt":
			if textLocated(string(h[4:]), v.some(off+8, n)) {
				return true
			}
		case "IEND":
			return false
		}
		off += 12 + n
	}
}

// textLocated looks into a text chunk: XMP, or EXIF as ImageMagick keeps it,
// in hexadecimal.
func textLocated(kind string, b []byte) bool {
	key, text, ok := bytes.Cut(b, []byte{0})
	if !ok || len(text) == 0 {
		return false
	}
	switch {
	case kind == "zTXt":
		text = inflated(text[1:])
	case kind == "iTXt":
		packed := text[0] == 1
		if len(text) < 2 {
			return false
		}
		_, text, _ = bytes.Cut(text[2:], []byte{0}) // the language
		_, text, _ = bytes.Cut(text, []byte{0})     // the keyword in it
		if packed {
			text = inflated(text)
		}
	}
	switch string(key) {
	case "exif:GPSLatitude": // as ImageMagick repeats it
		return true
	case "XML:com.adobe.xmp", "Raw profile type xmp":
		if kind != "iTXt" {
			text = rawProfile(text)
		}
		return xmpLocated(text)
	case "Raw profile type exif", "Raw profile type APP1":
		raw := rawProfile(text)
		return exifLocated(bytes.TrimPrefix(raw, []byte("Exif\x00\x00"))) || xmpLocated(raw)
	}
	return false
}

func inflated(b []byte) []byte {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	out, _ := io.ReadAll(io.LimitReader(z, maxMeta))
	return out
}

// rawProfile reads a name, a length and hexadecimal lines.
func rawProfile(text []byte) []byte {
	fields := strings.Fields(string(text))
	if len(fields) < 3 {
		return nil
	}
	out, _ := hex.DecodeString(strings.Join(fields[2:], ""))
	return out
}

func (v *view) locatedWebP() bool {
	for off := int64(12); ; {
		h, ok := v.at(off, 8)
		if !ok {
			return false
		}
		n := int64(binary.LittleEndian.Uint32(h[4:]))
		switch string(h[:4]) {
		case "EXIF":
			if exifLocated(bytes.TrimPrefix(v.some(off+8, n), []byte("Exif\x00\x00"))) {
				return true
			}
		case "XMP ":
			if xmpLocated(v.some(off+8, n)) {
				return true
			}
		}
		off += 8 + n + n&1
	}
}

// xmpLocated looks for exif:GPSLatitude, the one property that a location has
// to have.
func xmpLocated(b []byte) bool { return bytes.Contains(b, []byte("GPSLatitude")) }

// exifLocated looks for a latitude and a longitude in the directory for GPS of
// EXIF data, which are a small TIFF file. Cameras without a fix leave the
// directory with a version alone, or with zeros.
func exifLocated(b []byte) bool {
	if len(b) < 8 {
		return false
	}
	var order binary.ByteOrder
	switch string(b[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
		order = binary.BigEndian
	default:
		return false
	}
	// find calls do with each entry of the directory at off.
	find := func(off int64, do func(tag uint16, entry []byte)) {
		if off < 8 || off+2 > int64(len(b)) {
			return
		}
		for i := range int64(order.Uint16(b[off:])) {
			at := off + 2 + 12*i
			if at+12 > int64(len(b)) {
				return
			}
			do(order.Uint16(b[at:]), b[at:at+12])
		}
	}
	var gps int64
	find(int64(order.Uint32(b[4:])), func(tag uint16, e []byte) {
		if tag == 0x8825 {
			gps = int64(order.Uint32(e[8:]))
		}
	})
	got := 0
	find(gps, func(tag uint16, e []byte) {
		if tag != 2 && tag != 4 { // latitude, longitude: three fractions each
			return
		}
		at := int64(order.Uint32(e[8:]))
		if order.Uint16(e[2:]) == 5 && order.Uint32(e[4:]) == 3 && at+24 <= int64(len(b)) && order.Uint32(b[at+4:]) != 0 {
			got++
		}
	})
	return got >= 2
}
