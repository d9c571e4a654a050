package layers

import (
	"bufio"
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "images-uploader.com/upshot/"

// rule says what a package may import: ours and from outside. The standard
// library and golang.org/x are free.
type rule struct {
	ours    []string
	outside []string
	why     string
}

// rules by package below the module; a name ending in /... is for all below
// it. The first that fits counts.
var rules = []struct {
	pkg string
	rule
}{
	{"client", rule{nil, []string{"github.com/cespare/xxhash/v2"}, "the client is a library of its own: small, pure Go"}},
	{"client/chevtest", rule{nil, nil, "the look-alike host shares no code with the client: a shared mistake would hide"}},
	{"client/sxcu", rule{[]string{"client"}, nil, "a file format in the client's words: no storage, no operating system"}},
	{"client/job", rule{[]string{"client"}, nil, "words only: no storage, no goroutine"}},
	{"client/uploader", rule{[]string{"client", "client/job"}, nil, "a contract has no storage and no operating system"}},
	{"client/queue", rule{[]string{"client", "client/job"}, []string{"modernc.org/sqlite"}, "the store knows jobs and nothing that uses them"}},
	{"client/marker", rule{nil, nil, "bytes in, bytes out: it knows files and nothing of ours"}},
	{"watcher", rule{nil, []string{"github.com/fsnotify/fsnotify", "github.com/bmatcuk/doublestar/v4"}, "folders in, finished files out: nothing about uploads"}},
	{"client/engine", rule{[]string{"client", "client/job", "client/marker", "client/queue", "client/uploader", "watcher"}, nil, "the operating system comes in by the engine's ports"}},
	{"client/agent", rule{[]string{"client", "client/job", "client/uploader"}, []string{"github.com/Microsoft/go-winio"}, "both ends of the socket know the contract only"}},
	{"platform/platformtest", rule{[]string{"platform/..."}, []string{"github.com/godbus/dbus/v5", "github.com/jezek/xgb"}, "it tests its siblings"}},
	{"platform/...", rule{nil, []string{
		"github.com/zalando/go-keyring", "golang.design/x/clipboard", "github.com/kbinani/screenshot", "github.com/jezek/xgb",
		"github.com/klauspost/compress", "github.com/godbus/dbus/v5", "github.com/gen2brain/beeep", "github.com/gofrs/flock",
		"github.com/Microsoft/go-winio", "github.com/adrg/xdg", "git.sr.ht/~jackmordaunt/go-toast",
	}, "a service wraps its library and knows nothing of ours"}},
	{"icons", rule{nil, nil, "pictures only"}},
	{"icons/gen", rule{nil, nil, "draws the pictures"}},
	{"gui/words", rule{nil, nil, "what the faces say, so that tray and window have one word for a thing: no toolkit, nothing of ours"}},
	{"gui/tray", rule{[]string{"client", "client/job", "client/uploader", "gui/words", "icons"}, []string{"fyne.io/systray"}, "a face speaks the contract; the tray has no Fyne"}},
	{"gui/window", rule{[]string{"client", "client/job", "client/sxcu", "client/uploader", "icons", "gui/words", "gui/window/..."}, []string{"fyne.io/fyne/v2"}, "a face speaks the contract, never the engine"}},
	{"gui/window/...", rule{[]string{"client", "client/job", "client/uploader", "icons", "gui/window/..."}, []string{"fyne.io/fyne/v2"}, "a face speaks the contract, never the engine"}},
	{"cmd/internal/wire", rule{[]string{"client/...", "watcher", "platform/..."}, []string{"github.com/BurntSushi/toml", "gopkg.in/natefinch/lumberjack.v2"}, "wire makes the engine; it shows nothing"}},
	{"cmd/internal/cli", rule{[]string{"client/...", "watcher", "platform/...", "icons", "gui/tray", "gui/words", "cmd/internal/wire"}, []string{"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/bmatcuk/doublestar/v4", "github.com/vbauerster/mpb/v8"}, "the command line links no Fyne"}},
	{"cmd/internal/layers", rule{nil, nil, "a test"}},
	{"cmd/internal/desktop", rule{nil, nil, "a test"}},
	{"cmd/internal/screens", rule{nil, nil, "a test"}},
	{"cmd/internal/torture", rule{nil, nil, "a test"}},
	{"cmd/internal/bench", rule{[]string{"client", "client/job", "client/queue", "client/uploader", "client/agent", "platform/dirs", "platform/instance"}, nil, "it measures from outside: the client, the store, and the programs through their socket"}},
	{"cmd/upshot", rule{[]string{"cmd/internal/cli"}, nil, "a main of three lines"}},
	{"cmd/upshot-agent", rule{[]string{"cmd/internal/cli"}, nil, "a main of three lines"}},
	{"cmd/upshot-gui", rule{[]string{"gui/window", "gui/window/...", "client", "client/job", "client/uploader", "client/agent", "platform/dirs", "platform/instance"}, []string{"fyne.io/fyne/v2"}, "the only place that calls Fyne's app.New"}},
}

func find(pkg string) (rule, bool) {
	for _, r := range rules {
		if fits(r.pkg, pkg) {
			return r.rule, true
		}
	}
	return rule{}, false
}

// fits reports whether name, or name/... , means pkg.
func fits(name, pkg string) bool {
	if dir, ok := strings.CutSuffix(name, "/..."); ok {
		return strings.HasPrefix(pkg, dir+"/") || pkg == dir
	}
	return name == pkg
}

type listed struct {
	ImportPath string
	Imports    []string
	Standard   bool
	Deps       []string
}

// list runs go list for one system.
func list(t *testing.T, goos string, args ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Standard,Deps", "-tags", "gles,migrated_fynedo"}, args...)...)
	cmd.Dir = root(t)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	if goos == "linux" {
		cmd.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=1")
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var pkgs []listed
	for dec := json.NewDecoder(bufio.NewReader(bytes.NewReader(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestEveryPackageImportsOnlyWhatItMay(t *testing.T) {
	for _, goos := range []string{"linux", "windows"} {
		for _, p := range list(t, goos, "-e", "./...") {
			pkg := strings.TrimPrefix(p.ImportPath, module)
			r, ok := find(pkg)
			if !ok {
				t.Errorf("%s has no rule: add it to the table, with the reason", pkg)
				continue
			}
			for _, imp := range p.Imports {
				if !allowed(r, imp) {
					t.Errorf("%s (%s) imports %s, but must not: %s", pkg, goos, imp, r.why)
				}
			}
		}
	}
}

func allowed(r rule, imp string) bool {
	if ours, ok := strings.CutPrefix(imp, module); ok {
		return slices.ContainsFunc(r.ours, func(name string) bool { return fits(name, ours) })
	}
	first, _, _ := strings.Cut(imp, "/")
	if !strings.Contains(first, ".") || first == "golang.org" {
		return true
	}
	return slices.ContainsFunc(r.outside, func(name string) bool { return imp == name || strings.HasPrefix(imp, name+"/") })
}

func TestTheRuleRefusesWhatItMust(t *testing.T) {
	r, _ := find("gui/window")
	for imp, want := range map[string]bool{
		module + "client/uploader":  true,
		module + "client/engine":    false,
		module + "watcher":          false,
		"fyne.io/fyne/v2/widget":    true,
		"modernc.org/sqlite":        false,
		"net/http":                  true,
		"golang.org/x/image/draw":   true,
		"golang.design/x/clipboard": false,
	} {
		if got := allowed(r, imp); got != want {
			t.Errorf("allowed(window, %s) = %v, want %v", imp, got, want)
		}
	}
}

// programs and the parts that must not be linked into them.
var programs = []struct {
	pkg       string
	without   []string
	outsiders []string // modules
	why       string
}{
	{"cmd/upshot", []string{"gui/window"}, []string{"fyne.io/fyne/v2"}, "the command line and the agent have no Fyne: 0 % CPU when idle"},
	{"cmd/upshot-agent", []string{"gui/window"}, []string{"fyne.io/fyne/v2"}, "the agent has no Fyne: 0 % CPU when idle"},
	{"cmd/upshot-gui", []string{"client/queue", "client/engine", "watcher", "cmd/internal/wire", "cmd/internal/cli"}, []string{"modernc.org/sqlite"}, "the window may crash: uploads go on in the agent"},
}

func TestNoProgramDependsOnWhatItMustNotHave(t *testing.T) {
	for _, prog := range programs {
		p := list(t, "linux", "./"+prog.pkg)
		for _, ban := range prog.without {
			if slices.Contains(p[0].Deps, module+ban) {
				t.Errorf("%s links %s, but must not: %s", prog.pkg, ban, prog.why)
			}
		}
	}
}

func TestNoBuiltProgramHoldsWhatItMustNotHave(t *testing.T) {
	for _, prog := range programs {
		bin := filepath.Join(t.TempDir(), "program")
		cmd := exec.Command("go", "build", "-tags", "gles,migrated_fynedo", "-o", bin, "./"+prog.pkg)
		cmd.Dir = root(t)
		if prog.pkg != "cmd/upshot-gui" {
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", prog.pkg, err, out)
		}
		info, err := buildinfo.ReadFile(bin)
		if err != nil {
			t.Fatal(err)
		}
		symbols, err := os.ReadFile(bin)
		if err != nil {
			t.Fatal(err)
		}
		for _, ban := range prog.outsiders {
			for _, dep := range info.Deps {
				if dep.Path == ban {
					t.Errorf("%s holds %s, but must not: %s", prog.pkg, ban, prog.why)
				}
			}
			if bytes.Contains(symbols, []byte(ban+"/")) {
				t.Errorf("%s has symbols of %s, but must not: %s", prog.pkg, ban, prog.why)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	cmd := exec.Command("go", "list", "-e", "-tags", "gles,migrated_fynedo", "-f", "{{.ImportPath}}\t{{.Doc}}", "./...")
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		pkg, doc, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if doc == "" {
			t.Errorf("%s has no package comment", pkg)
		}
	}
}
