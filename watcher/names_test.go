package watcher

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestNamesAreFiltered(t *testing.T) {
	dir := filepath.FromSlash("/w")
	for _, c := range []struct {
		name string
		cfg  Config
		fold bool
		why  string // a part of the reason; empty: it passes
	}{
		{name: "a.png"},
		{name: "a.JPG"},
		{name: "a.b.jpeg"},
		{name: "sub/a.webm"},
		{name: "#1.png"},
		{name: "~a.png"},
		{name: "a part.png"},
		{name: ".a.png", why: "hidden"},
		{name: ".#a.png", why: "hidden"},
		{name: "a.png.part", why: "temporary"},
		{name: "A.PNG.PART", why: "temporary"},
		{name: "a.png.crdownload", why: "temporary"},
		{name: "a.png~", why: "temporary"},
		{name: "#a.png#", why: "temporary"},
		{name: "~$a.png", why: "temporary"},
		{name: "~syncthing~a.png", why: "temporary"},
		{name: "a.swp", why: "temporary"},
		{name: "a.tmp", why: "temporary"},
		{name: "video.temp.mp4", why: "temporary"},
		{name: "a.tmp.PNG", why: "temporary"},
		{name: "a.part.mp4", why: "temporary"},
		{name: "a.part1.mp4"},
		{name: "temp.png"},
		{name: "template.png"},
		{name: ".goutputstream-X1Y2Z3", why: "hidden"},
		{name: ".syncthing.a.png.tmp", why: "hidden"},
		{name: ".a.png.AbC123", why: "hidden"},
		{name: "a.png.kate-swp", why: "temporary"},
		{name: "a.png.AbC123", why: "no picture"},
		{name: "a.mp4", cfg: Config{Kinds: Pictures}, why: "only pictures"},
		{name: "a.gif", cfg: Config{Kinds: Pictures}},
		{name: "a.GIF", cfg: Config{Kinds: Videos}, why: "only videos"},
		{name: "a.WebM", cfg: Config{Kinds: Videos}},
		{name: "a.heic", why: "do not take .heic"},
		{name: "a.TIF", why: "do not take .tif"},
		{name: "a.svg", why: "do not take .svg"},
		{name: "a.txt", why: "no picture or video (.txt)"},
		{name: "a", why: "no picture or video"},
		{name: "png", why: "no picture or video"},
		{name: "a.png", cfg: Config{Exclude: []string{"*.png"}}, why: "*.png"},
		{name: "sub/a.png", cfg: Config{Exclude: []string{"*.png"}}, why: "*.png"},
		{name: "sub/a.png", cfg: Config{Exclude: []string{"/*.png", "other/**"}}},
		{name: "sub/a.png", cfg: Config{Exclude: []string{"sub/**"}}, why: "sub/**"},
		{name: "a.png", cfg: Config{Include: []string{"b*"}}, why: "none of the patterns"},
		{name: "x/y/b.png", cfg: Config{Include: []string{"b*"}}},
		{name: "x/y/b.png", cfg: Config{Include: []string{"x/**/b.*"}}},
		{name: "b.png", cfg: Config{Include: []string{"b*"}, Exclude: []string{"b*"}}, why: "left out"},
		{name: "B.png", cfg: Config{Include: []string{"b*"}}, why: "none of the patterns"},
		{name: "B.png", cfg: Config{Include: []string{"b*"}}, fold: true},
		{name: "b.png", cfg: Config{Include: []string{"B*"}}, fold: true},
		{name: "Ünï/Ä.png", cfg: Config{Include: []string{"ünï/ä.*"}}, fold: true},
		{name: "../a.png", why: "outside"},
	} {
		c.cfg.Dir = dir
		got := newFilterFold(c.cfg, c.fold).file(filepath.Join(dir, filepath.FromSlash(c.name)))
		if c.why == "" && got != "" || !strings.Contains(got, c.why) {
			t.Errorf("%s with %v %v: %q, want %q", c.name, c.cfg.Include, c.cfg.Exclude, got, c.why)
		}
	}
}

func TestDirectoriesAreEnteredOrNot(t *testing.T) {
	dir := filepath.FromSlash("/w")
	for _, c := range []struct {
		name string
		cfg  Config
		want bool
	}{
		{"", Config{}, true},
		{"a", Config{}, false},
		{"a", Config{Recursive: true}, true},
		{"a/b", Config{Recursive: true}, true},
		{".a", Config{Recursive: true}, false},
		{"a/.b/c", Config{Recursive: true}, false},
		{"a", Config{Recursive: true, Exclude: []string{"a"}}, false},
		{"a", Config{Recursive: true, Exclude: []string{"a/**"}}, false},
		{"x/a", Config{Recursive: true, Exclude: []string{"a"}}, false},
		{"own", Config{Recursive: true, Ignore: []string{filepath.FromSlash("/w/own")}}, false},
		{"own/deep", Config{Recursive: true, Ignore: []string{filepath.FromSlash("/w/own")}}, false},
		{"x.crdownload", Config{Recursive: true}, false},
		{"a/X.png.Download", Config{Recursive: true}, false},
		{"download", Config{Recursive: true}, true},
		{"owner", Config{Recursive: true, Ignore: []string{filepath.FromSlash("/w/own")}}, true},
	} {
		c.cfg.Dir = dir
		if got := newFilterFold(c.cfg, false).enters(filepath.Join(dir, filepath.FromSlash(c.name))); got != c.want {
			t.Errorf("%q with %+v: %v", c.name, c.cfg, got)
		}
	}
}

func TestSizesAreToldAsPeopleReadThem(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 bytes", 999: "999 bytes", 1000: "1 kB", 1234: "1.2 kB", 50_000: "50 kB", 99_960: "100 kB", 123_456: "123 kB",
		999_400: "999 kB", 999_600: "1 MB", 2_000_000: "2 MB", 1_250_000_000: "1.3 GB", 3e12: "3 TB", 4e15: "4000 TB",
	} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	f := newFilterFold(Config{Dir: filepath.FromSlash("/w"), MinSize: 1500, MaxSize: 20_000_000}, false)
	for size, want := range map[int64]string{
		10: "it is smaller than the 1.5 kB that this folder asks for", 1 << 30: "it is larger than the 20 MB that this folder allows",
	} {
		if _, got := f.content(File{Path: filepath.FromSlash("/w/a.png"), Size: size}); got != want {
			t.Errorf("%d: %q, want %q", size, got, want)
		}
	}
}

func FuzzNamesNeverPanic(f *testing.F) {
	f.Add("a.png", "*.png")
	f.Add("../..", "[")
	f.Add("\xff/\x00.jpg", "**/{a,b}")
	f.Fuzz(func(t *testing.T, name, pattern string) {
		cfg, err := Config{Dir: filepath.FromSlash("/w"), Recursive: true, Exclude: []string{pattern}, Include: []string{pattern}}.complete()
		if err != nil {
			return
		}
		for _, fold := range []bool{false, true} {
			fl := newFilterFold(cfg, fold)
			path := filepath.Join(cfg.Dir, name)
			if fl.file(path) == "" && !within(path, cfg.Dir) {
				t.Errorf("%q passes", path)
			}
			fl.enters(path)
		}
	})
}
