package engine

import (
	"context"
	"sync"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

// sizes remembers for which sizes history knows files, and which: a burst of
// files of one size asks the database once. Where history knows one no more,
// because it was removed, the database is asked in vain.
type sizes struct {
	mu    sync.Mutex
	known map[sizeOf]map[string]bool // SHA-256 of each; nil: the database is to be asked
	held  int
	ended uint64 // counts jobs that ended
}

type sizeOf struct {
	account string
	size    int64
}

// Bounds of what is remembered: sizes, and files of all sizes (1.5 MB).
const (
	sizesMost  = 1024
	sizesFiles = 16 << 10
)

// mayKnow reports whether history may have a file of these bytes.
func (s *sizes) mayKnow(account string, size int64, sum string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	sums, remembered := s.known[sizeOf{account, size}]
	return !remembered || sums == nil || sums[sum]
}

// has reports whether history has a file of that size, and remembers which.
func (s *sizes) has(ctx context.Context, q *queue.Queue, account string, size int64) (bool, error) {
	of := sizeOf{account, size}
	s.mu.Lock()
	_, remembered := s.known[of]
	before := s.ended
	s.mu.Unlock()
	if remembered {
		return true, nil
	}
	sums, more, err := q.SumsOf(ctx, account, size, sizesFiles/16)
	if err != nil || len(sums) == 0 {
		return false, err
	}
	s.remember(of, sums, more, before)
	return true, nil
}

// remember keeps what was read of a size when so many jobs had ended; more
// says that it was not all.
func (s *sizes) remember(of sizeOf, sums []string, more bool, ended uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != ended {
		return // one that ended meanwhile may not be among them
	}
	if s.known == nil || len(s.known) >= sizesMost || s.held+len(sums) > sizesFiles {
		s.known, s.held = map[sizeOf]map[string]bool{}, 0
	}
	if more {
		s.known[of] = nil
		return
	}
	files := make(map[string]bool, len(sums))
	for _, sum := range sums {
		files[sum] = true
	}
	s.known[of] = files
	s.held += len(files)
}

// done adds a job that has ended so that history may know its bytes.
func (s *sizes) done(j job.Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended++
	of := sizeOf{j.Account, j.File.Size}
	sums := s.known[of]
	if sums == nil || sums[j.SHA256] {
		return // what is not remembered is read when it is asked for
	}
	if s.held >= sizesFiles {
		s.known[of], s.held = nil, s.held-len(sums)
		return
	}
	sums[j.SHA256] = true
	s.held++
}
