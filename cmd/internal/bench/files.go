package main

import (
	"bufio"
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
)

// random is a stream of bytes that no compression and no duplicate check can
// make smaller; each number gives another.
func random(number int) io.Reader {
	var seed [32]byte
	copy(seed[:], fmt.Sprint(number))
	return rand.NewChaCha8(seed)
}

// writeVideo makes a file that begins as an MP4 does.
func writeVideo(path string, size int64) error {
	head := "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
	if err := writeFile(path, io.MultiReader(bytes.NewReader([]byte(head)), random(0)), size); err != nil {
		return err
	}
	return onDisk()
}

// onDisk waits until everything that was written is on disk, so that nobody
// who is measured pays for it.
func onDisk() error { return exec.Command("sync").Run() }

// writeJPEGs makes n files that begin as a JPEG does.
func writeJPEGs(dir string, n int, size int64) ([]string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	paths := make([]string, n)
	for i := range paths {
		paths[i] = filepath.Join(dir, fmt.Sprintf("f%05d.jpg", i))
		if err := writeFile(paths[i], io.MultiReader(bytes.NewReader([]byte("\xff\xd8\xff\xe0")), random(i)), size); err != nil {
			return nil, err
		}
	}
	return paths, onDisk()
}

func writeFile(path string, from io.Reader, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if _, err := io.CopyN(w, from, size); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// noise draws a whole PNG of random pixels: about 3 bytes for each.
func noise(number, width, height int) ([]byte, error) {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	if _, err := io.ReadFull(random(number), img.Pix); err != nil {
		return nil, err
	}
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 0xff
	}
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, img)
	return b.Bytes(), err
}
