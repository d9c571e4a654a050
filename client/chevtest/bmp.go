package chevtest

import (
	"encoding/binary"
	"errors"
	"image"
	"image/color"
)

var errBMP = errors.New("this kind of BMP is not understood")

// decodeBMP reads uncompressed BMPs of 8, 24 and 32 bits a pixel, which are
// those that people have.
func decodeBMP(data []byte) (image.Image, error) {
	if len(data) < 54 {
		return nil, errBMP
	}
	le := binary.LittleEndian
	pixels, headSize := int(le.Uint32(data[10:])), int(le.Uint32(data[14:]))
	width, height := int(int32(le.Uint32(data[18:]))), int(int32(le.Uint32(data[22:])))
	depth, compression := int(le.Uint16(data[28:])), le.Uint32(data[30:])
	topDown := height < 0
	if topDown {
		height = -height
	}
	masks := depth == 32 && compression == 3 // in practice always plain BGRA
	if width <= 0 || height <= 0 || width > maxSide || height > maxSide || compression != 0 && !masks {
		return nil, errBMP
	}
	if depth != 8 && depth != 24 && depth != 32 {
		return nil, errBMP
	}
	stride := (width*depth + 31) / 32 * 4
	if pixels < 0 || pixels+stride*height > len(data) {
		return nil, errBMP
	}
	palette := data[min(14+headSize, len(data)):]
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		row := data[pixels+y*stride:]
		to := y
		if !topDown {
			to = height - 1 - y
		}
		for x := range width {
			p := row[x*depth/8:]
			if depth == 8 {
				if p = palette[min(int(p[0])*4, len(palette)):]; len(p) < 3 {
					return nil, errBMP
				}
			}
			picture.SetRGBA(x, to, color.RGBA{R: p[2], G: p[1], B: p[0], A: 255})
		}
	}
	return picture, nil
}
