package queue_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

// childEnv tells the test binary, run as a child, what to do.
const childEnv = "UPSHOT_QUEUE_TEST_CHILD"

func TestMain(m *testing.M) {
	if path, ok := strings.CutPrefix(os.Getenv(childEnv), "work:"); ok {
		work(path)
		return
	}
	if path, ok := strings.CutPrefix(os.Getenv(childEnv), "open:"); ok {
		openOnly(path)
		return
	}
	os.Exit(m.Run())
}

// work adds, claims and moves jobs with several workers until it is killed.
// Each thing done is a line on standard output, written after the queue has
// acknowledged it.
func work(path string) {
	ctx := context.Background()
	var mu sync.Mutex
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		if _, err := fmt.Fprintf(os.Stdout, format+"\n", args...); err != nil {
			os.Exit(0) // nobody listens any more
		}
	}
	die := func(err error) {
		say("error %v", err)
		os.Exit(1)
	}
	q, err := queue.Open(ctx, queue.Config{Path: path, Rest: time.Microsecond}) // the index is built in between
	if err != nil {
		die(err)
	}
	if notices := q.Notices(); len(notices) > 0 {
		die(fmt.Errorf("notices %q", notices))
	}
	back, err := q.Recover(ctx)
	if err != nil {
		die(err)
	}
	for _, id := range back {
		say("job %d %s", id, job.Queued)
	}
	im, err := clientImage()
	if err != nil {
		die(err)
	}
	say("ready")
	for worker := range 4 {
		go func() {
			for {
				b := job.Batch{ID: job.NewBatchID(), Copy: true}
				items := files(3)
				for i := range items {
					items[i].Path += string(b.ID)
				}
				added, err := q.Add(ctx, b, items)
				if err != nil {
					die(err)
				}
				for _, a := range added {
					say("job %d %s", a.ID, job.Queued)
				}
				say("batch %s %d", b.ID, len(added))
				jobs, err := q.Claim(ctx, queue.Claiming{Accounts: []string{account}, N: 4})
				if err != nil {
					die(err)
				}
				for _, j := range jobs {
					say("job %d %s", j.ID, j.State)
				}
				for i, j := range jobs {
					e := []job.Event{job.Succeed, job.Fail, job.Shut, job.Retry}[(worker+i)%4]
					u := queue.Update{NotBefore: time.Unix(1<<40, 0)}
					if e == job.Succeed {
						u = queue.Update{Outcome: job.Uploaded, Image: im, SHA256: fmt.Sprint(j.ID)}
					}
					j, err := q.Move(ctx, j.ID, e, u)
					if err != nil {
						die(err)
					}
					say("job %d %s", j.ID, j.State)
				}
			}
		}()
	}
	select {}
}

// TestNothingAcknowledgedIsLostWhenTheProgramIsKilled kills a child at
// random instants, again and again on the same database.
func TestNothingAcknowledgedIsLostWhenTheProgramIsKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upshot.db")
	told := newTold()
	rounds := 20
	if queue.RaceEnabled {
		rounds = 12
	}
	acknowledged := 0
	for round := range rounds {
		acknowledged += told.killed(t, path)
		told.check(t, path, round)
		if t.Failed() {
			return
		}
	}
	if acknowledged < rounds*10 {
		t.Errorf("only %d things were acknowledged in %d rounds: the test says little", acknowledged, rounds)
	}
	t.Logf("%d things were acknowledged before %d kills, %d jobs", acknowledged, rounds, len(told.jobs))
}

// told is what a child has said to be done.
type told struct {
	jobs    map[job.ID]job.State
	batches map[job.BatchID]int
}

func newTold() *told {
	return &told{jobs: make(map[job.ID]job.State), batches: make(map[job.BatchID]int)}
}

// killed runs a child, kills it at a random instant and reads what it said.
func (w *told) killed(t *testing.T, path string) (lines int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"=work:"+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	enough := 1 + rand.IntN(60)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			if err != io.EOF {
				t.Error(err)
			}
			break
		}
		switch line = strings.TrimSpace(line); {
		case line == "ready":
		case strings.HasPrefix(line, "error"):
			t.Error(line)
		default:
			w.take(t, line)
			if lines++; lines == enough {
				time.AfterFunc(time.Duration(rand.Int64N(int64(10*time.Millisecond))), func() { _ = cmd.Process.Kill() })
			}
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the child ended by itself")
	}
	return lines
}

func (w *told) take(t *testing.T, line string) {
	t.Helper()
	var id job.ID
	var state job.State
	var batch job.BatchID
	var n int
	if _, err := fmt.Sscanf(line, "job %d %s", &id, &state); err == nil {
		w.jobs[id] = state
	} else if _, err := fmt.Sscanf(line, "batch %s %d", &batch, &n); err == nil {
		w.batches[batch] = n
	} else {
		t.Errorf("the child said %q", line)
	}
}

// check opens the database the child left and compares.
func (w *told) check(t *testing.T, path string, round int) {
	t.Helper()
	q, err := queue.Open(t.Context(), queue.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if notices := q.Notices(); len(notices) > 0 {
		t.Errorf("round %d: it says %q", round, notices)
	}
	jobs, total, err := q.Jobs(t.Context(), queue.Filter{N: -1})
	if err != nil {
		t.Fatal(err)
	}
	is := make(map[job.ID]job.Job)
	for _, j := range jobs {
		if _, twice := is[j.ID]; twice {
			t.Errorf("round %d: job %d is there twice", round, j.ID)
		}
		is[j.ID] = j
	}
	for id, state := range w.jobs {
		j, ok := is[id]
		if !ok {
			t.Errorf("round %d: job %d is lost", round, id)
			continue
		}
		// What happened last may not have been said any more, but nothing
		// said may be undone.
		if !mayFollow(state, j.State) {
			t.Errorf("round %d: job %d was acknowledged as %s and is %s", round, id, state, j.State)
		}
		if j.State == job.Done && (j.Text() == "" || j.SHA256 != fmt.Sprint(id)) {
			t.Errorf("round %d: job %d is done without its answer", round, id)
		}
		w.jobs[id] = j.State
	}
	for id, n := range w.batches {
		if _, members, err := q.Batch(t.Context(), id); err != nil || len(members) != n {
			t.Errorf("round %d: batch %s has %d jobs, %v, want %d", round, id, len(members), err, n)
		}
	}
	counts, err := q.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, n := range counts {
		sum += n
	}
	if sum != total {
		t.Errorf("round %d: there are %d jobs, in states %d", round, total, sum)
	}
	if said := integrity(t, path); said != "ok" {
		t.Errorf("round %d: %s", round, said)
	}
}

// mayFollow reports whether a job acknowledged in state from can be in state
// to: the same, or what the child does with it next.
func mayFollow(from, to job.State) bool {
	follows := map[job.State][]job.State{
		job.Queued:  {job.Queued, job.Sending, job.Done, job.Failed, job.Waiting},
		job.Sending: {job.Sending, job.Queued, job.Done, job.Failed, job.Waiting},
	}
	if next, ok := follows[from]; ok {
		for _, s := range next {
			if s == to {
				return true
			}
		}
		return false
	}
	return from == to
}
