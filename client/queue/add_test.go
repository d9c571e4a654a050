package queue_test

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

func TestAJobComesBackAsItWasGiven(t *testing.T) {
	path := t.TempDir() + "/upshot.db"
	q := openAt(t, path)
	item := queue.New{
		Account: account,
		Via:     job.ViaFolder,
		Folder:  "/pictures",
		Path:    "/pictures/a\xff é 100%_'\".png", // file names are bytes
		Spooled: true,
		Input:   "a é.png",
		Name:    "ä.png",
		File:    job.Fingerprint{Size: 1 << 40, ModTime: time.Date(1601, 1, 1, 0, 0, 0, 7, time.UTC), Inode: 1<<64 - 1},
		Params: client.Params{
			Title: "Ein Titel", Description: "zwei\nZeilen", Tags: []string{"a", "b"}, Album: "x1", Category: 3,
			Width: 640, Expiration: "P3D", NSFW: true, UseFileDate: true,
		},
		Link:        job.LinkChoice{Kind: client.LinkMarkdown, Template: "{{.url}}"},
		MaxAttempts: 1,
	}
	before := time.Now()
	id := given(t, q, item)[0]
	got := get(t, q, id)
	if got.Added.Before(before.Add(-time.Second)) || got.Added.After(time.Now().Add(time.Second)) {
		t.Errorf("added at %v", got.Added)
	}
	want := job.Job{
		ID: id, Account: item.Account, Via: item.Via, Folder: item.Folder, Path: item.Path, Spooled: true, Input: item.Input,
		Name: item.Name, File: item.File, Params: item.Params, Link: item.Link, State: job.Queued, MaxAttempts: 1, Added: got.Added,
	}
	if d := diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if !got.File.Same(item.File) {
		t.Error("the fingerprint is another one")
	}
	t.Run("also after the program has started again", func(t *testing.T) {
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		if d := diff(want, get(t, openAt(t, path), id)); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	})
}

func TestFileTimesOfAllSortsStayTheSame(t *testing.T) {
	q := opened(t)
	for name, when := range map[string]time.Time{
		"none":                 {},
		"1970, as archives":    time.Unix(0, 0),
		"before 1970":          time.Unix(-1, 999999999),
		"1601, as NTFS":        time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC),
		"2446, as ext4":        time.Date(2446, 5, 10, 22, 38, 55, 1, time.UTC),
		"another time zone":    time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600)),
		"with a running clock": time.Now(),
	} {
		item := file(name)
		item.File.ModTime = when
		if got := get(t, q, given(t, q, item)[0]); !got.File.Same(item.File) {
			t.Errorf("%s: gave %v, got %v", name, when, got.File.ModTime)
		}
	}
}

func TestGivingABatchAgainChangesNothing(t *testing.T) {
	q := opened(t)
	b := job.Batch{ID: "given-twice", Copy: true}
	first, err := q.Add(t.Context(), b, files(70))
	if err != nil {
		t.Fatal(err)
	}
	done(t, q, first[0].ID, stored(t, "a", "00"))
	if removed, err := q.Remove(t.Context(), []job.ID{first[0].ID}); err != nil || len(removed) != 1 {
		t.Fatal(removed, err)
	}
	again, err := q.Add(t.Context(), b, files(3))
	if err != nil {
		t.Fatal(err)
	}
	if d := diff(first, again); d != "" {
		t.Errorf("the second receipt is another one: -first +again\n%s", d)
	}
	if _, total, _ := q.Jobs(t.Context(), queue.Filter{}); total != 69 {
		t.Errorf("there are %d jobs, want 69", total)
	}
}

func TestAFileGivenAgainWhileItsJobIsOpenJoinsIt(t *testing.T) {
	q := opened(t)
	item := file("a.png")
	item.Params.Tags = []string{"x"}
	first := given(t, q, item)[0]

	for name, change := range map[string]func(*queue.New){
		"another account": func(n *queue.New) { n.Account = "other@https://img.example" },
		"another path":    func(n *queue.New) { n.Path += "2" },
		"another version": func(n *queue.New) { n.File.ModTime = n.File.ModTime.Add(time.Nanosecond) },
		"another inode":   func(n *queue.New) { n.File.Inode++ },
		"another size":    func(n *queue.New) { n.File.Size++ },
		"other tags":      func(n *queue.New) { n.Params.Tags = []string{"y"} },
		"another link":    func(n *queue.New) { n.Link.Kind = client.LinkShort },
	} {
		t.Run("but not with "+name, func(t *testing.T) {
			other := item
			change(&other)
			added, err := q.Add(t.Context(), job.Batch{ID: job.NewBatchID()}, []queue.New{other})
			if err != nil {
				t.Fatal(err)
			}
			if added[0].Joined || added[0].ID == first {
				t.Errorf("joined: %+v", added[0])
			}
		})
	}
	for _, e := range []job.Event{"", job.Hold, job.Release, job.Claim, job.Retry} {
		if e != "" {
			move(t, q, first, e, queue.Update{NotBefore: time.Now().Add(time.Hour)})
		}
		b := job.Batch{ID: job.NewBatchID()}
		added, err := q.Add(t.Context(), b, []queue.New{item})
		if err != nil {
			t.Fatal(err)
		}
		if d := diff([]queue.Added{{ID: first, Joined: true}}, added); d != "" {
			t.Errorf("after %q: %s", e, d)
		}
		batches, err := q.BatchesOf(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(batches, func(o job.Batch) bool { return o.ID == b.ID }) {
			t.Errorf("after %q it does not belong to the batch that joined", e)
		}
	}
	t.Run("and no longer when it has ended", func(t *testing.T) {
		move(t, q, first, job.Cancel, queue.Update{})
		added, err := q.Add(t.Context(), job.Batch{ID: job.NewBatchID()}, []queue.New{item})
		if err != nil {
			t.Fatal(err)
		}
		if added[0].Joined || added[0].ID == first {
			t.Errorf("joined: %+v", added[0])
		}
	})
}

func TestTheSameFileTwiceInABatchIsOneJob(t *testing.T) {
	q := opened(t)
	items := files(120)
	items = append(items, items[0], items[100])
	added, err := q.Add(t.Context(), job.Batch{ID: "b"}, items)
	if err != nil {
		t.Fatal(err)
	}
	if added[120] != (queue.Added{ID: added[0].ID, Joined: true}) || added[121] != (queue.Added{ID: added[100].ID, Joined: true}) {
		t.Errorf("got %+v and %+v", added[120], added[121])
	}
	_, jobs, err := q.Batch(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	if len(jobs) != 122 || jobs[120].ID != added[0].ID {
		t.Errorf("the batch has %d jobs in another order", len(jobs))
	}
	if _, total, _ := q.Jobs(t.Context(), queue.Filter{Batch: "b"}); total != 120 {
		t.Errorf("the list has %d jobs, want 120", total)
	}
}

func TestABatchThatCannotBeAddedLeavesNothing(t *testing.T) {
	q := opened(t)
	items := files(60)
	items[59].Path = ""
	if _, err := q.Add(t.Context(), job.Batch{ID: "b"}, items); err == nil {
		t.Fatal("a job without a path was taken")
	}
	if _, err := q.Add(t.Context(), job.Batch{}, files(1)); err == nil {
		t.Fatal("a batch without an id was taken")
	}
	if _, _, err := q.Batch(t.Context(), "b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the batch is there: %v", err)
	}
	if _, total, _ := q.Jobs(t.Context(), queue.Filter{}); total != 0 {
		t.Errorf("%d jobs are there", total)
	}
}

func TestBatchesThatAskedAreUntoldUntilTheyAreTold(t *testing.T) {
	q := opened(t)
	for _, b := range []job.Batch{
		{ID: "copy", Copy: true},
		{ID: "quiet"},
		{ID: "notify", Notify: true},
		{ID: "told", Copy: true, Told: true},
	} {
		if _, err := q.Add(t.Context(), b, files(1)); err != nil {
			t.Fatal(err)
		}
	}
	untold := func() (ids []job.BatchID) {
		batches, err := q.Untold(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range batches {
			ids = append(ids, b.ID)
		}
		return ids
	}
	if d := diff([]job.BatchID{"copy", "notify"}, untold()); d != "" {
		t.Error(d)
	}
	if err := q.Tell(t.Context(), "copy"); err != nil {
		t.Fatal(err)
	}
	if d := diff([]job.BatchID{"notify"}, untold()); d != "" {
		t.Error(d)
	}
	b, _, err := q.Batch(t.Context(), "copy")
	if err != nil || !b.Told || !b.Copy || b.Notify || b.Added.IsZero() {
		t.Errorf("the batch is %+v, %v", b, err)
	}
	if err := q.Tell(t.Context(), "nobody's"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("telling a batch that is not there: %v", err)
	}
}

func TestFilesOfAFolderAreMarkedSeenWithTheirJobs(t *testing.T) {
	q := opened(t)
	items := files(60)
	for i := range items {
		items[i].SeenKey = "folder"
	}
	given(t, q, items...)
	for _, item := range items {
		seen, err := q.IsSeen(t.Context(), "folder", queue.Seen{Path: item.Path, File: item.File})
		if err != nil || !seen {
			t.Fatalf("%s: %v, %v", item.Path, seen, err)
		}
	}
}

func TestABatchMovesAsLongAsAJobIsOnItsWayOrMaySoonBe(t *testing.T) {
	q := opened(t)
	ids := given(t, q, files(2)...)
	batch, err := q.BatchesOf(t.Context(), ids[0])
	if err != nil || len(batch) != 1 {
		t.Fatal(batch, err)
	}
	moves := func(when string, want bool, accounts ...string) {
		t.Helper()
		if got, err := q.Moves(t.Context(), batch[0].ID, accounts); err != nil || got != want {
			t.Errorf("%s: moves %v, %v", when, got, err)
		}
	}
	moves("both are queued", true, account, other)
	moves("its account may not send", false, other)
	moves("nobody may send", false)
	move(t, q, ids[0], job.Cancel, queue.Update{})
	moves("one is queued", true, account)
	move(t, q, ids[1], job.Claim, queue.Update{})
	moves("one is sent", true, account)
	moves("one is sent, though its account's gate has closed", true)
	move(t, q, ids[1], job.Retry, queue.Update{})
	moves("one waits", false, account)
	move(t, q, ids[1], job.Hold, queue.Update{})
	moves("one is held", false, account)
	move(t, q, ids[1], job.Release, queue.Update{})
	done(t, q, ids[1], stored(t, "a", "00"))
	moves("all has ended", false, account)
}
