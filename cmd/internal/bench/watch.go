package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	savedFiles = 200
	savedWarm  = 5 // of each, that do not count
	// between is how long both rest after a file, so that what one does after
	// its upload does not take the processor from the other.
	between = 40 * time.Millisecond
)

// measureWatcher is the group "watcher".
func measureWatcher(ctx context.Context, b *bench) ([]section, error) {
	saved, err := b.saved(ctx)
	if err != nil {
		return nil, err
	}
	return []section{saved}, nil
}

// saved saves files by turns in a folder that `upshot watch` watches and in
// one that the script watches.
func (b *bench) saved(ctx context.Context) (s section, err error) {
	b.say("%d saved files", savedFiles)
	h, err := startHost(ctx, "--told")
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	ours, theirs := filepath.Join(b.dir, "ours"), filepath.Join(b.dir, "theirs")
	home := b.newHome(h)
	for _, dir := range []string{ours, theirs, home.dir} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return s, err
		}
	}
	watch, err := startWatch(ctx, home, ours)
	if err != nil {
		return s, err
	}
	defer end(watch)
	stop, err := startScript(ctx, h, theirs)
	if err != nil {
		return s, err
	}
	defer stop()
	var mine, script []time.Duration
	for i := range savedWarm + savedFiles {
		a, err := saveOne(h, ours, 2*i)
		if err != nil {
			return s, fmt.Errorf("upshot watch: %w", err)
		}
		c, err := saveOne(h, theirs, 2*i+1)
		if err != nil {
			return s, fmt.Errorf("the script: %w", err)
		}
		if i >= savedWarm {
			mine, script = append(mine, a), append(script, c)
		}
	}
	return section{
		title: "From close(2) to the first byte at the host",
		words: "A PNG of 300 KB is written, and the time from just before its writer's close(2) to the first byte of its request at the host is taken, 200 times in a folder of `upshot watch`. " +
			"By turns with them 200 times in a folder of `inotifywait -m -e close_write | while read f; do curl ...; done`.",
		rows: []row{
			timesRow("close to first byte, p50 of 200", percentile(mine, 50), "script", percentile(script, 50), 1),
			{what: "close to first byte, p95 of 200", ours: ms(percentile(mine, 95)), against: "script " + ms(percentile(script, 95)), result: fmt.Sprintf("%.2f times", ratio(percentile(mine, 95), percentile(script, 95)))},
		},
	}, nil
}

// saveOne writes a picture and waits until the host has it.
func saveOne(h *hosting, dir string, number int) (time.Duration, error) {
	picture, err := noise(number, 320, 312)
	if err != nil {
		return 0, err
	}
	name := fmt.Sprintf("p%05d.png", number)
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return 0, err
	}
	if _, err := f.Write(picture); err != nil {
		return 0, errors.Join(err, f.Close())
	}
	closing := time.Now()
	if err := f.Close(); err != nil {
		return 0, err
	}
	a, err := h.next()
	if err != nil {
		return 0, err
	}
	if a.Name != name {
		return 0, fmt.Errorf("the host got %q instead of %q", a.Name, name)
	}
	time.Sleep(between)
	return a.First.Sub(closing), nil
}

// startWatch starts `upshot watch` and waits until it says that it watches.
func startWatch(ctx context.Context, h home, dir string, flags ...string) (*exec.Cmd, error) {
	cmd := h.upshot(ctx, append(append([]string{"watch"}, flags...), dir)...)
	return cmd, startAndWait(cmd, "watching ")
}

// startAndWait starts cmd and waits until its standard error has words; the
// rest of it is read and not shown.
func startAndWait(cmd *exec.Cmd, words string) error {
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", filepath.Base(cmd.Path), err)
	}
	var said strings.Builder
	for lines := bufio.NewReader(stderr); ; {
		line, err := lines.ReadString('\n')
		said.WriteString(line)
		if strings.Contains(line, words) {
			go func() { _, _ = io.Copy(io.Discard, lines) }()
			return nil
		}
		if err != nil {
			end(cmd)
			return fmt.Errorf("%s ended: %s", filepath.Base(cmd.Path), strings.TrimSpace(said.String()))
		}
	}
}

// startScript starts what people write themselves: inotifywait, a pipe, curl.
func startScript(ctx context.Context, h *hosting, dir string) (stop func(), err error) {
	const script = `while read -r f; do curl -s -o /dev/null -H "X-API-Key: $KEY" -F "source=@$f" "$URL"; done`
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	loop := exec.CommandContext(ctx, "sh", "-c", script)
	loop.Stdin = r
	loop.Env = append(os.Environ(), "KEY="+key, "URL="+h.endpoint)
	if err := loop.Start(); err != nil {
		return nil, errors.Join(err, r.Close(), w.Close())
	}
	wait := exec.CommandContext(ctx, "inotifywait", "-m", "-e", "close_write", "--format", "%w%f", dir)
	wait.Stdout = w
	err = startAndWait(wait, "Watches established")
	r.Close()
	w.Close()
	if err != nil {
		return nil, errors.Join(err, loop.Wait())
	}
	return func() {
		_ = wait.Process.Kill()
		_ = wait.Wait()
		_ = loop.Wait() // its input has ended
	}, nil
}
