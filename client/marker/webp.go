package marker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// webp puts a chunk of our own at the end of the RIFF. A simple file (VP8 or
// VP8L only) stays simple: libwebp, ImageMagick, FFmpeg and Go skip the chunk
// there too, while Go refuses a VP8X with alpha in front of a VP8L.
func webp(src *io.SectionReader, mark []byte) ([]edit, error) {
	end, err := webpEnd(src)
	if err != nil {
		return nil, err
	}
	at := min(end, src.Size())
	var chunk []byte
	if at%2 == 1 {
		chunk = append(chunk, 0) // the filling byte that the writer left out
	}
	chunk = binary.LittleEndian.AppendUint32(append(chunk, "mark"...), uint32(len(mark)))
	chunk = append(chunk, mark...)
	if len(mark)%2 == 1 {
		chunk = append(chunk, 0)
	}
	size := at + int64(len(chunk)) - 8
	if size > math.MaxUint32-9 {
		return nil, fmt.Errorf("a WebP of 4 GB holds no more: %w", errors.ErrUnsupported)
	}
	return []edit{
		{at: 4, cut: 4, put: binary.LittleEndian.AppendUint32(nil, uint32(size))},
		{at: at, put: chunk},
	}, nil
}

// webpEnd walks the chunks of a WebP and returns where it ends, as its header
// says. Behind that may lie what is not of the WebP.
func webpEnd(src *io.SectionReader) (int64, error) {
	var head [8]byte
	if err := readAt(src, head[:], 0); err != nil {
		return 0, err
	}
	end := 8 + int64(binary.LittleEndian.Uint32(head[4:]))
	picture := false
	for at := int64(12); at < end; {
		if err := readAt(src, head[:], at); err != nil {
			return 0, err
		}
		switch string(head[:4]) {
		case "VP8 ", "VP8L", "ANMF":
			picture = true
		}
		at += 8 + int64(binary.LittleEndian.Uint32(head[4:]))
		if at > end || at > src.Size() {
			return 0, damaged("the WebP is shorter than its parts say")
		}
		at += at % 2
	}
	switch {
	case !picture:
		return 0, damaged("the WebP has no picture")
	case end > src.Size()+src.Size()%2: // some writers leave out the last filling byte
		return 0, damaged("the WebP is shorter than its header says")
	}
	return end, nil
}
