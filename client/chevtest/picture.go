package chevtest

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
)

const (
	maxSide     = 16000    // a larger picture is one that ImageMagick refuses to read
	maxDecoded  = 50 << 20 // pixels; larger pictures get placeholders as previews
	thumbSide   = 160
	mediumWidth = 500
)

// decode reads a picture of which Go has a decoder.
func decode(f format, r io.Reader) (image.Image, error) {
	switch f {
	case formatPNG:
		return png.Decode(r)
	case formatJPEG:
		return jpeg.Decode(r)
	case formatGIF:
		return gif.Decode(r)
	case formatBMP:
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		return decodeBMP(data)
	}
	return nil, errors.ErrUnsupported
}

// encode writes a picture in the format of a file extension.
func encode(picture image.Image, ext string) ([]byte, error) {
	var out bytes.Buffer
	var err error
	switch ext {
	case "jpg", "jpeg":
		err = jpeg.Encode(&out, picture, &jpeg.Options{Quality: 90})
	case "gif":
		err = gif.Encode(&out, picture, nil)
	default:
		err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, picture)
	}
	return out.Bytes(), err
}

// scale makes a picture of the given size from a part of another. Each pixel
// is the mean of at most 4 by 4 points, enough for a preview.
func scale(from image.Image, part image.Rectangle, width, height int) *image.RGBA {
	points, ok := from.(*image.RGBA)
	if !ok {
		points = image.NewRGBA(part)
		draw.Draw(points, part, from, part.Min, draw.Src)
	}
	to := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		y0, y1 := part.Min.Y+y*part.Dy()/height, part.Min.Y+(y+1)*part.Dy()/height
		for x := range width {
			x0, x1 := part.Min.X+x*part.Dx()/width, part.Min.X+(x+1)*part.Dx()/width
			mean(to.Pix[to.PixOffset(x, y):][:4], points, x0, y0, max(x1, x0+1), max(y1, y0+1))
		}
	}
	return to
}

// mean sets a pixel to the mean of points of a field.
func mean(pixel []byte, points *image.RGBA, x0, y0, x1, y1 int) {
	var sum [4]int
	n := 0
	for y := y0; y < y1; y += max(1, (y1-y0)/4) {
		for x := x0; x < x1; x += max(1, (x1-x0)/4) {
			at := points.PixOffset(x, y)
			for i, value := range points.Pix[at : at+4] {
				sum[i] += int(value)
			}
			n++
		}
	}
	for i := range pixel {
		pixel[i] = byte(sum[i] / n)
	}
}

// thumbnail is the square middle of a picture.
func thumbnail(picture image.Image) image.Image {
	b := picture.Bounds()
	side := min(b.Dx(), b.Dy())
	corner := image.Pt(b.Min.X+(b.Dx()-side)/2, b.Min.Y+(b.Dy()-side)/2)
	return scale(picture, image.Rectangle{Min: corner, Max: corner.Add(image.Pt(side, side))}, thumbSide, thumbSide)
}

// toWidth scales a picture to a width and keeps its shape.
func toWidth(picture image.Image, width int) image.Image {
	b := picture.Bounds()
	return scale(picture, b, width, max(1, scaledHeight(b.Dx(), b.Dy(), width)))
}

// scaledHeight is the height that goes with a width, rounded.
func scaledHeight(width, height, toWidth int) int {
	if width == 0 {
		return 0
	}
	return (2*height*toWidth + width) / (2 * width)
}

// upright turns a picture as its EXIF orientation says.
func upright(picture image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return picture
	}
	b := picture.Bounds()
	w, h := b.Dx(), b.Dy()
	from := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(from, from.Bounds(), picture, b.Min, draw.Src)
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	to := image.NewRGBA(size)
	for y := range size.Dy() {
		for x := range size.Dx() {
			fx, fy := turned(orientation, x, y, w, h)
			copy(to.Pix[to.PixOffset(x, y):][:4], from.Pix[from.PixOffset(fx, fy):])
		}
	}
	return to
}

// turned says which point of a picture w wide and h high comes to x, y.
func turned(orientation, x, y, w, h int) (fromX, fromY int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	case 8:
		return w - 1 - y, x
	}
	return x, y
}

// placeholder stands for what cannot be decoded here: a dark picture, with
// the triangle of a player for a video.
func placeholder(width, height int, video bool) image.Image {
	width, height = max(width, 1), max(height, 1)
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	half := min(width, height) / 5
	for y := range height {
		for x := range width {
			shade := uint8(34 + 30*y/height)
			c := color.RGBA{R: shade, G: shade + 6, B: shade + 16, A: 255}
			dx, dy := x-width/2+half/2, y-height/2
			if video && dx >= 0 && dx <= 2*half && max(dy, -dy)*2 <= 2*half-dx {
				c = color.RGBA{R: 240, G: 240, B: 245, A: 255}
			}
			picture.SetRGBA(x, y, c)
		}
	}
	return picture
}
