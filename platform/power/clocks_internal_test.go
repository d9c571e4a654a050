package power

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestSleepIsSeenByTheClocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		var asleep time.Duration
		c := clocks{
			awake: func() time.Duration { return time.Since(start) },
			wall: func() time.Duration {
				mu.Lock()
				defer mu.Unlock()
				return time.Since(start) + asleep
			},
		}
		var told []Event
		p := New(Config{Told: func(_ context.Context, e Event) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, e)
		}})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go p.watchClocks(ctx, c)
		for _, step := range []struct {
			name  string
			sleep time.Duration
			want  []Event
		}{
			{"nothing", 0, nil},
			{"a clock set right", 5 * time.Second, nil},
			{"an hour of sleep", time.Hour, []Event{Resumed}},
			{"a clock set back", -time.Hour, []Event{Resumed}},
			{"and sleep again", time.Minute, []Event{Resumed, Resumed}},
		} {
			mu.Lock()
			asleep += step.sleep
			mu.Unlock()
			time.Sleep(2 * look)
			synctest.Wait()
			mu.Lock()
			if !slices.Equal(told, step.want) {
				t.Errorf("%s: told %v, want %v", step.name, told, step.want)
			}
			mu.Unlock()
		}
		cancel()
		synctest.Wait()
	})
}
