package engine

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // summer time, wherever the test runs

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestWhatAnOrderDoesNotSayIsAsTheAccountHasIt(t *testing.T) {
	base := client.Params{
		Title: "t", Description: "d", Tags: []string{"x"}, Album: "a", Category: 3, Width: 100,
		Expiration: "P1D", NSFW: true, UseFileDate: true,
	}
	own := client.Params{
		Title: "T", Description: "D", Tags: []string{"Y"}, Album: "A", Category: 4, Width: 200,
		Expiration: "P2D", NSFW: true, UseFileDate: true,
	}
	for _, v := range []client.Params{base, own} { // no field is forgotten here
		fields := reflect.ValueOf(v)
		for i := range fields.NumField() {
			if fields.Field(i).IsZero() {
				t.Fatalf("%s has no value in this test", fields.Type().Field(i).Name)
			}
		}
	}
	for name, c := range map[string]struct{ base, own, want client.Params }{
		"the order says nothing":      {base, client.Params{}, base},
		"the account says nothing":    {client.Params{}, own, own},
		"the order comes first":       {base, own, own},
		"each says a part":            {client.Params{Album: "a"}, client.Params{Title: "T"}, client.Params{Album: "a", Title: "T"}},
		"nobody wants anything":       {client.Params{}, client.Params{}, client.Params{}},
		"only the account has a date": {client.Params{UseFileDate: true}, client.Params{NSFW: true}, client.Params{UseFileDate: true, NSFW: true}},
	} {
		if got := over(c.base, c.own); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestTheOfferToTakeBackEndsAndKeepsNothing(t *testing.T) {
	e := &Engine{wake: make(chan struct{}, 1)}
	e.changes.init()
	until := time.Now().Add(undoTime)
	e.undone = &undo{until: until, text: "a link"}
	if next := e.endUndo(until.Add(-time.Second)); !next.Equal(until) || e.undone == nil {
		t.Errorf("a second before its end it is %+v, looked at again at %s", e.undone, next)
	}
	if next := e.endUndo(until); !next.IsZero() || e.undone != nil {
		t.Errorf("at its end it is %+v, looked at again at %s", e.undone, next)
	}
}

func TestAGateStaysClosedForAsLongAsItWasMeantToWhenTheClockIsSetBack(t *testing.T) {
	now := time.Now().Round(0)
	g := &gate{since: now, until: now.Add(time.Hour)}
	if g.follow(now.Add(time.Minute)); !g.until.Equal(now.Add(time.Hour)) {
		t.Errorf("it moves with the clock to %s", g.until)
	}
	// The clock is set back by a day: the hour is waited out, and no day.
	back := now.Add(-24 * time.Hour)
	if g.follow(back); !g.until.Equal(back.Add(time.Hour)) || !g.since.Equal(back) {
		t.Errorf("after the clock was set back it waits until %s", g.until)
	}
}

func TestTheHoursFollowSummerTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	s := uploader.Settings{Limit: 1000, Hours: []uploader.Hours{{From: "22:00", To: "07:00", Limit: 9000}, {From: "12:00", To: "12:00", Days: []string{"sun"}, Limit: 5000}}}
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, berlin)
	}
	for _, c := range []struct {
		now   time.Time
		limit int64
		next  time.Time
	}{
		// On 29 March 2026 the clock goes from two to three, on 25 October from three to two.
		{at(3, 28, 23, 0), 9000, at(3, 29, 7, 0)},
		{at(3, 29, 1, 59).Add(2 * time.Minute), 9000, at(3, 29, 7, 0)}, // 3:01 already
		{at(3, 29, 7, 0), 1000, at(3, 29, 12, 0)},
		{at(10, 25, 1, 30).Add(2 * time.Hour), 9000, at(10, 25, 7, 0)}, // 2:30 for the second time
		{at(10, 25, 7, 0), 1000, at(10, 25, 12, 0)},
		{at(10, 25, 12, 0), 5000, at(10, 25, 22, 0)}, // a day long, and the first that fits counts
		{at(10, 26, 11, 59), 5000, at(10, 26, 12, 0)},
		{at(10, 26, 12, 0), 1000, at(10, 26, 22, 0)},
	} {
		limit, next := limitAt(s, c.now)
		if limit != c.limit || !next.Equal(c.next) {
			t.Errorf("%s: limit %d until %s, want %d until %s", c.now, limit, next, c.limit, c.next)
		}
	}
	// An hour that a day has not, or has twice: looking again never stands still.
	s.Hours = []uploader.Hours{{From: "02:30", To: "02:45", Limit: 7000}}
	for _, day := range []time.Time{at(3, 28, 12, 0), at(10, 24, 12, 0)} {
		looks := 0
		for now := day; now.Before(day.Add(48 * time.Hour)); looks++ {
			_, next := limitAt(s, now)
			if !next.After(now) {
				t.Fatalf("at %s it is looked at again at %s", now, next)
			}
			now = next
		}
		if looks > 12 {
			t.Errorf("looked %d times in two days", looks)
		}
	}
}

func TestAJobWhoseSenderHasJustLeftWordIsToldOfWithTheOthersAndOnce(t *testing.T) {
	const batch job.BatchID = "b"
	ended := func(id job.ID) job.Job { return job.Job{ID: id, State: job.Done} }
	told := &sending{told: []job.BatchID{batch}}
	e := &Engine{sending: map[job.ID]*sending{1: {}, 2: told, 3: {}}}
	s := &settling{moved: []job.ID{2, 4, 5}}
	jobs := []job.Job{ended(1), ended(2), {ID: 3, State: job.Sending}, ended(4), {ID: 5, State: job.Waiting}, ended(6)}
	// 1 is about to look, 4 has left word and gone; 2 was told of, 6 long ago.
	if got := e.aboutToLook(batch, s, jobs); !slices.Equal(got, []job.ID{1, 4}) {
		t.Errorf("told of are %v", got)
	}
	if got := e.aboutToLook(batch, s, jobs); len(got) != 0 {
		t.Errorf("told of again are %v", got)
	}
	delete(e.sending, 1) // its sender leaves word now
	s.moved = append(s.moved, 1)
	if got := e.aboutToLook(batch, s, jobs); len(got) != 0 {
		t.Errorf("told of again, when its sender has gone, are %v", got)
	}
}

func TestWhatCannotBeWrittenDownSaysWhatToDoAboutIt(t *testing.T) {
	for text, err := range map[string]error{
		"make room on the disk": fmt.Errorf("move: %w", job.ErrFull),
		"another program holds": fmt.Errorf("move: %w", job.ErrBusy),
		"permissions":           fmt.Errorf("move: %w", job.ErrReadOnly),
	} {
		if got := unwrittenHint(err); !strings.Contains(got, text) || !strings.Contains(got, "tried again by itself") {
			t.Errorf("%v: %q", err, got)
		}
	}
}
