package presenter

import (
	"context"
	"slices"
	"time"

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
	turns  bool // in the order in which they will be sent
	ends   bool // in the order in which they ended
	most   int  // 0: all of them
}

// sections are the lists. A file that is on its way is on top, then what
// waits in the order it will be sent, then what needs a person, and at the
// end the last results, so that a link is found where its file was dropped.
var sections = [2][]section{
	Queue: {
		{states: []job.State{job.Sending}, oldest: true},
		{states: []job.State{job.Queued, job.Waiting, job.Held}, turns: true},
		{states: []job.State{job.Failed}, ends: true},
		{states: []job.State{job.Done}, ends: true, most: 20},
	},
	History: {
		{states: []job.State{job.Done, job.Canceled}, ends: true},
	},
}

// Filter narrows a list; the zero value leaves everything in it.
type Filter struct {
	Search  string    // words in name, title, tags, link
	Account string    // its id
	Folder  string    // the watched one
	Type    string    // image or video
	Since   time.Time // when a job ended; an open one: when it was given
	Until   time.Time
}

// Jobs is a request for a stretch of the jobs it leaves.
func (f Filter) Jobs(states []job.State, oldest bool, from, n int) uploader.JobsRequest {
	return uploader.JobsRequest{
		States: states, Search: f.Search, Account: f.Account, Folder: f.Folder, Type: f.Type,
		Since: f.Since, Until: f.Until, From: from, N: n, Oldest: oldest,
	}
}

// ask says which rows of a list are wanted, newest wish first.
type ask struct {
	pages  []int
	filter Filter
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

// load fetches the wanted pages of a list. Without a filter the totals come
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
			r := a.filter.Jobs(s.states, s.oldest, lo, hi-lo)
			r.InOrder, r.ByEnded = s.turns, s.ends
			got, err := h.Jobs(ctx, r)
			if err != nil {
				return List{}, err
			}
			if a.filter != (Filter{}) {
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
