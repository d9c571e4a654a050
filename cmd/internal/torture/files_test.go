package torture

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// photo is a JPEG with megabytes behind it, more than the buffers between the
// engine and the host hold. The host takes one that is cut anywhere, as a
// real one does.
func photo(seed byte) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 100, 100))
	noise := rand.NewChaCha8([32]byte{seed})
	_, _ = noise.Read(img.Pix) // never fails
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err)
	}
	rest := make([]byte, 12_000_000)
	_, _ = noise.Read(rest) // the same
	return append(b.Bytes(), rest...)
}

func TestAFileThatChangesIsSentWholeOrNotAtAll(t *testing.T) {
	old, fresh := photo(1), photo(2)
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	changes := []struct {
		name         string
		change       func(t *testing.T, path string)
		queued, read []byte // what the host has in the end; nil: the job failed, the file is missing
	}{
		{"deleted", func(t *testing.T, path string) { must(t, os.Remove(path)) }, nil, old},
		{"replaced by another", func(t *testing.T, path string) {
			must(t, os.WriteFile(path+".new", fresh, 0o600))
			must(t, os.Rename(path+".new", path))
		}, fresh, old},
		{"written anew", func(t *testing.T, path string) { must(t, os.WriteFile(path, fresh, 0o600)) }, fresh, fresh},
		{"overwritten in place", func(t *testing.T, path string) {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			must(t, err)
			_, err = f.WriteAt(fresh[len(fresh)/2:], int64(len(fresh)/2))
			must(t, err)
			must(t, f.Close())
		}, spliced(old, fresh), spliced(old, fresh)},
		{"truncated", func(t *testing.T, path string) { must(t, os.Truncate(path, 200_000)) }, old[:200_000], old[:200_000]},
		{"grown", func(t *testing.T, path string) {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			must(t, err)
			_, err = f.Write([]byte("and more"))
			must(t, err)
			must(t, f.Close())
		}, append(bytes.Clone(old), "and more"...), append(bytes.Clone(old), "and more"...)},
	}
	for _, c := range changes {
		t.Run(c.name+" while it is queued", func(t *testing.T) {
			t.Parallel()
			w := open(t, plant{})
			path := w.save("photo.jpg", old)
			if _, err := w.Pause(t.Context(), uploader.AccountRequest{}); err != nil {
				t.Fatal(err)
			}
			batch := w.order(path)
			c.change(t, path)
			if _, err := w.Resume(t.Context(), uploader.AccountRequest{}); err != nil {
				t.Fatal(err)
			}
			w.has(batch, c.queued)
		})
		t.Run(c.name+" while it is read", func(t *testing.T) {
			t.Parallel()
			w := open(t, plant{})
			path := w.save("photo.jpg", old)
			w.host.Inject(chevtest.Fault{Kind: chevtest.StallBody, After: 100_000})
			batch := w.order(path)
			w.stalls(1)
			c.change(t, path)
			w.host.Heal()
			w.has(batch, c.read)
		})
	}
}

// spliced is a with its second half from b's, as long as b is there.
func spliced(a, b []byte) []byte {
	data := bytes.Clone(a)
	half := len(b) / 2
	return append(data[:half:half], append(bytes.Clone(b[half:]), data[min(len(data), len(b)):]...)...)
}

// stalls waits until a fault holds n requests.
func (w *works) stalls(n int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	if err := w.host.Await(ctx, func(s chevtest.Stats) bool { return s.Stalled == n }); err != nil {
		w.t.Fatal(err)
	}
}

// has waits for the end of a batch of one, and compares what the host has
// with want; nil means that the file is missing.
func (w *works) has(batch job.BatchID, want []byte) {
	w.t.Helper()
	j := w.ends(batch)[0]
	files := w.host.Stored()
	if want == nil {
		if j.State != job.Failed || j.Failure == nil || j.Failure.Kind != client.KindLocalFile || j.Failure.Code != job.CodeMissing || len(files) > 0 {
			w.t.Errorf("the job is %s with %+v, the host has %d files", j.State, j.Failure, len(files))
		}
		return
	}
	if j.State != job.Done || j.Outcome != job.Uploaded || len(files) != 1 {
		w.t.Fatalf("the job is %s %s with %+v, the host has %d files", j.State, j.Outcome, j.Failure, len(files))
	}
	data, err := w.host.Content(files[0].ID)
	if err != nil || !bytes.Equal(data, want) {
		w.t.Errorf("the host has %d bytes that are not those of the file (%d): %v", len(data), len(want), err)
	}
	if j.Image.ID != files[0].ID || j.SHA256 != files[0].Received.SHA256 {
		w.t.Errorf("the job tells %s, the host has %s", j.Image.ID, files[0].ID)
	}
}

func TestAFileThatNeverRestsFailsAndLeavesNothingOnTheHost(t *testing.T) {
	t.Parallel()
	w := open(t, plant{})
	data := photo(3)
	path := w.save("photo.jpg", data)
	batch := ""
	for i := range 20 {
		w.host.Inject(chevtest.Fault{Kind: chevtest.StallBody, After: 100_000})
		if i == 0 {
			batch = string(w.order(path))
		}
		w.until(job.BatchID(batch), "another look", func(jobs []job.Job) bool {
			return w.host.Stats().Stalled == 1 || !jobs[0].State.Open()
		})
		if !w.jobs(job.BatchID(batch))[0].State.Open() {
			break
		}
		w.save(filepath.Base(path), append(data, fmt.Sprint(i)...))
		w.host.Heal()
	}
	w.host.Heal()
	j := w.ends(job.BatchID(batch))[0]
	if j.State != job.Failed || j.Failure.Code != job.CodeChanging || len(w.host.Stored()) != 0 {
		t.Errorf("the job is %s with %+v, the host has %d files", j.State, j.Failure, len(w.host.Stored()))
	}
}
