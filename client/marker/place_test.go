package marker

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"testing"
)

func TestWhatLiesBehindAPictureStaysThere(t *testing.T) {
	tail := []byte("something that a camera left behind")
	for _, s := range samples(t) {
		switch s.kind() {
		case "png", "jpg", "gif", "webp":
			t.Run(s.name, func(t *testing.T) {
				got := marked(t, slices.Concat(s.data, tail), text)
				if want := slices.Concat(marked(t, s.data, text), tail); !bytes.Equal(got, want) {
					t.Error("the marked file and the tail are not the file with its tail marked")
				}
			})
		}
	}
}

func TestThePlaceOfTheMark(t *testing.T) {
	all := samples(t)
	of := func(name string) []byte {
		t.Helper()
		for _, s := range all {
			if s.name == name {
				return bytes.Clone(s.data)
			}
		}
		t.Fatal("no sample " + name)
		return nil
	}
	t.Run("PNG: right before IEND", func(t *testing.T) {
		data := of("side-64.png")
		cut := len(data) - 12
		chunk := []byte("tEXtComment\x00" + text)
		want := slices.Concat(data[:cut], []byte{0, 0, 0, byte(len(chunk) - 4)}, chunk,
			binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(chunk)), data[cut:])
		if got := marked(t, data, text); !bytes.Equal(got, want) {
			t.Error("it is elsewhere")
		}
	})
	t.Run("JPEG: behind JFIF, EXIF and the comment that was there", func(t *testing.T) {
		data, got := of("jfif-exif-comment.jpg"), marked(t, of("jfif-exif-comment.jpg"), text)
		front := bytes.Index(data, []byte("a comment of its own")) + len("a comment of its own")
		if want := slices.Concat(data[:front], segmentOf(com, text), data[front:]); !bytes.Equal(got, want) {
			t.Error("it is elsewhere")
		}
	})
	t.Run("GIF: a comment before the trailer, in version 89a", func(t *testing.T) {
		data := of("87a.gif")
		want := slices.Concat([]byte("GIF89a"), data[6:len(data)-1], fmt.Appendf(nil, "!\xfe%c%s\x00;", len(text), text))
		if got := marked(t, data, text); !bytes.Equal(got, want) {
			t.Error("it is elsewhere")
		}
	})
	t.Run("WebP: a filled chunk behind a filled chunk, whatever the writer left out", func(t *testing.T) {
		full := of("lossless.webp") // its one chunk is of odd length
		want := marked(t, full, "odd")
		if !bytes.HasSuffix(want, []byte("\x00mark\x03\x00\x00\x00odd\x00")) || len(want)%2 == 1 {
			t.Fatalf("it ends with %q", want[len(want)-13:])
		}
		bare := full[:len(full)-1]
		short := bytes.Clone(bare)
		binary.LittleEndian.PutUint32(short[4:], uint32(len(short)-8))
		for name, data := range map[string][]byte{"the filling byte": bare, "the filling byte, in the size too": short} {
			if got := marked(t, data, "odd"); !bytes.Equal(got, want) {
				t.Errorf("without %s it becomes another file", name)
			}
		}
	})
	t.Run("MP4: a free box at the end", func(t *testing.T) {
		data := of("plain.mp4")
		want := append(bytes.Clone(data), fmt.Sprintf("\x00\x00\x00%cfree%s", 8+len(text), text)...)
		if got := marked(t, data, text); !bytes.Equal(got, want) {
			t.Error("it is elsewhere")
		}
	})
	t.Run("MP4 in fragments: the index of them stays last", func(t *testing.T) {
		data, got := of("fragmented.mp4"), marked(t, of("fragmented.mp4"), text)
		if !bytes.Equal(got[len(got)-86:], data[len(data)-86:]) {
			t.Error("mfra is not the last box any more")
		}
	})
	t.Run("MP4 with an open end: it is closed before the mark", func(t *testing.T) {
		data := of("faststart.mp4")
		if got, want := marked(t, of("open.mp4"), text), marked(t, data, text); !bytes.Equal(got, want) {
			t.Error("it is not the file whose last part has its length")
		}
	})
}

func TestTheIndexOfAJPEGWithMorePicturesStillFindsThem(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			first, second, third := jpegOf(t, 60), jpegOf(t, 20), jpegOf(t, 10)
			file := multi(order, first, second, third)
			if got := pictures(t, order, file); !bytes.Equal(got[1], second) || !bytes.Equal(got[2], third) {
				t.Fatal("the test's own file is wrong")
			}
			once := marked(t, file, text)
			for _, data := range [][]byte{once, marked(t, once, text)} {
				got := pictures(t, order, data)
				if !bytes.Equal(got[1], second) || !bytes.Equal(got[2], third) {
					t.Error("another picture is not where the index says")
				}
				samePixels(t, first, got[0])
				if !bytes.HasSuffix(got[0], []byte{0xff, eoi}) {
					t.Error("the first picture does not end where the index says")
				}
			}
		})
	}
	t.Run("an index that makes no sense stays as it is", func(t *testing.T) {
		jpg := jpegOf(t, 10)
		for _, index := range []string{
			"", "MM", "MM\x00\x2a\xff\xff\xff\xff", "II\x2a\x00\x08\x00\x00\x00\xff\xff\x02\xb0",
			"MM\x00\x2a\x00\x00\x00\x08\x00\x01\xb0\x02\x00\x07\xff\xff\xff\xff\xff\xff\xff\xff",
		} {
			data := slices.Concat(jpg[:2], segmentOf(app2, "MPF\x00"+index), jpg[2:])
			if got := marked(t, data, text); !bytes.Contains(got, []byte("MPF\x00"+index)) {
				t.Errorf("the index %q was changed", index)
			}
			samePixels(t, data, marked(t, data, text))
		}
	})
}

// multi puts pictures one behind another, with an index in the first.
func multi(order binary.AppendByteOrder, all ...[]byte) []byte {
	build := func(sizes, offsets []int) []byte {
		b := []byte("MPF\x00")
		if order.String() == "LittleEndian" {
			b = append(b, "II\x2a\x00"...)
		} else {
			b = append(b, "MM\x00\x2a"...)
		}
		b = order.AppendUint32(b, 8)
		b = order.AppendUint16(b, 2)
		b = append(order.AppendUint16(order.AppendUint16(b, 0xb001), 4), order.AppendUint32(order.AppendUint32(nil, 1), uint32(len(all)))...)
		b = append(order.AppendUint16(order.AppendUint16(b, 0xb002), 7), order.AppendUint32(order.AppendUint32(nil, uint32(16*len(all))), 8+2+24+4)...)
		b = order.AppendUint32(b, 0)
		for i := range all {
			b = order.AppendUint32(order.AppendUint32(order.AppendUint32(order.AppendUint32(b, 0), uint32(sizes[i])), uint32(offsets[i])), 0)
		}
		return segmentOf(app2, string(b))
	}
	sizes, offsets := make([]int, len(all)), make([]int, len(all))
	grown := len(build(sizes, offsets))
	base, at := 2+4+4, 0
	for i, p := range all {
		sizes[i] = len(p)
		if i == 0 {
			sizes[i] += grown
		} else {
			offsets[i] = at - base
		}
		at += sizes[i]
	}
	return slices.Concat(append([][]byte{all[0][:2], build(sizes, offsets), all[0][2:]}, all[1:]...)...)
}

// pictures cuts a file of multi into its pictures, as its index says.
func pictures(t *testing.T, order binary.AppendByteOrder, file []byte) [][]byte {
	t.Helper()
	base := bytes.Index(file, []byte("MPF\x00")) + 4
	u32 := func(at int) int {
		if order.String() == "LittleEndian" {
			return int(binary.LittleEndian.Uint32(file[at:]))
		}
		return int(binary.BigEndian.Uint32(file[at:]))
	}
	var all [][]byte
	for i := range 3 {
		at := base + 38 + 16*i
		size, off := u32(at+4), u32(at+8)
		if i > 0 {
			off += base
		}
		if off+size > len(file) {
			t.Fatal("the index names what is not in the file")
		}
		all = append(all, file[off:off+size])
	}
	return all
}
