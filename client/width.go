package client

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"
)

// checkWidth refuses a width larger than the picture before it is sent: a
// real Chevereto refuses the whole upload then. It ignores the width of
// pictures that move and of videos, so those are not looked at.
func checkWidth(u Upload, media string) error {
	if u.Params.Width == 0 {
		return nil
	}
	decode := widthOf(media)
	if decode == nil {
		return nil
	}
	conf, err := decode(io.NewSectionReader(u.Body, 0, u.Body.Size()))
	if err != nil {
		return nil // it moves; or what it is, the host will say
	}
	width := conf.Width
	if media == "image/jpeg" || media == "image/avif" {
		width = max(conf.Width, conf.Height) // it may lie on its side
	}
	if u.Params.Width > width {
		return invalid(fmt.Sprintf("the picture is %d pixels wide, it cannot be made %d wide", conf.Width, u.Params.Width))
	}
	return nil
}

// CheckWidth is the check that Upload makes of Params.Width before it sends
// anything: a width larger than the picture is refused with an [*Error] of
// KindInvalid. It reads as much of body as tells its size.
func CheckWidth(p Params, body Body) error {
	if p.Width == 0 {
		return nil
	}
	head := make([]byte, min(max(body.Size(), 0), sniffLength))
	if n, err := readFull(body, head, 0); n < len(head) {
		return &Error{Kind: KindLocalFile, Message: localMessage(err), Err: err}
	}
	return checkWidth(Upload{Body: body, Params: p}, sniff(head))
}

// widthOf returns what reads the size of a picture of a type, nil for none.
func widthOf(media string) func(io.Reader) (image.Config, error) {
	switch media {
	case "image/png":
		return png.DecodeConfig
	case "image/jpeg":
		return jpeg.DecodeConfig
	case "image/bmp":
		return bmp.DecodeConfig
	case "image/gif":
		return stillGIF
	case "image/webp":
		return stillWebP
	case "image/avif":
		return stillAVIF
	}
	return nil
}

// errMoves says that a picture moves, or that nobody can say.
var errMoves = errors.New("the picture moves")

// stillGIF reads the size of a GIF that has one frame.
func stillGIF(from io.Reader) (image.Config, error) {
	r := bufio.NewReader(from)
	var head [13]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return image.Config{}, err
	}
	size := image.Config{Width: int(binary.LittleEndian.Uint16(head[6:])), Height: int(binary.LittleEndian.Uint16(head[8:]))}
	if err := skip(r, gifColors(head[10])); err != nil {
		return size, err
	}
	for frames := 0; ; {
		kind, err := r.ReadByte()
		if err == io.EOF && frames == 1 {
			return size, nil // decoders do not miss the end mark
		}
		if err != nil {
			return size, err
		}
		switch kind {
		case 0x21: // an extension: its label, then blocks
			if err = skip(r, 1); err == nil {
				err = skipBlocks(r)
			}
		case 0x2c: // a frame: its place, its colors, its code size, then blocks
			if frames++; frames > 1 {
				return size, errMoves
			}
			var place [9]byte
			if _, err = io.ReadFull(r, place[:]); err == nil {
				if err = skip(r, gifColors(place[8])+1); err == nil {
					err = skipBlocks(r)
				}
			}
		case 0x3b:
			return size, nil
		default:
			err = errMoves
		}
		if err != nil {
			return size, err
		}
	}
}

// gifColors is the length of a table of colors, which its flags tell.
func gifColors(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

func skip(r *bufio.Reader, n int) error {
	_, err := r.Discard(n)
	return err
}

func skipBlocks(r *bufio.Reader) error {
	for {
		n, err := r.ReadByte()
		if err != nil || n == 0 {
			return err
		}
		if err := skip(r, int(n)); err != nil {
			return err
		}
	}
}

// stillWebP reads the size of a WebP without animation.
func stillWebP(from io.Reader) (image.Config, error) {
	r := bufio.NewReader(from)
	head, err := r.Peek(21)
	if err != nil {
		return image.Config{}, err
	}
	if string(head[12:16]) == "VP8X" && head[20]&0x02 != 0 {
		return image.Config{}, errMoves
	}
	return webp.DecodeConfig(r)
}

// stillAVIF finds the largest of the sizes that an AVIF tells: there are
// others, of its tiles and of its transparency. They stand at its beginning.
func stillAVIF(from io.Reader) (image.Config, error) {
	head, err := io.ReadAll(io.LimitReader(from, 64<<10))
	if err != nil {
		return image.Config{}, err
	}
	if bytes.Contains(head[:min(len(head), 64)], []byte("avis")) {
		return image.Config{}, errMoves
	}
	var size image.Config
	for {
		at := bytes.Index(head, []byte("ispe"))
		if at < 0 || len(head) < at+16 {
			break
		}
		width, height := binary.BigEndian.Uint32(head[at+8:]), binary.BigEndian.Uint32(head[at+12:])
		if width < maxWidth && height < maxWidth { // no size is larger
			size.Width, size.Height = max(size.Width, int(width)), max(size.Height, int(height))
		}
		head = head[at+4:]
	}
	if size.Width == 0 {
		return size, errMoves
	}
	return size, nil
}
