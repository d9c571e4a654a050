package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"images-uploader.com/upshot/client/agent"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/platform/dirs"
	"images-uploader.com/upshot/platform/instance"
)

// home is a person's Upshot in a directory of its own, with a host.
type home struct {
	dir     string
	program string // the built upshot
	address string // of the host
	display string // of an X server; "" is no desktop
}

// settings writes config.toml.
func (h home) settings(toml string) error {
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(h.dir, "config.toml"), []byte(toml), 0o600)
}

// upshot is the program in this home. No desktop but a screen, if it has one: no
// clipboard, no keyring.
func (h home) upshot(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, h.program, args...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + h.dir, "UPSHOT_HOME=" + h.dir, "UPSHOT_SERVER=" + h.address, "UPSHOT_KEY=" + key,
		"XDG_CONFIG_HOME=" + h.dir, "XDG_STATE_HOME=" + h.dir, "XDG_CACHE_HOME=" + h.dir, "XDG_RUNTIME_DIR=" + h.dir,
	}
	if h.display != "" {
		cmd.Env = append(cmd.Env, "DISPLAY="+h.display)
	}
	return cmd
}

// dirs are the places of this home.
func (h home) dirs() (dirs.Dirs, error) {
	return dirs.New(dirs.Config{Getenv: func(name string) string {
		switch name {
		case "UPSHOT_HOME":
			return h.dir
		case "XDG_RUNTIME_DIR":
			return h.dir
		}
		return os.Getenv(name)
	}})
}

// dial waits until the engine answers at its socket.
func (h home) dial(ctx context.Context) (*agent.Client, error) {
	d, err := h.dirs()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		c, _, err := agent.Dial(ctx, agent.DialConfig{
			Dial:  func(ctx context.Context) (net.Conn, error) { return instance.Dial(ctx, d.Socket) },
			Hello: uploader.Hello{},
		})
		if err == nil || ctx.Err() != nil {
			return c, errors.Join(err, ctx.Err())
		}
		time.Sleep(time.Millisecond)
	}
}

// startAgent starts an agent and says how long its first answer took.
func (h home) startAgent(ctx context.Context) (*exec.Cmd, *agent.Client, time.Duration, error) {
	cmd := h.upshot(ctx, "agent", "--no-tray")
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, nil, 0, fmt.Errorf("start the agent: %w", err)
	}
	c, err := h.dial(ctx)
	ready := time.Since(begun)
	if err != nil {
		end(cmd)
		return nil, nil, 0, fmt.Errorf("the agent does not answer: %w", err)
	}
	return cmd, c, ready, nil
}
