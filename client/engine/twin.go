package engine

import (
	"context"
	"os"
)

// awaitTwins waits for jobs on their way, given before s on the same account,
// that have the same bytes: what they are sent for serves s too, by history,
// and nothing is sent twice. Only files of the same size are read for it.
func (e *Engine) awaitTwins(ctx context.Context, s *sending, f *os.File) {
	mine := ""
	for _, other := range e.sameSize(s) {
		if mine == "" {
			var err error
			if mine, err = hash(f); err != nil {
				return
			}
		}
		if !holds(other.job.Path, mine) {
			continue
		}
		select {
		case <-other.done:
		case <-ctx.Done():
			return
		}
	}
}

// sameSize are the jobs on their way that were given before s and are of its
// size. That they came before keeps two from waiting for each other.
func (e *Engine) sameSize(s *sending) []*sending {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []*sending
	for _, other := range e.sending {
		if other.job.ID < s.job.ID && other.job.Account == s.job.Account && other.job.File.Size == s.job.File.Size {
			list = append(list, other)
		}
	}
	return list
}

// holds reports whether the file has that SHA-256.
func holds(path, sum string) bool {
	f, _, err := openRegular(path)
	if err != nil {
		return false
	}
	defer f.Close()
	theirs, err := hash(f)
	return err == nil && theirs == sum
}
