//go:build ignore

// Command gen draws the SVG pictures of package icons as PNG and ICO files.
// Run it with "go generate ./icons" after changing a picture.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"log"
	"os"
	"path/filepath"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
)

// sizes of the PNG files: those of the freedesktop icon theme for the app,
// and 22 px with its multiples for panels.
var (
	appSizes  = []int{16, 22, 24, 32, 48, 64, 128, 256, 512}
	traySizes = []int{22, 44, 64}
	icoSizes  = []int{16, 20, 24, 32, 48, 64}
)

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	sources, err := filepath.Glob("svg/*.svg")
	if err != nil {
		return err
	}
	for _, source := range sources {
		svg, err := os.ReadFile(source)
		if err != nil {
			return err
		}
		name := filepath.Base(source[:len(source)-len(".svg")])
		sizes, ico := traySizes, icoSizes
		if name == "app" {
			sizes, ico = appSizes, append(append([]int{}, icoSizes...), 256)
		}
		for _, size := range sizes {
			data, err := encode(svg, size)
			if err != nil {
				return fmt.Errorf("%s: %w", source, err)
			}
			if err := os.WriteFile(fmt.Sprintf("png/%s-%d.png", name, size), data, 0o644); err != nil {
				return err
			}
		}
		data, err := encodeICO(svg, ico)
		if err != nil {
			return fmt.Errorf("%s: %w", source, err)
		}
		if err := os.WriteFile("ico/"+name+".ico", data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// oversample is how much larger a picture is drawn before it is reduced:
// rasterx alone leaves hairlines between touching shapes at small sizes.
const oversample = 8

func draw(svg []byte, size int) (image.Image, error) {
	icon, err := oksvg.ReadIconStream(bytes.NewReader(svg), oksvg.StrictErrorMode)
	if err != nil {
		return nil, err
	}
	big := size * oversample
	icon.SetTarget(0, 0, float64(big), float64(big))
	for i := range icon.SVGPaths { // SetTarget scales lines' places, not their widths
		icon.SVGPaths[i].LineWidth *= float64(big) / icon.ViewBox.W
	}
	canvas := image.NewRGBA(image.Rect(0, 0, big, big))
	icon.Draw(rasterx.NewDasher(big, big, rasterx.NewScannerGV(big, big, canvas, canvas.Bounds())), 1)
	return reduce(canvas, size), nil
}

// reduce averages squares of oversample by oversample pixels.
func reduce(from *image.RGBA, size int) *image.RGBA {
	to := image.NewRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			var sum [4]int
			for dy := range oversample {
				for dx := range oversample {
					at := from.PixOffset(x*oversample+dx, y*oversample+dy)
					for c := range sum {
						sum[c] += int(from.Pix[at+c])
					}
				}
			}
			at := to.PixOffset(x, y)
			for c, s := range sum {
				to.Pix[at+c] = uint8((s + oversample*oversample/2) / (oversample * oversample))
			}
		}
	}
	return to
}

func encode(svg []byte, size int) ([]byte, error) {
	img, err := draw(svg, size)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&out, img); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// encodeICO makes an icon file whose small entries are bitmaps, which every
// Windows loads, and whose 256 px entry is a PNG.
func encodeICO(svg []byte, sizes []int) ([]byte, error) {
	entries := make([][]byte, len(sizes))
	for i, size := range sizes {
		if size == 256 {
			data, err := encode(svg, size)
			if err != nil {
				return nil, err
			}
			entries[i] = data
			continue
		}
		img, err := draw(svg, size)
		if err != nil {
			return nil, err
		}
		entries[i] = bitmap(img, size)
	}
	var out bytes.Buffer
	le := binary.LittleEndian
	out.Write(le.AppendUint16(le.AppendUint16(le.AppendUint16(nil, 0), 1), uint16(len(sizes))))
	at := 6 + 16*len(sizes)
	for i, size := range sizes {
		head := []byte{byte(size), byte(size), 0, 0} // 256 is written as 0
		head = le.AppendUint16(head, 1)              // planes
		head = le.AppendUint16(head, 32)             // bits a pixel
		head = le.AppendUint32(head, uint32(len(entries[i])))
		head = le.AppendUint32(head, uint32(at))
		out.Write(head)
		at += len(entries[i])
	}
	for _, e := range entries {
		out.Write(e)
	}
	return out.Bytes(), nil
}

// bitmap is a BITMAPINFOHEADER with 32-bit pixels, bottom row first, and the
// old transparency mask.
func bitmap(img image.Image, size int) []byte {
	le := binary.LittleEndian
	maskRow := (size + 31) / 32 * 4
	b := le.AppendUint32(nil, 40)
	b = le.AppendUint32(b, uint32(size))
	b = le.AppendUint32(b, uint32(2*size)) // picture and mask
	b = le.AppendUint16(b, 1)
	b = le.AppendUint16(b, 32)
	b = le.AppendUint32(b, 0) // not compressed
	b = le.AppendUint32(b, uint32(4*size*size+maskRow*size))
	b = append(b, make([]byte, 16)...)
	mask := make([]byte, maskRow*size)
	for row := range size {
		y := size - 1 - row
		for x := range size {
			r, g, bl, a := img.At(x, y).RGBA()
			if a == 0 {
				b = append(b, 0, 0, 0, 0)
				mask[row*maskRow+x/8] |= 0x80 >> (x % 8)
				continue
			}
			// the format wants colours not multiplied by alpha
			b = append(b, byte(bl*255/a), byte(g*255/a), byte(r*255/a), byte(a>>8))
		}
	}
	return append(b, mask...)
}
