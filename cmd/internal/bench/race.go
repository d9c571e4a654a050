package main

import (
	"fmt"
	"slices"
	"time"
)

// contender is one who does the same as the others.
type contender struct {
	name string
	do   func(round int) (effort, error)
}

// score is what a contender's rounds came to.
type score []effort

// race lets the contenders take turns for so many rounds, after warm ones that
// do not count: they fill caches.
func race(warm, rounds int, say func(string, ...any), contenders ...contender) ([]score, error) {
	scores := make([]score, len(contenders))
	for round := range warm + rounds {
		for i, c := range contenders {
			e, err := c.do(round)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			if round < warm {
				continue
			}
			say("  %s: %s, processor %s, peak %s", c.name, ms(e.wall), ms(e.cpu), mb(e.peak))
			scores[i] = append(scores[i], e)
		}
	}
	return scores, nil
}

// wall is the median of the times.
func (s score) wall() time.Duration {
	var all []time.Duration
	for _, e := range s {
		all = append(all, e.wall)
	}
	return percentile(all, 50)
}

// peak is the highest of all.
func (s score) peak() int64 {
	peak := int64(0)
	for _, e := range s {
		peak = max(peak, e.peak)
	}
	return peak
}

// percentile is the time that p of a hundred do not exceed.
func percentile(times []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[(len(sorted)-1)*p/100]
}

// ratio is how many times as long a takes as b.
func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }
