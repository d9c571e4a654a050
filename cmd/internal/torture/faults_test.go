package torture

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
)

// faultFiles are given for each fault, fewer for its variants and where the
// race detector makes all slow; faultTimes of their requests meet it.
const (
	faultFiles = 200
	fewerFiles = 40
	faultTimes = 15
)

// short are stalls that end by themselves, well before anybody gives up.
const short = 20 * time.Millisecond

// faults are all kinds that the host knows, as they are armed.
var faults = []chevtest.Fault{
	{Kind: chevtest.CutBefore},
	{Kind: chevtest.CutBody, After: 300},
	{Kind: chevtest.CutAfter},
	{Kind: chevtest.StallBody, After: 300, For: short},
	{Kind: chevtest.StallReply, For: short},
	{Kind: chevtest.LoseAnswer},
	{Kind: chevtest.CutAnswer},
	{Kind: chevtest.TruncatedJSON},
	{Kind: chevtest.EmptyAnswer},
	{Kind: chevtest.TooMany},
	{Kind: chevtest.TooMany, RetryAfter: time.Hour},
	{Kind: chevtest.Unavailable},
	{Kind: chevtest.Unavailable, RetryAfter: time.Hour},
	{Kind: chevtest.ServerError},
	{Kind: chevtest.SystemError},
	{Kind: chevtest.Maintenance},
	{Kind: chevtest.Banned, Text: "You are forbidden to use this website"},
	{Kind: chevtest.Banned, Location: "https://example.com/"},
	{Kind: chevtest.LockedOut},
	{Kind: chevtest.Elsewhere, Location: "https://example.com/"},
	{Kind: chevtest.Elsewhere, Status: 308, Location: "https://example.com/"},
	{Kind: chevtest.Portal},
	{Kind: chevtest.DiskFull},
	{Kind: chevtest.FolderLocked},
	{Kind: chevtest.StorageFull},
	{Kind: chevtest.NotEncodable},
	{Kind: chevtest.SubdirError},
	{Kind: chevtest.Custom, Status: 502, Text: "<html><title>Bad Gateway</title></html>"},
}

// variants are what a fault may do besides: keep the file though it says
// otherwise, or answer before the body is read.
func variants(f chevtest.Fault) map[string]chevtest.Fault {
	list := map[string]chevtest.Fault{"": f}
	switch f.Kind {
	case chevtest.CutBefore, chevtest.CutBody, chevtest.CutAfter, chevtest.StallBody,
		chevtest.StallReply, chevtest.LoseAnswer, chevtest.CutAnswer, chevtest.TruncatedJSON:
		return list
	}
	kept, early := f, f
	kept.Store, early.Early = true, true
	list[", but the file is kept"], list[", before the body is read"] = kept, early
	return list
}

// keeps says that the host has the file though the client cannot know.
func keeps(f chevtest.Fault) bool {
	switch f.Kind {
	case chevtest.LoseAnswer, chevtest.CutAnswer, chevtest.TruncatedJSON:
		return true
	}
	return f.Store
}

func TestEveryFaultOfTheHostEndsInARightState(t *testing.T) {
	seen := map[chevtest.FaultKind]bool{}
	for _, base := range faults {
		for words, f := range variants(base) {
			if raceEnabled && words != "" {
				continue // the plain run has them
			}
			name, n := string(f.Kind)+words, faultFiles
			if testing.Short() || raceEnabled || words != "" || seen[f.Kind] {
				n = fewerFiles
			}
			switch {
			case f.RetryAfter > 0:
				name += ", come back in an hour"
			case f.Status > 0:
				name += fmt.Sprintf(", %d", f.Status)
			case f.Location != "":
				name += ", elsewhere"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				meet(t, f, n)
			})
		}
		seen[base.Kind] = true
	}
}

// meet gives n files of which some meet the fault.
func meet(t *testing.T, f chevtest.Fault, n int) {
	w := open(t, plant{workers: 8})
	var paths []string
	for i := range n {
		paths = append(paths, w.save(fmt.Sprintf("%d.webp", i), tiny(uint64(i))))
	}
	f.Times = faultTimes
	w.host.Inject(f)
	jobs := w.ends(w.order(paths...))

	stored := map[string]chevtest.File{}
	for _, file := range w.host.Stored() {
		if _, twice := stored[file.Received.SHA256]; twice {
			t.Errorf("%s is on the host twice", file.Original)
		}
		stored[file.Received.SHA256] = file
	}
	if len(stored) != n || len(jobs) != n {
		t.Errorf("%d of %d files are on the host, %d jobs; %s", len(stored), n, len(jobs), states(jobs))
	}
	duplicates := 0
	for _, j := range jobs {
		file, ok := stored[j.SHA256]
		switch {
		case j.State != job.Done || !ok:
			t.Errorf("%s is %s %s with %+v", j.Name, j.State, j.Outcome, j.Failure)
		case j.Outcome == job.Duplicate:
			duplicates++
		case j.Outcome != job.Uploaded || j.Image.ID != file.ID:
			t.Errorf("%s is %s as %s, the host has it as %s", j.Name, j.Outcome, j.Image.ID, file.ID)
		}
	}
	if want := keeps(f); (duplicates > 0) != want || duplicates > faultTimes {
		t.Errorf("%d of %d are told as duplicate: %s", duplicates, faultTimes, states(jobs))
	}
	if met := w.host.Stats().Faults; met == 0 {
		t.Error("no request met the fault")
	}
	for _, r := range w.host.Requests() {
		if slices.Contains([]string{"POST", "GET"}, r.Method) && r.Path != "/api/1/upload" {
			t.Errorf("the host was asked for %s %s", r.Method, r.Path)
		}
	}
}
