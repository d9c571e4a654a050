package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// bench is one run.
type bench struct {
	dir    string // for files and homes; goes at the end
	self   string
	upshot string
	homes  int
}

// group is a part of the run that can be asked for by name.
type group struct {
	name    string
	tools   []string
	measure func(context.Context, *bench) ([]section, error)
}

func groups() []group {
	return []group{
		{"client", []string{"curl"}, measureClient},
		{"engine", []string{"curl"}, measureEngine},
		{"store", nil, measureStore},
		{"watcher", []string{"curl", "inotifywait"}, measureWatcher},
		{"burst", nil, measureBurst},
		{"capture", []string{"Xvfb"}, measureCapture},
	}
}

// modes are the processes that a run starts of this program itself.
var modes = map[string]func([]string) error{"host": hostMode, "send": sendMode, "fill": fillMode}

func main() {
	if len(os.Args) > 1 && modes[os.Args[1]] != nil {
		exit(modes[os.Args[1]](os.Args[2:]))
	}
	exit(start())
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// start reads the flags and makes the run's directory.
func start() (err error) {
	var names []string
	for _, g := range groups() {
		names = append(names, g.name)
	}
	only := flag.String("group", "", "measure one `GROUP`: "+strings.Join(names, ", "))
	write := flag.Bool("write", false, "write docs/benchmarks.md")
	upshot := flag.String("upshot", "bin/upshot", "the built `PROGRAM`")
	dir := flag.String("dir", "bin", "`DIRECTORY` for files, on a real disk and not under the temporary directory")
	flag.Parse()
	if runtime.GOOS != "linux" {
		return errors.New("this measures on Linux: it reads /proc and compares with inotifywait")
	}
	if *write && *only != "" {
		return errors.New("--write needs all groups; leave --group out")
	}
	b := &bench{}
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.upshot, err = filepath.Abs(*upshot); err != nil {
		return err
	}
	if _, err := os.Stat(b.upshot); err != nil {
		return fmt.Errorf("%w; build it with: make bin/upshot", err)
	}
	if b.dir, err = filepath.Abs(*dir); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp(b.dir, "bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	m := thisMachine()
	sections, err := b.measure(ctx, *only, *write || os.Getenv("CI") == "true")
	fmt.Printf("%s\n%s", m, table(sections))
	if err == nil && *write {
		return os.WriteFile("docs/benchmarks.md", []byte(page(m, sections)), 0o644)
	}
	return err
}

// measure runs the groups, or the one that is asked for. A group that cannot
// be measured to its end does not keep the others from it; one whose tools are
// missing is a failure only where all of them are wanted.
func (b *bench) measure(ctx context.Context, only string, whole bool) ([]section, error) {
	var all []section
	var failed error
	found := false
	for _, g := range groups() {
		if only != "" && g.name != only {
			continue
		}
		found = true
		if missing := missing(g.tools); missing != "" {
			if whole {
				failed = errors.Join(failed, fmt.Errorf("%s: %s is not installed", g.name, missing))
			}
			b.say("%s left out: %s is not installed; get it with: .ci/install bench", g.name, missing)
			continue
		}
		sections, err := g.measure(ctx, b)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", g.name, err))
		}
		all = append(all, sections...)
	}
	if !found {
		return nil, fmt.Errorf("there is no group %q", only)
	}
	return all, failed
}

func missing(tools []string) string {
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			return tool
		}
	}
	return ""
}

// say tells how far the run is.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}

// newHome is an Upshot that never ran before.
func (b *bench) newHome(h *hosting) home {
	b.homes++
	return home{dir: filepath.Join(b.dir, fmt.Sprintf("home%d", b.homes)), program: b.upshot, address: h.address}
}
