package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// filledSize is how many jobs a database has that is damaged and salvaged.
func filledSize() int {
	if RaceEnabled {
		return 250
	}
	return 1000
}

// filled gives a closed database of filledSize jobs in many states, some of them
// with answers, and returns its path and the jobs.
func filled(t *testing.T) (path string, jobs []job.Job) {
	t.Helper()
	return made(t, "filled", fill)
}

func fill(t *testing.T, q *Queue) {
	t.Helper()
	items := make([]New, filledSize())
	for i := range items {
		items[i] = New{
			Account: "home@https://img.example", Via: job.ViaFolder, SeenKey: "folder",
			Path: fmt.Sprintf("/pictures/%04d.png", i), Name: fmt.Sprintf("%04d.png", i), Input: "x",
			File:   job.Fingerprint{Size: int64(i), Inode: uint64(i)},
			Params: client.Params{Title: fmt.Sprintf("Picture %d", i), Tags: []string{"a", "b"}},
		}
	}
	added, err := q.Add(t.Context(), job.Batch{ID: "all of them", Copy: true}, items)
	if err != nil {
		t.Fatal(err)
	}
	im, err := client.DecodeImage([]byte(`{"id_encoded":"abc","url":"https://img.example/i/a.png","is_approved":1,"exif":"` + strings.Repeat("f/2.8 ", 200) + `"}`))
	if err != nil {
		t.Fatal(err)
	}
	groups := make([][]job.ID, 5)
	for i, a := range added {
		groups[i%5] = append(groups[i%5], a.ID)
	}
	failed := Update{Failure: &job.Failure{Kind: client.KindServer}}
	uploaded := Update{Outcome: job.Uploaded, Image: &im, SHA256: "00", DeleteLink: client.NewDeleteLink("https://img.example/delete")}
	for _, step := range []struct {
		ids []job.ID
		e   job.Event
		u   Update
	}{
		{groups[1], job.Claim, Update{}},
		{groups[2], job.Claim, Update{}},
		{groups[2], job.Succeed, uploaded},
		{groups[3], job.Hold, Update{}},
		{groups[4], job.Fail, failed},
	} {
		if moved, err := q.MoveAll(t.Context(), step.ids, step.e, step.u); err != nil || len(moved) != len(step.ids) {
			t.Fatal(len(moved), err)
		}
	}
	if err := errors.Join(q.SetMeta(t.Context(), "kept", "x"), q.SetBaseline(t.Context(), "folder", nil)); err != nil {
		t.Fatal(err)
	}
}

// salvage opens the damaged database at path and looks at what is left:
// whatever is there must be as it was.
func salvage(t *testing.T, path string, before []job.Job) (*Queue, int) {
	t.Helper()
	damaged, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	q, err := openWith(t, path, current())
	if err != nil {
		t.Fatal(err)
	}
	notices := q.Notices()
	if len(notices) != 1 || !strings.Contains(notices[0], "damaged") || !strings.Contains(notices[0], path+infixDamaged) {
		t.Fatalf("it says %q", notices)
	}
	_, aside, _ := strings.Cut(notices[0], "kept as ")
	aside = strings.TrimSuffix(aside, ".")
	kept, err := os.ReadFile(aside)
	if err != nil && damaged != nil {
		t.Errorf("what was damaged is gone: %v", err)
	}
	if !bytes.Equal(kept, damaged) {
		t.Error("what was damaged was not kept as it was")
	}
	for _, name := range names(t, filepath.Dir(path)) {
		name := filepath.Join(filepath.Dir(path), name)
		if name != path && name != path+suffixWAL && name != path+suffixSHM && name != path+suffixReserve && !strings.HasPrefix(name, aside) {
			t.Errorf("%s was left", name)
		}
	}
	after, total, err := q.Jobs(t.Context(), Filter{N: -1, Oldest: true})
	if err != nil {
		t.Fatal(err)
	}
	byID := make(map[job.ID]job.Job)
	for _, j := range before {
		byID[j.ID] = j
	}
	for _, j := range after {
		was, ok := byID[j.ID]
		if before == nil {
			break
		}
		if !ok {
			t.Fatalf("job %d was never there", j.ID)
		}
		if !sameJob(j, salvagedAs(was, j)) {
			t.Fatalf("job %d came out changed:\n%+v\nwas\n%+v", j.ID, j, was)
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
		t.Errorf("the counts say %d, there are %d jobs", sum, total)
	}
	said := ""
	if err := q.readers.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" {
		t.Errorf("the new database is not whole: %s, %v", said, err)
	}
	added, err := q.Add(t.Context(), job.Batch{ID: "new"}, []New{{Account: "a", Path: "/new"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, old := byID[added[0].ID]; old && total > 0 {
		t.Errorf("number %d was given again", added[0].ID)
	}
	// The next start finds nothing to do.
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if q, err = openWith(t, path, current()); err != nil {
		t.Fatal(err)
	}
	if notices := q.Notices(); len(notices) != 0 {
		t.Errorf("at the next start it says %q", notices)
	}
	return q, total
}

// salvagedAs is what was may have become: its answer may have lain in the
// damaged part, and when a way to it was lost, it cannot be known whether an
// open job was sent since.
func salvagedAs(was, is job.Job) job.Job {
	if is.Image == nil {
		was.Image = nil
	}
	if is.State == job.Held && is.MaybeSent && was.State.Open() {
		was.State, was.MaybeSent, was.NotBefore = job.Held, true, time.Time{}
	}
	return was
}

func sameJob(a, b job.Job) bool {
	x, err := encode(a)
	y, err2 := encode(b)
	return err == nil && err2 == nil && x == y
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func overwrite(t *testing.T, path string, at int64, what []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(what, at); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// touchAll rewrites every page, so that the log holds the whole database.
func touchAll(ctx context.Context, t *tx) error {
	if _, err := t.exec(ctx, "COMMIT"); err != nil {
		return err
	}
	if _, err := t.conn.ExecContext(ctx, "VACUUM"); err != nil {
		return err
	}
	_, err := t.exec(ctx, "BEGIN IMMEDIATE")
	return err
}

func garbage(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestGarbageInTheMiddleLosesWhatLayThere(t *testing.T) {
	for _, part := range []int64{10, 30, 50, 70, 90} {
		t.Run(fmt.Sprintf("at %d percent", part), func(t *testing.T) {
			path, jobs := filled(t)
			overwrite(t, path, size(t, path)*part/100/pageSize*pageSize, garbage(2*pageSize))
			if _, total := salvage(t, path, jobs); total < filledSize()*8/10 {
				t.Errorf("%d of %d jobs were saved", total, filledSize())
			}
		})
	}
}

func TestZerosInTheMiddleLoseWhatLayThere(t *testing.T) {
	path, jobs := filled(t)
	overwrite(t, path, size(t, path)/2/pageSize*pageSize+100, make([]byte, 2*pageSize))
	if _, total := salvage(t, path, jobs); total < filledSize()*8/10 {
		t.Errorf("%d of %d jobs were saved", total, filledSize())
	}
}

func TestACutFileLosesItsEnd(t *testing.T) {
	path, jobs := filled(t)
	if err := os.Truncate(path, size(t, path)*3/4+123); err != nil {
		t.Fatal(err)
	}
	if _, total := salvage(t, path, jobs); total < filledSize()/3 {
		t.Errorf("%d of %d jobs were saved", total, filledSize())
	}
}

func TestABrokenHeadLosesNothing(t *testing.T) {
	for name, damage := range map[string][]byte{
		"the head":                   garbage(headSize),
		"the first page":             garbage(pageSize),
		"the first page, with zeros": make([]byte, pageSize),
	} {
		t.Run(name, func(t *testing.T) {
			path, jobs := filled(t)
			overwrite(t, path, 0, damage)
			q, total := salvage(t, path, jobs)
			if total != filledSize() {
				t.Errorf("%d of %d jobs were saved", total, filledSize())
			}
			if _, found, err := q.Jobs(t.Context(), Filter{Search: "picture 249"}); err != nil || found != 1 {
				t.Errorf("a search finds %d, %v", found, err)
			}
			if value, err := q.Meta(t.Context(), "kept"); err != nil || value != "x" {
				t.Errorf("a value is %q, %v", value, err)
			}
			if made, err := q.Baseline(t.Context(), "folder"); err != nil || !made {
				t.Errorf("a baseline is %v, %v", made, err)
			}
			seen, err := q.IsSeen(t.Context(), "folder", Seen{Path: jobs[7].Path, File: jobs[7].File})
			if err != nil || !seen {
				t.Errorf("a seen file is %v, %v", seen, err)
			}
			if link, err := q.DeleteLink(t.Context(), 3); err != nil || link.Reveal() != "https://img.example/delete" {
				t.Errorf("a delete link is lost: %v", err)
			}
			b, members, err := q.Batch(t.Context(), "all of them")
			if err != nil || !b.Copy || len(members) != filledSize() {
				t.Errorf("the batch is %+v with %d jobs, %v", b, len(members), err)
			}
		})
	}
}

func TestWhereALossOfPagesCutsTheWayTheRowsAreFoundAllTheSame(t *testing.T) {
	// All the pages from which ways lead to the rows lie at the beginning.
	path, jobs := filled(t)
	overwrite(t, path, 0, garbage(20*pageSize))
	q, total := salvage(t, path, nil)
	if total < filledSize()*8/10 {
		t.Fatalf("%d of %d jobs were saved", total, filledSize())
	}
	after, _, err := q.Jobs(t.Context(), Filter{N: -1})
	if err != nil {
		t.Fatal(err)
	}
	answers := 0
	for _, j := range after {
		if j.Path == "/new" {
			continue
		}
		was := jobs[j.ID-1]
		if was.State.Open() && (j.State != job.Held || !j.MaybeSent) {
			t.Errorf("job %d is %s, was %s: whether it was sent since cannot be known", j.ID, j.State, was.State)
		}
		if j.Image != nil {
			answers++
		}
		if !sameJob(j, salvagedAs(was, j)) {
			t.Fatalf("job %d came out changed:\n%+v\nwas\n%+v", j.ID, j, was)
		}
	}
	if answers < filledSize()/5*8/10 {
		t.Errorf("%d of %d answers were saved", answers, filledSize()/5)
	}
}

func TestAnEmptyFileIsDamage(t *testing.T) {
	for _, n := range []int64{0, 1, 99} {
		path, jobs := filled(t)
		if err := os.Truncate(path, n); err != nil {
			t.Fatal(err)
		}
		if _, total := salvage(t, path, jobs); total != 0 {
			t.Errorf("of %d bytes %d jobs were saved", n, total)
		}
	}
}

func TestAFileOfSomethingElseIsKept(t *testing.T) {
	for name, text := range map[string]string{"text": strings.Repeat("This is my diary.\n", 1000), "zeros": string(make([]byte, 1<<16))} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "upshot.db")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			salvage(t, path, nil)
		})
	}
	t.Run("a database of another program", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "upshot.db")
		rawExec(t, path, "CREATE TABLE diary (text); INSERT INTO diary VALUES ('dear')")
		salvage(t, path, nil)
	})
}

func TestWhatIsInTheLogIsSalvagedToo(t *testing.T) {
	// A program killed in the middle leaves its log; here it is all there is.
	for name, lose := range map[string]func(string) error{
		"the database is cut to nothing": func(path string) error { return os.Truncate(path, 0) },
		"the database is gone":           os.Remove,
		"the head is broken": func(path string) error {
			return os.WriteFile(path, append(garbage(headSize), make([]byte, 5*pageSize)...), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "upshot.db")
			q, err := openWith(t, path, current())
			if err != nil {
				t.Fatal(err)
			}
			if err := q.change(t.Context(), "touch all", touchAll); err != nil {
				t.Fatal(err)
			}
			if _, err := q.Add(t.Context(), job.Batch{ID: "b"}, []New{{Account: "a", Path: "/p"}}); err != nil {
				t.Fatal(err)
			}
			jobs, _, err := q.Jobs(t.Context(), Filter{})
			if err != nil {
				t.Fatal(err)
			}
			killed := filepath.Join(t.TempDir(), "upshot.db")
			for _, suffix := range []string{"", suffixWAL} {
				if err := copyFile(killed+suffix, path+suffix); err != nil {
					t.Fatal(err)
				}
			}
			if err := lose(killed); err != nil {
				t.Fatal(err)
			}
			if _, total := salvage(t, killed, jobs); total != 1 {
				t.Errorf("%d jobs were saved, want the one in the log", total)
			}
		})
	}
}

func TestASalvageThatWasCutShortIsFinished(t *testing.T) {
	for name, cut := range map[string]func(t *testing.T, path, aside string){
		"before anything was moved": func(*testing.T, string, string) {},
		"after it was set aside": func(t *testing.T, path, aside string) {
			if err := os.Rename(path, aside); err != nil {
				t.Fatal(err)
			}
		},
		"while the new one was built": func(t *testing.T, path, aside string) {
			if err := os.Rename(path, aside); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path+suffixNew, garbage(9999), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path, jobs := filled(t)
			overwrite(t, path, 0, garbage(headSize))
			aside := path + infixDamaged + "20260101-000000"
			if err := leaveWord(path+suffixSalvage, filepath.Base(aside)); err != nil {
				t.Fatal(err)
			}
			cut(t, path, aside)
			q, err := openWith(t, path, current())
			if err != nil {
				t.Fatal(err)
			}
			if _, total, err := q.Jobs(t.Context(), Filter{}); err != nil || total != len(jobs) {
				t.Errorf("%d of %d jobs are there, %v", total, len(jobs), err)
			}
			if there, err := exists(aside); err != nil || !there {
				t.Errorf("the damaged file is there: %v, %v", there, err)
			}
			if there, err := exists(path + suffixSalvage); err != nil || there {
				t.Errorf("the word about it is still there: %v, %v", there, err)
			}
		})
	}
	t.Run("after the new one was put in place", func(t *testing.T) {
		path, jobs := filled(t)
		aside := path + infixDamaged + "20260101-000000"
		if err := errors.Join(os.WriteFile(aside, garbage(5000), 0o600), leaveWord(path+suffixSalvage, filepath.Base(aside))); err != nil {
			t.Fatal(err)
		}
		q, err := openWith(t, path, current())
		if err != nil {
			t.Fatal(err)
		}
		if _, total, err := q.Jobs(t.Context(), Filter{}); err != nil || total != len(jobs) {
			t.Errorf("%d of %d jobs are there, %v", total, len(jobs), err)
		}
	})
	t.Run("while its word was written", func(t *testing.T) {
		path, jobs := filled(t)
		if err := os.WriteFile(path+suffixSalvage, []byte("ups"), 0o600); err != nil {
			t.Fatal(err)
		}
		q, err := openWith(t, path, current())
		if err != nil {
			t.Fatal(err)
		}
		if _, total, err := q.Jobs(t.Context(), Filter{}); err != nil || total != len(jobs) {
			t.Errorf("%d of %d jobs are there, %v", total, len(jobs), err)
		}
	})
}

func TestDamageSeenWhileOpenIsSalvagedAtTheNextStart(t *testing.T) {
	path, jobs := filled(t)
	q, err := openWith(t, path, current())
	if err != nil {
		t.Fatal(err)
	}
	overwrite(t, path, 2*pageSize, garbage(int(size(t, path))-3*pageSize))
	_, _, err = q.Jobs(t.Context(), Filter{N: -1})
	if !errors.Is(err, ErrDamaged) {
		t.Fatalf("got %v, want ErrDamaged", err)
	}
	if there, err := exists(path + suffixCheck); err != nil || !there {
		t.Fatalf("no word was left for the next start: %v", err)
	}
	if err := q.Close(); err != nil {
		t.Log(err)
	}
	salvage(t, path, jobs)
}

func TestADamagedAnswerDoesNotHideTheRestOfHistory(t *testing.T) {
	path, jobs := filled(t)
	rawExec(t, path, `UPDATE answers SET raw = '[1,2' WHERE job = 3`)
	q, err := openWith(t, path, current())
	if err != nil {
		t.Fatal(err)
	}
	all, _, err := q.Jobs(t.Context(), Filter{N: -1, Oldest: true})
	if err != nil || len(all) != len(jobs) {
		t.Fatalf("%d of %d jobs, %v", len(all), len(jobs), err)
	}
	if all[2].Image != nil || all[2].State != job.Done || all[7].Image == nil {
		t.Errorf("got %+v and %+v", all[2], all[7])
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	// It is no damage that SQLite could see; the next start must not stop at
	// what it says.
	if _, total := salvage(t, path, jobs); total != len(jobs) {
		t.Errorf("%d of %d jobs were saved", total, len(jobs))
	}
}

func TestADamagedOpenJobIsNeverSent(t *testing.T) {
	path, jobs := filled(t)
	rawExec(t, path, `UPDATE jobs SET params = '{"title":' WHERE id = 1`)
	if _, total := salvage(t, path, jobs); total != len(jobs)-1 {
		t.Errorf("%d of %d jobs were saved, want all but the damaged one", total, len(jobs))
	}
}

func TestRowsThatWeNeverWroteAreNotTakenOver(t *testing.T) {
	path, jobs := filled(t)
	rawExec(t, path, `UPDATE jobs SET params = 'no json' WHERE id = 7;
		UPDATE jobs SET attempts = 0, spooled = 7 WHERE id = 8; UPDATE answers SET raw = '[1,2' WHERE job = 3`)
	overwrite(t, path, 0, garbage(headSize))
	if _, total := salvage(t, path, jobs); total != filledSize()-2 {
		t.Errorf("%d jobs were saved, want all but two", total)
	}
}
