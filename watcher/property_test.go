package watcher

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// model is what the random actors have done: which contents were ever meant
// for a path, and what stands there in the end.
type model struct {
	mu    sync.Mutex
	meant map[string]map[string]bool // path to hashes
	final map[string]string          // path to hash
	moved map[string]bool            // paths that were given up again
	sizes map[string]map[int64]bool  // path to the sizes of what was meant
}

func (m *model) mean(path string, content []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.meant[path] == nil {
		m.meant[path] = map[string]bool{}
	}
	m.meant[path][hashOf(content)] = true
	m.sized(path, int64(len(content)))
}

func (m *model) sized(path string, n int64) {
	if m.sizes[path] == nil {
		m.sizes[path] = map[int64]bool{}
	}
	m.sizes[path][n] = true
}

// directory gives all that stands in from another place.
func (m *model) directory(from, to string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for path, hash := range m.final {
		rest, ok := strings.CutPrefix(path, from+"/")
		if !ok {
			continue
		}
		next := to + "/" + rest
		if m.meant[next] == nil {
			m.meant[next] = map[string]bool{}
		}
		m.meant[next][hash] = true
		for n := range m.sizes[path] {
			m.sized(next, n)
		}
		m.final[next] = hash
		delete(m.final, path)
		m.moved[path] = true
	}
}

func (m *model) stands(path string, content []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.final[path] = hashOf(content)
}

func (m *model) gone(path string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.final, path)
	m.moved[path] = true
}

// actor does random things with files of its own names.
type actor struct {
	t    *testing.T
	m    *model
	rnd  *rand.Rand
	dir  string
	name string
	n    int
}

func (a *actor) must(err error) {
	if err != nil {
		a.t.Error(err)
	}
}

func (a *actor) pause() {
	if a.rnd.IntN(3) > 0 {
		time.Sleep(time.Duration(a.rnd.IntN(6000)) * time.Microsecond)
	}
}

// content is a finished file no other is like, and its extension.
func (a *actor) content() ([]byte, string) {
	seed, side := a.rnd.Uint64(), 5+a.rnd.IntN(60)
	switch a.rnd.IntN(3) {
	case 0:
		return jpegOf(a.t, seed, side, side), ".jpg"
	case 1:
		return gifOf(a.t, seed, side, side), ".gif"
	}
	return pngOf(a.t, seed, side, side), ".png"
}

func (a *actor) parts(b []byte) [][]byte {
	var out [][]byte
	for len(b) > 0 {
		n := min(len(b), 1+a.rnd.IntN(len(b)+1))
		out = append(out, b[:n])
		b = b[n:]
	}
	return out
}

// act makes one file in a random way and does something random to it.
func (a *actor) act() {
	a.n++
	b, ext := a.content()
	rel := fmt.Sprintf("%s-%d%s", a.name, a.n, ext)
	if a.rnd.IntN(3) == 0 {
		rel = fmt.Sprintf("%s/%d/%s", a.name, a.rnd.IntN(3), rel)
	}
	path := filepath.Join(a.dir, filepath.FromSlash(rel))
	a.must(os.MkdirAll(filepath.Dir(path), 0o755))
	a.m.mean(rel, b)
	a.m.stands(rel, b)
	a.write(path, b)
	a.pause()
	switch a.rnd.IntN(10) {
	case 4: // the directory has another name, and may be made again
		if dir := filepath.Dir(rel); dir != "." {
			next := fmt.Sprintf("%s-%d-moved", a.name, a.n)
			if a.rnd.IntN(2) == 0 {
				next = fmt.Sprintf("%s/%d-moved", a.name, a.n)
			}
			a.m.directory(filepath.ToSlash(dir), next)
			a.must(os.Rename(filepath.Join(a.dir, dir), filepath.Join(a.dir, filepath.FromSlash(next))))
		}
	case 0: // another name
		next := fmt.Sprintf("%s-%d-renamed%s", a.name, a.n, ext)
		a.m.mean(next, b)
		a.m.gone(rel)
		a.m.stands(next, b)
		a.must(os.Rename(path, filepath.Join(a.dir, next)))
	case 1: // away
		a.m.gone(rel)
		a.must(os.Remove(path))
	case 2: // cut, and left so
		a.m.gone(rel)
		a.must(os.Truncate(path, int64(len(b)/2)))
	case 3: // another picture in its place
		b, _ := a.content()
		a.m.mean(rel, b)
		a.m.stands(rel, b)
		a.write(path, b)
	}
}

func (a *actor) write(path string, b []byte) {
	switch a.rnd.IntN(5) {
	case 0:
		a.must(os.WriteFile(path, b, 0o644))
	case 1: // one open, many writes
		f, err := os.Create(path)
		a.must(err)
		for _, p := range a.parts(b) {
			_, err := f.Write(p)
			a.must(err)
			a.pause()
		}
		a.must(f.Close())
	case 2: // open for every part
		a.must(os.WriteFile(path, nil, 0o644))
		for _, p := range a.parts(b) {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			a.must(err)
			_, err = f.Write(p)
			a.must(err)
			a.must(f.Close())
			a.pause()
		}
	case 3: // under another name first
		tmp := path + ".part"
		a.must(os.WriteFile(tmp, b, 0o644))
		a.pause()
		a.must(os.Rename(tmp, path))
	case 4: // the size first
		f, err := os.Create(path)
		a.must(err)
		a.must(f.Truncate(int64(len(b))))
		off := int64(0)
		for _, p := range a.parts(b) {
			a.pause()
			_, err := f.WriteAt(p, off)
			a.must(err)
			off += int64(len(p))
		}
		a.must(f.Close())
	}
}

// Whatever programs do: what is taken was meant so by somebody at that path,
// and what stands in the end was taken, once.
func TestRandomProgramsAgainstAModel(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("WATCHER_TEST_SEED"); s != "" {
		if _, err := fmt.Sscan(s, &seed); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed %d", seed)
	dir := filepath.Join(t.TempDir(), "w")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	r := watch(t, dir, recursive)
	r.state(StateWatching)
	m := &model{meant: map[string]map[string]bool{}, final: map[string]string{}, moved: map[string]bool{}, sizes: map[string]map[int64]bool{}}
	var wg sync.WaitGroup
	for i := range 6 {
		a := &actor{t: t, m: m, rnd: rand.New(rand.NewPCG(seed, uint64(i))), dir: dir, name: fmt.Sprintf("actor%d", i)}
		wg.Go(func() {
			for range 40 {
				a.act()
			}
		})
	}
	wg.Wait()
	missing := ""
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("missing %s", missing)
			for _, tk := range r.taken {
				if tk.path == missing {
					t.Logf("%+v", tk)
				}
			}
			info, err := os.Stat(filepath.Join(dir, missing))
			if err == nil {
				b, err := os.ReadFile(filepath.Join(dir, missing))
				t.Logf("%+v %s %v, final %s, meant %v", r.w.filter.statOf(info), hashOf(b), err, m.final[missing], m.meant[missing])
			}
		}
	})
	r.until("all that stands is taken", func() bool {
		have := map[string]bool{}
		for _, tk := range r.taken {
			have[tk.path+" "+tk.hash] = true
		}
		for path, hash := range m.final {
			if !have[path+" "+hash] {
				missing = path
				return false
			}
		}
		return true
	})
	r.quiet()
	r.mu.Lock()
	defer r.mu.Unlock()
	count := map[string]int{}
	for _, tk := range r.taken {
		switch {
		case m.meant[tk.path][tk.hash]:
			count[tk.path+" "+tk.hash]++
		case !m.moved[tk.path] && len(m.meant[tk.path]) < 2:
			t.Errorf("%s was taken with a content nobody meant: %s", tk.path, tk.hash)
		case m.moved[tk.path] || len(m.meant[tk.path]) > 1:
			// It was finished when it was looked at, and something was done to
			// it before this test could read it; its size tells.
			if !m.sizes[tk.path][tk.file.Size] {
				t.Errorf("%s was taken with %d bytes, which nobody meant", tk.path, tk.file.Size)
			}
		}
	}
	for key, n := range count {
		if n > 1 {
			t.Errorf("taken %d times: %s", n, key)
		}
	}
}

func TestFFmpegIsUnderstood(t *testing.T) {
	t.Parallel()
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	dir := filepath.Join(t.TempDir(), "w")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	r := watch(t, dir)
	r.state(StateWatching)
	var wg sync.WaitGroup
	names := []string{"long.mp4", "plain.mp4", "fast.mp4", "pieces.mp4", "video.mov", "video.webm", "anim.gif", "anim.webp"}
	for _, name := range names {
		args := []string{"-hide_banner", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "testsrc=s=320x240:d=2.5:r=10"}
		switch name {
		case "long.mp4":
			args[len(args)-1] = "testsrc=s=160x120:d=20:r=5"
		case "fast.mp4":
			args = append(args, "-movflags", "+faststart")
		case "pieces.mp4":
			args = append(args, "-g", "5", "-movflags", "+frag_keyframe+empty_moov")
		case "video.webm":
			args = append(args, "-c:v", "libvpx", "-deadline", "realtime")
		}
		cmd := exec.CommandContext(t.Context(), ffmpeg, append(args, filepath.Join(dir, name))...)
		cmd.Stderr = os.Stderr
		wg.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Errorf("%v: %v", cmd.Args, err)
			}
		})
	}
	if runtime.GOOS == "linux" {
		r.pends("long.mp4", "it is still being written by ffmpeg")
	}
	wg.Wait()
	want := map[string][]byte{}
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want[name] = b
	}
	r.onlyGot(want)
}

// Rounds of files that come and go leave nothing behind.
func TestMemoryStaysFlat(t *testing.T) {
	dir := t.TempDir()
	pic := pngOf(t, 71, 4, 4)
	const perRound = 400
	r := watch(t, dir, func(c *Config) { c.Rescan = 200 * time.Millisecond })
	r.state(StateWatching)
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	round := func() {
		var names []string
		for i := range perRound {
			name := filepath.Join(dir, fmt.Sprintf("f%04d.png", i))
			put(t, name, remarked(pic, i))
			names = append(names, name)
		}
		r.until("a round is taken", func() bool { return len(r.taken) >= perRound })
		for _, n := range names {
			if err := os.Remove(n); err != nil {
				t.Fatal(err)
			}
		}
		r.mu.Lock()
		r.taken, r.batches = nil, nil
		r.mu.Unlock()
	}
	round()
	before := heap()
	for range 5 {
		round()
	}
	r.until("the heap is as before", func() bool { return heap() < before+200<<10 })
}
