package engine

import "sync"

// sizes remembers for which sizes history was seen to know files: a burst of
// files of one size asks once. Where history knows none any more, a file is
// read for nothing, and sent all the same.
type sizes struct {
	mu    sync.Mutex
	known map[sizeOf]bool
}

type sizeOf struct {
	account string
	size    int64
}

// sizesMost bounds how many are remembered.
const sizesMost = 1024

func (s *sizes) has(account string, size int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[sizeOf{account, size}]
}

func (s *sizes) add(account string, size int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= sizesMost {
		s.known = map[sizeOf]bool{}
	}
	s.known[sizeOf{account, size}] = true
}
