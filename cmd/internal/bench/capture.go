package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

const (
	captureRounds = 20
	captureWarm   = 3
	captureMost   = 350 * time.Millisecond
	screenWidth   = 3840
	screenHeight  = 2160
)

// measureCapture is the group "capture".
func measureCapture(ctx context.Context, b *bench) (all []section, err error) {
	b.say("captures of a 4K screen")
	h, err := startHost(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	display, frame, server, err := b.startScreen(ctx)
	if err != nil {
		return nil, err
	}
	defer end(server)
	home := b.newHome(h)
	home.display = display
	agent, c, _, err := home.startAgent(ctx)
	if err != nil {
		return nil, err
	}
	defer end(agent)
	defer c.Close()

	var middle, most [2]time.Duration
	for kind, paint := range []func(n, x, y int) uint32{desk, photo} {
		var took []time.Duration
		for n := range captureWarm + captureRounds {
			if err := fill(frame, func(x, y int) uint32 { return paint(n, x, y) }); err != nil { // no two are the same
				return nil, err
			}
			begun := time.Now()
			receipt, err := c.Capture(ctx, uploader.CaptureOrder{
				Order: uploader.Order{Batch: job.NewBatchID(), Via: job.ViaCapture}, Shot: uploader.ShotAll,
			})
			d := time.Since(begun)
			if err == nil && (len(receipt.Entries) != 1 || receipt.Entries[0].Failure != nil) {
				err = errors.New("the capture was not queued")
			}
			if err != nil {
				return nil, err
			}
			if n >= captureWarm {
				took = append(took, d)
			}
			// The next begins when this one has gone.
			if _, err := until(ctx, c, time.Now(), func(s uploader.Snapshot) bool { return total(s) == s.Counts[job.Done] }); err != nil {
				return nil, err
			}
		}
		middle[kind], most[kind] = percentile(took, 50), percentile(took, 95)
	}
	measured := func(what string, kind int) row {
		r := timeRow(what, most[kind], captureMost)
		r.ours, r.result = "p50 "+ms(middle[kind]), "p95 "+ms(most[kind])
		return r
	}
	return []section{{
		title: "Capture of a 4K screen",
		words: fmt.Sprintf("An agent with its socket is asked for a capture of a whole screen of %d by %d pixels (Xvfb), %d times after %d that do not count, each of another picture: "+
			"a desktop of flat windows with lines of text, and one that is a photo all over. "+
			"The time is that from the call to its answer: the picture is taken, encoded as PNG, on disk, and in the queue.",
			screenWidth, screenHeight, captureRounds, captureWarm),
		rows: []row{measured("4K capture to queued file: desktop", 0), measured("4K capture to queued file: photo", 1)},
	}}, nil
}

// startScreen starts an X server whose frame buffer is a file.
func (b *bench) startScreen(ctx context.Context) (display, frame string, server *exec.Cmd, err error) {
	dir, err := os.MkdirTemp(b.dir, "screen-")
	if err != nil {
		return "", "", nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return "", "", nil, err
	}
	defer r.Close()
	server = exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", screenWidth, screenHeight),
		"-fbdir", dir, "-noreset", "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{w}
	err = server.Start()
	w.Close()
	if err != nil {
		return "", "", nil, err
	}
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		end(server)
		return "", "", nil, fmt.Errorf("no X server: %w", err)
	}
	return ":" + strings.TrimSpace(number), filepath.Join(dir, "Xvfb_screen0"), server, nil
}

// fill paints the screen, by its file: a picture in the form of xwd (XWDFile.h).
func fill(frame string, colour func(x, y int) uint32) error {
	f, err := os.OpenFile(frame, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 100)
	if _, err := io.ReadFull(f, head); err != nil {
		return err
	}
	number := func(at int) int64 { return int64(binary.BigEndian.Uint32(head[4*at:])) }
	const headerSize, bitsPerPixel, bytesPerLine, colours = 0, 11, 12, 19
	if number(bitsPerPixel) != 32 || number(bytesPerLine) != 4*screenWidth {
		return fmt.Errorf("a screen of %d bits a pixel is not painted", number(bitsPerPixel))
	}
	pixels := make([]byte, 4*screenWidth*screenHeight)
	for y := range screenHeight {
		for x := range screenWidth {
			binary.LittleEndian.PutUint32(pixels[4*(y*screenWidth+x):], colour(x, y))
		}
	}
	_, err = f.WriteAt(pixels, number(headerSize)+12*number(colours))
	return err
}

// desk looks as a desktop does to an encoder: flat windows, lines of text.
func desk(n, x, y int) uint32 {
	window := (x/960 + y/540) % 3
	ground := []uint32{0xfafafa, 0x24292f, 0xeef2f7}[window]
	inside := x%960 > 40 && x%960 < 900 && y%540 > 40
	if line := y % 22; !inside || line < 5 || line > 16 {
		return ground
	}
	// Letters of eight by twelve pixels, each one of ninety shapes.
	letter := uint64(x/9*7919+y/22*104729+n) * 2654435761 % 90
	if letter < 20 || x%9 == 8 {
		return ground // a space
	}
	if (letter*0x9e3779b97f4a7c15)>>(uint(x%9*7+y%22*3)%60)&3 == 0 {
		return ground ^ 0xd0d0d0
	}
	return ground
}

// photo is smooth with the grain of a camera.
func photo(n, x, y int) uint32 {
	grain := uint32(uint64(x*2654435761+y*40503+n*97) * 0x9e3779b97f4a7c15 >> 62)
	wave := func(a, b float64) uint32 {
		return uint32(127+120*math.Sin(float64(x)/a+float64(n))*math.Cos(float64(y)/b)) + grain
	}
	return wave(411, 307)<<16 | wave(593, 211)<<8 | wave(277, 401)
}
