package watcher

import (
	"fmt"
	"hash/maphash"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/bmatcuk/doublestar/v4"
)

// foldCase says whether file names that differ in case only are the same.
const foldCase = runtime.GOOS == "windows" || runtime.GOOS == "darwin"

// taken are the extensions of what a Chevereto host takes: a real Chevereto
// 4.2.5 accepts exactly these kinds.
var taken = []string{"avif", "bmp", "gif", "jpeg", "jpg", "mov", "mp4", "png", "webm", "webp"}

// videos are those of them that are no pictures.
var videos = []string{"mov", "mp4", "webm"}

// otherMedia are extensions of pictures and videos that it refuses.
var otherMedia = []string{
	"3gp", "arw", "avi", "cr2", "cr3", "dng", "flv", "heic", "heif", "ico", "jfif", "jp2", "jxl", "m2ts", "m4v", "mkv", "mpeg",
	"mpg", "mts", "nef", "orf", "psd", "raf", "rw2", "svg", "svgz", "tga", "tif", "tiff", "ts", "wmv", "xcf",
}

// tempSuffixes and tempPrefixes are names of files that some program still
// works on; each gets its final name by a rename.
var (
	tempSuffixes = []string{
		"~", ".part", ".partial", ".filepart", ".crdownload", ".download", ".opdownload", ".tmp", ".temp", ".swp", ".swo",
		".swx", ".kate-swp", ".!ut", ".!qb", ".!bt", ".bc!", ".aria2", ".ytdl", ".dropbox-download", ".lock", ".bak", ".unconfirmed",
	}
	tempPrefixes = []string{"~$", "~syncthing~"}
	// tempStems stand before the extension, so that tools see the kind of file:
	// yt-dlp's x.temp.mp4, many an optimizer's x.tmp.png.
	tempStems = []string{".part", ".temp", ".tmp"}
	// tempDirs are directories that a browser loads a file into.
	tempDirs = []string{".crdownload", ".download", ".opdownload", ".part", ".partial"}
	// controls are files that a downloader keeps beside its unfinished file,
	// which has its full size and its final name from the start.
	controls = map[string]string{".aria2": "aria2", ".st": "axel"}
)

// filter decides by name alone.
type filter struct {
	dir              string
	recursive        bool
	include, exclude []string
	ignore           []string
	fold             bool
	kinds            Kinds
	min, max         int64
	refuse           func(File) (FileState, string)
	seed             maphash.Seed // of sums
	fleeting         atomic.Bool  // inode numbers do not last where the folder lies
}

func newFilter(cfg Config) *filter { return newFilterFold(cfg, foldCase) }

func newFilterFold(cfg Config, fold bool) *filter {
	f := &filter{
		dir: cfg.Dir, recursive: cfg.Recursive, fold: fold,
		include: slices.Clone(cfg.Include), exclude: slices.Clone(cfg.Exclude), ignore: cfg.Ignore,
		seed: maphash.MakeSeed(), kinds: cfg.Kinds, min: cfg.MinSize, max: cfg.MaxSize, refuse: cfg.Refuse,
	}
	if fold {
		for _, list := range [][]string{f.include, f.exclude} {
			for i := range list {
				list[i] = strings.ToLower(list[i])
			}
		}
	}
	return f
}

// rel gives path relative to the folder with forward slashes, and whether it
// lies in it.
func (f *filter) rel(path string) (string, bool) {
	rel, err := filepath.Rel(f.dir, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

// file says why the file is not for us; empty: it is, by its name.
func (f *filter) file(path string) string {
	rel, ok := f.rel(path)
	if !ok || rel == "." {
		return "it lies outside the folder"
	}
	name := rel[strings.LastIndexByte(rel, '/')+1:]
	if why := passing(name); why != "" {
		return why
	}
	if why := extension(name); why != "" {
		return why
	}
	if f.kinds != AllKinds && (f.kinds == Videos) != slices.Contains(videos, suffix(name)) {
		return "only " + string(f.kinds) + " are taken from this folder"
	}
	if p := f.match(f.exclude, rel); p != "" {
		return "left out by the pattern " + p
	}
	if len(f.include) > 0 && f.match(f.include, rel) == "" {
		return "none of the patterns that choose files matches"
	}
	return ""
}

// content says why a file whose name passes is not for us all the same: by its
// size, or by what the caller knows.
func (f *filter) content(file File) (FileState, string) {
	switch {
	case f.max > 0 && file.Size > f.max:
		return FileTooLarge, fmt.Sprintf("it is larger than the %s that this folder allows", bytesText(f.max))
	case file.Size < f.min:
		return FileFiltered, fmt.Sprintf("it is smaller than the %s that this folder asks for", bytesText(f.min))
	case f.refuse != nil:
		return f.refuse(file)
	}
	return "", ""
}

// bytesText is a number of bytes as a person reads it.
func bytesText(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	f, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB"} {
		if f /= 1000; f < 999.5 {
			break
		}
	}
	if f < 100 { // 1.2 MB, but 2 MB and not 2.0
		return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) + " " + unit
	}
	return fmt.Sprintf("%.0f %s", f, unit)
}

// enters reports whether the directory is looked into.
func (f *filter) enters(path string) bool {
	ok, _ := f.entersWhy(path)
	return ok
}

// entersWhy also says why not, where a rule that somebody may wonder about
// keeps the directory out.
func (f *filter) entersWhy(path string) (ok bool, why string) {
	rel, ok := f.rel(path)
	if !ok {
		return false, ""
	}
	if rel == "." {
		return true, ""
	}
	if !f.recursive {
		return false, ""
	}
	for _, own := range f.ignore {
		if within(path, own) {
			return false, "this directory belongs to the program itself"
		}
	}
	for _, part := range strings.Split(rel, "/") {
		if strings.HasPrefix(part, ".") {
			return false, "hidden directory; it is not looked into"
		}
		low := strings.ToLower(part)
		for _, s := range tempDirs {
			if strings.HasSuffix(low, s) {
				return false, "temporary directory (" + s + "); looked into when it gets its final name"
			}
		}
	}
	if p := f.match(f.exclude, rel); p != "" {
		return false, "left out by the pattern " + p
	}
	return true, ""
}

// match returns the first of patterns that matches rel.
func (f *filter) match(patterns []string, rel string) string {
	if len(patterns) == 0 {
		return ""
	}
	if f.fold {
		rel = strings.ToLower(rel)
	}
	name := rel[strings.LastIndexByte(rel, '/')+1:]
	for _, p := range patterns {
		if doublestar.MatchUnvalidated(p, rel) {
			return p
		}
		if !strings.Contains(p, "/") && doublestar.MatchUnvalidated(p, name) {
			return p
		}
	}
	return ""
}

// passing says why name is that of a hidden or temporary file.
func passing(name string) string {
	if strings.HasPrefix(name, ".") {
		return "hidden name"
	}
	low := strings.ToLower(name)
	for _, s := range tempSuffixes {
		if strings.HasSuffix(low, s) {
			return "temporary name (" + s + "); taken when it gets its final name"
		}
	}
	if len(low) > 1 && low[0] == '#' && low[len(low)-1] == '#' {
		return "temporary name (#…#); taken when it gets its final name"
	}
	stem := strings.TrimSuffix(low, filepath.Ext(low))
	for _, s := range tempStems {
		if strings.HasSuffix(stem, s) {
			return "temporary name (" + s + filepath.Ext(low) + "); taken when it gets its final name"
		}
	}
	for _, s := range tempPrefixes {
		if strings.HasPrefix(low, s) {
			return "temporary name (" + s + "…); taken when it gets its final name"
		}
	}
	return ""
}

// extension says why files with name's extension are not for us.
func extension(name string) string {
	ext := suffix(name)
	switch {
	case slices.Contains(taken, ext):
		return ""
	case slices.Contains(otherMedia, ext):
		return "image hosts of this kind do not take ." + ext + " files"
	case ext == "":
		return "no picture or video, by its name"
	}
	return "no picture or video (." + ext + ")"
}

// suffix is name's extension without the dot, in lower case.
func suffix(name string) string { return strings.ToLower(strings.TrimPrefix(filepath.Ext(name), ".")) }

// controlled is the file beside which a downloader keeps the control file
// path; empty: it is none.
func controlled(path string) string {
	for s := range controls {
		if of, ok := strings.CutSuffix(path, s); ok {
			return of
		}
	}
	return ""
}

// within reports whether path is dir or lies in it.
func within(path, dir string) bool {
	if foldCase {
		path, dir = strings.ToLower(path), strings.ToLower(dir)
	}
	if path == dir {
		return true
	}
	if !strings.HasSuffix(dir, string(filepath.Separator)) {
		dir += string(filepath.Separator)
	}
	return strings.HasPrefix(path, dir)
}
