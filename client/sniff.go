package client

import (
	"bytes"
	"net/http"
	"strings"
)

// sniffLength is how much of a file sniff wants to see.
const sniffLength = 512

// sniff returns the media type of a file by its first bytes. A real Chevereto
// takes the type of a picture from its content, but knows a video only by the
// Content-Type of the part: sent as application/octet-stream it is refused.
func sniff(head []byte) string {
	switch {
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return sniffBrand(head)
	case len(head) >= 8 && isAtom(string(head[4:8])):
		return "video/quicktime" // from before there was ftyp
	case bytes.HasPrefix(head, []byte("\x1A\x45\xDF\xA3")):
		if bytes.Contains(head, []byte("webm")) {
			return "video/webm"
		}
		return "video/x-matroska"
	}
	media, _, _ := strings.Cut(http.DetectContentType(head), ";")
	if strings.HasPrefix(media, "image/") || strings.HasPrefix(media, "video/") {
		return media
	}
	return "application/octet-stream"
}

// sniffBrand tells the members of the ISO base media family apart by their
// major brand and, for pictures, the compatible ones.
func sniffBrand(head []byte) string {
	size := int(uint32(head[0])<<24 | uint32(head[1])<<16 | uint32(head[2])<<8 | uint32(head[3]))
	brands := head[8:]
	if size >= 16 && size <= len(head) {
		brands = head[8:size]
	}
	major := string(brands[:4])
	has := func(brand string) bool {
		for i := 0; i+4 <= len(brands); i += 4 {
			if i != 4 && string(brands[i:i+4]) == brand { // at 4 is a version
				return true
			}
		}
		return false
	}
	switch {
	case has("avif") || has("avis"):
		return "image/avif"
	case major == "mif1" || major == "msf1" || strings.HasPrefix(major, "hei") || strings.HasPrefix(major, "hev"):
		return "image/heic"
	case major == "qt  ":
		return "video/quicktime"
	case major == "M4A " || major == "M4B ":
		return "audio/mp4"
	case strings.HasPrefix(major, "3gp"):
		return "video/3gpp"
	case strings.HasPrefix(major, "3g2"):
		return "video/3gpp2"
	}
	return "video/mp4"
}

func isAtom(name string) bool {
	switch name {
	case "moov", "mdat", "wide", "pnot":
		return true
	}
	return false
}

// extensions by media type, for files that came without a name.
var extensions = map[string]string{
	"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "image/bmp": ".bmp",
	"image/avif": ".avif", "video/mp4": ".mp4", "video/quicktime": ".mov", "video/webm": ".webm",
}
