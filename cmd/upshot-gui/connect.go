package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"runtime"
	"time"

	"images-uploader.com/upshot/client/agent"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/platform/dirs"
	"images-uploader.com/upshot/platform/instance"
)

// connector attaches the window to the engine that runs, and starts an agent
// where none does.
type connector struct {
	dirs  dirs.Dirs
	log   *slog.Logger
	spawn func() error // starts an agent

	started time.Time // when an agent was started that has not answered yet
}

// Times of starting an agent: how long one is waited for, and how long no
// other is started after one.
const (
	startWait  = 10 * time.Second
	startPause = 15 * time.Second
)

func newConnector(d dirs.Dirs, log *slog.Logger) *connector {
	return &connector{dirs: d, log: log, spawn: spawnAgent}
}

// spawnAgent starts the agent in a session of its own.
func spawnAgent() error {
	name, args := "upshot", []string{"agent"}
	if runtime.GOOS == "windows" {
		name, args = "upshot-agent", nil // has no console
	}
	path, err := instance.Sibling(name)
	if err != nil {
		return err
	}
	_, err = instance.Spawn(path, args...)
	return err
}

// connect is window.Config.Connect. It is called by one goroutine.
func (c *connector) connect(ctx context.Context) (uploader.Uploader, error) {
	up, welcome, err := c.dial(ctx)
	var other *agent.ProtocolError
	switch {
	case err == nil && welcome.Role == uploader.RoleAgent:
		c.started = time.Time{} // when this one goes, another is started at once
		return up, nil
	case err == nil:
		// A command runs the engine, for its own files only. The agent asks it
		// to hand over; until then the command serves us.
		if err := c.start(); err != nil {
			c.log.Warn("agent not started", "error", err)
		}
		return up, nil
	case errors.As(err, &other) && !other.Newer():
		// An older program's agent ends its files and makes room for ours.
		if err := c.retire(ctx); err != nil {
			return nil, err
		}
	case errors.As(err, &other), errors.Is(err, fs.ErrPermission), ctx.Err() != nil:
		return nil, err
	}
	if err := c.start(); err != nil {
		return nil, fmt.Errorf("start the agent: %w", err)
	}
	return c.await(ctx, err)
}

// start starts an agent, unless one was just started.
func (c *connector) start() error {
	if !c.started.IsZero() && time.Since(c.started) < startPause {
		return nil
	}
	if err := c.spawn(); err != nil {
		return err
	}
	c.started = time.Now()
	return nil
}

// await dials until somebody answers.
func (c *connector) await(ctx context.Context, err error) (uploader.Uploader, error) {
	deadline := time.Now().Add(startWait)
	for pause := 20 * time.Millisecond; time.Now().Before(deadline); pause = min(2*pause, 250*time.Millisecond) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
		var up *agent.Client
		var welcome uploader.Welcome
		if up, welcome, err = c.dial(ctx); err == nil {
			if welcome.Role == uploader.RoleAgent {
				c.started = time.Time{}
			}
			return up, nil
		}
	}
	c.started = time.Time{} // it did not come up: the next try starts one again
	return nil, fmt.Errorf("the agent was started, but does not answer: %w", err)
}

// dial says Hello to the engine that runs.
func (c *connector) dial(ctx context.Context) (*agent.Client, uploader.Welcome, error) {
	cfg, err := c.dialConfig()
	if err != nil {
		return nil, uploader.Welcome{}, err
	}
	return agent.Dial(ctx, cfg)
}

func (c *connector) dialConfig() (agent.DialConfig, error) {
	record, err := instance.ReadRecord(c.dirs.EngineFile)
	if err != nil {
		return agent.DialConfig{}, err
	}
	return agent.DialConfig{
		Dial:  func(ctx context.Context) (net.Conn, error) { return instance.Dial(ctx, record.Socket) },
		Hello: uploader.Hello{Protocol: uploader.Protocol, Env: desktop()},
	}, nil
}

// retire asks an older engine to end.
func (c *connector) retire(ctx context.Context) error {
	cfg, err := c.dialConfig()
	if err != nil {
		return err
	}
	cfg.OtherProtocol = true
	old, welcome, err := agent.Dial(ctx, cfg)
	if err != nil {
		return err
	}
	defer old.Close()
	c.started = time.Time{}
	if welcome.Role == uploader.RoleAgent {
		_, err = old.Quit(ctx, uploader.None{})
	} else {
		_, err = old.HandOver(ctx, uploader.None{})
	}
	if errors.Is(err, uploader.ErrGone) {
		return nil
	}
	return err
}

// desktop is what an agent that was started without a desktop needs to find ours.
func desktop() map[string]string {
	env := map[string]string{}
	for _, name := range []string{
		"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP",
	} {
		if v := os.Getenv(name); v != "" {
			env[name] = v
		}
	}
	return env
}
