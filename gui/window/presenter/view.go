package presenter

import (
	"maps"
	"slices"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// Link says how the window is connected to its uploader.
type Link int

// The states of the connection.
const (
	Connecting Link = iota // never connected so far
	Live                   // attached, the view is fresh
	Lost                   // it was there and has gone, or could not be attached; tried again by itself
)

// View is what the window shows: immutable, whole.
type View struct {
	Link     Link
	Err      error // why Lost
	Tries    int   // how often attaching failed since it was Live
	Snapshot uploader.Snapshot
	Sending  map[job.ID]uploader.Progress // the snapshot's, by job
	Lists    [2]List
}

// Which names a list of jobs.
type Which int

// The lists.
const (
	Queue   Which = iota // what is open, then what failed, then what was just done
	History              // what has come to its end, newest first; failed jobs stay in the queue
)

// List is a list of jobs of which only the pages on the screen are loaded.
type List struct {
	Total int
	rows  map[int]job.Job
}

// At returns the job of row i, or false while its page is not there yet.
func (l List) At(i int) (job.Job, bool) {
	j, ok := l.rows[i]
	return j, ok
}

// Find returns the job of that id if its page is there.
func (l List) Find(id job.ID) (job.Job, bool) {
	for _, j := range l.rows {
		if j.ID == id {
			return j, true
		}
	}
	return job.Job{}, false
}

// Loaded returns the jobs whose pages are there.
func (l List) Loaded() []job.Job { return slices.Collect(maps.Values(l.rows)) }

// Gate returns the first closed gate of a job's account: why it waits.
func (v View) Gate(j job.Job) (uploader.GateStatus, bool) {
	for _, a := range v.Snapshot.Accounts {
		if a.ID == j.Account && len(a.Gates) > 0 {
			return a.Gates[0], true
		}
	}
	if v.Snapshot.Paused {
		return uploader.GateStatus{Gate: job.GatePaused}, true
	}
	return uploader.GateStatus{}, false
}
