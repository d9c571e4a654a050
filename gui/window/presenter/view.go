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
	History              // what has come to its end, the last first; failed jobs stay in the queue
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

// OpenBytes is how much of all open jobs is sent, and of how much. known says
// that every one of them is among the rows that are loaded and has a size.
func (v View) OpenBytes() (sent, size int64, known bool) {
	open := v.Snapshot.Open()
	for row := range open { // they are the first of the queue
		j, ok := v.Lists[Queue].At(row)
		if !ok || !j.State.Open() {
			return 0, 0, false
		}
		p := v.Sending[j.ID]
		whole := max(j.File.Size, p.Size)
		if whole == 0 {
			return 0, 0, false
		}
		sent, size = sent+p.Sent, size+whole
	}
	return sent, size, open > 0
}

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
