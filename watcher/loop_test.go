package watcher

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
)

// madeUp is a system whose files are told, so that time can be the test's.
type madeUp struct {
	mu      sync.Mutex
	dir     string
	files   map[string]madeUpFile
	missing error
	hang    chan struct{} // looks wait for it
	sources []*madeUpEvents
	refuse  error // of a new source
	limit   error // of adding a directory
	walks   int
	looks   int
	buffer  int // how many events a source keeps for the loop
}

type madeUpFile struct {
	size   int64
	writer writer
	is     wholeness
}

func (m *madeUp) look(q question) answer {
	if m.hang != nil {
		<-m.hang
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.looks++
	f, ok := m.files[q.path]
	a := answer{path: q.path}
	if !ok {
		return a
	}
	a.sight, a.stat = sightFile, statSized(f.size)
	if q.asked && a.stat == q.last {
		a.deep, a.writer, a.verdict = true, f.writer, verdict{is: f.is, reason: "why"}
	}
	return a
}

func (m *madeUp) walk(_ context.Context, _ []string, add func(string) error, emit func(found) bool) {
	m.mu.Lock()
	m.walks++
	part := found{done: true}
	if add != nil {
		if part.limit = add(m.dir); part.limit == nil {
			part.dirs = []string{m.dir}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(m.files)) {
		part.files = append(part.files, entry{path, statSized(m.files[path].size)})
	}
	m.mu.Unlock()
	emit(part)
}

func (m *madeUp) folder() (folder, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return folder{}, m.missing
}

func (m *madeUp) ancestor() string { return filepath.Dir(m.dir) }

func (m *madeUp) place(string) folderID { return folderID{} }

func (m *madeUp) events() (events, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != nil {
		return nil, m.refuse
	}
	e := &madeUpEvents{m: m, c: make(chan fsnotify.Event, m.buffer), errs: make(chan error)}
	m.sources = append(m.sources, e)
	return e, nil
}

func (m *madeUp) closes() (closes, error) { return nil, errors.ErrUnsupported }

func (m *madeUp) mounts() (<-chan struct{}, func()) { return nil, func() {} }

type madeUpEvents struct {
	m      *madeUp
	c      chan fsnotify.Event
	errs   chan error
	closed bool
}

func (e *madeUpEvents) add(string) error                { return e.m.limit }
func (e *madeUpEvents) remove(string)                   {}
func (e *madeUpEvents) happened() <-chan fsnotify.Event { return e.c }
func (e *madeUpEvents) failed() <-chan error            { return e.errs }
func (e *madeUpEvents) close() {
	e.m.mu.Lock()
	defer e.m.mu.Unlock()
	e.closed = true
}

// set changes a file and tells of it.
func (m *madeUp) set(name string, f madeUpFile) {
	path := filepath.Join(m.dir, name)
	m.mu.Lock()
	_, old := m.files[path]
	m.files[path] = f
	src := m.sources[len(m.sources)-1]
	m.mu.Unlock()
	op := fsnotify.Write
	if !old {
		op = fsnotify.Create
	}
	src.c <- fsnotify.Event{Name: path, Op: op}
}

// stage runs a watcher over a made-up system in a bubble of its own time.
type stage struct {
	*madeUp
	w     *Watcher
	mu    sync.Mutex
	taken []string
	at    []time.Duration
	batch []int
	since time.Time
	end   func()
}

func onStage(t *testing.T, m *madeUp) *stage {
	t.Helper()
	m.dir = at("/w")
	if m.files == nil {
		m.files = map[string]madeUpFile{}
	}
	s := &stage{madeUp: m, since: time.Now()}
	w, err := New(Config{Dir: m.dir, Take: func(_ context.Context, files []File) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, f := range files {
			s.taken = append(s.taken, filepath.Base(f.Path))
			s.at = append(s.at, time.Since(s.since))
		}
		s.batch = append(s.batch, len(files))
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	w.sys = m
	s.w = w
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := w.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	s.end = sync.OnceFunc(func() {
		cancel()
		<-done
	})
	synctest.Wait()
	return s
}

func (s *stage) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.taken)
}

func TestALoneFileGoesAfterTwoMilliseconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onStage(t, &madeUp{})
		defer s.end()
		s.since = time.Now()
		s.set("a.png", madeUpFile{1, writerNone, whole})
		time.Sleep(time.Second)
		s.end()
		if len(s.at) != 1 || s.at[0] > 3*time.Millisecond {
			t.Errorf("taken %v after %v", s.taken, s.at)
		}
	})
}

func TestTheQuietTimeRunsFromTheLastChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onStage(t, &madeUp{})
		defer s.end()
		for i := range 5 {
			s.set("a.png", madeUpFile{int64(i + 1), writerUnknown, whole})
			time.Sleep(900 * time.Millisecond) // each just less than the quiet time
		}
		if len(s.names()) != 0 {
			t.Fatal("taken while it changed")
		}
		time.Sleep(200 * time.Millisecond)
		if len(s.names()) != 1 {
			t.Error("not taken after the quiet time")
		}
	})
}

func TestAFinishedFileWaitsForThoseThatCameWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onStage(t, &madeUp{})
		defer s.end()
		s.since = time.Now()
		for i, name := range []string{"a.png", "b.png", "c.png"} {
			s.set(name, madeUpFile{int64(i + 1), writerNone, whole})
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		s.end()
		if !slices.Equal(s.batch, []int{3}) || !slices.Equal(s.taken, []string{"a.png", "b.png", "c.png"}) {
			t.Errorf("batches %v of %v at %v", s.batch, s.taken, s.at)
		}
	})
}

func TestAnEndlessStreamOfFilesIsCutInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onStage(t, &madeUp{})
		defer s.end()
		for i := range 1000 {
			s.set("p"+string(rune('a'+i%26))+time.Duration(i).String()+".png", madeUpFile{int64(i + 1), writerNone, whole})
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		s.end()
		if len(s.names()) != 1000 || len(s.batch) < 3 || len(s.batch) > 6 {
			t.Errorf("%d files in batches %v", len(s.names()), s.batch)
		}
		for i, at := range s.at {
			// The file appeared at i ms.
			if late := at - time.Duration(i)*time.Millisecond; late > longest+10*time.Millisecond {
				t.Fatalf("file %d waited %v", i, late)
			}
		}
	})
}

func TestNoEventOfABurstIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 5000
		s := onStage(t, &madeUp{buffer: n})
		defer s.end()
		s.madeUp.mu.Lock() // so long the loop's looks wait, and events pile up
		for i := range n {
			path := filepath.Join(s.dir, fmt.Sprintf("p%d.png", i))
			s.files[path] = madeUpFile{1, writerNone, whole}
			s.sources[0].c <- fsnotify.Event{Name: path, Op: fsnotify.Create}
		}
		s.madeUp.mu.Unlock()
		time.Sleep(10 * time.Second) // long before the slow timer
		if got := len(s.names()); got != n {
			t.Errorf("%d of %d files are taken", got, n)
		}
	})
}

func TestARecordingDoesNotHoldUpAScreenshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onStage(t, &madeUp{})
		defer s.end()
		s.set("rec.mp4", madeUpFile{1, writerOpen, cut})
		time.Sleep(time.Second)
		s.set("rec.mp4", madeUpFile{2, writerOpen, cut})
		s.since = time.Now()
		s.set("shot.png", madeUpFile{1, writerNone, whole})
		time.Sleep(time.Second)
		s.end()
		if !slices.Equal(s.taken, []string{"shot.png"}) || s.at[0] > 3*time.Millisecond {
			t.Errorf("taken %v after %v", s.taken, s.at)
		}
		if st := s.w.Status(); len(st.Pending) != 1 || st.Pending[0].Path != at("/w/rec.mp4") {
			t.Errorf("status %+v", st)
		}
	})
}

func TestLostEventsAreMadeUpForByAScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onStage(t, &madeUp{})
		defer s.end()
		s.madeUp.mu.Lock()
		s.files[at("/w/a.png")] = madeUpFile{1, writerNone, whole} // and no event
		first := s.sources[0]
		s.madeUp.mu.Unlock()
		first.errs <- fsnotify.ErrEventOverflow
		time.Sleep(time.Second)
		if !slices.Equal(s.names(), []string{"a.png"}) {
			t.Errorf("taken %v", s.names())
		}
		s.madeUp.mu.Lock()
		defer s.madeUp.mu.Unlock()
		if len(s.sources) != 2 || !first.closed {
			t.Errorf("%d sources, the first closed: %v", len(s.sources), first.closed)
		}
	})
}

func TestOverflowAfterOverflowDoesNotSpin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onStage(t, &madeUp{})
		defer s.end()
		stop := time.After(20 * time.Second)
		for done := false; !done; {
			s.madeUp.mu.Lock()
			last := s.sources[len(s.sources)-1]
			s.madeUp.mu.Unlock()
			select {
			case last.errs <- fsnotify.ErrEventOverflow:
				time.Sleep(10 * time.Millisecond)
			case <-time.After(10 * time.Millisecond):
			case <-stop:
				done = true
			}
		}
		s.madeUp.mu.Lock()
		defer s.madeUp.mu.Unlock()
		if s.walks > 15 {
			t.Errorf("%d scans in 20 s", s.walks)
		}
	})
}

func TestTheSlowTimerFindsWhatNoEventTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onStage(t, &madeUp{})
		defer s.end()
		s.madeUp.mu.Lock()
		s.files[at("/w/a.png")] = madeUpFile{1, writerNone, whole}
		s.madeUp.mu.Unlock()
		time.Sleep(defaultRescan - time.Second)
		if len(s.names()) != 0 {
			t.Error("found too early to be the slow timer")
		}
		time.Sleep(2 * time.Second)
		if len(s.names()) != 1 {
			t.Error("not found")
		}
	})
}

func TestNothingIsLookedAtWhenNothingHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onStage(t, &madeUp{files: map[string]madeUpFile{
			at("/w/a.png"):    {1, writerNone, whole},
			at("/w/half.png"): {2, writerNone, cut},
			at("/w/text.png"): {3, writerNone, foreign},
		}})
		defer s.end()
		time.Sleep(time.Second)
		s.madeUp.mu.Lock()
		looks, walks := s.looks, s.walks
		s.madeUp.mu.Unlock()
		time.Sleep(10*defaultRescan + time.Minute)
		s.madeUp.mu.Lock()
		defer s.madeUp.mu.Unlock()
		if s.looks != looks {
			t.Errorf("%d looks in idleness", s.looks-looks)
		}
		if s.walks-walks != 10 {
			t.Errorf("%d scans in ten times the slow timer", s.walks-walks)
		}
	})
}

func TestWithoutWatchesTheFolderIsPolledAndRecovers(t *testing.T) {
	for _, where := range []string{"instances", "watches"} {
		synctest.Test(t, func(t *testing.T) {
			full := errors.New("full")
			m := &madeUp{}
			if where == "instances" {
				m.refuse = full
			} else {
				m.limit = full
			}
			s := onStage(t, m)
			defer s.end()
			time.Sleep(time.Second)
			if st := s.w.Status(); st.State != StatePolling || st.Reason == "" {
				t.Fatalf("%s: status %+v", where, st)
			}
			m.mu.Lock()
			m.files[at("/w/a.png")] = madeUpFile{1, writerNone, whole}
			m.mu.Unlock()
			time.Sleep(3 * time.Second)
			if len(s.names()) != 1 {
				t.Errorf("%s: not found by polling", where)
			}
			m.mu.Lock()
			m.refuse, m.limit = nil, nil
			m.mu.Unlock()
			time.Sleep(defaultRescan + 5*time.Second)
			if st := s.w.Status(); st.State != StateWatching || st.Reason != "" {
				t.Errorf("%s: not watched again: %+v", where, st)
			}
		})
	}
}

func TestAMissingFolderIsLookedForLessAndLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onStage(t, &madeUp{missing: fs.ErrNotExist})
		defer s.end()
		if st := s.w.Status(); st.State != StateMissing || st.Reason == "" {
			t.Fatalf("status %+v", st)
		}
		time.Sleep(time.Hour)
		s.madeUp.mu.Lock()
		s.missing = nil
		s.files[at("/w/a.png")] = madeUpFile{1, writerNone, whole}
		s.madeUp.mu.Unlock()
		time.Sleep(lastCheck + time.Second)
		if st := s.w.Status(); st.State != StateWatching || len(s.names()) != 1 {
			t.Errorf("status %+v, taken %v", st, s.names())
		}
	})
}

func TestRunReturnsThoughTheFileSystemHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		s := onStage(t, &madeUp{hang: hang, files: map[string]madeUpFile{at("/w/a.png"): {1, writerNone, whole}}})
		time.Sleep(time.Second)
		if st := s.w.Status(); st.State != StateWatching {
			t.Errorf("status %+v", st)
		}
		since := time.Now()
		s.end()
		if took := time.Since(since); took > parting {
			t.Errorf("it took %v", took)
		}
		close(hang)
	})
}

// File times are as coarse as 4 ms on many systems and 2 s on FAT: what is
// written in between does not show.
func TestAFileThatIsFilledWithoutAChangeOfItsTimesIsLookedAtAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onStage(t, &madeUp{})
		defer s.end()
		s.set("a.png", madeUpFile{1, writerNone, cut})
		time.Sleep(time.Second)
		if len(s.names()) != 0 {
			t.Fatal("taken while it was incomplete")
		}
		s.set("a.png", madeUpFile{1, writerNone, whole})
		time.Sleep(time.Second)
		if !slices.Equal(s.names(), []string{"a.png"}) {
			t.Errorf("taken %v", s.names())
		}
	})
}

func TestWritesThatLeaveTheTimesAloneAreNoQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onStage(t, &madeUp{})
		defer s.end()
		for range 5 {
			s.set("a.png", madeUpFile{1, writerNone, unsure})
			time.Sleep(900 * time.Millisecond)
		}
		if len(s.names()) != 0 {
			t.Error("taken while it was written")
		}
		time.Sleep(200 * time.Millisecond)
		if len(s.names()) != 1 {
			t.Error("not taken after the quiet time")
		}
	})
}

func TestStatusIsToldSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &madeUp{dir: at("/w"), files: map[string]madeUpFile{}}
		told := 0
		w, err := New(Config{Dir: m.dir, Changed: func() { told++ }})
		if err != nil {
			t.Fatal(err)
		}
		w.sys = m
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = w.Run(ctx)
		}()
		synctest.Wait()
		for i := range 1000 {
			m.set(time.Duration(i).String()+".png", madeUpFile{1, writerOpen, cut})
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		cancel()
		<-done
		if told > 25 || told < 5 {
			t.Errorf("told %d times in 2 s", told)
		}
		if st := w.Status(); len(st.Pending) != maxPending || st.Waiting != 1000 {
			t.Errorf("%d pending of %d", len(st.Pending), st.Waiting)
		}
	})
}
