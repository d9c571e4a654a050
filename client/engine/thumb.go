package engine

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // previews of what the host takes
	"image/jpeg"
	_ "image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

// Previews fit into thumbSide x thumbSide pixels; pictures of more than
// thumbMost pixels have none.
const (
	thumbSide = 192
	thumbMost = 100_000_000
)

// Thumb returns a small JPEG of the job's picture, made when it is first
// asked for and the file is at hand.
func (e *Engine) Thumb(ctx context.Context, r uploader.JobRequest) (uploader.Thumb, error) {
	if e.cfg.Thumbs == "" {
		return uploader.Thumb{}, unsupported("previews")
	}
	j, err := e.cfg.Queue.Job(ctx, r.ID)
	if err != nil {
		return uploader.Thumb{}, fmt.Errorf("read the upload: %w", err)
	}
	if data, err := os.ReadFile(e.thumbPath(j)); err == nil {
		return uploader.Thumb{JPEG: data}, nil
	}
	data, err := e.makeThumb(ctx, j)
	return uploader.Thumb{JPEG: data}, err
}

// thumbPath names the file too: previews lie in a cache, and a number comes
// again in a list that was begun anew or is of yesterday's backup.
func (e *Engine) thumbPath(j job.Job) string {
	at := j.File.ModTime
	return filepath.Join(e.cfg.Thumbs, fmt.Sprintf("%d-%x-%x.%09d.jpg", j.ID, j.File.Size, at.Unix(), at.Nanosecond()))
}

// sweepThumbs removes the previews of what is not in the list any more.
func (e *Engine) sweepThumbs(ctx context.Context) {
	if e.cfg.Thumbs == "" {
		return
	}
	found, err := os.ReadDir(e.cfg.Thumbs)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			e.log.Warn("previews not looked through", "error", err)
		}
		return
	}
	for some := range slices.Chunk(found, thumbsAtOnce) {
		ids := make([]job.ID, 0, len(some))
		for _, one := range some {
			number, _, _ := strings.Cut(one.Name(), "-")
			if id, err := strconv.ParseInt(number, 10, 64); err == nil {
				ids = append(ids, job.ID(id))
			}
		}
		jobs, _, err := e.cfg.Queue.Jobs(ctx, queue.Filter{IDs: ids, N: -1})
		if err != nil {
			e.log.Warn("previews not looked through", "error", err)
			return
		}
		wanted := make(map[string]bool, len(jobs))
		for _, j := range jobs {
			wanted[filepath.Base(e.thumbPath(j))] = true
		}
		for _, one := range some {
			if wanted[strings.TrimSuffix(one.Name(), thumbPart)] || !strings.Contains(one.Name(), ".jpg") {
				continue
			}
			if err := os.Remove(filepath.Join(e.cfg.Thumbs, one.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				e.log.Warn("preview not removed", "error", err)
			}
		}
	}
}

// thumbsAtOnce is how many previews are looked at together, thumbPart is behind
// the name of one that is being written.
const (
	thumbsAtOnce = 500
	thumbPart    = ".part"
)

// keepThumb makes the preview of a file that is about to go.
func (e *Engine) keepThumb(j job.Job) {
	if e.cfg.Thumbs == "" {
		return
	}
	if _, err := e.makeThumb(e.background(), j); err != nil && !errors.Is(err, fs.ErrNotExist) {
		e.log.Debug("no preview", "job", int64(j.ID), "error", err)
	}
}

// makeThumb decodes the job's file, one picture at a time in the whole engine.
func (e *Engine) makeThumb(ctx context.Context, j job.Job) ([]byte, error) {
	select {
	case e.thumbs <- struct{}{}:
		defer func() { <-e.thumbs }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	f, print, err := openRegular(j.Path)
	if err != nil {
		return nil, fmt.Errorf("preview: the file is not at hand: %w", fs.ErrNotExist)
	}
	defer f.Close()
	if print.Size != j.File.Size {
		return nil, fmt.Errorf("preview: the file is another one now: %w", fs.ErrNotExist)
	}
	conf, _, err := image.DecodeConfig(bufio.NewReader(f))
	if err != nil || conf.Width*conf.Height > thumbMost || conf.Width < 1 || conf.Height < 1 {
		return nil, fmt.Errorf("preview: not a picture that can be shown: %w", fs.ErrNotExist)
	}
	if _, err := f.Seek(0, 0); err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	src, _, err := image.Decode(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("preview: %v: %w", err, fs.ErrNotExist)
	}
	w, h := conf.Width, conf.Height
	if m := max(w, h); m > thumbSide {
		w, h = max(w*thumbSide/m, 1), max(h*thumbSide/m, 1)
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(dst, dst.Bounds(), image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Over, nil)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, dst, &jpeg.Options{Quality: 80}); err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	tmp := e.thumbPath(j) + thumbPart
	if err := os.WriteFile(tmp, out.Bytes(), 0o600); err == nil {
		_ = os.Rename(tmp, e.thumbPath(j)) // a cache: made again when it is missing
	}
	return out.Bytes(), nil
}
