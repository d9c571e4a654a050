package queue

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"images-uploader.com/upshot/client/job"
)

// openLarge opens a database that counts as a large one.
func openLarge(t *testing.T, path string) *Queue {
	t.Helper()
	q, err := open(t.Context(), Config{Path: path, small: 1}, current())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q
}

// cutOff is a database as a killed program leaves it: with its log.
func cutOff(t *testing.T) (path string, jobs int) {
	t.Helper()
	running := filepath.Join(t.TempDir(), "upshot.db")
	q := openLarge(t, running)
	const each = 20
	for n := range 20 {
		ids := addBatch(t, q, job.Batch{ID: job.BatchID(fmt.Sprint(n))}, each)
		finish(t, q, ids...)
		jobs += len(ids)
	}
	path = filepath.Join(t.TempDir(), "upshot.db")
	for _, suffix := range []string{"", suffixWAL} {
		if err := copyFile(path+suffix, running+suffix); err != nil {
			t.Fatal(err)
		}
	}
	return path, jobs
}

func TestALargeDatabaseThatWasNotClosedIsLookedThroughWhileItIsOpen(t *testing.T) {
	path, _ := cutOff(t)
	q := openLarge(t, path)
	q.looking.Wait()
	if there, err := exists(path + suffixLater); err != nil || there {
		t.Errorf("it is still to be looked through: %v, %v", there, err)
	}
	select {
	case <-q.Damage():
		t.Error("an undamaged one was found damaged")
	default:
	}
}

func TestALookThatWasCutShortIsTakenAtTheNextStart(t *testing.T) {
	path, _ := cutOff(t)
	if err := os.WriteFile(path+suffixLater, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path + suffixWAL); err != nil {
		t.Fatal(err)
	}
	q := openLarge(t, path)
	q.looking.Wait()
	if there, err := exists(path + suffixLater); err != nil || there {
		t.Errorf("it was not looked through: %v, %v", there, err)
	}
}

func TestDamageFoundWhileOpenIsToldAndSalvagedAtTheNextStart(t *testing.T) {
	path, jobs := cutOff(t)
	overwrite(t, path, size(t, path)/2, garbage(3*pageSize))
	q := openLarge(t, path)
	select {
	case <-q.Damage():
	case <-time.After(30 * time.Second):
		t.Fatal("the damage was not found")
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = openLarge(t, path)
	if len(q.Notices()) == 0 {
		t.Fatal("the next start says nothing of it")
	}
	if _, total, err := q.Jobs(t.Context(), Filter{N: 1}); err != nil || total < jobs-3 {
		t.Errorf("%d of %d jobs are left, %v", total, jobs, err)
	}
}
