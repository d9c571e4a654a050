package presenter

import (
	"context"
	"slices"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// pageRows is how many rows are asked for at a time, keepPages how many pages
// are kept: together more than a 4K screen shows.
const (
	pageRows  = 40
	keepPages = 3
)

// section is a stretch of a list: the jobs in some states.
type section struct {
	states []job.State
	oldest bool
	most   int // 0: all of them
}

// sections are the lists. A file that is on its way is on top, then what
// waits in the order it will be sent, then what needs a person, and at the
// end the last results, so that a link is found where its file was dropped.
var sections = [2][]section{
	Queue: {
		{states: []job.State{job.Sending}, oldest: true},
		{states: []job.State{job.Queued, job.Waiting, job.Held}, oldest: true},
		{states: []job.State{job.Failed}},
		{states: []job.State{job.Done}, most: 20},
	},
	History: {
		{states: []job.State{job.Done, job.Canceled}},
	},
}

// ask says which rows of a list are wanted, newest wish first.
type ask struct {
	pages  []int
	search string
}

// want puts the page of a row first and reports whether it was not wanted before.
func (a *ask) want(row int) bool {
	page := row / pageRows
	i := slices.Index(a.pages, page)
	if i == 0 {
		return false
	}
	if i > 0 {
		a.pages = slices.Delete(a.pages, i, i+1)
	}
	a.pages = slices.Insert(a.pages, 0, page)
	if len(a.pages) > keepPages {
		a.pages = a.pages[:keepPages]
	}
	return i < 0
}

// load fetches the wanted pages of a list. Without a search the totals come
// from the snapshot's counts, so that only what is on the screen is asked for.
func load(ctx context.Context, h uploader.History, which Which, a ask, counts map[job.State]int) (List, error) {
	list := List{rows: make(map[int]job.Job)}
	for _, s := range sections[which] {
		start, total := list.Total, 0
		for _, state := range s.states {
			total += counts[state]
		}
		total = s.limit(total)
		for _, page := range a.pages {
			lo, hi := page*pageRows-start, (page+1)*pageRows-start
			lo, hi = max(lo, 0), min(hi, total)
			if lo >= hi {
				continue
			}
			got, err := h.Jobs(ctx, uploader.JobsRequest{
				States: s.states, Oldest: s.oldest, Search: a.search, From: lo, N: hi - lo,
			})
			if err != nil {
				return List{}, err
			}
			if a.search != "" {
				total = s.limit(got.Total)
			}
			for i, j := range got.Jobs {
				list.rows[start+lo+i] = j
			}
		}
		list.Total = start + total
	}
	return list, nil
}

func (s section) limit(n int) int {
	if s.most > 0 {
		return min(n, s.most)
	}
	return n
}
