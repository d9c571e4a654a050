//go:build unix

package watcher

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// A script in testdata/scripts says what programs do and what must come of it:
//
//	# What it shows.
//	require rsync                  tools it needs; Xvfb gives it a DISPLAY
//	only linux                     systems it is for
//	watch recursive quiet=1s       the watcher's configuration
//	cp $S/pic.png $W/a.png         lines for sh: $W is the watched folder, $T a directory beside it,
//	as slow $S/pic.png $W/b.png 3 3s   $S the samples, $URL a server of them, as ROLE one of the helper processes
//	taken a.png                    waits until it is
//	Output:
//	a.png = pic.png                taken once, with the content of that sample
//	b.png                          taken once, with the content that stands there in the end
//	c.png : incomplete ends before found, not taken, in that state, the reason having these words
//
// What the output does not name must not have been taken.
type script struct {
	require []string
	only    []string
	change  []func(*Config)
	sh      string
	takes   []expected
	waits   []expected
}

type expected struct{ path, sample, state, words string }

func readScript(t *testing.T, path string) script {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var s script
	output := false
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSuffix(line, "\n")
		text := strings.TrimSpace(line)
		word, rest, _ := strings.Cut(text, " ")
		switch {
		case text == "" || strings.HasPrefix(text, "# "):
		case text == "Output:":
			output = true
		case output:
			if name, state, ok := strings.Cut(text, " : "); ok {
				state, words, _ := strings.Cut(state, " ")
				s.waits = append(s.waits, expected{path: name, state: state, words: words})
			} else {
				name, sample, _ := strings.Cut(text, " = ")
				s.takes = append(s.takes, expected{path: name, sample: sample})
			}
		case word == "require":
			s.require = append(s.require, strings.Fields(rest)...)
		case word == "only":
			s.only = append(s.only, strings.Fields(rest)...)
		case word == "watch":
			for _, o := range strings.Fields(rest) {
				s.change = append(s.change, option(t, o))
			}
		default:
			s.sh += line + "\n"
		}
	}
	if !output {
		t.Fatal("it says nothing of its outcome")
	}
	return s
}

func option(t *testing.T, o string) func(*Config) {
	t.Helper()
	name, value, _ := strings.Cut(o, "=")
	switch name {
	case "recursive":
		return recursive
	case "quiet":
		d, err := time.ParseDuration(value)
		if err != nil {
			t.Fatal(err)
		}
		return func(c *Config) { c.Quiet = d }
	case "exclude":
		return func(c *Config) { c.Exclude = append(c.Exclude, value) }
	case "kinds":
		return func(c *Config) { c.Kinds = Kinds(value) }
	}
	t.Fatalf("unknown option %q", o)
	return nil
}

func TestScripts(t *testing.T) {
	t.Parallel()
	samples := t.TempDir()
	pic := pngOf(t, 101, 200, 200)
	for name, b := range map[string][]byte{
		"pic.png": pic, "pic2.png": remarked(pic, 2), "pic3.png": remarked(pic, 3), // of one size
		"photo.jpg": jpegOf(t, 102, 300, 300), "photo2.jpg": jpegOf(t, 103, 310, 300),
		"film.mp4": film(t),
	} {
		put(t, filepath.Join(samples, name), b)
	}
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			put(t, filepath.Join(samples, e.Name()), sample(t, e.Name()))
		}
	}
	host := httptest.NewServer(files(samples))
	t.Cleanup(host.Close)
	list, err := filepath.Glob(filepath.Join("testdata", "scripts", "*.txt"))
	if err != nil || len(list) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range list {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			t.Parallel()
			readScript(t, path).run(t, samples, host.URL)
		})
	}
}

// film is an MP4 with its index first and much data behind it: it looks whole
// as soon as its space is reserved.
func film(t *testing.T) []byte {
	t.Helper()
	b := bytes.Clone(sample(t, "faststart.mp4"))
	at := bytes.Index(b, []byte("mdat"))
	data := make([]byte, 80_000)
	for i := range data {
		data[i] = byte(i%251 + 1)
	}
	binary.BigEndian.PutUint32(b[at-4:], binary.BigEndian.Uint32(b[at-4:])+uint32(len(data)))
	return append(b, data...)
}

// files serves a directory; below /slow/ a few KB at a time.
func files(dir string) http.Handler {
	all := http.FileServer(http.Dir(dir))
	mux := http.NewServeMux()
	mux.Handle("/", all)
	mux.Handle("/slow/", http.StripPrefix("/slow/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all.ServeHTTP(slowly{w, r.Context().Done()}, r)
	})))
	return mux
}

type slowly struct {
	http.ResponseWriter
	gone <-chan struct{}
}

func (s slowly) Write(b []byte) (sum int, err error) {
	for len(b) > 0 {
		n, err := s.ResponseWriter.Write(b[:min(len(b), 20_000)])
		sum, b = sum+n, b[n:]
		if err != nil {
			return sum, fmt.Errorf("slowly: %w", err)
		}
		_ = http.NewResponseController(s.ResponseWriter).Flush()
		select {
		case <-time.After(100 * time.Millisecond):
		case <-s.gone:
		}
	}
	return sum, nil
}

const prelude = `
as() { role=$1; shift; WATCHER_TEST_ROLE=$role "$EXE" "$@"; }
taken() { i=0; until [ -e "$MARKS/$1" ]; do i=$((i + 1)); [ $i -lt 500 ] || { echo "$1 is not taken"; exit 1; }; sleep 0.02; done; }
`

func (s script) run(t *testing.T, samples, url string) {
	if len(s.only) > 0 && !slices.Contains(s.only, runtime.GOOS) {
		t.Skipf("it is for %v", s.only)
	}
	needs(t, s.require...)
	top := t.TempDir()
	dir, aside, marks := filepath.Join(top, "w"), filepath.Join(top, "t"), filepath.Join(top, "marks")
	for _, d := range []string{dir, aside, marks} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r := watch(t, dir, append(s.change, func(c *Config) {
		take := c.Take
		c.Take = func(ctx context.Context, list []File) error {
			err := take(ctx, list)
			for _, f := range list {
				put(t, filepath.Join(marks, filepath.Base(f.Path)), nil)
			}
			return err
		}
	})...)
	r.state(StateWatching)
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", prelude+s.sh)
	cmd.Env = append(os.Environ(), "W="+dir, "MARKS="+marks, "T="+aside, "S="+samples, "URL="+url, "EXE="+os.Args[0], "HOME="+aside, "no_proxy=*", "LC_ALL=C.UTF-8")
	cmd.Dir = aside
	if slices.Contains(s.require, "Xvfb") {
		cmd.Env = append(cmd.Env, "DISPLAY=:"+screen(t))
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := map[string]int{}
	for _, e := range s.takes {
		from := filepath.Join(samples, e.sample)
		if e.sample == "" {
			from = filepath.Join(dir, e.path)
		}
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		want[e.path+" "+hashOf(b)]++
		r.got(e.path, b)
	}
	for _, e := range s.waits {
		r.stands(e.path+" is "+e.state, func(all map[string]Pending) bool {
			p := all[e.path]
			return string(p.State) == e.state && strings.Contains(p.Reason, e.words)
		})
	}
	r.quiet()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, tk := range r.taken {
		if want[tk.path+" "+tk.hash]--; want[tk.path+" "+tk.hash] < 0 {
			t.Errorf("%s was taken, with %s; all: %v", tk.path, tk.hash, r.namesLocked())
		}
	}
}

// screen is the number of a display of its own.
func screen(t *testing.T) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "320x240x24", "-noreset", "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{w}
	err = x.Start()
	_ = w.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = x.Process.Kill()
		_ = x.Wait()
	})
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb does not start: %v", err)
	}
	return strings.TrimSpace(number)
}

// needs skips a test whose tools are not there; where CI tests it fails.
func needs(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range slices.Compact(tools) {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}
