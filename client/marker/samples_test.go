package marker

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	stdgif "image/gif"
	stdjpeg "image/jpeg"
	stdpng "image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sample is a whole file that takes a mark.
type sample struct {
	name string // with the extension of its kind
	data []byte
}

// samples are files from Go's encoders and, under testdata, from FFmpeg and
// libwebp, and some rare shapes made of them.
func samples(t testing.TB) []sample {
	t.Helper()
	var list []sample
	add := func(name string, data []byte) { list = append(list, sample{name, data}) }
	for _, name := range []string{
		"animated.gif", "animated.webp", "lossy.webp", "lossless.webp", "alpha.webp", "alpha-lossless.webp",
		"faststart.mp4", "fragmented.mp4", "nomfra.mp4", "plain.mp4", "plain.mov", "progressive.jpg",
	} {
		add(name, stored(t, name))
	}
	for _, side := range []int{1, 2, 7, 64, 150} {
		p := picture(side)
		add(fmt.Sprintf("side-%d.png", side), encoded(t, func(b *bytes.Buffer) error { return stdpng.Encode(b, p) }))
		add(fmt.Sprintf("side-%d.jpg", side), encoded(t, func(b *bytes.Buffer) error { return stdjpeg.Encode(b, p, nil) }))
		add(fmt.Sprintf("side-%d.gif", side), encoded(t, func(b *bytes.Buffer) error { return stdgif.Encode(b, p, nil) }))
	}
	jpg, gif := jpegOf(t, 40), encoded(t, func(b *bytes.Buffer) error { return stdgif.Encode(b, picture(9), nil) })
	add("loop.gif", looping(t))
	add("87a.gif", slices.Concat([]byte("GIF87a"), gif[6:]))
	add("jfif-exif-comment.jpg", slices.Concat(jpg[:2],
		segmentOf(app0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00"), segmentOf(app0+1, "Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"),
		segmentOf(com, "a comment of its own"), jpg[2:]))
	add("fill-bytes.jpg", slices.Concat(jpg[:2], []byte{0xff, 0xff}, jpg[2:]))
	old := stored(t, "plain.mov")
	copy(old[4:], "wide") // in the place of ftyp: QuickTime from before there was one
	add("old.mov", old)
	open := stored(t, "faststart.mp4")
	binary.BigEndian.PutUint32(open[len(open)-1427:], 0)
	add("open.mp4", open)
	wide := stored(t, "faststart.mp4")
	at := len(wide) - 1427
	add("long-length.mp4", slices.Concat(wide[:at-8], []byte("\x00\x00\x00\x01mdat"), binary.BigEndian.AppendUint64(nil, 1427+8), wide[at+8:]))
	return list
}

func stored(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func encoded(t testing.TB, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func picture(side int) image.Image {
	r := rand.New(rand.NewPCG(uint64(side), 1))
	p := image.NewNRGBA(image.Rect(0, 0, side, side))
	for i := range p.Pix {
		p.Pix[i] = uint8(r.Uint32())
	}
	return p
}

func jpegOf(t testing.TB, side int) []byte {
	t.Helper()
	return encoded(t, func(b *bytes.Buffer) error { return stdjpeg.Encode(b, picture(side), nil) })
}

// looping is an animation with a loop count, delays and transparency.
func looping(t testing.TB) []byte {
	t.Helper()
	g := &stdgif.GIF{LoopCount: 3}
	for i := range 4 {
		p := image.NewPaletted(image.Rect(0, 0, 20, 20), append(color.Palette{color.Transparent}, palette.WebSafe...))
		for k := range p.Pix {
			p.Pix[k] = uint8((k*7 + i*31) % len(p.Palette))
		}
		g.Image = append(g.Image, p)
		g.Delay = append(g.Delay, 5+i)
		g.Disposal = append(g.Disposal, stdgif.DisposalBackground)
	}
	return encoded(t, func(b *bytes.Buffer) error { return stdgif.EncodeAll(b, g) })
}

func segmentOf(m byte, data string) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0xff, m}, uint16(2+len(data)))
	return append(b, data...)
}

// sized reports whether a sample is one of many that differ in size only.
func (s sample) sized() bool {
	return strings.HasPrefix(s.name, "side-") && !strings.HasPrefix(s.name, "side-64.")
}

func (s sample) kind() string { return strings.TrimPrefix(filepath.Ext(s.name), ".") }

// marked is data with mark, by way of Copy.
func marked(t testing.TB, data []byte, mark string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Copy(&b, bytes.NewReader(data), int64(len(data)), []byte(mark)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// needs skips a test whose tools are not there; where CI tests it fails.
func needs(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}
