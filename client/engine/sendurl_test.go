package engine_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// elsewhere serves a picture at an address of its own and counts how often it
// was fetched.
func elsewhere(t *testing.T) (address string, asked func() []string) {
	var mu sync.Mutex
	var methods []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		methods = append(methods, r.Method)
		mu.Unlock()
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(picture(7))
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/cat.png", func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(methods)
	}
}

func TestAHostThatTakesAddressesFetchesThemItself(t *testing.T) {
	for _, get := range []bool{false, true} {
		h := newHouse(t, chevtest.Config{
			Keys: map[string]chevtest.User{"chv_root_secret": {Name: "root", Admin: true}},
			Site: chevtest.Site{URLUploads: true},
		})
		h.keys.keys["main@"+h.host.URL] = client.NewKey("chv_root_secret")
		// Nothing may be fetched here.
		h.change = func(c *engine.Config) { c.FetchAllowed = func(netip.Addr) bool { return false } }
		h.start()
		address, asked := elsewhere(t)
		r := h.submit(uploader.Order{Items: []uploader.Item{{URL: address, ByHost: true, Get: get}}})
		j := h.until(r.Batch, "done", all(job.Done))[0]
		if j.Text() == "" || j.File.Size != j.Image.Size || len(h.host.Stored()) != 1 || len(asked()) != 1 {
			t.Errorf("get %v: job has link %q and %d bytes, the host %d files after %d requests",
				get, j.Text(), j.File.Size, len(h.host.Stored()), len(asked()))
		}
	}
}

func TestAHostThatTakesNoAddressesIsSentWhatIsFetchedHere(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.change = func(c *engine.Config) { c.FetchAllowed = func(netip.Addr) bool { return true } }
	h.start()
	address, asked := elsewhere(t)
	r := h.submit(uploader.Order{Items: []uploader.Item{{URL: address, ByHost: true}}})
	j := h.until(r.Batch, "done", all(job.Done))[0]
	if j.Verified != client.VerifiedIdentical || !strings.HasSuffix(j.Text(), "/cat.png") || len(asked()) != 1 {
		t.Errorf("job is %s with %q after %d requests", j.Verified, j.Text(), len(asked()))
	}
	if len(j.Warnings) != 1 || !strings.Contains(j.Warnings[0], "takes no addresses") {
		t.Errorf("warnings are %q", j.Warnings)
	}
	h.await("an empty spool", func() bool {
		left, err := os.ReadDir(filepath.Join(h.dir, "spool"))
		return err == nil && len(left) == 0
	})
}

func TestAnAddressOnTheClipboardIsAskedForFirstFromTheTray(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.change = func(c *engine.Config) { c.FetchAllowed = func(netip.Addr) bool { return true } }
	h.start()
	h.until(h.submit(order(h.file("first.png", 1))).Batch, "the engine at work", all(job.Done))
	address, asked := elsewhere(t)
	h.clipboard.texts = []string{address}
	r, err := h.SubmitClipboard(t.Context(), uploader.Order{Batch: "b", AskURL: true})
	if err != nil || len(r.Entries) != 0 {
		t.Fatalf("receipt is %+v, %v", r, err)
	}
	notes := slices.DeleteFunc(h.notifier.shown(), func(n note) bool { return n.body != address })
	if len(notes) != 1 || notes[0].body != address || len(asked()) != 0 {
		t.Fatalf("%d notifications, address asked %d times", len(notes), len(asked()))
	}
	notes[0].chosen("default") // a click beside the button is no answer
	if len(asked()) != 0 {
		t.Fatal("it was fetched without an answer")
	}
	notes[0].chosen(notes[0].actions[0][0])
	h.until("b", "done", all(job.Done))
}
