package engine_test

import (
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// pickerFunc picks regions.
type pickerFunc func(ctx context.Context, monitors []image.Rectangle, files []string) (image.Rectangle, error)

func (p pickerFunc) Pick(ctx context.Context, monitors []image.Rectangle, files []string) (image.Rectangle, error) {
	return p(ctx, monitors, files)
}

// picks has regions picked by p.
func (h *house) picks(p pickerFunc) { h.change = func(c *engine.Config) { c.Regions = p } }

// spooled are the names of the files in the spool.
func (h *house) spooled() []string {
	h.t.Helper()
	entries, err := os.ReadDir(filepath.Join(h.dir, "spool"))
	if err != nil {
		h.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestARegionIsPickedOnTheFrozenScreen(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	var seen []string
	h.picks(func(_ context.Context, monitors []image.Rectangle, files []string) (image.Rectangle, error) {
		seen = files
		if want := (memFrozen{}).Monitors(); !slices.Equal(monitors, want) {
			t.Errorf("monitors are %v, want %v", monitors, want)
		}
		for i, path := range files {
			data, err := os.ReadFile(path)
			if err != nil || string(data) != string(picture(2001+i)) {
				t.Errorf("monitor %d: %v, another picture", i+1, err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("monitor %d: %v, %v", i+1, info.Mode(), err)
			}
		}
		return image.Rect(-10, 0, 20, 30), nil
	})
	h.start()
	o := order()
	if _, err := h.Capture(t.Context(), uploader.CaptureOrder{Order: o, Shot: uploader.ShotRegion}); err != nil {
		t.Fatal(err)
	}
	h.until(o.Batch, "done", all(job.Done))
	if len(seen) != 2 {
		t.Fatalf("%d pictures were shown, want 2", len(seen))
	}
	h.await("an empty spool", func() bool { return len(h.spooled()) == 0 })
	if n := len(h.host.Stored()); n != 1 {
		t.Errorf("host has %d files, want 1", n)
	}
}

func TestARegionThatIsNotPickedLeavesNothing(t *testing.T) {
	broken := errors.New("no window")
	for name, c := range map[string]struct {
		answer error
		want   error
	}{
		"Esc":                     {nil, uploader.ErrNoRegion},
		"a window that is broken": {broken, broken},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, chevtest.Config{})
			h.picks(func(context.Context, []image.Rectangle, []string) (image.Rectangle, error) {
				return image.Rectangle{}, c.answer
			})
			h.start()
			if _, err := h.Capture(t.Context(), uploader.CaptureOrder{Order: order(), Shot: uploader.ShotRegion}); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if left := h.spooled(); len(left) > 0 {
				t.Errorf("left in the spool: %q", left)
			}
			if n := len(h.host.Stored()); n != 0 {
				t.Errorf("host has %d files", n)
			}
		})
	}
}

func TestOnlyOneRegionIsPickedAtATime(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	picking, go1 := make(chan struct{}), make(chan struct{})
	h.picks(func(ctx context.Context, _ []image.Rectangle, _ []string) (image.Rectangle, error) {
		close(picking)
		select {
		case <-go1:
		case <-ctx.Done():
		}
		return image.Rectangle{}, ctx.Err()
	})
	h.start()
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := h.Capture(ctx, uploader.CaptureOrder{Order: order(), Shot: uploader.ShotRegion})
		first <- err
	}()
	<-picking
	if _, err := h.Capture(t.Context(), uploader.CaptureOrder{Order: order(), Shot: uploader.ShotRegion}); !isInvalid(err) {
		t.Errorf("a second pick: %v", err)
	}
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("who goes away: %v", err)
	}
}

func TestACaptureIsNamedAndEncodedAsTheSettingsSay(t *testing.T) {
	now := time.Now().Format("2006-01-02")
	for name, c := range map[string]struct {
		how          uploader.Capturing
		order        uploader.CaptureOrder
		prefix, tail string
	}{
		"by default":                       {tail: ".png", prefix: "screenshot-" + now + "-"},
		"as a JPEG":                        {how: uploader.Capturing{Format: "jpeg"}, tail: ".jpg", prefix: "screenshot-"},
		"as a PNG that is asked for":       {how: uploader.Capturing{Format: "jpeg"}, order: uploader.CaptureOrder{Format: "png"}, tail: ".png", prefix: "screenshot-"},
		"by a template":                    {how: uploader.Capturing{Name: "shot {date}"}, prefix: "shot " + now, tail: now + ".png"},
		"by the window, cleaned":           {how: uploader.Capturing{Name: "{window}"}, prefix: "a_b_ [1mTitle", tail: "Title.png"},
		"by what is nothing when cleaned":  {how: uploader.Capturing{Name: " .. "}, prefix: "screenshot-", tail: ".png"},
		"never outside of where it is put": {how: uploader.Capturing{Name: "../../x"}, prefix: "_.._x", tail: ".png"},
		"never by a device's name":         {how: uploader.Capturing{Name: "nul"}, prefix: "_nul", tail: ".png"},
		"not by a name that is too long":   {how: uploader.Capturing{Name: strings.Repeat("ä", 300)}, prefix: "ää", tail: "ä.png"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, chevtest.Config{})
			h.store.s.Capture = c.how
			h.start()
			h.pauseAll()
			c.order.Order = order()
			if _, err := h.Capture(t.Context(), c.order); err != nil {
				t.Fatal(err)
			}
			j := h.until(c.order.Order.Batch, "queued", all(job.Queued))[0]
			if !strings.HasPrefix(j.Name, c.prefix) || !strings.HasSuffix(j.Name, c.tail) || len(j.Name) > 130 {
				t.Errorf("it is named %q, want %q...%q", j.Name, c.prefix, c.tail)
			}
		})
	}
}

func TestACaptureThatCannotBeGivenIsKept(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.store.s.Accounts = nil
	h.start()
	if _, err := h.Capture(t.Context(), uploader.CaptureOrder{Order: order()}); !errors.Is(err, uploader.ErrNoAccount) {
		t.Fatalf("without an account: %v", err)
	}
	left := h.spooled()
	s, err := h.Snapshot(t.Context(), uploader.None{})
	if err != nil || len(left) != 1 || len(s.Notices) != 1 || !strings.Contains(s.Notices[0].Hint, left[0]) {
		t.Errorf("the spool holds %q, the notices are %+v, %v", left, s.Notices, err)
	}
}

func TestACaptureOfWhatIsNotThereIsSaidInWords(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	for name, c := range map[string]uploader.CaptureOrder{
		"no last region":  {Shot: uploader.ShotLast},
		"an empty region": {Shot: uploader.ShotRegion, Region: image.Rect(1, 1, 1, 5)},
		"another format":  {Format: "tiff"},
		"another kind":    {Shot: "everything"},
	} {
		t.Run(name, func(t *testing.T) {
			c.Order = order()
			if _, err := h.Capture(t.Context(), c); !isInvalid(err) {
				t.Errorf("got %v", err)
			}
		})
	}
	if left := h.spooled(); len(left) > 0 {
		t.Errorf("left in the spool: %q", left)
	}
	if _, err := h.Capture(t.Context(), uploader.CaptureOrder{Order: order(), Shot: uploader.ShotRegion}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("without a window to pick in: %v", err)
	}
}

func TestACaptureWaitsForItsMoment(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.store.s.Capture.Delay = time.Hour
	h.start()
	o := order()
	if _, err := h.Capture(t.Context(), uploader.CaptureOrder{Order: o, Delay: uploader.NoDelay}); err != nil {
		t.Fatal(err)
	}
	h.until(o.Batch, "done", all(job.Done))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := h.Capture(ctx, uploader.CaptureOrder{Order: order()}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a delay of an hour: %v", err)
	}
}

func TestACaptureThatWaitsForItsMomentIsSeenByEveryFace(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.start()
	at := func() time.Time {
		t.Helper()
		snap, err := h.Snapshot(t.Context(), uploader.None{})
		if err != nil {
			t.Fatal(err)
		}
		return snap.CaptureAt
	}
	if !at().IsZero() {
		t.Errorf("nobody captures, and it is at %v", at())
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := h.Capture(ctx, uploader.CaptureOrder{Order: order(), Delay: time.Hour})
		ended <- err
	}()
	for at().IsZero() {
		select {
		case err := <-ended:
			t.Fatalf("it did not wait: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	if left := time.Until(at()); left > time.Hour || left < 50*time.Minute {
		t.Errorf("it is in %v, want an hour", left)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("taken back: %v", err)
	}
	if !at().IsZero() {
		t.Errorf("it was taken back, and is still at %v", at())
	}
}

func TestAFrozenScreenThatADeadProgramLeftIsRemoved(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	for _, name := range []string{"frozen-123.part", "another.png"} {
		if err := os.WriteFile(filepath.Join(h.dir, "spool", name), picture(1), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h.start()
	if left := h.spooled(); !slices.Equal(left, []string{"another.png"}) {
		t.Errorf("left in the spool: %q", left)
	}
}
