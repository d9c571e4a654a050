package queue

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

func TestASheetReadsAsItWasWritten(t *testing.T) {
	var s sheet
	texts := []string{"first.png\nhttps://img.example/a", "", "湖の写真\n", "last"}
	for i, text := range texts {
		f := fact{job: int64(70 - 30*i), added: 1_800_000_000_000_000_000 - int64(i), ended: int64(i) * -5}
		s.add(f, sort{state: "done", account: fmt.Sprint("a", i%2), folder: "\xff\n"}, []byte(text))
	}
	again, err := decodeSheet(s.encode(), s.texts)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.sorts) != 2 || !reflect.DeepEqual(again.facts, s.facts) {
		t.Errorf("got %+v, want %+v", again.facts, s.facts)
	}
	var read []string
	again.each(func(_ fact, text []byte) { read = append(read, string(text)) })
	if !slices.Equal(read, texts) {
		t.Errorf("got %q", read)
	}
	for name, c := range map[string][2][]byte{
		"no facts":         {nil, s.texts},
		"another version":  {append([]byte{9}, s.encode()[1:]...), s.texts},
		"facts cut short":  {s.encode()[:30], s.texts},
		"more than facts":  {append(s.encode(), 0), s.texts},
		"texts cut short":  {s.encode(), s.texts[:20]},
		"more than texts":  {s.encode(), append(slices.Clone(s.texts), '\n')},
		"texts run over":   {s.encode(), bytes.ReplaceAll(s.texts, []byte("\n"), []byte(" "))},
		"nothing is on it": {(&facts{}).encode(), nil},
	} {
		if _, err := decodeSheet(c[0], c[1]); !errors.Is(err, errSheet) || !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzSheet reads garbage.
func FuzzSheet(f *testing.F) {
	var s sheet
	s.add(fact{job: 1, added: 2, ended: 3}, sort{"done", "a", "f", "image"}, []byte("text"))
	s.add(fact{job: 2, added: 2, ended: 4}, sort{"failed", "a", "", ""}, []byte("more"))
	f.Add(s.encode(), s.texts, "text")
	f.Add([]byte{1, 1, 0x80}, []byte("x\n"), "x")
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, []byte{}, "")
	f.Fuzz(func(t *testing.T, head, texts []byte, word string) {
		var all facts
		if all.decode(head) != nil {
			return
		}
		words := bytesOf(strings.Fields(word))
		found := 0
		err := all.find(texts, words, Filter{}.wanted([]string{"done", "failed"}), func(*fact) { found++ })
		if found > len(all.jobs) {
			t.Errorf("%d of %d jobs are found", found, len(all.jobs))
		}
		if err == nil && len(words) == 0 && found > len(all.jobs) {
			t.Error("more than all")
		}
		if s, err := decodeSheet(head, texts); err == nil {
			n := 0
			s.each(func(fact, []byte) { n++ })
			if n != len(s.jobs) {
				t.Errorf("%d of %d", n, len(s.jobs))
			}
		}
	})
}

func TestABriefTextHoldsTheSameWords(t *testing.T) {
	if got := string(briefly([]byte("lake.png\n../pictures/lake.png\nlake\nlake\nsea\nsea"))); got != "../pictures/lake.png\nsea" {
		t.Errorf("got %q", got)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		text := make([]byte, r.IntN(40))
		for i := range text {
			text[i] = "aab b\n\n"[r.IntN(7)]
		}
		brief := briefly(text)
		for range 40 {
			word := make([]byte, 1+r.IntN(4))
			for i := range word {
				word[i] = "ab"[r.IntN(2)]
			}
			if bytes.Contains(text, word) != bytes.Contains(brief, word) {
				t.Fatalf("%q in %q is told otherwise by %q", word, text, brief)
			}
		}
	}
}

// sheetsAgree looks whether each indexed job stands on one sheet, as it is,
// and nothing else does that is not said to be gone.
func sheetsAgree(t *testing.T, q *Queue, when string) (sheets int) {
	t.Helper()
	type standing struct {
		sort
		added, ended int64
	}
	want := map[int64]standing{}
	rows, err := q.readers.QueryContext(t.Context(), `SELECT jobs.id, jobs.state, jobs.account, jobs.folder, jobs.added, jobs.ended, ifnull(answers.raw, '')
		FROM words JOIN jobs ON jobs.id = words.job LEFT JOIN answers ON answers.job = jobs.id WHERE words.indexed = 1`)
	if err != nil {
		t.Fatal(err)
	}
	err = eachRow(rows, func(row scan) error {
		var id int64
		var s standing
		var raw string
		err := row(&id, &s.state, &s.account, &s.folder, &s.added, &s.ended, &raw)
		s.kind = kindIn(raw)
		want[id] = s
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[int64]standing{}
	rows, err = q.readers.QueryContext(t.Context(), "SELECT first, last, facts, texts FROM words_sheets")
	if err != nil {
		t.Fatal(err)
	}
	err = eachRow(rows, func(row scan) error {
		sheets++
		var first, last int64
		var head, texts []byte
		if err := row(&first, &last, &head, &texts); err != nil {
			return err
		}
		s, err := decodeSheet(head, texts)
		if err != nil {
			return err
		}
		for _, f := range s.jobs {
			if one(t, q, "SELECT count(*) FROM words_gone WHERE job = ?", f.job) > 0 {
				continue
			}
			if _, is := got[f.job]; is || f.job < first || f.job > last {
				t.Errorf("%s: job %d stands on two sheets, or out of the bounds %d to %d", when, f.job, first, last)
			}
			got[f.job] = standing{s.sorts[f.sort], f.added, f.ended}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: on sheets are %d jobs, indexed %d, or they differ", when, len(got), len(want))
	}
	return sheets
}

// kindIn is the host's type in its answer.
func kindIn(raw string) string {
	var answer struct{ Type string }
	_ = json.Unmarshal([]byte(raw), &answer) // no answer: no type
	return answer.Type
}

// mixed fills q with n jobs of some accounts, folders and types, all but some
// of which have ended.
func mixed(t *testing.T, q *Queue, r *rand.Rand, n int) []job.ID {
	t.Helper()
	words := []string{"lake", "Lakeside", "湖", "湖の写真", "e", "bc", "abc", "sunset", "100%", "a_b", "\"q\""}
	items := make([]New, n)
	for i := range items {
		title := words[r.IntN(len(words))] + " " + words[r.IntN(len(words))]
		items[i] = New{
			Account: []string{"home", "work"}[r.IntN(2)], Folder: []string{"", "/pictures"}[r.IntN(2)],
			Path: fmt.Sprintf("/pictures/%d %d.png", i, r.Int()), Name: fmt.Sprintf("%d.png", r.IntN(1000)), Params: client.Params{Title: title},
		}
	}
	added, err := q.Add(t.Context(), job.Batch{ID: job.NewBatchID()}, items)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]job.ID, n)
	for i, a := range added {
		ids[i] = a.ID
	}
	ended(t, q, r, ids)
	return ids
}

// ended ends some jobs in some order, several at the same time.
func ended(t *testing.T, q *Queue, r *rand.Rand, ids []job.ID) {
	t.Helper()
	var images []client.Image
	for i, kind := range []string{`"image"`, `"video"`, `5`, `null`} {
		im, err := client.DecodeImage(fmt.Appendf(nil, `{"id_encoded":"a%d","url":"https://img.example/i/%d.png","is_approved":1,"type":%s}`, i, i, kind))
		if err != nil {
			t.Fatal(err)
		}
		images = append(images, im)
	}
	for _, i := range r.Perm(len(ids)) {
		var err error
		switch r.IntN(8) {
		case 0: // stays as it is
		case 1:
			_, err = q.Move(t.Context(), ids[i], job.Fail, Update{})
		case 2:
			_, err = q.Move(t.Context(), ids[i], job.Cancel, Update{})
		default:
			_, err = q.Move(t.Context(), ids[i], job.Succeed, Update{Outcome: job.Uploaded, Image: &images[r.IntN(len(images))]})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	err := q.change(t.Context(), "coarse clock", func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, "UPDATE jobs SET ended = ended / 10000000 * 10000000 WHERE id IN (SELECT job FROM words WHERE indexed = 0)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// filtersAgree compares what q finds by filters made at random with what its
// jobs say, one by one.
func filtersAgree(t *testing.T, q *Queue, r *rand.Rand, when string, times int) {
	t.Helper()
	all, _, err := q.Jobs(t.Context(), Filter{N: -1, Oldest: true})
	if err != nil {
		t.Fatal(err)
	}
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	for range times {
		f := Filter{From: r.IntN([]int{10, 10, len(all)}[r.IntN(3)]), N: r.IntN(40) - 1, Oldest: r.IntN(2) == 0, ByEnded: r.IntN(2) == 0, Account: pick("", "", "home", "none"), Folder: pick("", "", "/pictures"), Type: pick("", "", "image", "video", "5")}
		for _, state := range job.States() {
			if r.IntN(3) == 0 {
				f.States = append(f.States, state)
			}
		}
		if r.IntN(3) == 0 {
			f.Since = endedOrGiven(all[r.IntN(len(all))])
		}
		if r.IntN(3) == 0 {
			f.Until = endedOrGiven(all[r.IntN(len(all))])
		}
		for range r.IntN(3) {
			text := []rune(strings.ReplaceAll(wordOf(all[r.IntN(len(all))]), "\n", " "))
			from := r.IntN(len(text))
			f.Search += " " + string(text[from:min(from+1+r.IntN(6), len(text))])
		}
		if r.IntN(3) == 0 {
			f.Behind = all[r.IntN(len(all))].End() // which may be of none that is found
		}
		words, _ := wordsIn(f.Search)
		var chosen []job.Job
		for _, j := range all {
			raw := ""
			if j.Image != nil {
				raw = string(j.Image.Raw)
			}
			if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(wordOf(j), w) }) &&
				(len(f.States) == 0 || slices.Contains(f.States, j.State)) && (f.Account == "" || j.Account == f.Account) && (f.Folder == "" || j.Folder == f.Folder) &&
				(f.Type == "" || kindIn(raw) == f.Type) && (f.Since.IsZero() || !endedOrGiven(j).Before(f.Since)) && (f.Until.IsZero() || endedOrGiven(j).Before(f.Until)) {
				chosen = append(chosen, j)
			}
		}
		total := len(chosen)
		if f.ByEnded {
			byEnds(chosen)
		}
		if !f.Oldest {
			slices.Reverse(chosen)
		}
		var want []job.ID
		for _, j := range chosen {
			if !f.ByEnded || f.Behind.IsZero() || f.Oldest && endsBefore(f.Behind, j.End()) || !f.Oldest && endsBefore(j.End(), f.Behind) {
				want = append(want, j.ID)
			}
		}
		want = want[min(f.From, len(want)):]
		if n, _ := f.limits(); n >= 0 {
			want = want[:min(n, len(want))]
		}
		jobs, found, err := q.Jobs(t.Context(), f)
		if err != nil {
			t.Fatalf("%s: %+v: %v", when, f, err)
		}
		if got := idsAsListed(jobs); !slices.Equal(got, want) || found != total {
			t.Fatalf("%s: %+v finds %v of %d, want %v of %d", when, f, got, found, want, total)
		}
		// Asked as what is deep in a list is.
		ids, found, err := q.pageBySearch(t.Context(), f, words)
		if err != nil || !slices.Equal(ids, want) || found != total {
			t.Fatalf("%s: by sheets, %+v finds %v of %d, want %v of %d; %v", when, f, ids, found, want, total, err)
		}
		if len(words) == 0 {
			continue
		}
		// Asked as long as most is on no sheet.
		s := newSearching(f, words)
		if ids, found, err = q.overAllNow(t.Context(), s); err != nil || !slices.Equal(ids, want) || found != total {
			t.Fatalf("%s: over all texts, %+v finds %v of %d, want %v of %d; %v", when, f, ids, found, want, total, err)
		}
		if s.narrow() || len(s.open) > 0 && !s.everyState() {
			continue
		}
		if ids, found, err = q.readOver(t.Context(), s); err != nil || !slices.Equal(ids, want) || found != total {
			t.Fatalf("%s: by several readers over all texts, %+v finds %v of %d, want %v of %d; %v", when, f, ids, found, want, total, err)
		}
	}
}

// overAllNow is overAll of what there is now.
func (q *Queue) overAllNow(ctx context.Context, s searching) (ids []job.ID, total int, err error) {
	err = q.read(ctx, func(r *sql.Tx) error {
		ids, total, err = s.overAll(ctx, r)
		return err
	})
	return ids, total, err
}

// byEnds puts jobs in the order in which they ended, plainly.
func byEnds(jobs []job.Job) {
	slices.SortFunc(jobs, func(a, b job.Job) int {
		if endsBefore(a.End(), b.End()) {
			return -1
		}
		return 1
	})
}

func idsAsListed(jobs []job.Job) (ids []job.ID) {
	for _, j := range jobs {
		ids = append(ids, j.ID)
	}
	return ids
}

func endsBefore(a, b job.End) bool {
	return a.At.Before(b.At) || a.At.Equal(b.At) && a.ID < b.ID
}

// endedOrGiven is the time that a filter looks at.
func endedOrGiven(j job.Job) time.Time {
	if j.State.Open() {
		return j.Added
	}
	return j.Ended
}

func wordOf(j job.Job) string {
	return wordsOf(j.Name, j.Input, j.Params, j.Image, j.Added)
}

func TestFiltersFindWhatTheJobsSay(t *testing.T) {
	n, times := 700, 150
	if RaceEnabled {
		n, times = 120, 25
	}
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	q := unattended(t, filepath.Join(t.TempDir(), "upshot.db"))
	ids := mixed(t, q, r, n)
	filtersAgree(t, q, r, "without sheets", times)
	look := func(when string) {
		t.Helper()
		sheetsAgree(t, q, when)
		filtersAgree(t, q, r, when, times)
	}
	for range n / 64 {
		step(t, q)
	}
	look("with a part on sheets")
	for step(t, q) {
	}
	look("with all on sheets")
	if RaceEnabled {
		n = 60
	}
	var again []job.ID
	for _, i := range r.Perm(len(ids)) {
		if len(again) == n/5 {
			break
		}
		if j, err := q.Job(t.Context(), ids[i]); err != nil {
			t.Fatal(err)
		} else if j.State == job.Failed || j.State == job.Canceled {
			again = append(again, ids[i])
		}
	}
	if len(again) == 0 {
		t.Fatal("none has failed")
	}
	moved, err := q.Reassign(t.Context(), again[:1+len(again)/3], "none")
	if err != nil || len(moved) == 0 {
		t.Fatal(moved, err)
	}
	look("after some went to another account")
	if _, err := q.MoveAll(t.Context(), again[len(again)/2:], job.Again, Update{}); err != nil {
		t.Fatal(err)
	}
	look("after some were retried")
	step(t, q)
	look("and with a part of these on sheets")
	ended(t, q, r, again[len(again)/2:])
	look("and they have ended again")
	gone := make([]job.ID, 0, n/4)
	for _, i := range r.Perm(len(ids))[:n/4] {
		gone = append(gone, ids[i])
	}
	if _, err := q.Remove(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	look("after some were removed")
	if _, err := q.Remove(t.Context(), ids[:n/5]); err != nil { // whole sheets
		t.Fatal(err)
	}
	look("after the oldest were removed")
	mixed(t, q, r, n/4)
	look("after some were added")
	for step(t, q) {
	}
	look("and all is on sheets")
	if n := one(t, q, "SELECT count(*) FROM words_gone"); n != 0 {
		t.Errorf("%d are still said to be gone", n)
	}
	if n := one(t, q, "SELECT count(*) FROM words_sheets WHERE small = 1"); n >= sheetsJoined {
		t.Errorf("%d small sheets are left", n)
	}
}

// onManySheets opens a queue with history on more sheets than one reader
// looks through alone.
func onManySheets(t *testing.T) (*Queue, []job.ID) {
	t.Helper()
	path, jobs := made(t, "many sheets", func(t *testing.T, q *Queue) {
		history(t, q, indexRows*sheetsShared*13/10)
		for more := true; more; {
			if err := q.writer.change(t.Context(), func(ctx context.Context, t *tx) (err error) { more, err = t.fillIndex(ctx); return err }); err != nil {
				t.Fatal(err)
			}
		}
	})
	q := unattended(t, path)
	if n := sheetsAgree(t, q, "filled"); n < sheetsShared {
		t.Fatalf("there are %d sheets", n)
	}
	return q, idsAsListed(jobs)
}

func TestSheetsThatChangeUnderASearchAreReadAsTheyWere(t *testing.T) {
	q, ids := onManySheets(t)
	s := newSearching(Filter{States: []job.State{job.Done}}, []string{"e"})
	r, err := q.readers.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Rollback() }()
	want, err := s.offSheets(t.Context(), r) // the search's moment
	if err != nil || len(want) != 0 {
		t.Fatal(want, err)
	}
	before, total, err := q.bySheets(t.Context(), r, s)
	if err != nil || total == 0 {
		t.Fatal(total, err)
	}
	if _, err := q.Remove(t.Context(), ids[100:400]); err != nil {
		t.Fatal(err)
	}
	for step(t, q) {
	}
	after, still, err := q.bySheets(t.Context(), r, s)
	if err != nil || still != total || !slices.Equal(after, before) {
		t.Errorf("it finds %d, before %d; %v", still, total, err)
	}
	if _, now, err := q.pageBySearch(t.Context(), s.Filter, s.words); err != nil || now >= total {
		t.Errorf("another search finds %d, %v", now, err)
	}
}

func TestSearchesAtTheSameTimeDoNotWaitForEachOther(t *testing.T) {
	q, _ := onManySheets(t)
	errs := make(chan error)
	times := 5
	if RaceEnabled {
		times = 1
	}
	for range 2 * readerCount {
		go func() {
			for range times {
				if _, _, err := q.Jobs(t.Context(), Filter{Search: "e"}); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range 2 * readerCount {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestDamagedSheetsAreMadeAnew(t *testing.T) {
	path := indexed(t)
	rawExec(t, path, "UPDATE words_sheets SET facts = x'0102030405'")
	q := unattended(t, path)
	agree(t, q, "with damaged sheets")
	if n := one(t, q, "SELECT count(*) FROM words_sheets"); n != 0 {
		t.Errorf("%d damaged sheets are still there", n)
	}
	for step(t, q) {
	}
	sheetsAgree(t, q, "made anew")
	agree(t, q, "with sheets made anew")
	t.Run("also when upkeep comes upon them first", func(t *testing.T) {
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		rawExec(t, path, "UPDATE words_sheets SET texts = x'00'")
		q := unattended(t, path)
		if _, err := q.Remove(t.Context(), []job.ID{2}); err != nil {
			t.Fatal(err)
		}
		for step(t, q) {
		}
		if n := sheetsAgree(t, q, "made anew"); n == 0 {
			t.Error("there are no sheets")
		}
		agree(t, q, "made anew by upkeep")
	})
}

func TestAPartIsSortedAsIfAllWere(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{0, 1, 2, 63, 65, 200, 5000} {
		for kind, ended := range map[string]func(i int) int64{
			"rising":  func(i int) int64 { return int64(i) },
			"falling": func(i int) int64 { return int64(-i) },
			"equal":   func(int) int64 { return 0 },
			"few":     func(int) int64 { return int64(r.IntN(4)) },
			"any":     func(int) int64 { return r.Int64() },
			"saw":     func(i int) int64 { return int64(i % 77) },
		} {
			all := make([]found, n)
			for i := range all {
				all[i] = found{job.ID(i + 1), ended(i)}
			}
			if kind == "equal" {
				r.Shuffle(n, func(i, k int) { all[i], all[k] = all[k], all[i] })
			}
			want := slices.SortedFunc(slices.Values(all), func(a, b found) int {
				return cmp.Or(cmp.Compare(a.ended, b.ended), cmp.Compare(a.id, b.id))
			})
			for range 5 {
				lo := r.IntN(n + 1)
				hi := lo + r.IntN(n+1-lo)
				part := slices.Clone(all)
				sortPart(part, lo, hi)
				if !slices.Equal(part[lo:hi], want[lo:hi]) {
					t.Fatalf("%d %s ones from %d to %d are in another order", n, kind, lo, hi)
				}
			}
		}
	}
}
