package chevtest

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// fixture stands for a file of the recordings, which hold none.
func fixture(t *testing.T, name string) []byte {
	t.Helper()
	canon := photo{orientation: 6, maker: "Canon", model: "Canon EOS 5D", description: "EXIF desc here", xpTitle: "Заголовокфото", taken: "2019:05:06 07:08:09"}
	picture := pngOf(64, 48, 7)
	sized := func(n int) []byte { return append(bytes.Clone(picture), make([]byte, n-len(picture))...) }
	switch name := baseName(name); name {
	case "png01.png", "a.png":
		return pngOf(640, 480, 1)
	case "photo.jpg":
		return withEXIF(jpegOf(1200, 900, 1), canon)
	case "trunc.jpg":
		return withEXIF(jpegOf(1200, 900, 1), canon)[:2000]
	case "trunc2.jpg":
		return withEXIF(jpegOf(1200, 900, 1), canon)[:100000]
	case "r.jpg":
		return withEXIF(jpegOf(300, 200, 1), photo{orientation: 6})
	case "e2.jpg":
		return withEXIF(jpegOf(300, 200, 1), photo{orientation: 1, maker: "Canon"})
	case "e3.jpg":
		return withEXIF(jpegOf(300, 200, 1), photo{maker: "Canon"})
	case "e4.jpg":
		return jpegOf(300, 200, 1)
	case "pjt.jpg":
		return jpegOf(600, 400, 1)[:20000]
	case "anim.gif", "w.gif":
		return gifOf(120, 120, 3)
	case "pwt.webp":
		return sample(t, "still.webp")[:300]
	case "lt.webm":
		return sample(t, "clip.webm")[:3000]
	case "fst.mp4":
		return sample(t, "faststart.mp4")[:2500]
	case "trunc.mp4":
		return sample(t, "clip.mp4")[:2000]
	case "anim.webp", "clip.mp4", "clip.mov", "clip.webm":
		return sample(t, name)
	case "a.avif":
		return sample(t, "still.avif")
	case "s.bmp":
		return bmpOf(640, 480)
	case "s.tiff":
		return sample(t, "still.tiff")
	case "s.svg":
		return []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)
	case "note.txt":
		return []byte("a note\n")
	case "empty.png":
		return nil
	case "huge.png":
		return hugePNG()
	case "big.png":
		return sized(1_100_000)
	case "big22.png":
		return sized(2_200_000)
	case "big27.png":
		return sized(2_700_000)
	case "big32.png":
		return sized(3_200_000)
	case "desc.txt":
		return bytes.Repeat([]byte("d"), 70000)
	}
	if strings.HasSuffix(name, ".b64") {
		return []byte(base64.StdEncoding.EncodeToString(picture))
	}
	if strings.HasSuffix(name, ".b64wrapped") {
		text := base64.StdEncoding.EncodeToString(picture)
		return []byte(text[:76] + "\n" + text[76:] + "\n")
	}
	return picture
}

// bmpOf is a black BMP.
func bmpOf(w, h int) []byte {
	head := []byte("BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00")
	for _, n := range []int{w, h, 1 | 24<<16, 0, 0, 0, 0, 0, 0} {
		head = append(head, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	return append(head, make([]byte, w*h*3)...)
}

// shellWords splits a command as the shell does, as far as the recordings go.
func shellWords(line string) (words []string) {
	var word strings.Builder
	inside, dollar := false, false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case dollar && c == '\'':
			dollar = false
		case dollar && c == '\\':
			if n, err := strconv.ParseUint(line[i+1:i+4], 8, 8); err == nil {
				word.WriteByte(byte(n))
				i += 3
			}
		case dollar:
			word.WriteByte(c)
		case c == '$' && strings.HasPrefix(line[i:], "$'"):
			dollar, inside = true, true
			i++
		case c == '\\' && i+1 < len(line):
			i++
			word.WriteByte(line[i])
			inside = true
		case c == ' ':
			if inside || word.Len() > 0 {
				words = append(words, word.String())
			}
			word.Reset()
			inside = false
		default:
			word.WriteByte(c)
		}
	}
	if inside || word.Len() > 0 {
		words = append(words, word.String())
	}
	return words
}

// curlTypes are the types that curl gives file parts by their names.
var curlTypes = map[string]string{"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "svg": "image/svg+xml", "txt": "text/plain"}

// fromCurl turns a curl command into a request to our host.
func fromCurl(t *testing.T, s *Server, web string, words []string) *request {
	t.Helper()
	r := newRequest(s)
	r.key, r.method, r.path = "", http.MethodGet, ""
	people := strings.NewReplacer("chv_key_here_with_tail_altered", bobKey[:len(bobKey)-2]+"zz", "chv_key_here", s.Key, "guest_key_here", guestKey,
		"http://127.0.0.1:18099", web, "http://127.0.0.2:18099", web)
	post, query := false, ""
	for i := 1; i < len(words); i++ {
		next := func() string { i++; return people.Replace(words[i]) }
		switch words[i] {
		case "-X":
			r.method = next()
		case "-I":
			r.method = http.MethodHead
		case "-H":
			name, value, _ := strings.Cut(next(), ":")
			if value = strings.TrimSpace(value); name != "Expect" && name != "Transfer-Encoding" {
				r.header.Set(name, value)
			}
		case "-F":
			post = true
			r.curlField(t, next())
		case "--form-string":
			name, value, _ := strings.Cut(next(), "=")
			_ = r.form.WriteField(name, value)
		case "--data":
			r.kind = r.header.Get("Content-Type")
			r.body.WriteString(next())
		case "--data-urlencode":
			name, value, isValue := strings.Cut(next(), "=")
			if !isValue {
				name, value, _ = strings.Cut(name, "@")
				value = string(fixture(t, value))
			}
			query = name + "=" + rawURLEncode(value)
		case "-G": // curl writes the digits of %3D small, which a real server does not take
			defer func() { r.query = regexp.MustCompile(`%..`).ReplaceAllStringFunc(query, strings.ToLower) }()
		default:
			if address, ok := strings.CutPrefix(words[i], "http://127.0.0.1:18088"); ok {
				r.path, r.query, _ = strings.Cut(address, "?")
			}
		}
	}
	if query != "" && !slices.Contains(words, "-G") {
		r.kind = "application/x-www-form-urlencoded"
		r.body.Reset()
		r.body.WriteString(query)
	}
	if !post && r.kind == "" {
		r.kind = "text/plain"
		r.body.Reset()
	}
	return r
}

// curlField adds what curl's -F asks for.
func (r *request) curlField(t *testing.T, spec string) {
	t.Helper()
	name, value, _ := strings.Cut(spec, "=")
	switch {
	case strings.HasPrefix(value, "@"):
		path, options, _ := strings.Cut(value[1:], ";")
		data, fileName := fixture(t, path), baseName(path)
		_, ext := splitExt(fileName)
		kind := curlTypes[ext]
		if kind == "" {
			kind = "application/octet-stream"
		}
		for option := range strings.SplitSeq(options, ";") {
			if text, ok := strings.CutPrefix(option, "type="); ok {
				kind = text
			}
			if text, ok := strings.CutPrefix(option, "filename="); ok {
				fileName = text
			}
		}
		r.addFile(name, fileName, kind, data)
	case strings.HasPrefix(value, "<"):
		_ = r.form.WriteField(name, string(fixture(t, value[1:])))
	default:
		_ = r.form.WriteField(name, value)
	}
}
