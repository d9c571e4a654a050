package chevtest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

// noise is a picture that is different for each seed.
func noise(w, h int, seed uint64) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 7))
	picture := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := 0; i < len(picture.Pix); i += 4 {
		x, y := i/4%w, i/4/w
		copy(picture.Pix[i:], []byte{byte(x * 3), byte(y * 5), byte(r.Uint32() & 0x30), 255})
	}
	return picture
}

func pngOf(w, h int, seed uint64) []byte {
	var b bytes.Buffer
	_ = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, noise(w, h, seed))
	return b.Bytes()
}

func jpegOf(w, h int, seed uint64) []byte {
	var b bytes.Buffer
	_ = jpeg.Encode(&b, noise(w, h, seed), nil)
	return b.Bytes()
}

func gifOf(w, h, frames int) []byte {
	all := &gif.GIF{}
	for i := range frames {
		frame := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Black, color.White, color.RGBA{R: uint8(i * 40), A: 255}})
		frame.Set(i, i, color.White)
		all.Image, all.Delay = append(all.Image, frame), append(all.Delay, 10)
	}
	var b bytes.Buffer
	_ = gif.EncodeAll(&b, all)
	return b.Bytes()
}

// photo is what withEXIF writes into a JPEG.
type photo struct {
	orientation           int
	maker, model, xpTitle string
	description, taken    string
	bigEndian             bool
}

// withEXIF puts an EXIF segment into a JPEG.
func withEXIF(plain []byte, p photo) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	mark := "II"
	if p.bigEndian {
		order, mark = binary.BigEndian, "MM"
	}
	type entry struct {
		tag, kind uint16
		data      []byte
	}
	ascii := func(tag uint16, s string) entry { return entry{tag, 2, append([]byte(s), 0)} }
	var entries []entry
	for _, e := range []struct {
		tag  uint16
		text string
	}{{tagDescription, p.description}, {tagMake, p.maker}, {tagModel, p.model}, {tagDateTime, p.taken}} {
		if e.text != "" {
			entries = append(entries, ascii(e.tag, e.text))
		}
	}
	if p.orientation > 0 {
		entries = append(entries, entry{tagOrientation, 3, order.AppendUint16(nil, uint16(p.orientation))})
	}
	if p.xpTitle != "" {
		var units []byte
		for _, u := range utf16.Encode([]rune(p.xpTitle + "\x00")) {
			units = binary.LittleEndian.AppendUint16(units, u)
		}
		entries = append(entries, entry{tagXPTitle, 1, units})
	}
	tiff := order.AppendUint32(order.AppendUint16([]byte(mark), 42), 8)
	tiff = order.AppendUint16(tiff, uint16(len(entries)))
	after := len(tiff) + 12*len(entries) + 4
	var far []byte
	sizes := map[uint16]int{1: 1, 2: 1, 3: 2}
	for _, e := range entries {
		tiff = order.AppendUint16(order.AppendUint16(tiff, e.tag), e.kind)
		tiff = order.AppendUint32(tiff, uint32(len(e.data)/sizes[e.kind]))
		if len(e.data) <= 4 {
			tiff = append(tiff, append(e.data, 0, 0, 0, 0)[:4]...)
			continue
		}
		tiff = order.AppendUint32(tiff, uint32(after+len(far)))
		far = append(far, e.data...)
	}
	tiff = append(order.AppendUint32(tiff, 0), far...)
	payload := append([]byte("Exif\x00\x00"), tiff...)
	segment := append([]byte{0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(payload)+2))...)
	return append(append(append([]byte{}, plain[:2]...), append(segment, payload...)...), plain[2:]...)
}

// sample reads a small file made with ffmpeg from a test pattern.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// request is a request to the API, made up of what its options say.
type request struct {
	method, path, query string
	key                 string
	header              http.Header
	body                bytes.Buffer
	form                *multipart.Writer
	kind                string // Content-Type instead of the form's
}

type option func(*request)

// file adds a file part; an empty mime means no Content-Type of its own.
func file(name, mime string, data []byte) option {
	return func(r *request) { r.addFile("source", name, mime, data) }
}

func (r *request) addFile(field, name, mime string, data []byte) {
	head := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name="%s"; filename="%s"`, field,
		strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name))}}
	if mime != "" {
		head.Set("Content-Type", mime)
	}
	w, _ := r.form.CreatePart(head)
	_, _ = w.Write(data)
}

func aPNG(seed uint64) option { return file("f.png", "image/png", pngOf(64, 48, seed)) }

func with(field, value string) option {
	return func(r *request) { _ = r.form.WriteField(field, value) }
}

func withKey(key string) option { return func(r *request) { r.key = key } }

func header(name, value string) option { return func(r *request) { r.header.Set(name, value) } }

func to(method, path, query string) option {
	return func(r *request) { r.method, r.path, r.query = method, path, query }
}

// raw sends a body of one's own.
func raw(kind, body string) option {
	return func(r *request) {
		r.kind = kind
		r.body.Reset()
		r.body.WriteString(body)
	}
}

// reply is an answer that was read whole.
type got struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

func (g got) image() map[string]any {
	image, _ := g.json["image"].(map[string]any)
	return image
}

// code is the code of an error with its message behind it.
func (g got) code() string {
	fault, _ := g.json["error"].(map[string]any)
	return fmt.Sprintf("%d %v %v", g.status, fault["code"], fault["message"])
}

func (r *request) build(t *testing.T, s *Server) *http.Request {
	t.Helper()
	if r.kind == "" {
		_ = r.form.Close()
		r.kind = r.form.FormDataContentType()
	}
	address := s.URL + r.path
	if r.query != "" {
		address += "?" + r.query
	}
	req, err := http.NewRequestWithContext(t.Context(), r.method, address, &r.body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = r.header
	req.Header.Set("Content-Type", r.kind)
	if r.key != "" {
		req.Header.Set("X-Api-Key", r.key)
	}
	return req
}

func newRequest(s *Server, options ...option) *request {
	r := &request{method: http.MethodPost, path: "/api/1/upload", key: s.Key, header: http.Header{}}
	r.form = multipart.NewWriter(&r.body)
	for _, o := range options {
		o(r)
	}
	return r
}

// try sends a request; no redirect is followed.
func try(t *testing.T, s *Server, options ...option) (got, error) {
	t.Helper()
	client := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DisableKeepAlives: true},
	}
	answer, err := client.Do(newRequest(s, options...).build(t, s))
	if err != nil {
		return got{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	g := got{status: answer.StatusCode, header: answer.Header, body: string(body)}
	_ = json.Unmarshal(body, &g.json)
	return g, err
}

func send(t *testing.T, s *Server, options ...option) got {
	t.Helper()
	g, err := try(t, s, options...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// upload sends a request that has to succeed and returns its image.
func upload(t *testing.T, s *Server, options ...option) map[string]any {
	t.Helper()
	g := send(t, s, options...)
	if g.status != http.StatusOK || g.image() == nil {
		t.Fatalf("upload failed: %d %s", g.status, g.body)
	}
	return g.image()
}

// get fetches an address of the host.
func get(t *testing.T, s *Server, method, address string) got {
	t.Helper()
	path, query, _ := strings.Cut(strings.TrimPrefix(address, s.URL), "?")
	return send(t, s, to(method, path, query), raw("text/plain", ""), withKey(""))
}

// wantCode fails unless an answer is that error.
func wantCode(t *testing.T, g got, want string) {
	t.Helper()
	if g.code() != want {
		t.Errorf("got %s (body %.200s)\nwant %s", g.code(), g.body, want)
	}
}

func wantField(t *testing.T, object map[string]any, key string, want any) {
	t.Helper()
	if value, ok := object[key]; !ok || fmt.Sprintf("%T %v", value, value) != fmt.Sprintf("%T %v", want, want) {
		t.Errorf("%s is %T %v (there: %v), want %T %v", key, value, value, ok, want, want)
	}
}
