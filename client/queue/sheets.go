package queue

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"slices"
	"sync"

	"images-uploader.com/upshot/client/job"
)

// Sheets that are small are joined, so many at a time.
const (
	sheetsJoined = 4
	smallJobs    = 64
	smallBytes   = 64 << 10
)

// addSheet writes a sheet, unless nothing is on it.
func (t *tx) addSheet(ctx context.Context, s *sheet) error {
	if len(s.jobs) == 0 {
		return nil
	}
	first, last := s.bounds()
	small := len(s.jobs) <= smallJobs && len(s.texts) <= smallBytes
	_, err := t.exec(ctx, "INSERT INTO words_sheets (first, last, small, facts, texts) VALUES (?, ?, ?, ?, ?)", first, last, small, s.encode(), s.texts)
	return err
}

// takeSheets reads sheets and removes them.
func (t *tx) takeSheets(ctx context.Context, numbers []int64) ([]*sheet, error) {
	var all []*sheet
	for _, n := range numbers {
		var facts, texts []byte
		if err := t.row(ctx, "SELECT facts, texts FROM words_sheets WHERE n = ?", []any{n}, &facts, &texts); err != nil {
			return nil, err
		}
		s, err := decodeSheet(facts, texts)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
		if _, err := t.exec(ctx, "DELETE FROM words_sheets WHERE n = ?", n); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (t *tx) numbers(ctx context.Context, query string, args ...any) ([]int64, error) {
	rows, err := t.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return numbersIn(rows)
}

// mergeSheets joins small sheets.
func (t *tx) mergeSheets(ctx context.Context) (more bool, err error) {
	numbers, err := t.numbers(ctx, "SELECT n FROM words_sheets INDEXED BY words_sheets_small WHERE small = 1 ORDER BY n LIMIT ?", sheetsJoined)
	if err != nil || len(numbers) < sheetsJoined {
		return false, err
	}
	sheets, err := t.takeSheets(ctx, numbers)
	if err != nil {
		return t.withoutSheets(ctx, err)
	}
	var joined sheet
	for _, s := range sheets {
		s.each(func(f fact, text []byte) { joined.add(f, s.sorts[f.sort], text) })
	}
	return true, t.addSheet(ctx, &joined)
}

// clearGone writes the sheets anew that a job stands on which is gone, without
// all that are.
func (t *tx) clearGone(ctx context.Context) (more bool, err error) {
	var gone int64
	err = t.row(ctx, "SELECT job FROM words_gone ORDER BY job LIMIT 1", nil, &gone)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	numbers, err := t.numbers(ctx, "SELECT n FROM words_sheets WHERE first <= ?1 AND last >= ?1", gone)
	if err != nil {
		return false, err
	}
	sheets, err := t.takeSheets(ctx, numbers)
	if err != nil {
		return t.withoutSheets(ctx, err)
	}
	cleared := []int64{gone}
	for _, s := range sheets {
		first, last := s.bounds()
		those, err := t.numbers(ctx, "SELECT job FROM words_gone WHERE job BETWEEN ? AND ?", first, last)
		if err != nil {
			return false, err
		}
		var rest sheet
		s.each(func(f fact, text []byte) {
			if _, is := slices.BinarySearch(those, f.job); is {
				cleared = append(cleared, f.job)
			} else {
				rest.add(f, s.sorts[f.sort], text)
			}
		})
		if err := t.addSheet(ctx, &rest); err != nil {
			return false, err
		}
	}
	// No job is on two sheets: what has left one is on none.
	for _, job := range cleared {
		if _, err := t.exec(ctx, "DELETE FROM words_gone WHERE job = ?", job); err != nil {
			return false, err
		}
	}
	return true, nil
}

// withoutSheets has everything indexed anew when err says that a sheet cannot
// be read.
func (t *tx) withoutSheets(ctx context.Context, err error) (more bool, _ error) {
	if !errors.Is(err, errSheet) {
		return false, err
	}
	return true, t.forgetSheets(ctx)
}

func (t *tx) forgetSheets(ctx context.Context) error {
	for _, text := range []string{
		"DELETE FROM words_sheets",
		"DELETE FROM words_gone",
		"INSERT INTO words_index (words_index) VALUES ('delete-all')",
		"UPDATE words SET indexed = 0 WHERE indexed = 1",
	} {
		if _, err := t.exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// bySheets looks through the sheets, and for what is on none yet, and counts
// what is found. Without words everything is found that has the facts asked for.
func (q *Queue) bySheets(ctx context.Context, r *sql.Tx, s searching) (ids []job.ID, total int, err error) {
	var all []found
	if len(s.ended) == 0 {
		all, err = s.offSheets(ctx, r)
	} else {
		all, err = q.onAndOffSheets(ctx, r, s)
	}
	if err != nil {
		return nil, 0, err
	}
	return s.pageIn(all), len(all), nil
}

// offSheets is what is found among jobs that are on no sheet.
func (s searching) offSheets(ctx context.Context, r *sql.Tx) ([]found, error) {
	query, args := s.ofParts(s.besides())
	if query == "" {
		return nil, nil // of no state that there is
	}
	if s.byEnded() {
		query = "SELECT off.id, jobs.ended FROM (" + query + ") AS off CROSS JOIN jobs ON jobs.id = off.id"
	} else {
		query = "SELECT id, 0 FROM (" + query + ")"
	}
	rows, err := r.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return foundIn(rows)
}

// onAndOffSheets is all that is found. Several readers share the work: what
// stands on a sheet never changes, so each may see the database as it is at
// another moment. A sheet that one of them does not see is left to r.
func (q *Queue) onAndOffSheets(ctx context.Context, r *sql.Tx, s searching) ([]found, error) {
	gone, err := goneIn(ctx, r)
	if err != nil {
		return nil, err
	}
	rows, err := r.QueryContext(ctx, "SELECT n FROM words_sheets ORDER BY n")
	if err != nil {
		return nil, err
	}
	numbers, err := numbersIn(rows)
	if err != nil {
		return nil, err
	}
	looks := make([]look, q.helpers(len(numbers)))
	var wg sync.WaitGroup
	for i := range looks {
		l := &looks[i]
		l.numbers = numbers[len(numbers)*i/len(looks) : len(numbers)*(i+1)/len(looks)]
		wg.Go(func() { l.err = l.through(ctx, q.readers, s, gone) })
	}
	if len(looks) > 0 {
		defer q.sharing.Unlock()
		numbers = nil
	}
	all, err := s.offSheets(ctx, r)
	wg.Wait()
	for _, l := range looks {
		all, numbers = append(all, l.found...), append(numbers, l.missed...)
		err = errors.Join(err, l.err)
	}
	if err != nil {
		return nil, err
	}
	rest := look{numbers: numbers}
	err = rest.through(ctx, r, s, gone)
	if err == nil && len(rest.missed) > 0 {
		err = errSheet
	}
	return append(all, rest.found...), err
}

// helpers are how many more readers look through so many sheets. If there are
// any, sharing is locked: were several searches helped, each could hold a
// reader and wait for another's.
func (q *Queue) helpers(sheets int) int {
	n := min(readerCount-1, runtime.GOMAXPROCS(0))
	if sheets < sheetsShared || n < 2 || !q.sharing.TryLock() {
		return 0
	}
	return n
}

// sheetsShared is from how many sheets on they are worth other readers.
const sheetsShared = 16

// look is a part of the sheets and what is found there.
type look struct {
	numbers []int64 // of the sheets, rising
	found   []found
	missed  []int64 // those that are not there
	err     error
}

// asked is a connection or a transaction.
type asked interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// through looks through the sheets.
func (l *look) through(ctx context.Context, r asked, s searching, gone map[int64]bool) error {
	if len(l.numbers) == 0 {
		return nil
	}
	words, wanted := bytesOf(s.words), s.wanted(s.ended)
	texts := "texts"
	if len(words) == 0 {
		texts = "NULL"
	}
	rows, err := r.QueryContext(ctx, "SELECT n, facts, "+texts+" FROM words_sheets WHERE n BETWEEN ? AND ? ORDER BY n", l.numbers[0], l.numbers[len(l.numbers)-1])
	if err != nil {
		return err
	}
	byEnded := s.byEnded()
	hit := func(f *fact) {
		if len(gone) > 0 && gone[f.job] {
			return
		}
		one := found{id: job.ID(f.job)}
		if byEnded {
			one.ended = f.ended
		}
		l.found = append(l.found, one)
	}
	var all facts
	left := l.numbers
	err = eachRow(rows, func(row scan) error {
		var n int64
		var facts, texts sql.RawBytes
		if err := row(&n, &facts, &texts); err != nil {
			return err
		}
		for len(left) > 0 && left[0] < n {
			l.missed, left = append(l.missed, left[0]), left[1:]
		}
		if len(left) == 0 || left[0] != n {
			return nil // not asked for
		}
		left = left[1:]
		if err := all.decode(facts); err != nil {
			return err
		}
		return all.find(texts, words, wanted, hit)
	})
	l.missed = append(l.missed, left...)
	return err
}

func numbersIn(rows *sql.Rows) (all []int64, err error) {
	err = eachRow(rows, func(row scan) error {
		var n int64
		err := row(&n)
		all = append(all, n)
		return err
	})
	return all, err
}

// goneIn are the jobs that are not where they stand on a sheet.
func goneIn(ctx context.Context, r *sql.Tx) (map[int64]bool, error) {
	rows, err := r.QueryContext(ctx, "SELECT job FROM words_gone")
	if err != nil {
		return nil, err
	}
	numbers, err := numbersIn(rows)
	gone := make(map[int64]bool, len(numbers))
	for _, n := range numbers {
		gone[n] = true
	}
	return gone, err
}
