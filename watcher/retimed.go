package watcher

import (
	"hash/maphash"
	"time"
)

// retimed finds files that were given other times after they were taken. Many
// programs set a file's times after closing it, and a finished file goes within
// milliseconds of its closing, so it may go in between.
type retimed struct {
	seed  maphash.Seed
	of    map[uint64]taking // by the path's hash
	order []uint64          // of taking; paths that were forgotten may still be in it
}

type taking struct {
	version
	at      time.Time
	touched bool   // an event told of other attributes
	written bool   // or of more; it may tell of what was before the taking
	sum     uint64 // of its content, 0: not known
}

const (
	retimedFor  = 10 * time.Second
	retimedMost = 20_000
)

func newRetimed() *retimed {
	return &retimed{seed: maphash.MakeSeed(), of: map[uint64]taking{}}
}

func (r *retimed) key(path string) uint64 { return maphash.String(r.seed, path) }

// taken remembers that v of path was taken at now.
func (r *retimed) taken(path string, t taking, now time.Time) {
	r.prune(now)
	if len(r.order) >= retimedMost {
		return
	}
	t.at = now
	key := r.key(path)
	r.of[key] = t
	r.order = append(r.order, key)
}

// written hears that an event told of more than other times of path. Under
// load that may be the last write before the taking, so path is not forgotten;
// its content decides.
func (r *retimed) written(path string) {
	if t, ok := r.of[r.key(path)]; ok {
		t.written = true
		r.of[r.key(path)] = t
	}
}

// touched hears of other attributes of path, and no more.
func (r *retimed) touched(path string) {
	if t, ok := r.of[r.key(path)]; ok {
		t.touched = true
		r.of[r.key(path)] = t
	}
}

// prune forgets what was taken long ago.
func (r *retimed) prune(now time.Time) {
	for len(r.order) > 0 {
		key := r.order[0]
		if t, ok := r.of[key]; ok {
			if now.Sub(t.at) < retimedFor {
				return
			}
			delete(r.of, key)
		}
		r.order = r.order[1:]
	}
	if r.order != nil { // a map never gives back what it took
		r.clear()
	}
}

// same reports whether s is what was taken, but for times that somebody set: a
// write gives a file the same time of change and of modification, setting the
// latter to anything but now does not, and setting it to now is told as a
// change of attributes alone. Systems that do not tell the time of change have
// no quick way for a file to be taken, and do not need this.
func (r *retimed) same(path string, s stat, now time.Time) bool {
	t, ok := r.of[r.key(path)]
	return ok && !t.written && now.Sub(t.at) < retimedFor && t.size == s.size && t.inode == s.inode &&
		s.changed != [2]int64{} && (t.touched || s.changed != [2]int64{s.sec, int64(s.nano)})
}

// sum is of what was taken at path, 0: not known.
func (r *retimed) sum(path string) uint64 { return r.of[r.key(path)].sum }

// forget hears that another file may stand at path.
func (r *retimed) forget(path string) { delete(r.of, r.key(path)) }

// equal reports whether the file has the content that was taken, when events
// do not tell.
func (r *retimed) equal(path string, s stat, sum uint64, now time.Time) bool {
	t, ok := r.of[r.key(path)]
	return ok && now.Sub(t.at) < retimedFor && sum != 0 && t.sum == sum && t.size == s.size && t.inode == s.inode
}

func (r *retimed) clear() {
	r.of, r.order = map[uint64]taking{}, nil
}
