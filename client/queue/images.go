package queue

import (
	"bytes"
	"sync"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// images remembers some answers as they were decoded: a job that has just
// ended is read again at once, by everybody who shows it. What it gives is
// what the database holds: the text is compared. A nil one remembers nothing.
type images struct {
	mu     sync.Mutex
	known  map[job.ID]*client.Image
	oldest []job.ID // in the order they came, as a ring
	next   int
}

// imagesMost takes some 2 MB: what a run of small files ends between two looks
// of a face.
const imagesMost = 512

func newImages() *images {
	return &images{known: make(map[job.ID]*client.Image, imagesMost), oldest: make([]job.ID, imagesMost)}
}

// decode is decodeImage without the delete link.
func (c *images) decode(id job.ID, raw []byte) (*client.Image, error) {
	if c != nil {
		c.mu.Lock()
		im := c.known[id]
		c.mu.Unlock()
		if im != nil && bytes.Equal(im.Raw, raw) {
			own := *im
			return &own, nil
		}
	}
	im, _, err := decodeImage(raw)
	if err == nil && bytes.Equal(im.Raw, raw) {
		c.keep(id, im)
	}
	return im, err
}

// keep remembers the answer to a job, which must be as decodeImage returned it.
func (c *images) keep(id job.ID, im *client.Image) {
	if c == nil {
		return
	}
	own := *im
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known[id] == nil {
		delete(c.known, c.oldest[c.next])
		c.oldest[c.next] = id
		c.next = (c.next + 1) % len(c.oldest)
	}
	c.known[id] = &own
}
