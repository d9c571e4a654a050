package torture

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// jobs are all that the agent knows of.
func (r *rig) jobs() []job.Job { return r.newest(1 << 30) }

// newest are the last n jobs, or all.
func (r *rig) newest(n int) []job.Job {
	r.t.Helper()
	c := r.up()
	var all []job.Job
	for {
		page, err := c.Jobs(r.ctx(), uploader.JobsRequest{From: len(all), N: min(n, 500)})
		if err != nil {
			r.t.Fatal(err)
		}
		all = append(all, page.Jobs...)
		if len(page.Jobs) == 0 || len(all) >= min(n, page.Total) {
			return all
		}
	}
}

// look checks what must hold at any time, of the newest jobs, and of all in
// one of ten rounds and at the end.
func (r *rig) look() {
	r.t.Helper()
	stored := map[string]chevtest.File{}
	n := 1 << 30
	if len(r.log)%10 != 0 {
		n = 100
	}
	jobs := r.newest(n)
	for _, f := range r.host.Stored() { // after the jobs: what is done is there
		stored[f.ID] = f
	}
	seen := map[job.ID]bool{}
	for _, j := range jobs {
		if seen[j.ID] {
			r.t.Errorf("job %d is there twice", j.ID)
		}
		seen[j.ID] = true
		r.lookAt(j, stored)
	}
	for id, was := range r.done {
		if !seen[id] && n > 100 {
			r.t.Errorf("job %d (%s) was done and is gone", id, was.Name)
		}
	}
	counts, err := r.up().Snapshot(r.ctx(), uploader.None{})
	if err != nil {
		r.t.Fatal(err)
	}
	total := 0
	for state, n := range counts.Counts {
		total += n
		if !slices.Contains(job.States(), state) {
			r.t.Errorf("%d jobs are in a state %q", n, state)
		}
	}
	if len(r.pending) == 0 && total < len(jobs) {
		r.t.Errorf("the counts tell %d jobs, there are %d", total, len(jobs))
	}
}

// lookAt checks one job: what was done stays done, with its link, and its
// link is that of its own bytes.
func (r *rig) lookAt(j job.Job, stored map[string]chevtest.File) {
	r.t.Helper()
	if was, ok := r.done[j.ID]; ok && (j.State != job.Done || j.Outcome != was.Outcome || j.Text() != was.Text() || j.SHA256 != was.SHA256) {
		r.t.Errorf("job %d was done (%s, %q) and is %s (%s, %q) after a kill", j.ID, was.Outcome, was.Text(), j.State, j.Outcome, j.Text())
	}
	if j.State != job.Done {
		return
	}
	r.done[j.ID] = j
	if r.given[j.SHA256] == nil {
		r.t.Errorf("job %d is done with bytes that nobody gave: %s, %s", j.ID, j.Name, j.SHA256)
	}
	if j.Outcome == job.Duplicate {
		return
	}
	f, ok := stored[j.Image.ID]
	if !ok || f.Received.SHA256 != j.SHA256 || j.Image.Link(client.LinkDirect) != r.url+f.Path {
		r.t.Errorf("job %d says %q; the host has there %+v", j.ID, j.Text(), f)
	}
}

// finish waits for the end of all and draws the balance.
func (r *rig) finish() {
	r.t.Helper()
	r.up()
	r.feeds.Wait()
	for range 5 {
		r.up()
		if r.regive(); len(r.pending) == 0 {
			break
		}
	}
	r.arrive()

	r.settle()
	jobs := map[string][]job.Job{}
	for _, j := range r.jobs() {
		if j.State != job.Done {
			r.t.Errorf("job %d (%s) ended as %s: %+v", j.ID, j.Name, j.State, j.Failure)
		}
		jobs[j.SHA256] = append(jobs[j.SHA256], j)
	}
	copies := map[string][]chevtest.File{}
	for _, f := range r.host.Stored() {
		copies[f.Received.SHA256] = append(copies[f.Received.SHA256], f)
		if r.given[f.Received.SHA256] == nil {
			r.t.Errorf("the host has %s, which nobody gave so", f.Name)
		}
		if data, err := r.host.Content(f.ID); err != nil || sumOf(data) != f.Received.SHA256 {
			r.t.Errorf("the host's %s does not have its bytes: %v", f.Name, err)
		}
	}
	twice, duplicates := 0, 0
	for sum, f := range r.given {
		if len(copies[sum]) == 0 {
			r.t.Errorf("%s is not on the host: LOST", f.path)
		}
		if len(copies[sum]) > 1 {
			twice++
		}
		duplicates += r.balance(f, jobs[sum], copies[sum])
	}
	left, _ := os.ReadDir(filepath.Join(r.dir, "spool"))
	r.t.Logf("%d files, %d kills, %d stored twice, %d told as duplicate, %d left in the spool, %d in the folder; the host saw: %s",
		len(r.given), len(r.killed()), twice, duplicates, len(left), r.inPlace(), r.tap.summary())
}

// inPlace looks for every file that was saved in the folder: it is there or
// where uploaded ones are moved to, in one of both. It returns how many have
// stayed.
func (r *rig) inPlace() (stayed int) {
	r.t.Helper()
	for _, f := range r.given {
		if f.via != "folder" {
			continue
		}
		there, moved := 0, 0
		for path, n := range map[string]*int{f.path: &there, filepath.Join(r.moved, filepath.Base(f.path)): &moved} {
			if data, err := os.ReadFile(path); err == nil && sumOf(data) == f.sum {
				*n = 1
			}
		}
		if there+moved != 1 {
			r.t.Errorf("%s is in the folder %d times and where it goes %d times", filepath.Base(f.path), there, moved)
		}
		stayed += there
	}
	return stayed
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// arrive waits until what was saved in the folder is a job.
func (r *rig) arrive() {
	r.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		known := map[string]bool{}
		for _, j := range r.jobs() {
			known[j.Path] = true
		}
		missing := slices.DeleteFunc(r.inFolder(), func(path string) bool { return known[path] })
		if len(missing) == 0 {
			return
		}
		if time.Now().After(deadline) {
			s, _ := r.up().Snapshot(r.ctx(), uploader.None{})
			r.t.Fatalf("never taken from the folder: %v\n%+v", missing, s.Folders)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (r *rig) inFolder() []string {
	var paths []string
	for _, f := range r.given {
		if f.via == "folder" {
			paths = append(paths, f.path)
		}
	}
	return paths
}

// balance compares one file's requests, copies and jobs; it returns how many
// jobs say that the host had the bytes already.
func (r *rig) balance(f *file, jobs []job.Job, copies []chevtest.File) (duplicates int) {
	r.t.Helper()
	if len(jobs) == 0 {
		r.t.Errorf("%s has no job", f.path)
	}
	attempts := r.tap.of(f.sum)
	for _, a := range attempts[:max(len(attempts)-1, 0)] {
		if !r.lost(a) {
			r.t.Errorf("%s was sent again though its answer (HTTP %d, %s) came while the agent lived", f.path, a.status, a.told.Format("15:04:05.000"))
		}
	}
	linked, says := map[string]bool{}, false
	for _, j := range jobs {
		says = says || j.MaybeSent || j.Outcome == job.Duplicate
		if j.Outcome == job.Duplicate {
			duplicates++
			continue
		}
		if j.Image != nil {
			linked[j.Image.ID] = true
		}
	}
	if len(attempts) < 2 && duplicates > 0 {
		r.t.Errorf("%s is told as a duplicate, but was sent once", f.path)
	}
	// A host that refuses duplicates has a second copy too when it still works
	// on the first request as the second comes.
	for _, c := range copies {
		if !linked[c.ID] && !says {
			r.t.Errorf("%s is on the host as %s, but no job has that link, nor says that a copy may be there (%d copies)", f.path, c.Name, len(copies))
		}
	}
	return duplicates
}

// durable is how long after its last byte an answer may take to be on disk.
const durable = 2 * time.Second

// lost reports whether the agent was killed between the beginning of a
// request and the moment when its answer must have been durable.
func (r *rig) lost(a attempt) bool {
	return a.orphan || slices.ContainsFunc(r.killed(), func(k kill) bool {
		return !k.to.Before(a.begun) && (a.told.IsZero() || k.from.Before(a.told.Add(durable)))
	})
}

// checkClipboard looks at every text that was ever on the clipboard: each of
// its lines is the link of a job that is done, now, after all the kills.
func (r *rig) checkClipboard() {
	r.t.Helper()
	links := map[string]bool{}
	for _, j := range r.jobs() {
		if text := j.Text(); text != "" {
			links[text] = true
		}
	}
	for text := range r.clips {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); !links[line] {
				r.t.Errorf("the clipboard held %q, which no job has kept", line)
			}
		}
	}
	if len(r.clips) == 0 {
		r.t.Error("the clipboard never held anything")
	}
	r.t.Logf("%d texts were seen on the clipboard", len(r.clips))
}
