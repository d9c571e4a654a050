package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"images-uploader.com/upshot/client/agent"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/windowtest"
	"images-uploader.com/upshot/platform/dirs"
	"images-uploader.com/upshot/platform/instance"
)

// house is a place of its own for one test.
func house(t *testing.T) dirs.Dirs {
	t.Helper()
	home, err := os.MkdirTemp("", "upshot-gui")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	t.Setenv("UPSHOT_HOME", home)
	d, err := dirs.New(dirs.Config{})
	if err == nil {
		err = d.Make()
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// engine is an uploader in memory that says it is run by a role.
type engine struct {
	windowtest.Fake
	role uploader.Role
}

func (e *engine) Hello(context.Context, uploader.Hello) (uploader.Welcome, error) {
	return uploader.Welcome{Protocol: uploader.Protocol, Version: "test", Role: e.role}, nil
}

// serve runs an engine at d's socket until the test, or the returned function, ends it.
func serve(t *testing.T, d dirs.Dirs, e *engine) (end func()) {
	t.Helper()
	lock, err := instance.TryLock(d.LockFile)
	if err != nil {
		t.Fatal(err)
	}
	l, err := lock.Listen(d.Socket)
	if err != nil {
		t.Fatal(err)
	}
	if err := instance.WriteRecord(d.EngineFile, instance.Record{PID: os.Getpid(), Socket: d.Socket, Protocol: uploader.Protocol}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := agent.Serve(ctx, l, e, agent.ServeConfig{}); err != nil {
			t.Errorf("serve: %v", err)
		}
		_ = lock.Close()
	}()
	var over atomic.Bool
	end = func() {
		if over.CompareAndSwap(false, true) {
			cancel()
			<-ended
		}
	}
	t.Cleanup(end)
	return end
}

func connectorOf(t *testing.T, d dirs.Dirs, spawn func() error) *connector {
	t.Helper()
	c := newConnector(d, slog.New(slog.DiscardHandler))
	c.spawn = spawn
	return c
}

func connected(t *testing.T, c *connector) uploader.Uploader {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	up, err := c.connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { up.(*agent.Client).Close() })
	return up
}

func TestTheWindowAttachesToTheAgentThatRuns(t *testing.T) {
	d := house(t)
	e := &engine{role: uploader.RoleAgent}
	serve(t, d, e)
	up := connected(t, connectorOf(t, d, func() error { t.Error("an agent was started"); return nil }))
	if _, err := up.Pause(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	if got := e.Asked(); len(got) != 1 || got[0] != "pause" {
		t.Errorf("the agent was asked %q", got)
	}
}

func TestTheWindowStartsAnAgentWhereNoneRuns(t *testing.T) {
	for _, stale := range []bool{false, true} {
		name := "nothing there"
		if stale {
			name = "a dead one left its record"
		}
		t.Run(name, func(t *testing.T) {
			d := house(t)
			if stale {
				serve(t, d, &engine{role: uploader.RoleAgent})()
			}
			started := 0
			connected(t, connectorOf(t, d, func() error {
				started++
				serve(t, d, &engine{role: uploader.RoleAgent})
				return nil
			}))
			if started != 1 {
				t.Errorf("%d agents were started", started)
			}
		})
	}
}

func TestAnAgentThatDiedIsStartedAgainAtOnce(t *testing.T) {
	d := house(t)
	var end func()
	started := 0
	c := connectorOf(t, d, func() error {
		started++
		end = serve(t, d, &engine{role: uploader.RoleAgent})
		return nil
	})
	connected(t, c)
	end()
	began := time.Now()
	connected(t, c)
	if started != 2 || time.Since(began) > startWait/2 {
		t.Errorf("%d agents were started, the second after %v", started, time.Since(began))
	}
}

func TestAnAgentIsStartedToTakeOverFromACommand(t *testing.T) {
	d := house(t)
	serve(t, d, &engine{role: uploader.RoleCommand})
	started := 0
	c := connectorOf(t, d, func() error { started++; return nil })
	connected(t, c)
	connected(t, c)
	if started != 1 {
		t.Errorf("%d agents were started for two attachments", started)
	}
}

func TestAnAgentThatCannotBeStartedIsSaid(t *testing.T) {
	broken := errors.New("not installed")
	_, err := connectorOf(t, house(t), func() error { return broken }).connect(t.Context())
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestASecondStartIsHeardByTheFirst(t *testing.T) {
	d := house(t)
	one, err := becomeFirst(d)
	if err != nil {
		t.Fatal(err)
	}
	words := make(chan string, 2)
	ended := make(chan struct{})
	go func() { defer close(ended); one.listen(t.Context(), func(word string) { words <- word }) }()
	if _, err := becomeFirst(d); !errors.Is(err, instance.ErrHeld) {
		t.Fatalf("a second first window: %v", err)
	}
	for _, word := range []string{wordShow, wordPick} {
		if err := tellFirst(t.Context(), d, word); err != nil {
			t.Fatal(err)
		}
		if got := <-words; got != word {
			t.Errorf("heard %q, want %q", got, word)
		}
	}
	one.Close()
	<-ended
	if err := tellFirst(t.Context(), d, wordShow); err == nil {
		t.Error("a window that is closed still answers")
	}
	again, err := becomeFirst(d)
	if err != nil {
		t.Fatalf("after the first was closed: %v", err)
	}
	again.Close()
}

func TestWithoutADisplayOneSentenceSaysWhatToDo(t *testing.T) {
	if !haveDisplay("windows", os.Getenv) || haveDisplay("linux", func(string) string { return "" }) {
		t.Error("haveDisplay is wrong about windows, or linux without a display")
	}
	if haveDisplay("linux", os.Getenv) {
		t.Setenv("DISPLAY", "")
		t.Setenv("WAYLAND_DISPLAY", "")
	}
	if !haveDisplay("linux", os.Getenv) && filepath.Separator == '/' {
		var said strings.Builder
		if code := run(nil, io.Discard, &said); code != exitFailed {
			t.Errorf("exit %d", code)
		}
		if text := said.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "upshot upload") {
			t.Errorf("said %q", text)
		}
	}
}

func TestFilesOnTheCommandLineAreRefusedWithTheRightCommand(t *testing.T) {
	var said strings.Builder
	if code := run([]string{"a.png"}, io.Discard, &said); code != exitUsage || !strings.Contains(said.String(), "upshot upload") {
		t.Errorf("exit %d, said %q", code, said.String())
	}
}
