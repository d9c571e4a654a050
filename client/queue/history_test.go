package queue_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

func TestHistoryIsReadInPages(t *testing.T) {
	q := opened(t)
	ids := given(t, q, files(250)...)
	for _, id := range ids[:200] {
		move(t, q, id, job.Cancel, queue.Update{})
	}
	newest := slices.Clone(ids)
	slices.Reverse(newest)
	for name, c := range map[string]struct {
		f     queue.Filter
		want  []job.ID
		total int
	}{
		"a hundred at first, newest first": {queue.Filter{}, newest[:100], 250},
		"from a place on":                  {queue.Filter{From: 240, N: 20}, newest[240:], 250},
		"behind the end":                   {queue.Filter{From: 250, N: 20}, nil, 250},
		"all":                              {queue.Filter{N: -1}, newest, 250},
		"all from a place on":              {queue.Filter{N: -1, From: 200}, newest[200:], 250},
		"oldest first":                     {queue.Filter{N: 3, Oldest: true}, ids[:3], 250},
		"of a rare state":                  {queue.Filter{N: 2, States: []job.State{job.Queued}}, newest[:2], 50},
		"of a common state":                {queue.Filter{N: 2, States: []job.State{job.Canceled}}, newest[50:52], 200},
		"of two states":                    {queue.Filter{N: 1, States: []job.State{job.Queued, job.Canceled}}, newest[:1], 250},
		"of a state that none is in":       {queue.Filter{States: []job.State{job.Done}}, nil, 0},
		"named ones":                       {queue.Filter{IDs: []job.ID{ids[4], 9999, ids[2]}}, []job.ID{ids[4], ids[2]}, 2},
		"named ones, none":                 {queue.Filter{IDs: []job.ID{}}, nil, 0},
		"named ones of a state":            {queue.Filter{IDs: []job.ID{ids[4], ids[249]}, States: []job.State{job.Queued}}, ids[249:], 1},
		"found ones, oldest first":         {queue.Filter{Search: "picture 0000", N: 2, Oldest: true}, ids[:2], 10},
		"found ones, behind the end":       {queue.Filter{Search: "picture 0000", From: 10}, nil, 10},
		"found ones of a state":            {queue.Filter{Search: "picture", States: []job.State{job.Queued}, N: 1}, newest[:1], 50},
		"of a batch that is not there":     {queue.Filter{Batch: "nobody's"}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			jobs, total, err := q.Jobs(t.Context(), c.f)
			if err != nil {
				t.Fatal(err)
			}
			var got []job.ID
			for _, j := range jobs {
				got = append(got, j.ID)
			}
			if !slices.Equal(got, c.want) || total != c.total {
				t.Errorf("got %v of %d, want %v of %d", got, total, c.want, c.total)
			}
			if jobs == nil {
				t.Error("no list at all instead of an empty one")
			}
		})
	}
}

func TestSearchFindsNamesTitlesTagsLinksAndDays(t *testing.T) {
	q := opened(t)
	item := file("Urlaub_2026 100%.PNG")
	item.Input = "../Bilder/Urlaub_2026 100%.PNG"
	item.Params = client.Params{Title: "Ärger im Büro", Tags: []string{"湖の写真", "sommer"}, Description: "not searched"}
	id := given(t, q, item)[0]
	given(t, q, files(5)...)
	u := stored(t, "qWerTy", "00")
	move(t, q, id, job.Claim, queue.Update{})
	move(t, q, id, job.Succeed, u)
	for search, want := range map[string]bool{
		"urlaub":                     true,
		"URLAUB png":                 true,
		"bilder/":                    true,
		"ärger BÜRO":                 true,
		"写真":                         true,
		"湖":                          true,
		"sommer urlaub":              true,
		"sunset at":                  true, // the host's title
		"img.example/i/qwerty":       true,
		"/s/qwerty":                  true,
		time.Now().Format("2006-01"): true,
		"100%":                       true,
		"2026_100":                   false, // _ and % mean themselves
		"urlaub%100":                 false,
		`urlaub\_2026`:               false,
		"urlaub winter":              false,
		"'; DROP TABLE jobs; --":     false,
		"not searched":               false,
	} {
		jobs, total, err := q.Jobs(t.Context(), queue.Filter{Search: search})
		if err != nil {
			t.Fatal(search, err)
		}
		found := slices.ContainsFunc(jobs, func(j job.Job) bool { return j.ID == id })
		if found != want || total != len(jobs) {
			t.Errorf("%q: found is %v (%d of %d)", search, found, len(jobs), total)
		}
	}
	if _, total, err := q.Jobs(t.Context(), queue.Filter{Search: " \t"}); err != nil || total != 6 {
		t.Errorf("an empty search finds %d, %v", total, err)
	}
}

func TestBytesThatWereStoredAreKnown(t *testing.T) {
	q := opened(t)
	sum := strings.Repeat("ab", 32)
	future, past := `"expiration_date_gmt":"2999-01-01 00:00:00"`, `"expiration_date_gmt":"2001-01-01 00:00:00"`
	type given struct {
		name  string
		u     queue.Update
		alter func(*queue.New)
		fail  bool
		known bool
	}
	unapproved := stored(t, "u", sum, `"is_approved":0`)
	unapproved.Outcome = job.Unapproved
	moderated := stored(t, "m", sum, `"is_approved":0`)
	fromHistory := stored(t, "k", sum)
	fromHistory.Outcome = job.Known
	cases := []given{
		{name: "uploaded", u: stored(t, "a", sum), known: true},
		{name: "known", u: fromHistory, known: true},
		{name: "expires later", u: stored(t, "b", sum, future), known: true},
		{name: "expired", u: stored(t, "c", sum, past)},
		{name: "unapproved", u: unapproved},
		{name: "approval taken back", u: moderated},
		{name: "duplicate without a link", u: queue.Update{Outcome: job.Duplicate, SHA256: sum}},
		{name: "other bytes", u: stored(t, "d", strings.Repeat("cd", 32))},
		{name: "bytes not known", u: stored(t, "e", "")},
		{name: "another account", u: stored(t, "f", sum), alter: func(n *queue.New) { n.Account = "other@https://img.example" }},
		{name: "another size", u: stored(t, "g", sum), alter: func(n *queue.New) { n.File.Size++ }},
		{name: "failed", u: queue.Update{SHA256: sum}, fail: true},
	}
	has := func(want bool) {
		t.Helper()
		sums, more, err := q.SumsOf(t.Context(), account, 1000, 1)
		if err != nil || (len(sums) > 0) != want || more && !want {
			t.Errorf("of that size are %v, %v, %v", sums, more, err)
		}
	}
	has(false)
	var want []string
	var items []queue.New
	for _, c := range cases {
		item := file(c.name)
		if c.alter != nil {
			c.alter(&item)
		}
		items = append(items, item)
	}
	added, err := q.Add(t.Context(), job.Batch{ID: "b"}, items)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(cases) - 1; i >= 0; i-- {
		c := cases[i]
		move(t, q, added[i].ID, job.Claim, queue.Update{})
		if c.fail {
			move(t, q, added[i].ID, job.Fail, c.u)
		} else {
			move(t, q, added[i].ID, job.Succeed, c.u)
		}
		if c.known {
			want = append(want, c.name) // newest first
		}
	}
	has(true)
	known := func(sum string) (names []string) {
		t.Helper()
		jobs, err := q.Known(t.Context(), account, 1000, sum)
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range jobs {
			names = append(names, j.Name)
			if j.Text() == "" || !j.Image.DeleteLink.IsZero() {
				t.Errorf("%s has the link %q, or a delete link", j.Name, j.Text())
			}
		}
		return names
	}
	if d := diff(want, known(sum)); d != "" {
		t.Error(d)
	}
	if names := known(""); names != nil {
		t.Errorf("unknown bytes are known: %v", names)
	}
}

func TestADeletedImageIsKnownNoMore(t *testing.T) {
	q := opened(t)
	sum := strings.Repeat("ab", 32)
	ids := given(t, q, files(4)...)
	first := stored(t, "same", sum)
	done(t, q, ids[0], first)
	again := stored(t, "same", sum) // the same image's link again, from history
	again.Outcome, again.DeleteLink = job.Known, client.DeleteLink{}
	move(t, q, ids[1], job.Succeed, again)
	done(t, q, ids[2], stored(t, "other", sum))
	done(t, q, ids[3], queue.Update{Outcome: job.Duplicate})

	link, err := q.DeleteLink(t.Context(), ids[1])
	if err != nil || link.Reveal() != first.DeleteLink.Reveal() {
		t.Errorf("the delete link of an image known from history: %v", err)
	}
	if err := q.Deleted(t.Context(), ids[1]); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids[:2] {
		if _, err := q.DeleteLink(t.Context(), id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("job %d still has a delete link: %v", id, err)
		}
	}
	jobs, err := q.Known(t.Context(), account, 1000, sum)
	if err != nil || len(jobs) != 1 || jobs[0].ID != ids[2] {
		t.Errorf("known are %d jobs, %v, want the other image only", len(jobs), err)
	}
	if j := get(t, q, ids[0]); j.Image.Link(client.LinkDirect) == "" || j.Deleted.IsZero() || j.Text() != "" {
		t.Errorf("history tells %q, deleted %s, and hands out %q", j.Image.Link(client.LinkDirect), j.Deleted, j.Text())
	}
	for _, id := range []job.ID{ids[3], 999} {
		if err := q.Deleted(t.Context(), id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("deleting what has no image: %v", err)
		}
		if _, err := q.DeleteLink(t.Context(), id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the delete link of what has no image: %v", err)
		}
	}
}

func TestAnImageOfAnotherAccountIsAnotherImage(t *testing.T) {
	q := opened(t)
	here, there := given(t, q, file("a.png"))[0], given(t, q, ofAccount(other, []queue.New{file("a.png")})...)[0]
	done(t, q, here, stored(t, "same", "00")) // ids of two hosts may be the same
	theirs := stored(t, "same", "00")
	theirs.DeleteLink = client.NewDeleteLink("https://other.example/delete/same")
	done(t, q, there, theirs)
	// Each job's own link comes before that of another with the same image.
	again := given(t, q, file("b.png"))[0]
	second := stored(t, "same", "00")
	second.DeleteLink = client.NewDeleteLink("https://img.example/delete/same/second")
	done(t, q, again, second)
	for id, want := range map[job.ID]client.DeleteLink{here: stored(t, "same", "00").DeleteLink, again: second.DeleteLink} {
		if link, err := q.DeleteLink(t.Context(), id); err != nil || link.Reveal() != want.Reveal() {
			t.Errorf("job %d has another's delete link, %v", id, err)
		}
	}
	if err := q.Deleted(t.Context(), here); err != nil {
		t.Fatal(err)
	}
	if j := get(t, q, there); !j.Deleted.IsZero() {
		t.Error("that of the other account is said to be deleted")
	}
	if link, err := q.DeleteLink(t.Context(), there); err != nil || link.Reveal() != theirs.DeleteLink.Reveal() {
		t.Errorf("its delete link is gone: %v", err)
	}
}

func TestSeenFilesAreThoseOfThatVersionUnderThatKey(t *testing.T) {
	q := opened(t)
	at := func(size int64) job.Fingerprint {
		return job.Fingerprint{Size: size, ModTime: time.Unix(0, 0), Inode: 1}
	}
	var existing []queue.Seen
	for i := range 130 {
		existing = append(existing, queue.Seen{Path: fmt.Sprintf("/f/%d", i), File: at(1)})
	}
	check := func(key string, s queue.Seen, want bool) {
		t.Helper()
		if seen, err := q.IsSeen(t.Context(), key, s); err != nil || seen != want {
			t.Errorf("%s, %+v: %v, %v", key, s, seen, err)
		}
	}
	baseline := func(key string, want bool) {
		t.Helper()
		if made, err := q.Baseline(t.Context(), key); err != nil || made != want {
			t.Errorf("baseline of %s: %v, %v", key, made, err)
		}
	}
	baseline("a", false)
	if err := q.SetBaseline(t.Context(), "a", existing); err != nil {
		t.Fatal(err)
	}
	if err := q.SetBaseline(t.Context(), "empty", nil); err != nil {
		t.Fatal(err)
	}
	baseline("a", true)
	baseline("empty", true)
	for _, s := range existing {
		check("a", s, true)
		check("b", s, false)
	}
	check("a", queue.Seen{Path: "/f/1", File: at(2)}, false)
	check("a", queue.Seen{Path: "/f/999", File: at(1)}, false)
	if err := q.MarkSeen(t.Context(), "a", []queue.Seen{{Path: "/f/1", File: at(2)}}); err != nil {
		t.Fatal(err)
	}
	check("a", queue.Seen{Path: "/f/1", File: at(2)}, true)
	check("a", queue.Seen{Path: "/f/1", File: at(1)}, false)
	if err := q.Forget(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	baseline("a", false)
	baseline("empty", true)
	check("a", existing[5], false)
}

func TestMetaKeepsSmallValues(t *testing.T) {
	q := opened(t)
	for _, value := range []string{"", "one", "two", ""} {
		if err := q.SetMeta(t.Context(), "needs_version", value); err != nil {
			t.Fatal(err)
		}
		if got, err := q.Meta(t.Context(), "needs_version"); err != nil || got != value {
			t.Errorf("got %q, %v, want %q", got, err, value)
		}
	}
}

func TestWhatIsNotThereIsNotExist(t *testing.T) {
	q := opened(t)
	if _, err := q.Job(t.Context(), 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a job: %v", err)
	}
	if _, _, err := q.Batch(t.Context(), "b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a batch: %v", err)
	}
}

func TestAfterCloseEverythingFails(t *testing.T) {
	q := opened(t)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	if err := q.SetMeta(t.Context(), "a", "b"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a change: %v", err)
	}
	if _, err := q.Counts(t.Context()); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a read: %v", err)
	}
}

func TestAnEndedContextIsSaid(t *testing.T) {
	q := opened(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := q.Add(ctx, job.Batch{ID: "b"}, files(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("a change: %v", err)
	}
	if _, _, err := q.Jobs(ctx, queue.Filter{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a read: %v", err)
	}
	if _, total, err := q.Jobs(t.Context(), queue.Filter{}); err != nil || total != 0 {
		t.Errorf("%d jobs, %v", total, err)
	}
}
