package watcher

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// TestEveryWriterIsUnderstood has real programs write in all the ways they do.
// Each of them must give its file once, whole, and nothing else.
func TestEveryWriterIsUnderstood(t *testing.T) {
	t.Parallel()
	src := t.TempDir()
	pic := pngOf(t, 11, 200, 200)
	photo := jpegOf(t, 12, 200, 200)
	from := func(name string, b []byte) string {
		p := filepath.Join(src, name)
		put(t, p, b)
		return p
	}
	a, j := from("a.png", pic), from("j.jpg", photo)
	mp4, webm, bmp := from("v.mp4", sample(t, "plain.mp4")), from("v.webm", sample(t, "plain.webm")), from("b.bmp", sample(t, "plain.bmp"))
	fast := from("f.mp4", sample(t, "faststart.mp4"))

	for _, c := range []struct {
		name string
		do   func(t *testing.T, dir string)
		want map[string][]byte
	}{
		{"cp", func(t *testing.T, dir string) {
			shell(t, `cp "$1" "$2/"; cp "$3" "$2/"`, a, dir, j)
		}, map[string][]byte{"a.png": pic, "j.jpg": photo}},
		{"cp that keeps times", func(t *testing.T, dir string) {
			shell(t, `touch -d 2001-01-01 "$1.old"; cat "$1" > "$1.old"; touch -d 2001-01-01 "$1.old"; cp -p "$1.old" "$2/a.png"`, a, dir)
		}, map[string][]byte{"a.png": pic}},
		{"mv on one file system", func(t *testing.T, dir string) {
			shell(t, `cp "$1" "$2-x.png"; mv "$2-x.png" "$2/x.png"`, a, dir)
		}, map[string][]byte{"x.png": pic}},
		{"renamed from .part", func(t *testing.T, dir string) {
			shell(t, `cp "$1" "$2/x.png.part"; sleep 0.2; mv "$2/x.png.part" "$2/x.png"`, a, dir)
		}, map[string][]byte{"x.png": pic}},
		{"a browser's download", func(t *testing.T, dir string) {
			shell(t, `: > "$2/x.png"; for i in 1 2 3 4 5; do head -c 20000 "$1" >> "$2/x.png.crdownload"; sleep 0.05; done; cp "$1" "$2/x.png.crdownload"; mv "$2/x.png.crdownload" "$2/x.png"`, a, dir)
		}, map[string][]byte{"x.png": pic}},
		{"a hidden name, then linked", func(t *testing.T, dir string) {
			shell(t, `cp "$1" "$2/.tmp123"; ln "$2/.tmp123" "$2/x.png"; rm "$2/.tmp123"`, a, dir)
		}, map[string][]byte{"x.png": pic}},
		{"rsync's way", func(t *testing.T, dir string) {
			shell(t, `cp "$1" "$2/.x.png.AbC123"; touch -d 2010-10-10 "$2/.x.png.AbC123"; mv "$2/.x.png.AbC123" "$2/x.png"`, a, dir)
		}, map[string][]byte{"x.png": pic}},
		{"a slow writer that stalls longer than the quiet time", func(t *testing.T, dir string) {
			act(t, "slow", a, filepath.Join(dir, "x.png"), "3", "700ms")
		}, map[string][]byte{"x.png": pic}},
		{"a slow JPEG", func(t *testing.T, dir string) {
			act(t, "slow", j, filepath.Join(dir, "x.jpg"), "4", "400ms")
		}, map[string][]byte{"x.jpg": photo}},
		{"a steady writer in many small parts", func(t *testing.T, dir string) {
			act(t, "slow", a, filepath.Join(dir, "x.png"), "300", "1ms")
		}, map[string][]byte{"x.png": pic}},
		{"an append loop that opens anew", func(t *testing.T, dir string) {
			act(t, "reopen", a, filepath.Join(dir, "x.png"), "40", "8ms")
		}, map[string][]byte{"x.png": pic}},
		{"an append loop with stalls", func(t *testing.T, dir string) {
			act(t, "reopen", j, filepath.Join(dir, "x.jpg"), "3", "700ms")
		}, map[string][]byte{"x.jpg": photo}},
		{"an append loop of a video", func(t *testing.T, dir string) {
			act(t, "reopen", mp4, filepath.Join(dir, "x.mp4"), "4", "500ms")
		}, map[string][]byte{"x.mp4": sample(t, "plain.mp4")}},
		{"an append loop of a video with its index first", func(t *testing.T, dir string) {
			act(t, "reopen", fast, filepath.Join(dir, "x.mp4"), "4", "500ms")
		}, map[string][]byte{"x.mp4": sample(t, "faststart.mp4")}},
		{"an append loop of WebM", func(t *testing.T, dir string) {
			act(t, "reopen", webm, filepath.Join(dir, "x.webm"), "4", "500ms")
		}, map[string][]byte{"x.webm": sample(t, "plain.webm")}},
		{"reserved, then filled", func(t *testing.T, dir string) {
			act(t, "reserve", a, filepath.Join(dir, "x.png"), "3", "500ms")
		}, map[string][]byte{"x.png": pic}},
		{"reserved, then filled: JPEG", func(t *testing.T, dir string) {
			act(t, "reserve", j, filepath.Join(dir, "x.jpg"), "3", "500ms")
		}, map[string][]byte{"x.jpg": photo}},
		{"reserved, then filled while held open: BMP", func(t *testing.T, dir string) {
			act(t, "backwards", bmp, filepath.Join(dir, "x.bmp"), "3", "500ms")
		}, map[string][]byte{"x.bmp": sample(t, "plain.bmp")}},
		{"in pieces, the last first", func(t *testing.T, dir string) {
			act(t, "backwards", j, filepath.Join(dir, "x.jpg"), "5", "200ms")
		}, map[string][]byte{"x.jpg": photo}},
		{"an editor that saves by a rename", func(t *testing.T, dir string) {
			shell(t, `cp "$1" "$2/.goutputstream-X1"; mv "$2/.goutputstream-X1" "$2/x.png"`, a, dir)
		}, map[string][]byte{"x.png": pic}},
		{"an editor that keeps a backup", func(t *testing.T, dir string) {
			shell(t, `cp "$1" "$2/x.png"; sleep 0.001; mv "$2/x.png" "$2/x.png~"; cp "$1" "$2/y.png"; rm -f "$2/x.png~"`, a, dir)
		}, nil},
		{"times set after closing, to the past and the future", func(t *testing.T, dir string) {
			shell(t, `cp "$1" "$2.t.png"; touch -d 2090-01-01 "$2.t.png"; mv "$2.t.png" "$2/x.png"`, a, dir)
		}, map[string][]byte{"x.png": pic}},
		{"a time beyond what nanoseconds hold", func(t *testing.T, dir string) {
			shell(t, `cp "$1" "$2.t.png"; touch -d 2400-01-01 "$2.t.png"; mv "$2.t.png" "$2/x.png"`, a, dir)
		}, map[string][]byte{"x.png": pic}},
		{"made, deleted and made again", func(t *testing.T, dir string) {
			shell(t, `cp "$1" "$2/.h"; : > "$2/x.png"; rm "$2/x.png"; head -c 100 "$1" > "$2/x.png"; rm "$2/x.png"; cp "$1" "$2/x.png"`, a, dir)
		}, map[string][]byte{"x.png": pic}},
		{"unusual names", func(t *testing.T, dir string) {
			shell(t, `cp "$1" "$2/Ünïcödé 图片 100%.PNG"; cp "$1" "$2/-rf *.jpeg.png"; cp "$1" "$2/$(printf 'a\nb').png"; cp "$1" "$2/$(printf 'bad\377name').png"`, a, dir)
		}, map[string][]byte{"Ünïcödé 图片 100%.PNG": pic, "-rf *.jpeg.png": pic, "a\nb.png": pic, "bad\xffname.png": pic}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "w")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			r := watch(t, dir)
			r.state(StateWatching)
			c.do(t, dir)
			if c.want == nil { // two versions were finished for a moment; the last one counts
				r.got("y.png", pic)
				return
			}
			r.onlyGot(c.want)
		})
	}
}

func TestAFileHeldOpenWaitsAndNamesItsWriter(t *testing.T) {
	dir, src := t.TempDir(), filepath.Join(t.TempDir(), "a.png")
	pic := pngOf(t, 21, 50, 50)
	put(t, src, pic)
	r := watch(t, dir)
	r.state(StateWatching)
	cmd := helper(t, "hold", src, filepath.Join(dir, "x.png"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "linux" {
		r.pends("x.png", "still being written by "+filepath.Base(os.Args[0]))
	} else {
		r.pends("x.png", "still being written")
	}
	r.notTaken("x.png")
	since := time.Now()
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	r.got("x.png", pic)
	if took := time.Since(since); took > 500*time.Millisecond {
		t.Errorf("taken %v after its closing", took)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	r.onlyGot(map[string][]byte{"x.png": pic})
}

func TestAnIncompleteFileWaitsWithAReason(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pic, video := pngOf(t, 22, 50, 50), sample(t, "plain.mp4")
	r := watch(t, dir)
	r.state(StateWatching)
	put(t, filepath.Join(dir, "half.png"), pic[:len(pic)/2])
	put(t, filepath.Join(dir, "half.mp4"), video[:len(video)/2])
	put(t, filepath.Join(dir, "empty.png"), nil)
	put(t, filepath.Join(dir, "text.png"), []byte("this is no picture, whatever its name says"))
	r.pends("half.png", "not complete: the PNG ends before its end mark")
	r.pends("half.mp4", "not complete")
	r.pends("empty.png", "not complete: it is empty")
	r.pends("text.png", "no picture or video")
	r.onlyGot(nil)

	put(t, filepath.Join(dir, "half.png"), pic)
	r.onlyGot(map[string][]byte{"half.png": pic})
}

func TestFiltersShowTheirReason(t *testing.T) {
	t.Parallel()
	dir, other := t.TempDir(), t.TempDir()
	pic := pngOf(t, 23, 20, 20)
	put(t, filepath.Join(other, "secret.png"), pic)
	r := watch(t, dir, recursive, func(c *Config) { c.Exclude = []string{"raw-*", "skip/**"} })
	r.state(StateWatching)
	for _, name := range []string{
		"a.heic", "b.txt", ".hidden.png", "c.png.part", "raw-1.png", "skip/d.png", ".git/e.png", "sub/.f/g.png", "ok.png", "sub/ok.JPG",
	} {
		put(t, filepath.Join(dir, name), pic)
	}
	for link, to := range map[string]string{"link.png": filepath.Join(other, "secret.png"), "linked": other} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	shell(t, `mkfifo "$1/pipe.png"`, dir)
	r.onlyGot(map[string][]byte{"ok.png": pic, "sub/ok.JPG": pic})
	for name, why := range map[string]string{
		"a.heic": "do not take .heic", "b.txt": "no picture or video", ".hidden.png": "hidden", "c.png.part": "temporary",
		"raw-1.png": "raw-*", "link.png": "link", "pipe.png": "no ordinary file",
	} {
		r.pends(name, why)
	}
}

func TestOwnDirectoriesAreNeverLookedInto(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	spool := filepath.Join(dir, "spool")
	pic := pngOf(t, 24, 20, 20)
	put(t, filepath.Join(spool, "old.png"), pic)
	r := watch(t, dir, recursive, func(c *Config) { c.Ignore = []string{spool} })
	r.started()
	put(t, filepath.Join(spool, "new.png"), pic)
	put(t, filepath.Join(spool, "deeper", "new.png"), pic)
	r.onlyGot(nil)
	if _, err := New(Config{Dir: filepath.Join(spool, "x"), Ignore: []string{spool}}); err == nil {
		t.Error("a folder in an own directory was accepted")
	}
}

func TestADirectoryMovedInIsTakenWhole(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"moved", "copied", "unpacked"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			dir, src := filepath.Join(t.TempDir(), "w"), filepath.Join(t.TempDir(), "album")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			want := map[string][]byte{}
			pic := pngOf(t, 25, 10, 10)
			count := 300
			if how == "moved" {
				count = 1000
			}
			for i := range count {
				rel := fmt.Sprintf("album/%d/%d/p%d.png", i%5, i%3, i)
				want[rel] = remarked(pic, i)
				put(t, filepath.Join(filepath.Dir(src), rel), want[rel])
			}
			r := watch(t, dir, recursive)
			r.state(StateWatching)
			switch how {
			case "moved":
				shell(t, `mv "$1" "$2/"`, src, dir)
			case "copied":
				shell(t, `cp -r "$1" "$2/"`, src, dir)
			case "unpacked":
				shell(t, `tar -C "$(dirname "$1")" -cf - album | tar -C "$2" -xf -`, src, dir)
			}
			r.onlyGot(want)
		})
	}
}

func TestADirectoryMovedAboutIsStillWatched(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pic := pngOf(t, 26, 20, 20)
	put(t, filepath.Join(dir, "a/b/c/old.png"), pic)
	r := watch(t, dir, recursive)
	r.got("a/b/c/old.png", pic)
	shell(t, `mkdir "$1/x"; mv "$1/a/b" "$1/x/b2"`, dir)
	// The same file at another path; whether it is known is the engine's to say.
	r.got("x/b2/c/old.png", pic)
	put(t, filepath.Join(dir, "x/b2/c/new.png"), pic)
	r.got("x/b2/c/new.png", pic)
	put(t, filepath.Join(dir, "a/b/again.png"), pic)
	r.got("a/b/again.png", pic)
	shell(t, `rm -rf "$1/x"; mkdir -p "$1/x/b2/c"`, dir)
	put(t, filepath.Join(dir, "x/b2/c/third.png"), pic)
	r.got("x/b2/c/third.png", pic)
}

func TestABurstOfTenThousandFiles(t *testing.T) {
	t.Parallel()
	dir, src := filepath.Join(t.TempDir(), "w"), filepath.Join(t.TempDir(), "a.png")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	pic := pngOf(t, 27, 8, 8)
	put(t, src, pic)
	r := watch(t, dir)
	r.state(StateWatching)
	act(t, "many", src, dir, "10000")
	want := map[string][]byte{}
	for i := range 10_000 {
		want[fmt.Sprintf("burst-%05d.png", i)] = remarked(pic, i)
	}
	r.until("ten thousand", func() bool { return len(r.taken) >= len(want) })
	r.onlyGot(want)
}

func TestFilesThatComeTogetherAreABatch(t *testing.T) {
	dir := t.TempDir()
	pic := pngOf(t, 28, 200, 200)
	src := t.TempDir()
	for i := range 8 {
		name := filepath.Join(src, fmt.Sprintf("p%d.png", i))
		put(t, name, remarked(pic, i))
		at := time.Unix(1_000_000+int64(i), 0) // order is by time
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
	r := watch(t, dir)
	r.state(StateWatching)
	for i := range 8 {
		name := fmt.Sprintf("p%d.png", i)
		if err := os.Rename(filepath.Join(src, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	r.until("eight files", func() bool { return len(r.taken) == 8 })
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.batches) != 1 {
		t.Errorf("in %d batches: %v", len(r.batches), r.batches)
	}
	for i, tk := range r.taken {
		if want := fmt.Sprintf("p%d.png", i); tk.path != want {
			t.Errorf("place %d: %s, want %s", i, tk.path, want)
		}
	}
}
