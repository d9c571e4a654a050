package queue

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// unattended opens a queue whose index is seen to only when a test does so.
func unattended(t *testing.T, path string) *Queue {
	t.Helper()
	q, err := Open(t.Context(), Config{Path: path, Rest: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	})
	return q
}

// step does one step of upkeep as the writer does.
func step(t *testing.T, q *Queue) (more bool) {
	t.Helper()
	err := q.change(t.Context(), "upkeep", func(ctx context.Context, t *tx) error {
		var err error
		more, err = t.upkeep(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return more
}

// one reads one number.
func one(t *testing.T, q *Queue, query string, args ...any) (n int) {
	t.Helper()
	if err := q.readers.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(query, err)
	}
	return n
}

const notIndexed = "SELECT count(*) FROM words WHERE indexed = 0 AND state <> ''"

// history fills q with n jobs, of which all but every tenth have ended.
func history(t *testing.T, q *Queue, n int) []job.ID {
	t.Helper()
	titles := []string{"Urlaub am See", "湖の写真", "sunset at the lake", "Rechnung 100%", "a_b \"quoted\" c", "xyz"}
	items := make([]New, n)
	for i := range items {
		items[i] = New{
			Account: "home@https://img.example", Path: fmt.Sprintf("/pictures/%05d.png", i), Name: fmt.Sprintf("%05d.png", i), Input: "x",
			Params: client.Params{Title: titles[i%len(titles)], Tags: []string{fmt.Sprint("tag", i%7)}},
		}
	}
	added, err := q.Add(t.Context(), job.Batch{ID: job.NewBatchID()}, items)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]job.ID, n)
	by := make(map[job.Event][]job.ID)
	for i, a := range added {
		ids[i] = a.ID
		switch i % 10 {
		case 0: // stays queued
		case 1:
			by[job.Fail] = append(by[job.Fail], a.ID)
		case 2:
			by[job.Cancel] = append(by[job.Cancel], a.ID)
		default:
			by[job.Succeed] = append(by[job.Succeed], a.ID)
		}
	}
	im, err := client.DecodeImage([]byte(`{"id_encoded":"a","url":"https://img.example/i/abc.png","is_approved":1}`))
	if err != nil {
		t.Fatal(err)
	}
	for e, group := range by {
		if _, err := q.MoveAll(t.Context(), group, e, Update{Outcome: job.Uploaded, Image: map[bool]*client.Image{true: &im}[e == job.Succeed]}); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

// searches are asked again and again while the index is built.
func searches() []string {
	return []string{
		"urlaub", "URLAUB see", "湖", "湖の", "湖の写真", "写真", "の写真", "lake", "sunset lake", "lake sunset tag3", "100%", "a_b", `"quoted"`, `"`,
		"x", "xy", "xyz", "00123", "0012", "123 tag4", "tag", "png", "img.example/i/abc", "https://img.example/i/abc.png", "nothing at all", "urlaub xyz",
		"'; drop table", "% _", `\`, "a*b", "NEAR(a b)", "lake OR xyz", "\xff", "abc\xffdef", "\x00", strings.Repeat("long ", 2000), strings.Repeat("l", 5000),
	}
}

// agree compares what q finds with what the texts of its jobs say.
func agree(t *testing.T, q *Queue, when string) {
	t.Helper()
	all, _, err := q.Jobs(t.Context(), Filter{N: -1})
	if err != nil {
		t.Fatal(err)
	}
	ends := slices.DeleteFunc(slices.Clone(all), func(j job.Job) bool { return j.State.Open() })
	byEnds(ends)
	as, total, err := q.Jobs(t.Context(), Filter{States: []job.State{job.Done, job.Failed, job.Canceled}, ByEnded: true, Oldest: true, N: -1})
	if err != nil || total != len(ends) || !slices.Equal(idsAsListed(as), idsAsListed(ends)) {
		t.Fatalf("%s: as they ended there are %d, want %d, or in another order; %v", when, total, len(ends), err)
	}
	for i, search := range searches() {
		if RaceEnabled && i%6 != len(when)%6 {
			continue // SQLite is many times slower then
		}
		words, ok := wordsIn(search)
		for i, states := range [][]job.State{nil, {job.Done}, {job.Done, job.Failed, job.Canceled}, {job.Queued}, {job.Queued, job.Failed}} {
			if RaceEnabled && i > 2 {
				break
			}
			oldest := i%2 == 0
			var want []job.ID
			for _, j := range all {
				text := wordsOf(j.Name, j.Input, j.Params, j.Image, j.Added)
				holds := ok && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
				if holds && (states == nil || slices.Contains(states, j.State)) {
					want = append(want, j.ID)
				}
			}
			if oldest {
				slices.Reverse(want)
			}
			for _, page := range [][2]int{{0, 7}, {3, 5}, {0, -1}, {10_000, 5}} {
				from, n := page[0], page[1]
				jobs, total, err := q.Jobs(t.Context(), Filter{Search: search, States: states, Oldest: oldest, From: from, N: n})
				if err != nil {
					t.Fatalf("%s: %.40q: %v", when, search, err)
				}
				var got []job.ID
				for _, j := range jobs {
					got = append(got, j.ID)
				}
				part := want[min(from, len(want)):]
				if n >= 0 {
					part = part[:min(n, len(part))]
				}
				if !slices.Equal(got, part) || total != len(want) {
					t.Fatalf("%s: %.40q in %v (%d from %d, oldest %v) finds %v of %d, want %v of %d", when, search, states, n, from, oldest, got, total, part, len(want))
				}
			}
		}
	}
}

func TestASearchIsRightBeforeWhileAndAfterTheIndexIsBuilt(t *testing.T) {
	n := 240
	if RaceEnabled {
		n = 60
	}
	path := filepath.Join(t.TempDir(), "upshot.db")
	q := unattended(t, path)
	ids := history(t, q, n)
	ended := one(t, q, notIndexed)
	agree(t, q, "without an index")
	for one(t, q, notIndexed) == ended {
		step(t, q)
	}
	left := one(t, q, notIndexed)
	if left == 0 || left >= ended {
		t.Fatalf("of %d jobs %d are not in the index", ended, left)
	}
	agree(t, q, "with a part of an index")

	// What a step did stays done.
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = unattended(t, path)
	if now := one(t, q, notIndexed); now != left {
		t.Errorf("opened again, %d jobs are not in the index, were %d", now, left)
	}
	for step(t, q) {
	}
	if left := one(t, q, notIndexed); left != 0 {
		t.Fatalf("%d jobs are not in the index", left)
	}
	agree(t, q, "with an index")

	t.Run("and after jobs were retried, removed and added", func(t *testing.T) {
		if _, err := q.MoveAll(t.Context(), ids[1:20], job.Again, Update{}); err != nil {
			t.Fatal(err)
		}
		agree(t, q, "after some were retried")
		im, err := client.DecodeImage([]byte(`{"id_encoded":"b","url":"https://img.example/i/xyz.png","is_approved":1}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := q.MoveAll(t.Context(), ids[1:10], job.Succeed, Update{Outcome: job.Uploaded, Image: &im}); err != nil {
			t.Fatal(err)
		}
		if _, err := q.MoveAll(t.Context(), ids[10:20], job.Cancel, Update{}); err != nil {
			t.Fatal(err)
		}
		agree(t, q, "after these ended otherwise")
		if _, err := q.Remove(t.Context(), ids[30:50]); err != nil {
			t.Fatal(err)
		}
		agree(t, q, "after some were removed")
		history(t, q, 50)
		agree(t, q, "after some were added")
		for step(t, q) {
		}
		agree(t, q, "and the index is up to date")
		var said string
		if err := q.readers.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" {
			t.Errorf("the database is %s, %v", said, err)
		}
	})
}

func TestTheIndexIsBuiltWithoutBeingAsked(t *testing.T) {
	q, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "upshot.db"), Rest: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	history(t, q, 100)
	waitUntil(t, func() bool { return one(t, q, notIndexed) == 0 })
	agree(t, q, "built in the background")
}

func TestAChangeWaitsForOneStepAtMost(t *testing.T) {
	q := unattended(t, filepath.Join(t.TempDir(), "upshot.db"))
	history(t, q, 300)
	// Many steps are due, each with a change waiting behind it.
	steps := 0
	for more := true; more; steps++ {
		before := one(t, q, notIndexed)
		more = step(t, q)
		if did := before - one(t, q, notIndexed); did > indexRows {
			t.Fatalf("a step took %d jobs", did)
		}
	}
	if steps < 300*9/10/indexRows {
		t.Errorf("it took %d steps", steps)
	}
	t.Run("and long texts make it shorter", func(t *testing.T) {
		long := New{Account: "a", Name: "n", Input: "x", Params: client.Params{Description: "d", Title: strings.Repeat("abcdefgh ", 1000)}}
		var items []New
		for i := range 8 {
			long.Path = fmt.Sprint("/", i)
			items = append(items, long)
		}
		added, err := q.Add(t.Context(), job.Batch{ID: "long"}, items)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range added {
			if _, err := q.Move(t.Context(), a.ID, job.Cancel, Update{}); err != nil {
				t.Fatal(err)
			}
		}
		err = q.change(t.Context(), "fill", func(ctx context.Context, t *tx) error {
			_, err := t.fillIndex(ctx)
			return err
		})
		if left := one(t, q, notIndexed); err != nil || left != 7 {
			t.Errorf("%d of 8 are left, %v", left, err)
		}
	})
}

func TestADamagedIndexDoesNotStopASearch(t *testing.T) {
	path := indexed(t)
	rawExec(t, path, "UPDATE words_index_data SET block = x'0102030405060708090a0b0c' WHERE id > 10")
	q, err := Open(t.Context(), Config{Path: path, Rest: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	agree(t, q, "with a damaged index")
}

func TestWhatASearchAsksOfTheIndex(t *testing.T) {
	q := unattended(t, indexed(t))
	for search, wants := range map[string]bool{
		"00123":   true,
		"湖の 0012": true,
		"xyz":     false, // found too often: the sheets are quicker
		"tag3":    false,
		"湖":       false, // too short
		"写真":      false,
		"png":     false,
		"/i/abc":  false,
		"湖 00123": true, // one word is enough
	} {
		words, _ := wordsIn(search)
		tx, err := q.readers.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		match, err := matchOf(t.Context(), tx, words)
		if err := errors.Join(err, tx.Rollback()); err != nil {
			t.Fatal(err)
		}
		if (match != "") != wants {
			t.Errorf("%q asks %q", search, match)
		}
	}
}

// BuildIndex brings the index up to date, for benchmarks.
func (q *Queue) BuildIndex(ctx context.Context) error {
	for more := true; more; {
		err := q.change(ctx, "upkeep", func(ctx context.Context, t *tx) error {
			var err error
			more, err = t.upkeep(ctx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// TestALargeIndexIsNotLookedIntoAtAStart has one of more than checkedIndex
// pages.
func TestALargeIndexIsNotLookedIntoAtAStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upshot.db")
	q := unattended(t, path)
	history(t, q, 60)
	r := rand.New(rand.NewPCG(1, 2))
	var items []New
	for i := range 12 {
		title := make([]rune, 8000)
		for k := range title {
			title[k] = rune(0x4e00 + r.IntN(0x5000))
		}
		items = append(items, New{Account: "a", Path: fmt.Sprint("/", i), Params: client.Params{Title: string(title)}})
	}
	added, err := q.Add(t.Context(), job.Batch{ID: "large"}, items)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range added {
		if _, err := q.Move(t.Context(), a.ID, job.Cancel, Update{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(q.BuildIndex(t.Context()), q.Close()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reopen := func() (*Queue, []string) {
		t.Helper()
		q := unattended(t, path)
		if large, err := hasLargeIndex(t.Context(), q.readers.DB); err != nil || !large {
			t.Fatalf("the index is large: %v, %v", large, err)
		}
		return q, q.Notices()
	}
	if q, notices := reopen(); len(notices) != 0 {
		t.Errorf("whole, it says %q", notices)
	} else if err := q.SetMeta(t.Context(), "a", "b"); err != nil {
		t.Error(err)
	} else if n := one(t, q, "SELECT count(*) FROM words_index WHERE words_index MATCH '\"00\" OR \"001\"'"); n == 0 {
		t.Error("the index is forgotten")
	} else if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	t.Run("but the tables are", func(t *testing.T) {
		at := strings.Index(string(whole), "/pictures/00030.png")
		page := at / pageSize * pageSize
		overwrite(t, path, int64(page), garbage(pageSize))
		q := unattended(t, path)
		if notices := q.Notices(); len(notices) != 1 {
			t.Errorf("damaged, it says %q", notices)
		}
		agree(t, q, "salvaged")
	})
}
