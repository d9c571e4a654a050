package marker

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"image"
	stdgif "image/gif"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	_ "image/jpeg"
	_ "image/png"

	_ "golang.org/x/image/webp"
)

const text = "5f3a0c9be1d24477a86b20e59cd41f08"

func TestAMarkedFileShowsTheSame(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			if !Can(s.data[:min(len(s.data), HeadSize)]) {
				t.Fatal("it cannot be marked")
			}
			once := marked(t, s.data, text)
			twice := marked(t, once, strings.ToUpper(text))
			if bytes.Equal(once, s.data) || bytes.Equal(twice, once) {
				t.Error("the bytes are the same")
			}
			if n := bytes.Count(twice, []byte(text)); n != 1 {
				t.Errorf("the first mark stands %d times in the file marked twice", n)
			}
			switch s.kind() {
			case "mp4", "mov":
			case "gif":
				sameGIF(t, s.data, once)
				sameGIF(t, s.data, twice)
			default:
				if s.name == "animated.webp" {
					break // Go does not read it; the next test asks ImageMagick
				}
				samePixels(t, s.data, once)
				samePixels(t, s.data, twice)
			}
		})
	}
}

func samePixels(t *testing.T, before, after []byte) {
	t.Helper()
	want, kind, err := image.Decode(bytes.NewReader(before))
	if err != nil {
		t.Fatal(err)
	}
	got, gotKind, err := image.Decode(bytes.NewReader(after))
	if err != nil {
		t.Fatal(err)
	}
	if kind != gotKind || !reflect.DeepEqual(got, want) {
		t.Error("the picture is another")
	}
}

func sameGIF(t *testing.T, before, after []byte) {
	t.Helper()
	want, err := stdgif.DecodeAll(bytes.NewReader(before))
	if err != nil {
		t.Fatal(err)
	}
	got, err := stdgif.DecodeAll(bytes.NewReader(after))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) { // frames, delays, disposals and loops
		t.Error("the animation is another")
	}
}

func TestOnlyTheMarkIsPutIn(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			before, after := bytes.Clone(s.data), marked(t, s.data, text)
			// The only other bytes that may change, and to what.
			switch s.kind() {
			case "webp":
				if got := binary.LittleEndian.Uint32(after[4:]); int(got) != len(after)-8 {
					t.Errorf("the RIFF says it has %d bytes, it has %d", got, len(after)-8)
				}
				copy(before[4:8], after[4:8])
			case "gif":
				copy(before[3:6], "89a")
			}
			if s.name == "open.mp4" {
				binary.BigEndian.PutUint32(before[len(before)-1427:], 1427)
			}
			at := 0
			for at < len(before) && before[at] == after[at] {
				at++
			}
			grown := len(after) - len(before)
			if !bytes.Equal(after[at+grown:], before[at:]) {
				t.Error("it differs in more than one place")
			}
			if most := len(text) + 20; grown > most {
				t.Errorf("it grew by %d bytes, want at most %d", grown, most)
			}
		})
	}
}

func TestFilesOfManySizesAndMarksOfEveryLengthAreMarked(t *testing.T) {
	for _, s := range samples(t) {
		if len(s.data) > 4096 {
			continue
		}
		for _, n := range []int{1, 2, 3, 10, 32, 33, MaxMark - 1, MaxMark} {
			mark := []byte(strings.Repeat("~", n))
			had := bytes.Count(s.data, mark)
			if n < 10 {
				had = bytes.Count(marked(t, s.data, strings.Repeat("-", n)), mark)
			}
			if got := marked(t, s.data, string(mark)); bytes.Count(got, mark) <= had {
				t.Fatalf("%s: a mark of %d bytes does not stand in it", s.name, n)
			}
		}
	}
}

func TestOfOtherFilesItSaysThatItCannot(t *testing.T) {
	for name, data := range map[string][]byte{
		"nothing": nil, "a byte": {0xff}, "text": []byte("hello, this is no picture at all"),
		"AVIF": stored(t, "still.avif"), "WebM": stored(t, "live.webm"),
		"HEIC": []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1"), "sound": []byte("\x00\x00\x00\x14ftypM4A \x00\x00\x00\x00M4A "),
		"AVI": []byte("RIFF\x10\x00\x00\x00AVI LIST"), "BMP": []byte("BM\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
		"a box of no size": []byte("\x00\x00\x00\x00ftyp"),
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Copy(&b, bytes.NewReader(data), int64(len(data)), []byte(text)); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("the error is %v", err)
			}
			if Can(data) || b.Len() > 0 {
				t.Error("it is taken for one that can be marked")
			}
		})
	}
}

func TestADamagedFileIsRefusedAndNothingWritten(t *testing.T) {
	refused := func(t *testing.T, data []byte) {
		t.Helper()
		var b bytes.Buffer
		err := Copy(&b, bytes.NewReader(data), int64(len(data)), []byte(text))
		if !errors.Is(err, ErrDamaged) && (Can(data) || !errors.Is(err, errors.ErrUnsupported)) {
			t.Fatalf("%d bytes: the error is %v", len(data), err)
		}
		if b.Len() > 0 {
			t.Fatalf("%d bytes: %d were written", len(data), b.Len())
		}
	}
	for _, s := range samples(t) {
		t.Run("cut: "+s.name, func(t *testing.T) {
			if strings.Contains(s.name, "fragment") || s.name == "nomfra.mp4" {
				t.Skip("between two fragments nothing tells that more should follow")
			}
			end := len(s.data)
			switch s.name {
			case "open.mp4":
				end -= 1427 - 8 // the open part may end anywhere
			case "lossless.webp", "alpha-lossless.webp":
				end-- // a last filling byte may miss
			}
			for n := 0; n < end; n += 1 + n/50 {
				refused(t, s.data[:n])
			}
			refused(t, s.data[:end-1])
		})
	}
	t.Run("a video cut between its index and its data", func(t *testing.T) {
		data := stored(t, "faststart.mp4")
		refused(t, data[:len(data)-1427])
	})
	t.Run("a PNG with a flipped bit", func(t *testing.T) {
		for _, s := range samples(t) {
			if s.kind() == "png" {
				bad := bytes.Clone(s.data)
				bad[len(bad)/2] ^= 4
				refused(t, bad)
			}
		}
	})
	t.Run("zeros where data should follow", func(t *testing.T) {
		for _, s := range samples(t) {
			if s.kind() != "mp4" && s.kind() != "mov" && s.kind() != "webp" { // there the end tells nothing
				bad := bytes.Clone(s.data)
				clear(bad[len(bad)/2:])
				refused(t, bad)
			}
		}
	})
}

func TestAMarkIsShortAndPrintable(t *testing.T) {
	data := jpegOf(t, 8)
	for _, mark := range []string{"", "two\nlines", "nul\x00", "ümlaut", strings.Repeat("m", MaxMark+1)} {
		if _, err := Mark(bytes.NewReader(data), int64(len(data)), []byte(mark)); err == nil {
			t.Errorf("the mark %q is taken", mark)
		}
	}
	marked(t, data, rand.Text())
}

func TestTheMarkedFileCanBeReadAnywhereAndAgain(t *testing.T) {
	for _, s := range samples(t) {
		f, err := Mark(bytes.NewReader(s.data), int64(len(s.data)), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		want := marked(t, s.data, text)
		if f.Size() != int64(len(want)) {
			t.Errorf("%s: its size is told as %d and is %d", s.name, f.Size(), len(want))
		}
		if err := iotest.TestReader(io.NewSectionReader(f, 0, f.Size()), want); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
	t.Run("but not before its start", func(t *testing.T) {
		if _, err := new(File).ReadAt(make([]byte, 1), -1); err == nil {
			t.Error("a negative offset is read")
		}
	})
}

// broken is a file that cannot be read from an offset on.
type broken struct {
	io.ReaderAt
	from int64
	err  error
}

func (b broken) ReadAt(p []byte, off int64) (int, error) {
	if n := b.from - off; n < int64(len(p)) {
		got, _ := b.ReaderAt.ReadAt(p[:max(n, 0)], off)
		return got, b.err
	}
	return b.ReaderAt.ReadAt(p, off)
}

func TestAnErrorOfTheDiskIsToldAsWhatItIs(t *testing.T) {
	gone := errors.New("the disk is gone")
	for _, s := range samples(t) {
		for _, from := range []int{0, len(s.data) / 2} {
			if s.kind() == "webp" && from > 0 || s.kind() == "mp4" && from > 0 || s.kind() == "mov" && from > 0 {
				continue // they look at the heads of the parts only
			}
			src := broken{bytes.NewReader(s.data), int64(from), gone}
			if _, err := Mark(src, int64(len(s.data)), []byte(text)); !errors.Is(err, gone) || errors.Is(err, ErrDamaged) {
				t.Errorf("%s, broken from %d: the error is %v", s.name, from, err)
			}
		}
	}
}

func TestAFileThatShrinksAfterwardsIsNoWholeCopy(t *testing.T) {
	for _, s := range samples(t) {
		src := &broken{bytes.NewReader(s.data), int64(len(s.data)), io.EOF}
		f, err := Mark(src, int64(len(s.data)), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		src.from = int64(len(s.data)) - 1
		if src.from < 2 {
			continue
		}
		_, err = io.Copy(io.Discard, io.NewSectionReader(f, 0, f.Size()))
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: the error is %v", s.name, err)
		}
	}
}

// sparse is a large file that is not there: a front, zeros, an end.
type sparse struct {
	front, back []byte
	size        int64
}

func (s sparse) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	n := min(int64(len(p)), s.size-off)
	if off < int64(len(s.front)) {
		copy(p, s.front[off:])
	}
	if back := s.size - int64(len(s.back)); off+n > back {
		if off >= back {
			copy(p, s.back[off-back:])
		} else {
			copy(p[back-off:], s.back)
		}
	}
	if n < int64(len(p)) {
		return int(n), io.EOF
	}
	return int(n), nil
}

func TestTheMemoryDoesNotGrowWithTheFile(t *testing.T) {
	jpg, video := jpegOf(t, 40), stored(t, "plain.mp4")
	scan := bytes.Index(jpg, []byte{0xff, sos}) + 14
	const gigabytes = 6 << 30
	long := append(append(bytes.Clone(video[:40]), "\x00\x00\x00\x01mdat"...), binary.BigEndian.AppendUint64(nil, gigabytes-40-829)...)
	for name, src := range map[string]sparse{
		"a JPEG of 16 MB": {jpg[:scan], jpg[len(jpg)-2:], 16 << 20},
		"an MP4 of 6 GB":  {long, video[len(video)-829:], gigabytes},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			f, err := Mark(src, src.size, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, io.NewSectionReader(f, f.Size()-8<<20, 8<<20))
			runtime.ReadMemStats(&after)
			if err != nil || n != 8<<20 {
				t.Errorf("read %d: %v", n, err)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
				t.Errorf("it took %d bytes of memory", got)
			}
		})
	}
	t.Run("an open part of more than 4 GB cannot get a length", func(t *testing.T) {
		head := bytes.Clone(stored(t, "faststart.mp4"))
		head = head[:len(head)-1427+8]
		binary.BigEndian.PutUint32(head[len(head)-8:], 0)
		if _, err := Mark(sparse{head, nil, gigabytes}, gigabytes, []byte(text)); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("the error is %v", err)
		}
	})
}
