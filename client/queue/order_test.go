package queue_test

import (
	"errors"
	"slices"
	"testing"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

const other = "other@https://img.example"

func ofAccount(account string, items []queue.New) []queue.New {
	for i := range items {
		items[i].Account = account
	}
	return items
}

// inOrder is the order in which jobs will be sent, as faces see it.
func inOrder(t *testing.T, q *queue.Queue, accounts ...string) (ids []job.ID) {
	t.Helper()
	jobs, _, err := q.Jobs(t.Context(), queue.Filter{States: []job.State{job.Queued, job.Held, job.Waiting}, N: -1, InOrder: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if len(accounts) == 0 || slices.Contains(accounts, j.Account) {
			ids = append(ids, j.ID)
		}
	}
	return ids
}

func TestJobsArePutAtAnotherPlace(t *testing.T) {
	for name, c := range map[string]struct {
		chosen []int // of five jobs 0 to 4
		to     queue.Place
		want   []int
	}{
		"one to the top":                      {[]int{3}, queue.Top, []int{3, 0, 1, 2, 4}},
		"one to the bottom":                   {[]int{1}, queue.Bottom, []int{0, 2, 3, 4, 1}},
		"one up":                              {[]int{3}, queue.Up, []int{0, 1, 3, 2, 4}},
		"one down":                            {[]int{3}, queue.Down, []int{0, 1, 2, 4, 3}},
		"the first up":                        {[]int{0}, queue.Up, []int{0, 1, 2, 3, 4}},
		"the last down":                       {[]int{4}, queue.Down, []int{0, 1, 2, 3, 4}},
		"several to the top keep their order": {[]int{4, 2}, queue.Top, []int{2, 4, 0, 1, 3}},
		"several to the bottom":               {[]int{2, 0}, queue.Bottom, []int{1, 3, 4, 0, 2}},
		"several up, each by one":             {[]int{1, 2, 4}, queue.Up, []int{1, 2, 0, 4, 3}},
		"several up, the first cannot":        {[]int{0, 1, 3}, queue.Up, []int{0, 1, 3, 2, 4}},
		"several down, each by one":           {[]int{0, 2, 3}, queue.Down, []int{1, 0, 4, 2, 3}},
		"all of them":                         {[]int{0, 1, 2, 3, 4}, queue.Top, []int{0, 1, 2, 3, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir() + "/upshot.db"
			q := openAt(t, path)
			ids := given(t, q, files(5)...)
			at := func(places []int) (of []job.ID) {
				for _, i := range places {
					of = append(of, ids[i])
				}
				return of
			}
			moved, err := q.Reorder(t.Context(), at(c.chosen), c.to)
			if err != nil || !slices.Equal(moved, at(c.chosen)) {
				t.Errorf("moved %v, %v", moved, err)
			}
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
			q = openAt(t, path) // it is durable
			if got := inOrder(t, q); !slices.Equal(got, at(c.want)) {
				t.Errorf("they stand as %v, want %v", got, at(c.want))
			}
			var claimed []job.ID
			for range 5 {
				claimed = append(claimed, claim(t, q, 1)[0].ID)
			}
			if !slices.Equal(claimed, at(c.want)) {
				t.Errorf("claimed %v, want %v", claimed, at(c.want))
			}
		})
	}
}

func TestAnOrderIsKeptThroughAJobsLife(t *testing.T) {
	q := opened(t)
	ids := given(t, q, files(4)...)
	reorder := func(to queue.Place, id ...job.ID) {
		t.Helper()
		if _, err := q.Reorder(t.Context(), id, to); err != nil {
			t.Fatal(err)
		}
	}
	reorder(queue.Top, ids[3])
	reorder(queue.Bottom, ids[0])
	want := []job.ID{ids[3], ids[1], ids[2], ids[0]}
	check := func(when string) {
		t.Helper()
		if got := inOrder(t, q); !slices.Equal(got, want) {
			t.Errorf("%s they stand as %v, want %v", when, got, want)
		}
	}
	check("at first")

	move(t, q, ids[3], job.Hold, queue.Update{})
	reorder(queue.Up, ids[1]) // over a held one
	want = []job.ID{ids[1], ids[3], ids[2], ids[0]}
	check("while one is held")
	move(t, q, ids[3], job.Release, queue.Update{})
	check("when it is released")

	claim(t, q, 1)
	move(t, q, ids[1], job.Shut, queue.Update{})
	check("after a gate closed")

	late := given(t, q, file("late.png"))[0]
	want = append(want, late)
	check("with one added later")

	move(t, q, ids[3], job.Cancel, queue.Update{})
	move(t, q, ids[3], job.Again, queue.Update{})
	want = []job.ID{ids[1], ids[2], ids[3], ids[0], late}
	check("after a job was given up and retried, it stands by its age")

	// More often than there is room for between two turns.
	for range 50 {
		reorder(queue.Up, late)
		reorder(queue.Down, ids[1])
	}
	reorder(queue.Top, ids[1])
	reorder(queue.Bottom, late)
	got := inOrder(t, q)
	if got[0] != ids[1] || got[4] != late {
		t.Errorf("after many moves they stand as %v", got)
	}
}

func TestAnOrderIsThatOfOneAccount(t *testing.T) {
	q := opened(t)
	here := given(t, q, files(3)...)
	there := given(t, q, ofAccount(other, files(3))...)
	moved, err := q.Reorder(t.Context(), []job.ID{here[2], there[2]}, queue.Up)
	if err != nil || len(moved) != 2 {
		t.Fatal(moved, err)
	}
	if got, want := inOrder(t, q, account), []job.ID{here[0], here[2], here[1]}; !slices.Equal(got, want) {
		t.Errorf("here they stand as %v, want %v", got, want)
	}
	if got, want := inOrder(t, q, other), []job.ID{there[0], there[2], there[1]}; !slices.Equal(got, want) {
		t.Errorf("there they stand as %v, want %v", got, want)
	}
}

func TestAJobThatGoesToAnotherAccountLosesThePlaceItHadInTheOldOne(t *testing.T) {
	q := opened(t)
	here := given(t, q, files(2)...)
	there := given(t, q, ofAccount(other, files(2))...)
	if _, err := q.Reorder(t.Context(), here[:1], queue.Bottom); err != nil {
		t.Fatal(err)
	}
	if moved, err := q.Reassign(t.Context(), here[:1], other); err != nil || len(moved) != 1 {
		t.Fatal(moved, err)
	}
	if got, want := inOrder(t, q, other), []job.ID{here[0], there[0], there[1]}; !slices.Equal(got, want) {
		t.Errorf("there they stand as %v, want %v", got, want)
	}
	// And it can be put elsewhere there, as the others can.
	if _, err := q.Reorder(t.Context(), here[:1], queue.Down); err != nil {
		t.Fatal(err)
	}
	if got, want := inOrder(t, q, other), []job.ID{there[0], here[0], there[1]}; !slices.Equal(got, want) {
		t.Errorf("there they stand as %v, want %v", got, want)
	}
}

func TestOnlyJobsThatWaitHaveAPlace(t *testing.T) {
	q := opened(t)
	ids := given(t, q, files(4)...)
	move(t, q, ids[0], job.Claim, queue.Update{})
	move(t, q, ids[1], job.Cancel, queue.Update{})
	moved, err := q.Reorder(t.Context(), []job.ID{ids[0], ids[1], 9999, ids[3], ids[3]}, queue.Top)
	if err != nil || !slices.Equal(moved, ids[3:4]) {
		t.Errorf("moved %v, %v", moved, err)
	}
	if _, err := q.Reorder(t.Context(), ids, "left"); err == nil {
		t.Error("a place that is none is taken")
	}
	if moved, err := q.Reorder(t.Context(), nil, queue.Top); err != nil || moved != nil {
		t.Errorf("of none, %v moved, %v", moved, err)
	}
}

func TestJobsAreGivenToAnotherAccount(t *testing.T) {
	for state, c := range map[job.State]struct {
		moved bool
		after job.State
	}{
		job.Queued: {true, job.Queued}, job.Held: {true, job.Held}, job.Waiting: {true, job.Queued},
		job.Failed: {true, job.Failed}, job.Canceled: {true, job.Canceled},
		job.Sending: {false, job.Sending}, job.Done: {false, job.Done},
	} {
		t.Run(string(state), func(t *testing.T) {
			q := opened(t)
			ids := given(t, q, files(3)...)
			id := ids[1]
			if _, err := q.Reorder(t.Context(), []job.ID{id}, queue.Top); err != nil {
				t.Fatal(err)
			}
			for _, e := range map[job.State][]job.Event{
				job.Queued: nil, job.Held: {job.Claim, job.Uncertain}, job.Waiting: {job.Claim, job.Retry}, job.Failed: {job.Claim, job.Fail},
				job.Canceled: {job.Cancel}, job.Sending: {job.Claim}, job.Done: {job.Claim, job.Succeed},
			}[state] {
				u := with(e)
				u.MaybeSent = true
				if e == job.Uncertain {
					u.Failure = &job.Failure{Kind: client.KindServer}
				}
				move(t, q, id, e, u)
			}
			before := get(t, q, id)
			moved, err := q.Reassign(t.Context(), []job.ID{id, 9999}, other)
			if err != nil || (len(moved) == 1) != c.moved {
				t.Fatalf("moved %v, %v", moved, err)
			}
			j := get(t, q, id)
			if j.State != c.after || (j.Account == other) != c.moved || j.MaybeSent != before.MaybeSent {
				t.Errorf("it is %+v", j)
			}
			if c.moved && j.State.Open() && (j.Attempts != 0 || j.Failure != nil || !j.NotBefore.IsZero()) {
				t.Errorf("it has kept %d tries, %v, until %v", j.Attempts, j.Failure, j.NotBefore)
			}
			if again, err := q.Reassign(t.Context(), []job.ID{id}, j.Account); err != nil || len(again) != 0 {
				t.Errorf("given to its own account: %v, %v", again, err)
			}
			if j.State == job.Queued {
				jobs, err := q.Claim(t.Context(), queue.Claiming{Accounts: []string{other}, N: 9})
				if err != nil || len(jobs) != 1 || jobs[0].ID != id {
					t.Errorf("its new account claims %v, %v", jobs, err)
				}
			}
		})
	}
	if _, err := opened(t).Reassign(t.Context(), []job.ID{1}, ""); err == nil || errors.Is(err, job.ErrTransition) {
		t.Errorf("to no account: %v", err)
	}
}
