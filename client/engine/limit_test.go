package engine

import (
	"errors"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
)

func TestTheLimitFollowsTheHours(t *testing.T) {
	zone := time.FixedZone("here", 2*3600)
	day := func(d, h, m int) time.Time { return time.Date(2026, 11, d, h, m, 0, 0, zone) } // the 23rd is a Monday
	s := uploader.Settings{Limit: 5000, Hours: []uploader.Hours{
		{From: "22:00", To: "07:00"},
		{From: "09:00", To: "17:30", Days: []string{"mon", "tue"}, Limit: 2000},
	}}
	for _, c := range []struct {
		now   time.Time
		limit int64
		next  time.Time
	}{
		{day(23, 8, 0), 5000, day(23, 9, 0)},
		{day(23, 9, 0), 2000, day(23, 17, 30)},
		{day(23, 17, 30), 5000, day(23, 22, 0)},
		{day(23, 23, 0), 0, day(24, 7, 0)},
		{day(24, 3, 0), 0, day(24, 7, 0)},
		{day(25, 12, 0), 5000, day(25, 22, 0)},
	} {
		limit, next := limitAt(s, c.now)
		if limit != c.limit || !next.Equal(c.next) {
			t.Errorf("%s: limit %d until %s, want %d until %s", c.now, limit, next, c.limit, c.next)
		}
	}
	if _, next := limitAt(uploader.Settings{Limit: 1 << 20}, day(23, 8, 0)); !next.IsZero() {
		t.Errorf("without hours the limit changes at %s", next)
	}
}

func TestALimitThatCannotBeMeantIsRefused(t *testing.T) {
	for name, s := range map[string]uploader.Settings{
		"negative":    {Limit: -1},
		"too small":   {Limit: 100},
		"no time":     {Hours: []uploader.Hours{{From: "25:00", To: "07:00"}}},
		"no end":      {Hours: []uploader.Hours{{From: "22:00"}}},
		"no day":      {Hours: []uploader.Hours{{From: "22:00", To: "07:00", Days: []string{"Montag"}}}},
		"small hours": {Hours: []uploader.Hours{{From: "22:00", To: "07:00", Limit: 3}}},
	} {
		var e *client.Error
		if err := checkLimits(s); !errors.As(err, &e) || e.Kind != client.KindInvalid || e.Message == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := checkLimits(uploader.Settings{Limit: 1 << 20, Hours: []uploader.Hours{{From: "22:00", To: "07:00", Days: []string{"mon"}}}}); err != nil {
		t.Errorf("what can be meant is refused: %v", err)
	}
}

func TestWeStayBelowALimit(t *testing.T) {
	for limit, want := range map[int]int{1: 1, 2: 1, 3: 2, 10: 9, 50: 45, 500: 450} {
		if got := below(limit); got != want {
			t.Errorf("of %d we use %d, want %d", limit, got, want)
		}
	}
}
