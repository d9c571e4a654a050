package queue

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"images-uploader.com/upshot/client/job"
)

// FuzzDamage writes garbage or zeros somewhere, or cuts the file, and wants
// that Open gives a whole database with nothing in it that was not there.
func FuzzDamage(f *testing.F) {
	seeds := uint64(12)
	if RaceEnabled {
		seeds = 4
	}
	f.Add(uint64(115)) // a garbled number of the last row once kept it busy for a minute
	for seed := range seeds {
		f.Add(seed)
	}
	var once sync.Once
	var whole []byte
	var jobs []job.Job
	f.Fuzz(func(t *testing.T, seed uint64) {
		once.Do(func() {
			var path string
			path, jobs = filled(t)
			var err error
			if whole, err = os.ReadFile(path); err != nil {
				t.Fatal(err)
			}
		})
		path := filepath.Join(t.TempDir(), "upshot.db")
		if err := os.WriteFile(path, damagedBy(seed, whole), 0o600); err != nil {
			t.Fatal(err)
		}
		q, err := openWith(t, path, current())
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		if err := q.readers.QueryRowContext(t.Context(), "PRAGMA integrity_check(1)").Scan(&said); err != nil || said != "ok" {
			t.Errorf("not whole: %s, %v", said, err)
		}
		byID := make(map[job.ID]job.Job)
		for _, j := range jobs {
			byID[j.ID] = j
		}
		after, total, err := q.Jobs(t.Context(), Filter{N: -1})
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range after {
			was, ok := byID[j.ID]
			// A changed letter within an answer cannot be seen.
			j.Image, was.Image = nil, nil
			if !ok || !sameJob(j, salvagedAs(was, j)) {
				t.Errorf("job %d is %s of %s, was %s of %s", j.ID, j.State, j.Path, was.State, was.Path)
			}
		}
		t.Logf("%d jobs, notices %q", total, q.Notices())
	})
}

func damagedBy(seed uint64, whole []byte) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	file := append([]byte(nil), whole...)
	if r.IntN(4) == 0 {
		return file[:r.IntN(len(file))]
	}
	for range 1 + r.IntN(3) {
		at := r.IntN(len(file))
		part := file[at:min(len(file), at+1+r.IntN(20*pageSize))]
		zeros := r.IntN(3) == 0
		for i := range part {
			part[i] = 0
			if !zeros {
				part[i] = byte(r.Uint32())
			}
		}
	}
	return file
}
