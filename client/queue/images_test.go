package queue

import (
	"fmt"
	"testing"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

func TestRememberedAnswersAreThoseOfTheDatabase(t *testing.T) {
	c := newImages()
	raw := func(n int) []byte { return fmt.Appendf(nil, `{"id_encoded":"i%d"}`, n) }
	read := func(id job.ID, n int) *client.Image {
		t.Helper()
		im, err := c.decode(id, raw(n))
		if err != nil || im.ID != fmt.Sprintf("i%d", n) || string(im.Raw) != string(raw(n)) {
			t.Fatalf("job %d with answer %d: %+v, %v", id, n, im, err)
		}
		return im
	}
	for n := range 3 * imagesMost {
		read(job.ID(n), n)
	}
	if len(c.known) != imagesMost {
		t.Errorf("%d are remembered", len(c.known))
	}
	last := job.ID(3*imagesMost - 1)
	read(last, int(last)).Title = "changed by who was given it"
	if im := read(last, int(last)); im.Title != "" {
		t.Errorf("others see it: %+v", im)
	}
	read(last, 7) // another answer has been written
	read(last, 7)
	if _, err := c.decode(last, []byte("no object")); err == nil {
		t.Error("damage is not seen")
	}
	if im, err := (*images)(nil).decode(1, raw(1)); err != nil || im.ID != "i1" {
		t.Error("without a memory:", im, err)
	}
}
