package chevtest

import (
	"errors"
	"io"
	"slices"
	"strings"
)

// media is what the host found out about a file by looking at its bytes; a
// real server goes by content too and corrects the file extension.
type media struct {
	ext, mime string
	width     int
	height    int
	video     bool
	animated  bool
	seconds   int
	exif      exif // JPEG only
}

// format is a kind of file that is told by its first bytes.
type format string

const (
	formatPNG     format = "png"
	formatJPEG    format = "jpeg"
	formatGIF     format = "gif"
	formatWebP    format = "webp"
	formatAVIF    format = "avif"
	formatBMP     format = "bmp"
	formatMP4     format = "mp4"
	formatMOV     format = "mov"
	formatWebM    format = "webm"
	formatMKV     format = "mkv"
	formatTIFF    format = "tiff" // recognised, not accepted
	formatUnknown format = ""
)

func (f format) video() bool {
	return slices.Contains([]format{formatMP4, formatMOV, formatWebM, formatMKV}, f)
}

var formatMIME = map[string]string{
	"png": "image/png", "jpeg": "image/jpeg", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
	"avif": "image/avif", "bmp": "image/bmp", "mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm",
}

// sniff tells the format from the first bytes of a file.
func sniff(head []byte) format {
	s := string(head[:min(len(head), 64)])
	switch {
	case strings.HasPrefix(s, "\x89PNG\r\n\x1a\n"):
		return formatPNG
	case strings.HasPrefix(s, "\xff\xd8\xff"):
		return formatJPEG
	case strings.HasPrefix(s, "GIF8"):
		return formatGIF
	case strings.HasPrefix(s, "BM"):
		return formatBMP
	case strings.HasPrefix(s, "II*\x00"), strings.HasPrefix(s, "MM\x00*"), strings.HasPrefix(s, "8BPS"):
		return formatTIFF
	case len(s) >= 12 && s[:4] == "RIFF" && s[8:12] == "WEBP":
		return formatWebP
	case strings.HasPrefix(s, "\x1a\x45\xdf\xa3"):
		if strings.Contains(s, "webm") {
			return formatWebM
		}
		return formatMKV
	case len(s) >= 12 && s[4:8] == "ftyp":
		switch s[8:12] {
		case "avif", "avis":
			return formatAVIF
		case "qt  ":
			return formatMOV
		case "heic", "heix", "mif1", "msf1":
			return formatUnknown
		}
		return formatMP4
	case len(s) >= 12 && slices.Contains([]string{"moov", "mdat", "wide"}, s[4:8]):
		return formatMOV
	}
	return formatUnknown
}

var (
	errNoSize    = errors.New("no size found")           // not even the header is whole
	errTruncated = errors.New("the file is cut")         // the header is whole, the rest is not
	errNoVideo   = errors.New("there is no video in it") // a container without pictures
)

// probe reads what the answer tells about a file. It returns errNoSize,
// errTruncated or errNoVideo for what a real server refuses; a cut JPEG, WebM
// or MP4 with its index in front is not among them.
func probe(f format, r io.ReaderAt, size int64) (media, error) {
	m := media{ext: string(f), mime: formatMIME[string(f)], video: f.video()}
	var err error
	switch f {
	case formatPNG:
		err = probePNG(&m, r, size)
	case formatJPEG:
		err = probeJPEG(&m, r, size)
	case formatGIF:
		err = probeGIF(&m, r, size)
	case formatWebP:
		err = probeWebP(&m, r, size)
	case formatAVIF:
		err = probeAVIF(&m, r, size)
	case formatBMP:
		err = probeBMP(&m, r, size)
	case formatMP4, formatMOV:
		err = probeMP4(&m, r, size)
	case formatWebM:
		err = probeWebM(&m, r, size)
	default:
		err = errNoSize
	}
	return m, err
}

// readAt reads exactly n bytes at off.
func readAt(r io.ReaderAt, off int64, n int) ([]byte, bool) {
	p := make([]byte, n)
	got, _ := r.ReadAt(p, off)
	return p, got == n
}
