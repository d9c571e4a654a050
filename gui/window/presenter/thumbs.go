package presenter

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"io/fs"
	"slices"
	"sync"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// Bounds of the thumbnails kept here: the uploader makes and stores them, this
// is what is on the screen and a little more.
const (
	thumbWorkers = 2
	keepThumbs   = 200
	waitThumbs   = 60
	maxThumbSide = 1024 // pixels; what is larger is no thumbnail
)

type thumbs struct {
	mu   sync.Mutex
	have map[job.ID]thumb
	used []job.ID        // least recently kept first
	wait []wanted        // newest wish last
	away map[job.ID]bool // being fetched
	wake chan struct{}
}

// thumb is a picture, or the state of the job in which there was none.
type thumb struct {
	img  image.Image
	none job.State
}

type wanted struct {
	id    job.ID
	state job.State
}

// Thumb returns the thumbnail of a job, or nil while it is not there. It is
// fetched in the background, and a new view follows when it has come. A job
// without one is asked for again only when its state has changed.
func (p *Presenter) Thumb(id job.ID, state job.State) image.Image {
	t := &p.thumbs
	t.mu.Lock()
	defer t.mu.Unlock()
	got, ok := t.have[id]
	if ok && (got.img != nil || got.none == state) {
		return got.img
	}
	if w := (wanted{id, state}); !t.away[id] && !slices.Contains(t.wait, w) {
		t.wait = append(t.wait, w)
		if len(t.wait) > waitThumbs { // scrolled past long ago
			t.wait = slices.Delete(t.wait, 0, 1)
		}
		p.wakeThumbs()
	}
	return nil
}

func (p *Presenter) wakeThumbs() {
	select {
	case p.thumbs.wake <- struct{}{}:
	default:
	}
}

func (p *Presenter) serveThumbs(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.thumbs.wake:
		}
		for ctx.Err() == nil {
			up := p.uploader()
			w, ok := p.thumbs.next(up != nil)
			if !ok {
				break
			}
			img, err := fetchThumb(ctx, up, w.id)
			if errors.Is(err, uploader.ErrGone) || ctx.Err() != nil {
				p.thumbs.drop(w)
				break // it is wanted again with the next view
			}
			p.thumbs.keep(w, img)
			if img != nil {
				p.nudge()
			}
		}
	}
}

func (t *thumbs) next(attached bool) (wanted, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !attached || len(t.wait) == 0 {
		return wanted{}, false
	}
	w := t.wait[len(t.wait)-1]
	t.wait = t.wait[:len(t.wait)-1]
	if t.away == nil {
		t.away = make(map[job.ID]bool)
	}
	t.away[w.id] = true
	return w, true
}

func (t *thumbs) drop(w wanted) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.away, w.id)
}

func (t *thumbs) keep(w wanted, img image.Image) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.have == nil {
		t.have = make(map[job.ID]thumb)
	}
	if _, ok := t.have[w.id]; !ok {
		t.used = append(t.used, w.id)
	}
	t.have[w.id] = thumb{img: img, none: w.state}
	delete(t.away, w.id)
	if len(t.used) > keepThumbs {
		delete(t.have, t.used[0])
		t.used = slices.Delete(t.used, 0, 1)
	}
}

// fetchThumb returns nil without an error when the job has no picture that
// can be shown.
func fetchThumb(ctx context.Context, h uploader.History, id job.ID) (image.Image, error) {
	got, err := h.Thumb(ctx, uploader.JobRequest{ID: id})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(got.JPEG))
	if err != nil || cfg.Width > maxThumbSide || cfg.Height > maxThumbSide {
		return nil, nil
	}
	img, err := jpeg.Decode(bytes.NewReader(got.JPEG))
	if err != nil {
		return nil, nil
	}
	return img, nil
}
