package watcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/bmatcuk/doublestar/v4"
)

// Config says which folder is watched and who is told.
type Config struct {
	Dir       string // absolute
	Recursive bool
	// Include and Exclude are doublestar globs relative to Dir with forward
	// slashes. A pattern without a slash is matched with the file's name in
	// any directory. Case does not matter on Windows and macOS. No Include
	// means everything; Exclude wins, and prunes directories.
	Include, Exclude []string
	Kinds            Kinds         // empty: pictures and videos
	MinSize, MaxSize int64         // in bytes; 0: no bound
	Quiet            time.Duration // 0: 1 s; the quiet time that decides where nothing better is known
	Rescan           time.Duration // 0: 5 min; slow timer
	Ignore           []string      // absolute directories never looked into (our own spool and config)

	// Refuse is a further rule, about what only others know: that the host takes
	// no files so large, or has refused this kind before. A state other than ""
	// keeps the file out, and the reason tells why. It is asked at every look
	// and must be quick, the same from several goroutines at once, and not
	// wait. When its answers change, call [Watcher.Again]. It may be nil.
	Refuse func(f File) (state FileState, reason string)
	// Known reports whether that version of the file was handled already; one
	// that is Rewritten looks so and was not. It is asked before a file found by a scan is opened, and before Take. An
	// error: asked again later with backoff. nil: nothing is known.
	Known func(ctx context.Context, f File) (bool, error)
	// Take is given finished files that settled together, oldest first. nil:
	// they are handled, the watcher does not offer the same version again; an
	// error: they are offered again later with backoff, and wait with its text.
	Take func(ctx context.Context, files []File) error
	// Same is told that a file that Take was given a moment ago has got other
	// times and nothing else, as unzip, wget and many copying programs do after
	// closing: f is its version now, and it is handled too. It may be nil.
	//
	// Known, Take and Same are called from one goroutine at a time, never
	// concurrently; watching goes on meanwhile.
	Same func(ctx context.Context, f File) error
	// Gone is told that what had this path is there no more: a file that
	// comes under that name is another one. For a directory it goes for all
	// below it; the folder itself means that news of that sort was lost. It
	// must not block, and it may be nil. Polled folders do not tell.
	Gone func(path string)
	// Changed says that Status has changed; it must not block. It may be nil.
	Changed func()
	Log     *slog.Logger
}

// Kinds are the kinds of files a folder is watched for.
type Kinds string

// The kinds of files.
const (
	AllKinds Kinds = ""         // all that hosts take
	Pictures Kinds = "pictures" // moving ones (GIF, WebP) too
	Videos   Kinds = "videos"
)

// File is one version of a file. Inode is 0 where the system has none
// (Windows).
type File struct {
	Path    string
	Size    int64
	ModTime time.Time
	Inode   uint64
	// Fleeting says that the file system (FAT, exFAT, network, FUSE) makes
	// inode numbers up anew with every mount: what is remembered for longer
	// must not be compared by them.
	Fleeting bool
	// Rewritten says that this file was handled already with the same size,
	// times and inode, but another content: somebody wrote it anew and set its
	// times back.
	Rewritten bool
}

const (
	defaultQuiet  = time.Second
	defaultRescan = 5 * time.Minute
)

// complete checks cfg and fills in the defaults.
func (cfg Config) complete() (Config, error) {
	if !filepath.IsAbs(cfg.Dir) {
		return cfg, cfg.wrong("the path is not absolute")
	}
	cfg.Dir = filepath.Clean(cfg.Dir)
	for _, list := range [][]string{cfg.Include, cfg.Exclude} {
		for _, p := range list {
			if !doublestar.ValidatePattern(p) {
				return cfg, cfg.wrong("the pattern %q is not valid", p)
			}
		}
	}
	ignore := make([]string, 0, len(cfg.Ignore))
	for _, p := range cfg.Ignore {
		if p == "" {
			continue
		}
		if !filepath.IsAbs(p) {
			return cfg, cfg.wrong("the ignored directory %q is not absolute", p)
		}
		p = filepath.Clean(p)
		if within(cfg.Dir, p) {
			return cfg, fmt.Errorf("watch folder %q: %w", cfg.Dir, ErrIgnored)
		}
		ignore = append(ignore, p)
	}
	cfg.Ignore = ignore
	if cfg.Kinds != AllKinds && cfg.Kinds != Pictures && cfg.Kinds != Videos {
		return cfg, cfg.wrong("%q are no kinds of files", cfg.Kinds)
	}
	if cfg.MinSize < 0 || cfg.MaxSize < 0 || cfg.MaxSize > 0 && cfg.MinSize > cfg.MaxSize {
		return cfg, cfg.wrong("no file can be of the sizes %d to %d", cfg.MinSize, cfg.MaxSize)
	}
	if cfg.Quiet < 0 || cfg.Rescan < 0 {
		return cfg, cfg.wrong("a time is negative")
	}
	if cfg.Quiet == 0 {
		cfg.Quiet = defaultQuiet
	}
	if cfg.Rescan == 0 {
		cfg.Rescan = defaultRescan
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return cfg, nil
}

// ConfigError says what of a Config makes no sense.
type ConfigError struct{ Dir, Reason string }

func (e *ConfigError) Error() string { return fmt.Sprintf("watch folder %q: %s", e.Dir, e.Reason) }

func (cfg Config) wrong(format string, args ...any) error {
	return &ConfigError{cfg.Dir, fmt.Sprintf(format, args...)}
}

// ErrIgnored says that the folder lies in one of Config.Ignore.
var ErrIgnored = errors.New("the folder is one of the program's own")
