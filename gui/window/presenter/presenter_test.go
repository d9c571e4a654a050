package presenter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/presenter"
	"images-uploader.com/upshot/gui/window/windowtest"
)

// desk runs a presenter and keeps what it publishes.
type desk struct {
	*presenter.Presenter
	mu    sync.Mutex
	views []presenter.View
	times []time.Time
	tries int
	stop  func() // ends Run and waits for it
}

// start runs a presenter in the bubble until the test ends. attach is asked
// for the uploader of each try, counted from 1.
func start(t *testing.T, attach func(try int) (uploader.Uploader, error)) *desk {
	t.Helper()
	d := &desk{}
	p, err := presenter.New(presenter.Config{
		Connect: func(context.Context) (uploader.Uploader, error) {
			d.mu.Lock()
			d.tries++
			try := d.tries
			d.mu.Unlock()
			return attach(try)
		},
		Publish: func(v presenter.View) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.views = append(d.views, v)
			d.times = append(d.times, time.Now())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Presenter = p
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); p.Run(ctx) }()
	d.stop = func() { cancel(); <-ended }
	t.Cleanup(d.stop)
	return d
}

func always(up uploader.Uploader) func(int) (uploader.Uploader, error) {
	return func(int) (uploader.Uploader, error) { return up, nil }
}

// now lets a second pass and returns the newest view.
func (d *desk) now() presenter.View {
	time.Sleep(time.Second) // of the bubble's own time
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.views[len(d.views)-1]
}

func (d *desk) published() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.views)
}

func add(f *windowtest.Fake, state job.State, n int) {
	f.Change(func(_ *uploader.Snapshot, jobs *[]job.Job) {
		for range n {
			id := job.ID(len(*jobs) + 1)
			*jobs = append(*jobs, job.Job{ID: id, Name: fmt.Sprintf("%d.png", id), State: state, Account: "a@https://a.example"})
		}
	})
}

func TestAViewFollowsEveryChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &windowtest.Fake{}
		d := start(t, always(fake))
		if v := d.now(); v.Link != presenter.Live || v.Lists[presenter.Queue].Total != 0 {
			t.Fatalf("at first: link %v, %d rows", v.Link, v.Lists[presenter.Queue].Total)
		}
		add(fake, job.Queued, 2)
		v := d.now()
		if v.Lists[presenter.Queue].Total != 2 {
			t.Fatalf("%d rows after two files came", v.Lists[presenter.Queue].Total)
		}
		if j, ok := v.Lists[presenter.Queue].At(0); !ok || j.ID != 1 {
			t.Errorf("row 0 is %v, %v; what is sent first is on top", j.ID, ok)
		}
	})
}

func TestNothingIsPublishedWhileNothingChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, always(&windowtest.Fake{}))
		d.now()
		before := d.published()
		time.Sleep(time.Hour)
		synctest.Wait()
		if after := d.published(); after != before {
			t.Errorf("%d views in an idle hour", after-before)
		}
	})
}

func TestAStormOfChangesGivesAtMostTenViewsASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &windowtest.Fake{}
		d := start(t, always(fake))
		d.now()
		before := d.published()
		for range 1000 {
			time.Sleep(time.Millisecond)
			add(fake, job.Queued, 1)
			d.Want(presenter.Queue, 40*(d.published()%7)) // scrolled at the same time
		}
		synctest.Wait()
		if n := d.published() - before; n > 11 || n < 8 {
			t.Errorf("%d views in a second", n)
		}
		if v := d.now(); v.Lists[presenter.Queue].Total != 1000 {
			t.Errorf("the last view has %d rows of 1000", v.Lists[presenter.Queue].Total)
		}
	})
}

func TestTheQueueShowsSendingFirstThenWaitingThenFailedThenTheLastResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &windowtest.Fake{}
		add(fake, job.Done, 30)    // 1..30
		add(fake, job.Failed, 1)   // 31
		add(fake, job.Queued, 2)   // 32, 33
		add(fake, job.Sending, 1)  // 34
		add(fake, job.Canceled, 1) // 35
		d := start(t, always(fake))
		list := d.now().Lists[presenter.Queue]
		var ids []job.ID
		for i := range list.Total {
			j, ok := list.At(i)
			if !ok {
				t.Fatalf("row %d is not loaded", i)
			}
			ids = append(ids, j.ID)
		}
		want := []job.ID{34, 32, 33, 31, 30, 29, 28}
		if len(ids) != 24 || fmt.Sprint(ids[:7]) != fmt.Sprint(want) {
			t.Errorf("%d rows, begin with %v, want 24 beginning with %v", len(ids), ids, want)
		}
	})
}

func TestOfALongListOnlyThePagesOnTheScreenAreLoaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &windowtest.Fake{}
		add(fake, job.Queued, 10_000)
		d := start(t, always(fake))
		list := d.now().Lists[presenter.Queue]
		if _, ok := list.At(5_000); ok || list.Total != 10_000 {
			t.Fatalf("row 5000 loaded unasked: %v; total %d", ok, list.Total)
		}
		d.Want(presenter.Queue, 5_000)
		list = d.now().Lists[presenter.Queue]
		if j, ok := list.At(5_000); !ok || j.ID != 5_001 {
			t.Fatalf("row 5000 is job %d, %v", j.ID, ok)
		}
		for row := 0; row < 10_000; row += 40 {
			d.Want(presenter.Queue, row)
		}
		list = d.now().Lists[presenter.Queue]
		loaded := 0
		for i := range list.Total {
			if _, ok := list.At(i); ok {
				loaded++
			}
		}
		if loaded > 120 {
			t.Errorf("%d rows loaded after scrolling through", loaded)
		}
		if _, ok := list.At(9_999); !ok {
			t.Error("the last row, wanted last, is not loaded")
		}
	})
}

func TestASearchNarrowsHistoryAndAnEmptyOneShowsAllAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &windowtest.Fake{}
		add(fake, job.Done, 100)
		d := start(t, always(fake))
		d.now()
		d.Narrow(presenter.History, presenter.Filter{Search: "99"})
		if list := d.now().Lists[presenter.History]; list.Total != 1 {
			t.Errorf("%d rows found, want 1", list.Total)
		}
		d.Narrow(presenter.History, presenter.Filter{Search: ""})
		if list := d.now().Lists[presenter.History]; list.Total != 100 {
			t.Errorf("%d rows without a search, want 100", list.Total)
		}
	})
}

func TestAnUploaderThatGoesIsSaidAndAnotherOneAttached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &windowtest.Fake{}, &windowtest.Fake{}
		add(first, job.Queued, 1)
		add(second, job.Queued, 2)
		d := start(t, func(try int) (uploader.Uploader, error) {
			switch try {
			case 1:
				return first, nil
			case 2, 3, 4:
				return nil, fmt.Errorf("dial: %w", uploader.ErrGone)
			default:
				return second, nil
			}
		})
		d.now()
		first.Go()
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		d.mu.Lock()
		v := d.views[len(d.views)-1]
		d.mu.Unlock()
		if v.Link != presenter.Lost || !errors.Is(v.Err, uploader.ErrGone) {
			t.Fatalf("link %v, error %v right after it went", v.Link, v.Err)
		}
		if v.Lists[presenter.Queue].Total != 1 {
			t.Error("the list was emptied while nobody answers")
		}
		time.Sleep(5 * time.Second)
		if v := d.now(); v.Link != presenter.Live || v.Err != nil || v.Lists[presenter.Queue].Total != 2 {
			t.Errorf("link %v, error %v, %d rows after it came back", v.Link, v.Err, v.Lists[presenter.Queue].Total)
		}
	})
}

func TestTriesToAttachGrowApartAndRetryDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, func(int) (uploader.Uploader, error) { return nil, uploader.ErrGone })
		time.Sleep(time.Minute)
		synctest.Wait()
		tries := func() int { d.mu.Lock(); defer d.mu.Unlock(); return d.tries }
		if n := tries(); n < 10 || n > 20 {
			t.Errorf("%d tries in a minute", n)
		}
		before := tries()
		d.Retry()
		synctest.Wait()
		if tries() != before+1 {
			t.Error("Retry did not try at once")
		}
	})
}

func TestOrdersRunBesideEachOtherAndEndWithRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &windowtest.Fake{}
		d := start(t, always(fake))
		d.now()
		ended := false
		d.Do(func(ctx context.Context, _ uploader.Uploader) error {
			<-ctx.Done() // a keyring that nobody unlocks
			ended = true
			return ctx.Err()
		}, nil)
		var got error = errors.New("not told")
		d.Do(func(ctx context.Context, up uploader.Uploader) error {
			_, err := up.Pause(ctx, uploader.AccountRequest{})
			return err
		}, func(err error) { got = err })
		synctest.Wait()
		if got != nil {
			t.Errorf("the second order: %v", got)
		}
		if v := d.now(); !v.Snapshot.Paused {
			t.Error("the pause is not in the view")
		}
		d.stop()
		if !ended {
			t.Error("Run has ended before an order had")
		}
	})
}

func TestAnOrderWithoutUploaderFailsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, func(int) (uploader.Uploader, error) { return nil, uploader.ErrGone })
		var got error
		d.Do(func(context.Context, uploader.Uploader) error { return nil }, func(err error) { got = err })
		synctest.Wait()
		if !errors.Is(got, uploader.ErrGone) {
			t.Errorf("got %v", got)
		}
	})
}

func TestAThumbnailComesWithALaterView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &windowtest.Fake{}
		add(fake, job.Done, 2)
		var data bytes.Buffer
		if err := jpeg.Encode(&data, image.NewGray(image.Rect(0, 0, 32, 24)), nil); err != nil {
			t.Fatal(err)
		}
		fake.SetThumb(1, data.Bytes())
		fake.SetThumb(2, []byte("no picture at all"))
		d := start(t, always(fake))
		d.now()
		before := d.published()
		if d.Thumb(1, job.Done) != nil || d.Thumb(2, job.Done) != nil {
			t.Fatal("a thumbnail was there before it was fetched")
		}
		d.now()
		if d.published() == before {
			t.Error("no view after the thumbnail came")
		}
		if img := d.Thumb(1, job.Done); img == nil || img.Bounds().Dx() != 32 {
			t.Errorf("thumbnail %v", img)
		}
		if d.Thumb(2, job.Done) != nil {
			t.Error("nonsense was shown")
		}
	})
}

type closing struct {
	*windowtest.Fake
	closed int
}

func (c *closing) Close() error { c.closed++; return nil }

func TestAnUploaderThatHasGoneIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := &closing{Fake: &windowtest.Fake{}}
		d := start(t, func(try int) (uploader.Uploader, error) {
			if try == 1 {
				return up, nil
			}
			return nil, uploader.ErrGone
		})
		d.now()
		up.Go()
		d.now()
		if up.closed != 1 {
			t.Errorf("closed %d times", up.closed)
		}
	})
}

func TestProgressAloneLoadsNoJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := &counting{Fake: &windowtest.Fake{}}
		add(up.Fake, job.Sending, 1)
		d := start(t, always(up))
		d.now()
		before := up.jobs.Load()
		up.Progress(uploader.Progress{ID: 1, Sent: 5, Size: 10})
		if v := d.now(); v.Sending[1].Sent != 5 {
			t.Errorf("progress %+v", v.Sending[1])
		}
		if n := up.jobs.Load() - before; n != 0 {
			t.Errorf("jobs were asked for %d times", n)
		}
	})
}

type counting struct {
	*windowtest.Fake
	jobs atomic.Int64
}

func (c *counting) Jobs(ctx context.Context, r uploader.JobsRequest) (uploader.JobsPage, error) {
	c.jobs.Add(1)
	return c.Fake.Jobs(ctx, r)
}
