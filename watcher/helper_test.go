package watcher

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// play is a helper process. Its pauses are what it is there for: they are the
// stalls of a real program.
func play(role string, args []string) int {
	if err := roles[role](args); err != nil {
		fmt.Fprintln(os.Stderr, role, err)
		return 1
	}
	return 0
}

var roles = map[string]func(args []string) error{
	// slow SRC DST PARTS PAUSE: one open, many writes.
	"slow": func(a []string) error {
		src, err := os.ReadFile(a[0])
		if err != nil {
			return err
		}
		f, err := os.OpenFile(a[1], os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
		if err != nil {
			return err
		}
		return fill(f, src, a[2], a[3])
	},
	// reopen SRC DST PARTS PAUSE: opens, appends and closes for every part.
	"reopen": func(a []string) error {
		src, err := os.ReadFile(a[0])
		if err != nil {
			return err
		}
		return parts(src, a[2], a[3], func(_ int64, part []byte) error {
			f, err := os.OpenFile(a[1], os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
			if err != nil {
				return err
			}
			_, err = f.Write(part)
			return firstError(err, f.Close())
		})
	},
	// reserve SRC DST PARTS PAUSE: the full size first, then the content, opened anew for every part.
	"reserve": func(a []string) error {
		src, err := os.ReadFile(a[0])
		if err != nil {
			return err
		}
		if err := os.WriteFile(a[1], nil, 0o644); err != nil {
			return err
		}
		if err := os.Truncate(a[1], int64(len(src))); err != nil {
			return err
		}
		return parts(src, a[2], a[3], func(off int64, part []byte) error {
			f, err := os.OpenFile(a[1], os.O_WRONLY, 0o644)
			if err != nil {
				return err
			}
			_, err = f.WriteAt(part, off)
			return firstError(err, f.Close())
		})
	},
	// backwards SRC DST PARTS PAUSE: as a download in pieces, the last first.
	"backwards": func(a []string) error {
		src, err := os.ReadFile(a[0])
		if err != nil {
			return err
		}
		f, err := os.OpenFile(a[1], os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
		if err != nil {
			return err
		}
		var offs []int64
		var list [][]byte
		if err := parts(src, a[2], "0s", func(off int64, part []byte) error {
			offs, list = append(offs, off), append(list, part)
			return nil
		}); err != nil {
			return err
		}
		pause, err := time.ParseDuration(a[3])
		if err != nil {
			return err
		}
		for i := len(list) - 1; i >= 0; i-- {
			if _, err := f.WriteAt(list[i], offs[i]); err != nil {
				return err
			}
			time.Sleep(pause)
		}
		return f.Close()
	},
	// hold SRC DST: writes all, says so, and closes when its input ends.
	"hold": func(a []string) error {
		src, err := os.ReadFile(a[0])
		if err != nil {
			return err
		}
		f, err := os.Create(a[1])
		if err != nil {
			return err
		}
		if _, err := f.Write(src); err != nil {
			return err
		}
		fmt.Println("written")
		_, _ = io.Copy(io.Discard, os.Stdin)
		return f.Close()
	},
	// many SRC DIR COUNT: a burst; each file differs in a remark.
	"many": func(a []string) error {
		src, err := os.ReadFile(a[0])
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(a[2])
		if err != nil {
			return err
		}
		for i := range n {
			if err := os.WriteFile(filepath.Join(a[1], fmt.Sprintf("burst-%05d.png", i)), remarked(src, i), 0o644); err != nil {
				return err
			}
		}
		return nil
	},
	// watch DIR: a watcher that prints what it takes and how it fares.
	"watch": func(a []string) error {
		out := json.NewEncoder(os.Stdout)
		var w *Watcher
		lines := make(chan any)
		w, err := New(Config{
			Dir: a[0], Recursive: true, Rescan: time.Hour,
			Take: func(_ context.Context, files []File) error {
				lines <- files
				return nil
			},
			Changed: func() {
				s := w.Status()
				go func() { lines <- s }()
			},
		})
		if err != nil {
			return err
		}
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
			close(lines)
		}()
		go func() { _ = w.Run(ctx) }()
		for l := range lines {
			if err := out.Encode(l); err != nil {
				return err
			}
		}
		return nil
	},
}

// remarked is the PNG src with a remark that makes it differ from others.
func remarked(src []byte, i int) []byte {
	out := append([]byte{}, src[:33]...)
	out = append(out, chunk("tEXt", fmt.Appendf(nil, "n\x00%d", i))...)
	return append(out, src[33:]...)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func fill(f *os.File, src []byte, n, pause string) error {
	err := parts(src, n, pause, func(off int64, part []byte) error {
		_, err := f.WriteAt(part, off)
		return err
	})
	return firstError(err, f.Close())
}

// parts calls do for n parts of src with a pause after each.
func parts(src []byte, n, pause string, do func(off int64, part []byte) error) error {
	count, err := strconv.Atoi(n)
	if err != nil {
		return err
	}
	wait, err := time.ParseDuration(pause)
	if err != nil {
		return err
	}
	size := (len(src) + count - 1) / count
	for off := 0; off < len(src); off += size {
		if err := do(int64(off), src[off:min(off+size, len(src))]); err != nil {
			return err
		}
		if off+size < len(src) {
			time.Sleep(wait)
		}
	}
	return nil
}

// helper is a process of this test binary in another role.
func helper(t testing.TB, role string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "WATCHER_TEST_ROLE="+role)
	cmd.Stderr = os.Stderr
	return cmd
}

// act runs a helper to its end.
func act(t testing.TB, role string, args ...string) {
	t.Helper()
	if err := helper(t, role, args...).Run(); err != nil {
		t.Fatalf("%s: %v", role, err)
	}
}

// shell runs a script with the arguments $1, $2, ...
func shell(t testing.TB, script string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil && runtime.GOOS == "windows" {
		t.Skip(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-ec", script, "sh"}, args...)...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("sh: %v", err)
	}
}
