package agent

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
)

func TestDial(t *testing.T) {
	t.Run("says Hello and returns the Welcome", func(t *testing.T) {
		var got uploader.Hello
		e := serve(t, fake{do: func(_ context.Context, _ string, req any) (any, error) {
			got = req.(uploader.Hello)
			return nil, nil
		}}, ServeConfig{})
		c, welcome, err := Dial(t.Context(), DialConfig{Dial: e.dial, Hello: uploader.Hello{Env: map[string]string{"DISPLAY": ":7"}}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if got.Protocol != uploader.Protocol || got.Env["DISPLAY"] != ":7" {
			t.Errorf("the engine heard %+v", got)
		}
		if welcome.PID != 7 || welcome.Version != "1.2.3" || welcome.Role != uploader.RoleAgent {
			t.Errorf("the client was welcomed with %+v", welcome)
		}
	})
	t.Run("nobody listens: ErrGone", func(t *testing.T) {
		path := socketPath(t)
		for _, left := range []string{"no socket", "the socket of a dead engine"} {
			if left != "no socket" {
				l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
				if err != nil {
					t.Fatal(err)
				}
				l.SetUnlinkOnClose(false)
				_ = l.Close()
			}
			_, _, err := Dial(t.Context(), DialConfig{Dial: (&engine{path: path}).dial})
			if !errors.Is(err, uploader.ErrGone) || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %v", left, err)
			}
		}
	})
	t.Run("the socket is not ours: fs.ErrPermission, and not ErrGone", func(t *testing.T) {
		_, _, err := Dial(t.Context(), DialConfig{Dial: func(context.Context) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "unix", Err: os.NewSyscallError("connect", syscall.EACCES)}
		}})
		if !errors.Is(err, fs.ErrPermission) || errors.Is(err, uploader.ErrGone) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("somebody listens and says nothing: context.DeadlineExceeded", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := newPipes()
			accepted := make(chan net.Conn, 1)
			go func() {
				conn, _ := l.Accept()
				accepted <- conn
				_, _ = io.Copy(io.Discard, conn)
			}()
			began := time.Now()
			_, _, err := Dial(t.Context(), DialConfig{Dial: l.dial})
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, uploader.ErrGone) || time.Since(began) != helloWait {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
			_ = (<-accepted).Close()
		})
	})
	t.Run("something else listens: KindProtocol", func(t *testing.T) {
		l, err := net.Listen("unix", socketPath(t))
		if err != nil {
			t.Fatal(err)
		}
		other := &http.Server{Handler: http.NotFoundHandler()}
		ended := make(chan error, 1)
		go func() { ended <- other.Serve(l) }()
		defer func() { _ = other.Close(); <-ended }()
		_, _, err = Dial(t.Context(), DialConfig{Dial: (&engine{path: l.Addr().String()}).dial})
		if failed := (*client.Error)(nil); !errors.As(err, &failed) || failed.Kind != client.KindProtocol {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the engine refuses: its own error", func(t *testing.T) {
		e := serve(t, fake{do: func(context.Context, string, any) (any, error) {
			return nil, errors.New("not today")
		}}, ServeConfig{})
		if _, _, err := Dial(t.Context(), DialConfig{Dial: e.dial}); err == nil || !strings.Contains(err.Error(), "not today") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the context has ended: its error", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _, err := Dial(ctx, DialConfig{Dial: serve(t, fake{}, ServeConfig{}).dial})
		if !errors.Is(err, context.Canceled) || errors.Is(err, uploader.ErrGone) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAnEngineOfAnotherProtocol(t *testing.T) {
	for name, protocol := range map[string]int{"an older one": uploader.Protocol - 1, "a newer one": uploader.Protocol + 1} {
		t.Run(name, func(t *testing.T) {
			var asked []string
			e := serve(t, fake{do: func(_ context.Context, method string, _ any) (any, error) {
				asked = append(asked, method)
				if method == "Hello" {
					return uploader.Welcome{Protocol: protocol, Version: "9.8.7"}, nil
				}
				return nil, nil
			}}, ServeConfig{})

			c, welcome, err := Dial(t.Context(), DialConfig{Dial: e.dial})
			var other *ProtocolError
			if !errors.As(err, &other) || other.Newer() != (protocol > uploader.Protocol) || other.Welcome != welcome || c != nil {
				t.Fatalf("Dial returned %v, %+v, %v", c, welcome, err)
			}
			if !strings.Contains(err.Error(), name[:5]) || !strings.Contains(err.Error(), "9.8.7") {
				t.Errorf("it does not say which: %v", err)
			}

			c, _, err = Dial(t.Context(), DialConfig{Dial: e.dial, OtherProtocol: true})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := c.Submit(t.Context(), uploader.Order{}); !errors.As(err, &other) {
				t.Errorf("Submit: %v", err)
			}
			if _, err := c.Quit(t.Context(), uploader.None{}); err != nil {
				t.Errorf("Quit: %v", err)
			}
			if got := strings.Join(asked, " "); got != "Hello Hello Quit" {
				t.Errorf("the engine was asked: %s", got)
			}
		})
	}
}

func TestAClientBelongsToOneEngine(t *testing.T) {
	path := socketPath(t)
	first := serveAt(t, path, newSmall(), ServeConfig{})
	c := connect(t, first)
	if _, err := c.Snapshot(t.Context(), uploader.None{}); err != nil {
		t.Fatal(err)
	}
	first.end()
	if err := soon(t, first.err); err != nil {
		t.Fatal(err)
	}
	second := serveAt(t, path, newSmall(), ServeConfig{})
	for range 2 { // with the broken connection, and with a new one
		if _, err := c.Snapshot(t.Context(), uploader.None{}); !errors.Is(err, uploader.ErrGone) {
			t.Errorf("the client asks an engine that does not know it: %v", err)
		}
	}
	if _, err := c.Hello(t.Context(), uploader.Hello{}); !errors.Is(err, uploader.ErrGone) {
		t.Errorf("Hello: %v", err)
	}
	if _, err := connect(t, second).Snapshot(t.Context(), uploader.None{}); err != nil {
		t.Errorf("a new client of the second engine: %v", err)
	}
}

func TestCloseEndsRunningCalls(t *testing.T) {
	s := newSmall()
	c := connect(t, serve(t, s, ServeConfig{}))
	failed := make(chan error, 1)
	go func() { _, err := c.Changes(t.Context(), uploader.Since{}); failed <- err }()
	soon(t, s.blocked)
	if err := c.Close(); err != nil {
		t.Errorf("Close returned %v", err)
	}
	if err := soon(t, failed); !errors.Is(err, uploader.ErrGone) {
		t.Errorf("the running call ended with %v", err)
	}
	if err := soon(t, s.unblocked); !errors.Is(err, context.Canceled) {
		t.Errorf("the engine's call ended with %v", err)
	}
	if _, err := c.Snapshot(t.Context(), uploader.None{}); !errors.Is(err, uploader.ErrGone) {
		t.Errorf("a later call: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("Close again returned %v", err)
	}
}

func TestAnAnswerCutShortIsErrGone(t *testing.T) {
	l, err := net.Listen("unix", socketPath(t))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nUpshot-Instance: x\r\nContent-Length: 1000\r\n\r\n{\"protocol\":1")
	}()
	if _, _, err := Dial(t.Context(), DialConfig{Dial: (&engine{path: l.Addr().String()}).dial}); !errors.Is(err, uploader.ErrGone) {
		t.Errorf("got %v", err)
	}
}
