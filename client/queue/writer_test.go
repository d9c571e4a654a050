package queue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"images-uploader.com/upshot/client/job"
)

func openInside(t *testing.T) *Queue {
	t.Helper()
	q, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "upshot.db")})
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

// gathered runs changes so that they wait together behind one that holds the
// writer, and returns their errors.
func gathered(t *testing.T, q *Queue, changes ...func(context.Context, *tx) error) []error {
	t.Helper()
	begun, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := q.change(t.Context(), "hold the writer", func(context.Context, *tx) error {
			close(begun)
			<-goOn
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	errs := make([]error, len(changes))
	for i, change := range changes {
		wg.Go(func() { errs[i] = q.change(t.Context(), "test", change) })
		waitUntil(t, func() bool {
			q.writer.mu.Lock()
			defer q.writer.mu.Unlock()
			return len(q.writer.waiting) == i+1
		})
	}
	close(goOn)
	wg.Wait()
	return errs
}

func waitUntil(t *testing.T, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(50 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatal("it never came to that")
		}
	}
}

func set(name string, after error) func(context.Context, *tx) error {
	return func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, "INSERT INTO meta (name, value) VALUES (?, 'x')", metaPrefix+name)
		return errors.Join(err, after)
	}
}

func isSet(t *testing.T, q *Queue, name string) bool {
	t.Helper()
	value, err := q.Meta(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return value == "x"
}

func TestChangesThatWaitTogetherShareOneCommit(t *testing.T) {
	q := openInside(t)
	watch, err := q.readers.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close()
	commits := func() (n int) {
		// This number changes with each commit of another connection.
		if err := watch.QueryRowContext(t.Context(), "PRAGMA data_version").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := commits()
	var changes []func(context.Context, *tx) error
	for i := range 50 {
		changes = append(changes, func(ctx context.Context, tx *tx) error {
			if now := commits(); now != before {
				t.Errorf("change %d sees a commit", i)
			}
			return set(fmt.Sprint(i), nil)(ctx, tx)
		})
	}
	for i, err := range gathered(t, q, changes...) {
		if err != nil || !isSet(t, q, fmt.Sprint(i)) {
			t.Errorf("change %d: %v, or it is not there", i, err)
		}
	}
	if commits() == before {
		t.Error("no commit was seen at all: the test is blind")
	}
}

func TestTheFailureOfOneChangeIsItsOwn(t *testing.T) {
	q := openInside(t)
	mine := errors.New("mine")
	errs := gathered(t, q,
		set("a", nil),
		set("b", mine),
		set("a", nil), // breaks a rule of the table
		set("c", nil),
	)
	if errs[0] != nil || !errors.Is(errs[1], mine) || !isRefused(errs[2]) || errs[3] != nil {
		t.Errorf("got %v", errs)
	}
	for name, want := range map[string]bool{"a": true, "b": false, "c": true} {
		if isSet(t, q, name) != want {
			t.Errorf("%s is there: %v", name, !want)
		}
	}
}

func TestAChangeThatUndoesTheWholeTransactionFailsAlone(t *testing.T) {
	q := openInside(t)
	// SQLite rolls back everything by itself after some errors, such as a
	// full disk.
	errs := gathered(t, q,
		set("a", nil),
		func(ctx context.Context, tx *tx) error {
			if _, err := tx.exec(ctx, "ROLLBACK"); err != nil {
				t.Error(err)
			}
			return errors.New("everything is undone")
		},
		set("c", nil),
	)
	if errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Errorf("got %v", errs)
	}
	if !isSet(t, q, "a") || !isSet(t, q, "c") {
		t.Error("what was acknowledged is not there")
	}
	if err := q.SetMeta(t.Context(), "later", "x"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAWishCanBeTakenBackUntilItsTurn(t *testing.T) {
	q := openInside(t)
	ctx, cancel := context.WithCancel(t.Context())
	begun, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	var first, second error
	wg.Go(func() {
		first = q.change(ctx, "first", func(c context.Context, tx *tx) error {
			close(begun)
			<-goOn
			return set("first", nil)(c, tx)
		})
	})
	<-begun
	wg.Go(func() {
		second = q.change(ctx, "second", set("second", nil))
	})
	waitUntil(t, func() bool {
		q.writer.mu.Lock()
		defer q.writer.mu.Unlock()
		return len(q.writer.waiting) == 1
	})
	cancel()
	waitUntil(t, func() bool {
		q.writer.mu.Lock()
		defer q.writer.mu.Unlock()
		return len(q.writer.waiting) == 0
	})
	close(goOn)
	wg.Wait()
	if first != nil || !isSet(t, q, "first") {
		t.Errorf("what had begun must be told as it is: %v", first)
	}
	if !errors.Is(second, context.Canceled) || isSet(t, q, "second") {
		t.Errorf("what had not begun: %v", second)
	}
}

func TestCloseFinishesWhatWasAskedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upshot.db")
	q, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 100)
	for i := range errs {
		wg.Go(func() { errs[i] = q.SetMeta(t.Context(), fmt.Sprint(i), "x") })
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	q, err = Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	for i, err := range errs {
		if err != nil && !errors.Is(err, fs.ErrClosed) {
			t.Errorf("change %d: %v", i, err)
		}
		if isSet(t, q, fmt.Sprint(i)) != (err == nil) {
			t.Errorf("change %d said %v, but is the other way", i, err)
		}
	}
}

func TestADiskThatIsFullIsSaidAndHarmsNobodyElse(t *testing.T) {
	q := openInside(t)
	item := New{Account: "a", Path: "/p", Name: "p", Input: "p"}
	added, err := q.Add(t.Context(), job.Batch{ID: "before"}, []New{item})
	if err != nil {
		t.Fatal(err)
	}
	// SQLite takes a database that may not grow for a full disk.
	pages := func(n int) {
		t.Helper()
		err := q.change(t.Context(), "limit", func(ctx context.Context, tx *tx) error {
			_, err := tx.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", n))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var now int
	if err := q.readers.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&now); err != nil {
		t.Fatal(err)
	}
	pages(now + 1)
	many := make([]New, 2000)
	for i := range many {
		many[i] = item
		many[i].Path = fmt.Sprintf("/pictures/%d.png", i)
	}
	errs := gathered(t, q,
		set("small", nil),
		func(ctx context.Context, tx *tx) error {
			rows, err := encodeNew(many)
			if err != nil {
				return err
			}
			_, err = tx.add(ctx, job.Batch{ID: "large"}, rows)
			return err
		},
		func(ctx context.Context, tx *tx) error {
			_, err := tx.moveEach(ctx, []job.ID{added[0].ID}, job.Claim, Update{})
			return err
		},
	)
	if errs[0] != nil || errs[2] != nil {
		t.Errorf("small changes failed with the large one: %v, %v", errs[0], errs[2])
	}
	if !errors.Is(errs[1], ErrFull) {
		t.Errorf("the large one: %v, want ErrFull", errs[1])
	}
	if !isSet(t, q, "small") {
		t.Error("what was acknowledged is not there")
	}
	if _, _, err := q.Batch(t.Context(), "large"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was refused is there: %v", err)
	}
	pages(1 << 30)
	if _, err := q.Add(t.Context(), job.Batch{ID: "large"}, many); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
}
