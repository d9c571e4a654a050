package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	manyFiles  = 1000
	manySize   = 100_000
	oneRounds  = 15
	answerTime = 20 * time.Millisecond
)

// measureEngine is the group "engine".
func measureEngine(ctx context.Context, b *bench) ([]section, error) {
	paths, err := writeJPEGs(filepath.Join(b.dir, "many"), manyFiles, manySize)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(filepath.Join(b.dir, "many"))
	bare, err := b.many(ctx, paths)
	if err != nil {
		return nil, err
	}
	slow, err := b.manySlow(ctx, paths)
	if err != nil {
		return nil, err
	}
	one, err := b.one(ctx)
	if err != nil {
		return nil, err
	}
	return []section{bare, slow, one}, nil
}

// fourWorkers is the setting that serves many small files best.
const fourWorkers = "workers = 4\n"

// batch uploads all paths by one `upshot upload`, in a new home.
func (b *bench) batch(ctx context.Context, h *hosting, name, settings string, paths []string) contender {
	return contender{name, func(int) (effort, error) {
		home := b.newHome(h)
		if err := home.settings(settings); err != nil {
			return effort{}, err
		}
		return h.took(ctx, tally{int64(len(paths)), manySize * int64(len(paths))}, func() (effort, error) {
			return run(home.upshot(ctx, append([]string{"upload", "--quiet"}, paths...)...))
		})
	}}
}

// parallel is one curl with a transfer for each path, four at a time.
func (b *bench) parallel(ctx context.Context, h *hosting, paths []string) (contender, error) {
	var config strings.Builder
	for i, path := range paths {
		if i > 0 {
			config.WriteString("next\n")
		}
		fmt.Fprintf(&config, "url = %q\nform = %q\nheader = %q\noutput = %q\n", h.endpoint, "source=@"+path, "X-API-Key: "+key, os.DevNull)
	}
	file := filepath.Join(b.dir, "curl.config")
	if err := os.WriteFile(file, []byte(config.String()), 0o600); err != nil {
		return contender{}, err
	}
	return contender{"curl -Z", func(int) (effort, error) {
		return h.took(ctx, tally{int64(len(paths)), manySize * int64(len(paths))}, func() (effort, error) {
			return run(exec.CommandContext(ctx, "curl", "-Z", "--parallel-max", "4", "--no-progress-meter", "-K", file))
		})
	}}, nil
}

// loop is the shell's: a curl for each path.
func (b *bench) loop(ctx context.Context, h *hosting, paths []string) contender {
	const script = `for f; do curl -sS -o /dev/null -H "X-API-Key: $KEY" -F "source=@$f" "$URL" || exit 1; done`
	return contender{"loop of curl", func(int) (effort, error) {
		return h.took(ctx, tally{int64(len(paths)), manySize * int64(len(paths))}, func() (effort, error) {
			cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", script, "sh"}, paths...)...)
			cmd.Env = append(os.Environ(), "KEY="+key, "URL="+h.endpoint)
			return run(cmd)
		})
	}}
}

// many is 1,000 files over bare loopback.
func (b *bench) many(ctx context.Context, paths []string) (s section, err error) {
	h, err := startHost(ctx)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	b.say("1,000 files of 100 KB")
	parallel, err := b.parallel(ctx, h, paths)
	if err != nil {
		return s, err
	}
	scores, err := race(1, 5, b.say, b.batch(ctx, h, "upshot upload", "", paths), b.batch(ctx, h, "upshot upload, 4 workers", fourWorkers, paths), parallel)
	if err != nil {
		return s, err
	}
	loops, err := race(0, 1, b.say, b.loop(ctx, h, paths))
	if err != nil {
		return s, err
	}
	ours, four, curl, loop := scores[0].wall(), scores[1].wall(), scores[2].wall(), loops[0].wall()
	faster := ratio(loop, ours)
	return section{
		title: "1,000 files of 100 KB",
		words: "One `upshot upload` of 1,000 files in a new home: every file is journaled, hashed, sent and its answer made durable before the program ends, " +
			"with the default settings and with `upshot settings set workers 4`. " +
			"Beside it one `curl -Z --parallel-max 4` with 1,000 transfers, and a shell loop with one curl for each file (measured once); neither keeps anything.",
		rows: []row{
			timesRow("1,000 files, loopback", ours, "`curl -Z`", curl, 2),
			timesRow("1,000 files, loopback, 4 workers", four, "`curl -Z`", curl, 2),
			{
				what: "1,000 files, loopback", ours: ms(ours), against: "loop of curl " + ms(loop),
				result: fmt.Sprintf("%.1f times faster", faster), target: "at least 10 times faster", met: faster >= 10,
			},
			{what: "1,000 files, loopback: peak memory", ours: mb(scores[0].peak()), against: "`curl -Z` " + mb(scores[2].peak())},
		},
	}, nil
}

// manySlow is the same with a host that takes its time.
func (b *bench) manySlow(ctx context.Context, paths []string) (s section, err error) {
	h, err := startHost(ctx, "--delay", answerTime.String())
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	b.say("1,000 files of 100 KB, each answer takes %v", answerTime)
	parallel, err := b.parallel(ctx, h, paths)
	if err != nil {
		return s, err
	}
	scores, err := race(0, 3, b.say, b.batch(ctx, h, "upshot upload", "", paths), b.batch(ctx, h, "upshot upload, 4 workers", fourWorkers, paths), parallel)
	if err != nil {
		return s, err
	}
	return section{
		title: "1,000 files, each answer takes 20 ms",
		words: "The same to a host that waits 20 ms before each answer, so that the number of files on their way at once decides. " +
			"Beside it the same `curl -Z --parallel-max 4`.",
		rows: []row{
			timesRow("1,000 files, answers of 20 ms", scores[0].wall(), "`curl -Z`", scores[2].wall(), 1.15),
			timesRow("1,000 files, answers of 20 ms, 4 workers", scores[1].wall(), "`curl -Z`", scores[2].wall(), 1.15),
		},
	}, nil
}

// oneMore is how much longer than curl one file may take.
const oneMore = 60 * time.Millisecond

// one is a single file, in a home that has sent before and in a new one.
func (b *bench) one(ctx context.Context) (s section, err error) {
	h, err := startHost(ctx)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	b.say("one file of 100 KB")
	dir := filepath.Join(b.dir, "one")
	paths, err := writeJPEGs(dir, oneRounds+1, manySize)
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	used := b.newHome(h)
	upload := func(home func() home) func(round int) (effort, error) {
		return func(round int) (effort, error) {
			return h.took(ctx, tally{1, manySize}, func() (effort, error) {
				return run(home().upshot(ctx, "upload", "--quiet", paths[round]))
			})
		}
	}
	scores, err := race(1, oneRounds, func(string, ...any) {},
		contender{"upshot upload", upload(func() home { return used })},
		contender{"upshot upload, new home", upload(func() home { return b.newHome(h) })},
		contender{"curl", func(round int) (effort, error) {
			return h.took(ctx, tally{1, manySize}, func() (effort, error) { return run(curl(ctx, h, paths[round])) })
		}},
	)
	if err != nil {
		return s, err
	}
	compare := func(what string, ours score) row {
		more := ours.wall() - scores[2].wall()
		return row{
			what: what, ours: ms(ours.wall()), against: "curl " + ms(scores[2].wall()),
			result: ms(more) + " more", target: "at most " + ms(oneMore) + " more", met: more <= oneMore,
		}
	}
	return section{
		title: "One file of 100 KB",
		words: "One `upshot upload` of one file from start to exit, in a home that has been used before and in one that is made for it. Beside it one `curl -F`.",
		rows:  []row{compare("one file", scores[0]), compare("one file, first start ever", scores[1])},
	}, nil
}
