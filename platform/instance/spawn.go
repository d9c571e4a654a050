package instance

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Sibling finds one of our programs: beside the running one, then in PATH.
func Sibling(name string) (string, error) {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if self, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(self); err == nil {
			self = real
		}
		path := filepath.Join(filepath.Dir(self), name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is neither beside this program nor in PATH: %w", name, fs.ErrNotExist)
	}
	return filepath.Abs(path)
}

// Program is the path by which this program can still be started after it was
// brought up to date: not that of one version to which a link in PATH leads, nor
// that within an AppImage, which is there only while it runs.
func Program() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find our own program: %w", err)
	}
	image, mount := os.Getenv("APPIMAGE"), os.Getenv("APPDIR")
	if filepath.IsAbs(image) && filepath.IsAbs(mount) && strings.HasPrefix(self, filepath.Clean(mount)+string(filepath.Separator)) {
		return image, nil
	}
	if found, err := exec.LookPath(filepath.Base(self)); err == nil && filepath.IsAbs(found) && sameFile(found, self) {
		return found, nil
	}
	return self, nil
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// Command is a program that may outlive this one: a session of its own, no
// folder held, and none of our secrets in its environment.
func Command(path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Env = WithoutSecrets(os.Environ())
	cmd.Dir = string(filepath.Separator)
	detach(cmd)
	return cmd
}

// Spawn starts such a program with its standard streams closed. One goroutine
// waits for its end, which may come after ours, so that it leaves no zombie.
func Spawn(path string, args ...string) (pid int, err error) {
	cmd := Command(path, args...)
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("start %s: %w", filepath.Base(path), err)
	}
	go func() { _ = cmd.Wait() }()
	return cmd.Process.Pid, nil
}

// WithoutSecrets is the environment that a child may have.
func WithoutSecrets(env []string) []string {
	var out []string
	for _, kv := range env {
		if !strings.HasPrefix(kv, "UPSHOT_KEY=") {
			out = append(out, kv)
		}
	}
	return out
}
