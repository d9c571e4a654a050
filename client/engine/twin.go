package engine

import (
	"bytes"
	"context"
	"io"
	"os"
)

// awaitTwins waits for jobs on their way, begun before s on the same account,
// that have the same bytes: what they are sent for serves s too, by history,
// and nothing is sent twice. Only files of the same size are read for it, and
// those whose ends differ no further.
func (e *Engine) awaitTwins(ctx context.Context, s *sending, f *os.File) {
	tail := tailOf(f, s.job.File.Size)
	for _, other := range e.sameSize(s, tail) {
		if !sameBytes(f, other.job.Path, s.job.File.Size) {
			continue
		}
		select {
		case <-other.done:
		case <-ctx.Done():
			return
		}
	}
}

// sameSize are the jobs on their way that were begun before s, are of its
// size, and end, as far as that is known, as s does: with tail, which it
// remembers of s. That they were begun before keeps two from waiting for each
// other; one whose file has changed is begun anew, after those given later.
func (e *Engine) sameSize(s *sending, tail []byte) []*sending {
	e.mu.Lock()
	defer e.mu.Unlock()
	s.tail = tail
	var list []*sending
	for _, other := range e.sending {
		if other.begunBefore(s) && other.job.Account == s.job.Account && other.job.File.Size == s.job.File.Size &&
			(other.tail == nil || tail == nil || bytes.Equal(other.tail, tail)) {
			list = append(list, other)
		}
	}
	return list
}

func (s *sending) begunBefore(o *sending) bool {
	if s.since.Equal(o.since) {
		return s.job.ID < o.job.ID
	}
	return s.since.Before(o.since)
}

// tailOf reads the end of a file; nil when it cannot be read.
func tailOf(f *os.File, size int64) []byte {
	tail := make([]byte, min(size, firstCompared))
	if n, err := f.ReadAt(tail, size-int64(len(tail))); n < len(tail) || err != nil && err != io.EOF {
		return nil
	}
	return tail
}

// compared is how much of two files is compared at once, from the end: many
// formats begin alike.
const compared = 64 << 10

// firstCompared is enough to tell nearly all files apart.
const firstCompared = 1 << 10

// sameBytes reports whether the file at path has the same bytes as f.
func sameBytes(f *os.File, path string, size int64) bool {
	g, print, err := openRegular(path)
	if err != nil {
		return false
	}
	defer g.Close()
	if print.Size != size {
		return false
	}
	// Most differ in their last bytes: only for those that do not is more
	// memory taken.
	mine, theirs := make([]byte, firstCompared), make([]byte, firstCompared)
	for end := size; end > 0; {
		n := min(end, int64(len(mine)))
		if _, err := f.ReadAt(mine[:n], end-n); err != nil && err != io.EOF {
			return false
		}
		if _, err := g.ReadAt(theirs[:n], end-n); err != nil && err != io.EOF {
			return false
		}
		if !bytes.Equal(mine[:n], theirs[:n]) {
			return false
		}
		if end -= n; len(mine) < compared {
			mine, theirs = make([]byte, compared), make([]byte, compared)
		}
	}
	return size > 0
}
