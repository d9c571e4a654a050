package client

import (
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
)

// checkWidth refuses a width larger than the picture before it is sent: a
// real Chevereto refuses the whole upload then. It ignores the width of
// animated pictures and videos, so only formats that never move are looked at.
func checkWidth(u Upload, media string) error {
	if u.Params.Width == 0 {
		return nil
	}
	var decode func(io.Reader) (image.Config, error)
	switch media {
	case "image/png":
		decode = png.DecodeConfig
	case "image/jpeg":
		decode = jpeg.DecodeConfig
	case "image/bmp":
		decode = bmp.DecodeConfig
	default:
		return nil
	}
	conf, err := decode(io.NewSectionReader(u.Body, 0, u.Body.Size()))
	if err != nil {
		return nil // what it is, the host will say
	}
	width := conf.Width
	if media == "image/jpeg" {
		width = max(conf.Width, conf.Height) // it may lie on its side
	}
	if u.Params.Width > width {
		return invalid(fmt.Sprintf("the picture is %d pixels wide, it cannot be made %d wide", conf.Width, u.Params.Width))
	}
	return nil
}
