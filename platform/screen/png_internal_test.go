package screen

import (
	"bytes"
	"fmt"
	"hash/adler32"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"testing"
)

func TestPNGDecodesToTheSamePixels(t *testing.T) {
	for _, size := range []image.Point{
		{1, 1}, {1, 300}, {300, 1}, {7, 63}, {64, 64}, {65, 127}, {128, 128}, {333, 129}, {200, 1025}, {3, 5000},
	} {
		for name, fill := range map[string]func(i int) byte{
			"noise":    func(int) byte { return byte(rand.Uint32()) },
			"one tone": func(int) byte { return 200 },
			"gradient": func(i int) byte { return byte(i / 3) },
		} {
			t.Run(fmt.Sprintf("%s of %v", name, size), func(t *testing.T) {
				pix := make([]byte, size.X*size.Y*3)
				for i := range pix {
					pix[i] = fill(i)
				}
				var b bytes.Buffer
				if err := encodePNG(&b, &frame{size, func(y int, row []byte) { copy(row, pix[y*size.X*3:]) }}); err != nil {
					t.Fatal(err)
				}
				m, err := png.Decode(bytes.NewReader(b.Bytes()))
				if err != nil {
					t.Fatal(err)
				}
				if m.Bounds().Size() != size {
					t.Fatalf("it is %v", m.Bounds())
				}
				for y := range size.Y {
					for x := range size.X {
						r, g, bl, _ := m.At(x, y).RGBA()
						want := pix[(y*size.X+x)*3:]
						if byte(r>>8) != want[0] || byte(g>>8) != want[1] || byte(bl>>8) != want[2] {
							t.Fatalf("the pixel at %d,%d is %d %d %d, want %d", x, y, r>>8, g>>8, bl>>8, want[:3])
						}
					}
				}
			})
		}
	}
}

func TestALineIsFilteredByteByByte(t *testing.T) {
	var line, above []byte
	for a := range 256 {
		for b := range 256 {
			line, above = append(line, byte(a)), append(above, byte(b))
		}
	}
	for _, n := range []int{0, 1, 7, 8, 9, len(line) - 3, len(line)} {
		out := make([]byte, n)
		filterLine(out, line[:n], above[:n])
		for i, got := range out {
			if want := line[i] - above[i]; got != want {
				t.Fatalf("%d less %d is %d, want %d", line[i], above[i], got, want)
			}
		}
	}
}

func TestEmptyPictureIsAnError(t *testing.T) {
	if err := encodePNG(io.Discard, &frame{size: image.Pt(0, 5)}); err == nil {
		t.Error("no error")
	}
}

func TestSumOfTwoTextsIsThatOfBothTogether(t *testing.T) {
	for _, cut := range []int{0, 1, 65520, 65521, 65522, 200_000} {
		text := make([]byte, 200_000)
		for i := range text {
			text[i] = byte(rand.Uint32())
		}
		got := adlerCombine(adler32.Checksum(text[:cut]), adler32.Checksum(text[cut:]), int64(len(text)-cut))
		if want := adler32.Checksum(text); got != want {
			t.Errorf("cut at %d: %08x, want %08x", cut, got, want)
		}
	}
}

func BenchmarkPNG4K(b *testing.B) {
	size := image.Pt(3840, 2160)
	pix := make([]byte, size.X*size.Y*3)
	for i := range pix { // flat areas, edges and a noisy part, as screens have
		switch {
		case i%(size.X*3) < 3000:
			pix[i] = 240
		case i%(size.X*3) < 8000:
			pix[i] = byte(i / 3000)
		default:
			pix[i] = byte(rand.Uint32())
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := encodePNG(io.Discard, &frame{size, func(y int, row []byte) { copy(row, pix[y*size.X*3:]) }}); err != nil {
			b.Fatal(err)
		}
	}
}
