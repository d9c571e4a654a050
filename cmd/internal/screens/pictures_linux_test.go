package screens

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"strings"
	"testing"
)

// landscape draws hills under a sky, another one for each n, so that history
// looks like somebody's.
func landscape(t *testing.T, name string, n, width, height int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	skies := [][2]color.RGBA{
		{{35, 30, 90, 255}, {255, 150, 90, 255}},
		{{90, 160, 230, 255}, {235, 245, 255, 255}},
		{{20, 24, 60, 255}, {90, 70, 160, 255}},
		{{250, 190, 120, 255}, {255, 235, 200, 255}},
		{{60, 120, 140, 255}, {200, 230, 220, 255}},
		{{120, 60, 120, 255}, {250, 160, 170, 255}},
	}
	sky := skies[n%len(skies)]
	for y := range height {
		for x := range width {
			fx, fy := float64(x)/float64(width), float64(y)/float64(height)
			c := mix(sky[0], sky[1], fy*1.3)
			if dx, dy := (fx-0.2-0.1*float64(n%6))*1.6, fy-0.35; dx*dx+dy*dy < 0.008 {
				c = mix(c, color.RGBA{255, 250, 220, 255}, 0.8)
			}
			for layer := range 4 {
				l := float64(layer)
				ridge := 0.5 + 0.12*l + 0.07*math.Sin(fx*(5+l)+float64(n)*1.7+l*2) + 0.03*math.Sin(fx*(17+3*l)+float64(n))
				if fy > ridge {
					c = mix(c, color.RGBA{uint8(30 + 10*layer), uint8(60 + 5*layer), uint8(70 - 12*layer), 255}, 0.45+0.1*l)
				}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	var err error
	if strings.HasSuffix(name, ".jpg") {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 90})
	} else {
		err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func mix(a, b color.RGBA, by float64) color.RGBA {
	by = min(max(by, 0), 1)
	one := func(p, q uint8) uint8 { return uint8(float64(p) + (float64(q)-float64(p))*by) }
	return color.RGBA{one(a.R, b.R), one(a.G, b.G), one(a.B, b.B), 255}
}
