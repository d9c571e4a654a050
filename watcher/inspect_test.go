package watcher

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// judged inspects b and fails the test on a reading error.
func judged(t testing.TB, b []byte) verdict {
	t.Helper()
	v, err := inspect(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatalf("inspect: %v", err)
	}
	return v
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// noise is a picture that does not compress, different for every seed.
func noise(seed uint64, w, h int) image.Image {
	rnd := rand.New(rand.NewPCG(seed, 1))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, color.RGBA{uint8(rnd.Uint32()), uint8(rnd.Uint32()), uint8(rnd.Uint32()), 255})
		}
	}
	return img
}

func encoded(t testing.TB, encode func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, seed uint64, w, h int) []byte {
	t.Helper()
	return encoded(t, func(out io.Writer) error { return png.Encode(out, noise(seed, w, h)) })
}

func jpegOf(t testing.TB, seed uint64, w, h int) []byte {
	t.Helper()
	return encoded(t, func(out io.Writer) error { return jpeg.Encode(out, noise(seed, w, h), nil) })
}

func gifOf(t testing.TB, seed uint64, w, h int) []byte {
	t.Helper()
	return encoded(t, func(out io.Writer) error { return gif.Encode(out, noise(seed, w, h), nil) })
}

// finished are files that their makers have finished and whose structure can
// prove it.
func finished(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{
		"noise.png":  pngOf(t, 1, 40, 40),
		"noise.jpg":  jpegOf(t, 2, 50, 50),
		"noise.gif":  gifOf(t, 3, 40, 40),
		"multi.jpg":  multiPicture(jpegOf(t, 4, 40, 40), jpegOf(t, 5, 20, 20)),
		"motion.jpg": append(jpegOf(t, 6, 40, 40), sample(t, "plain.mp4")...),
		"pixel.jpg":  append(motionPicture(jpegOf(t, 7, 40, 40)), sample(t, "plain.mp4")...),
	}
	for _, name := range []string{
		"animated.gif", "animated.webp", "baseline.jpg", "faststart.mp4", "fragmented.mp4", "lossless.webp", "lossy.webp",
		"plain.bmp", "plain.mov", "plain.mp4", "plain.png", "plain.webm", "progressive.jpg", "rle.bmp", "still.avif",
	} {
		files[name] = sample(t, name)
	}
	return files
}

// motionPicture is a JPEG that says in its XMP that a video follows.
func motionPicture(b []byte) []byte {
	text := xmp + `<x:xmpmeta><rdf:Description GCamera:MotionPhoto="1" GCamera:MotionPhotoVersion="1"/></x:xmpmeta>`
	out := append(slices.Clone(b[:2]), 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(2+len(text)))
	out = append(out, text...)
	return append(out, b[2:]...)
}

// multiPicture puts second behind first with the index that cameras write.
func multiPicture(first, second []byte) []byte {
	const head = 2 + 2 + 4 // marker, length, "MPF\0"
	tiff := make([]byte, 8+2+12+4+32)
	be := binary.BigEndian
	copy(tiff, "MM\x00*")
	be.PutUint32(tiff[4:], 8)
	be.PutUint16(tiff[8:], 1)
	be.PutUint16(tiff[10:], 0xb002)
	be.PutUint16(tiff[12:], 7)
	be.PutUint32(tiff[14:], 32)
	be.PutUint32(tiff[18:], 26)
	size := len(first) + head + len(tiff)
	be.PutUint32(tiff[26+4:], uint32(size))
	be.PutUint32(tiff[26+16+4:], uint32(len(second)))
	be.PutUint32(tiff[26+16+8:], uint32(size-(2+head)))
	out := append([]byte{}, first[:2]...)
	out = append(out, 0xff, 0xe2)
	out = be.AppendUint16(out, uint16(2+4+len(tiff)))
	out = append(out, "MPF\x00"...)
	out = append(out, tiff...)
	out = append(out, first[2:]...)
	return append(out, second...)
}

func TestAFinishedFileIsWhole(t *testing.T) {
	for name, b := range finished(t) {
		t.Run(name, func(t *testing.T) {
			if got := judged(t, b); got.is != whole {
				t.Errorf("got %v %q", got.is, got.reason)
			}
		})
	}
}

// The exceptions are files that really were finished at that length: the
// photo before its motion video or further pictures were added.
func TestNoBeginningOfAFileIsWhole(t *testing.T) {
	for name, b := range finished(t) {
		t.Run(name, func(t *testing.T) {
			var passed []int
			for n := range len(b) {
				if judged(t, b[:n]).is == whole {
					passed = append(passed, n)
				}
			}
			if name == "motion.jpg" && len(passed) == 1 && bytes.HasSuffix(b[:passed[0]], []byte{0xff, 0xd9}) {
				return
			}
			if len(passed) > 0 {
				t.Errorf("whole at %v of %d bytes", passed, len(b))
			}
		})
	}
}

// A program may reserve the whole size and then fill it. Its last bytes may be
// zeros by right, so only an end of many zeros can be told.
func TestNoReservedAndPartlyFilledFileIsWhole(t *testing.T) {
	for name, b := range finished(t) {
		t.Run(name, func(t *testing.T) {
			for n := 0; n <= len(b)-tailZeros; n++ {
				part := make([]byte, len(b))
				copy(part, b[:n])
				if bytes.Equal(part, b) {
					continue
				}
				if got := judged(t, part); got.is == whole {
					t.Fatalf("whole with %d of %d bytes filled", n, len(b))
				}
			}
		})
	}
}

func TestAPageOfZerosInsideIsDoubt(t *testing.T) {
	big := append([]byte{}, sample(t, "faststart.mp4")...)
	at := bytes.Index(big, []byte("mdat"))
	data := make([]byte, 40_000)
	for i := range data {
		data[i] = byte(i | 1)
	}
	size := binary.BigEndian.Uint32(big[at-4:])
	binary.BigEndian.PutUint32(big[at-4:], size+uint32(len(data)))
	big = append(big, data...)
	if got := judged(t, big); got.is != whole {
		t.Fatalf("the file without a gap: %v %q", got.is, got.reason)
	}
	clear(big[len(big)-30_000 : len(big)-20_000])
	if got := judged(t, big); got.is != growing {
		t.Errorf("with a gap: %v %q", got.is, got.reason)
	}
}

// Of a large file only a sample is read: fine enough for the pieces in which
// programs load files.
func TestAMissingPieceOfALargeFileIsDoubt(t *testing.T) {
	t.Parallel()
	const size, gap = 20 << 20, 64 << 10
	big := append([]byte{}, sample(t, "faststart.mp4")...)
	at := bytes.Index(big, []byte("mdat"))
	binary.BigEndian.PutUint32(big[at-4:], binary.BigEndian.Uint32(big[at-4:])+size)
	big = append(big, bytes.Repeat([]byte{7}, size)...)
	if got := judged(t, big); got.is != whole {
		t.Fatalf("the file without a gap: %v %q", got.is, got.reason)
	}
	for _, off := range []int{1 << 20, size / 2, size - 2*gap} {
		b := slices.Clone(big[off : off+gap])
		clear(big[off : off+gap])
		if got := judged(t, big); got.is != growing {
			t.Errorf("with a gap at %d: %v %q", off, got.is, got.reason)
		}
		copy(big[off:], b)
	}
}

func TestWhatTheStructureCannotProveIsUnsureOrGrowing(t *testing.T) {
	pngFile, jpg := pngOf(t, 1, 20, 20), jpegOf(t, 1, 20, 20)
	oddText := append([]byte{}, pngFile[:33]...)
	oddText = append(oddText, "\x00\x00\x00\x04tEXta\x00bcXXXX"...)
	oddText = append(oddText, pngFile[33:]...)
	stale := multiPicture(jpegOf(t, 4, 40, 40), jpegOf(t, 5, 20, 20))
	stale = stale[:bytes.Index(stale[4:], []byte{0xff, 0xd9})+6]
	for name, b := range map[string][]byte{
		"fragments without a last one":            sample(t, "nomfra.mp4"),
		"a live recording":                        sample(t, "live.webm"),
		"data behind a PNG":                       append(pngFile, "more"...),
		"data behind a JPEG":                      append(jpg, "more, and more"...),
		"data behind a GIF":                       append(gifOf(t, 1, 9, 9), 0),
		"data behind a WebP":                      append(sample(t, "lossy.webp"), "more"...),
		"a PNG with a wrong checksum on a remark": oddText,
		"a JPEG whose further pictures were cut":  stale,
		"a motion photo without its video":        motionPicture(jpg),
		"a motion photo with half of its video":   append(motionPicture(jpg), sample(t, "plain.mp4")[:900]...),
	} {
		t.Run(name, func(t *testing.T) {
			want := unsure
			switch name {
			case "fragments without a last one", "a live recording", "a JPEG whose further pictures were cut",
				"a motion photo without its video", "a motion photo with half of its video":
				want = growing
			}
			if got := judged(t, b); got.is != want || got.reason == "" {
				t.Errorf("got %v %q, want %v", got.is, got.reason, want)
			}
		})
	}
}

func TestARecordingWithoutItsFirstPieceIsNotComplete(t *testing.T) {
	b := sample(t, "fragmented.mp4")
	head := b[:bytes.Index(b, []byte("moof"))-4]
	if got := judged(t, head); got.is != cut {
		t.Errorf("got %v %q", got.is, got.reason)
	}
}

func TestADamagedPNGIsNotComplete(t *testing.T) {
	b := pngOf(t, 7, 50, 50)
	for _, at := range []int{17, 60, len(b) / 2, len(b) - 20} {
		bad := slices.Clone(b)
		bad[at] ^= 0x40
		if got := judged(t, bad); got.is != cut {
			t.Errorf("byte %d changed: %v", at, got.is)
		}
	}
}

func TestWhatHostsDoNotTakeIsForeign(t *testing.T) {
	heic := append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), make([]byte, 100)...)
	for name, b := range map[string][]byte{
		"heic in a jpg's name": heic,
		"tiff":                 sample(t, "plain.tiff"),
		"matroska":             sample(t, "mkv.webm"),
		"text":                 []byte("hello, this is no picture at all"),
		"a web page":           []byte("<!DOCTYPE html><title>404</title>"),
		"svg":                  []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`),
		"wav":                  []byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00"),
		"sound":                []byte("\x00\x00\x00\x10ftypM4A \x00\x00\x00\x00"),
	} {
		t.Run(name, func(t *testing.T) {
			if got := judged(t, b); got.is != foreign || got.reason == "" {
				t.Errorf("got %v %q", got.is, got.reason)
			}
		})
	}
}

func TestAFileThatFailsToReadHasNoVerdict(t *testing.T) {
	broken := errors.New("disk on fire")
	for name, b := range finished(t) {
		if _, err := inspect(failing{bytes.NewReader(b), int64(len(b) / 2), broken}, int64(len(b))); !errors.Is(err, broken) {
			// Boxes and headers may be judged without touching the second half.
			if v, _ := inspect(failing{bytes.NewReader(b), int64(len(b) / 2), broken}, int64(len(b))); v.is == whole {
				t.Errorf("%s: whole, though half of it cannot be read", name)
			}
		}
	}
}

// failing fails to read beyond limit.
type failing struct {
	r     io.ReaderAt
	limit int64
	err   error
}

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.limit {
		return 0, f.err
	}
	return f.r.ReadAt(p, off)
}

func FuzzInspectEndsAndDoesNotPanic(f *testing.F) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			f.Add(sample(f, e.Name()))
		}
	}
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"))
	f.Add([]byte("\xff\xd8\xff\xe2\x00\x10MPF\x00MM\x00*\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := inspect(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatalf("reading from memory failed: %v", err)
		}
		if v.is != whole && v.reason == "" {
			t.Fatal("no reason for a person")
		}
		if v.is == whole && len(b) > 40 {
			// What is whole is not whole without its last half. JPEG may have
			// a second picture behind it, MP4 further boxes.
			h, _ := inspect(bytes.NewReader(b[:len(b)/2]), int64(len(b)/2))
			if h.is == whole && !strings.HasPrefix(string(b), "\xff\xd8") && !isBMFF(string(b[4:8])) {
				t.Fatal("whole, and its first half alone as well")
			}
		}
	})
}

func BenchmarkInspectPNG300KB(b *testing.B) {
	data := pngOf(b, 1, 320, 320)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if v, _ := inspect(bytes.NewReader(data), int64(len(data))); v.is != whole {
			b.Fatal(v)
		}
	}
}

// chunk makes a PNG chunk.
func chunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(out, kind...)
	out = append(out, data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}
