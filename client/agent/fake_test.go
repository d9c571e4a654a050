package agent

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is an engine whose every method is one function.
type fake struct {
	do func(ctx context.Context, method string, req any) (any, error)
}

func fakeCall[Resp any](ctx context.Context, f fake, method string, req any) (resp Resp, err error) {
	var r any
	if f.do != nil {
		r, err = f.do(ctx, method, req)
	}
	if r == nil && err == nil && method == "Hello" {
		r = uploader.Welcome{Protocol: uploader.Protocol, Version: "1.2.3", PID: 7, Role: uploader.RoleAgent}
	}
	if r != nil {
		resp = r.(Resp)
	}
	return resp, err
}

func (f fake) Submit(ctx context.Context, r uploader.Order) (uploader.Receipt, error) {
	return fakeCall[uploader.Receipt](ctx, f, "Submit", r)
}

func (f fake) SubmitClipboard(ctx context.Context, r uploader.Order) (uploader.Receipt, error) {
	return fakeCall[uploader.Receipt](ctx, f, "SubmitClipboard", r)
}

func (f fake) Capture(ctx context.Context, r uploader.CaptureOrder) (uploader.Receipt, error) {
	return fakeCall[uploader.Receipt](ctx, f, "Capture", r)
}

func (f fake) Pause(ctx context.Context, r uploader.AccountRequest) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "Pause", r)
}

func (f fake) Resume(ctx context.Context, r uploader.AccountRequest) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "Resume", r)
}

func (f fake) Steer(ctx context.Context, r uploader.SteerRequest) (uploader.Steered, error) {
	return fakeCall[uploader.Steered](ctx, f, "Steer", r)
}

func (f fake) Jobs(ctx context.Context, r uploader.JobsRequest) (uploader.JobsPage, error) {
	return fakeCall[uploader.JobsPage](ctx, f, "Jobs", r)
}

func (f fake) Batch(ctx context.Context, r uploader.BatchRequest) (uploader.BatchView, error) {
	return fakeCall[uploader.BatchView](ctx, f, "Batch", r)
}

func (f fake) CopyLinks(ctx context.Context, r uploader.CopyRequest) (uploader.Copied, error) {
	return fakeCall[uploader.Copied](ctx, f, "CopyLinks", r)
}

func (f fake) OpenLink(ctx context.Context, r uploader.JobRequest) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "OpenLink", r)
}

func (f fake) ShowFile(ctx context.Context, r uploader.JobRequest) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "ShowFile", r)
}

func (f fake) DeleteLink(ctx context.Context, r uploader.JobRequest) (client.DeleteLink, error) {
	return fakeCall[client.DeleteLink](ctx, f, "DeleteLink", r)
}

func (f fake) Undo(ctx context.Context, r uploader.UndoRequest) (uploader.Undone, error) {
	return fakeCall[uploader.Undone](ctx, f, "Undo", r)
}

func (f fake) Preview(ctx context.Context, r uploader.Folder) (uploader.Preview, error) {
	return fakeCall[uploader.Preview](ctx, f, "Preview", r)
}

func (f fake) FolderFiles(ctx context.Context, r uploader.FolderFilesRequest) (uploader.FolderFilesPage, error) {
	return fakeCall[uploader.FolderFilesPage](ctx, f, "FolderFiles", r)
}

func (f fake) GiveFile(ctx context.Context, r uploader.FileRequest) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "GiveFile", r)
}

func (f fake) Autostart(ctx context.Context, r uploader.None) (uploader.Autostart, error) {
	return fakeCall[uploader.Autostart](ctx, f, "Autostart", r)
}

func (f fake) SetAutostart(ctx context.Context, r uploader.Autostart) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "SetAutostart", r)
}

func (f fake) DeleteOnHost(ctx context.Context, r uploader.JobRequest) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "DeleteOnHost", r)
}

func (f fake) Thumb(ctx context.Context, r uploader.JobRequest) (uploader.Thumb, error) {
	return fakeCall[uploader.Thumb](ctx, f, "Thumb", r)
}

func (f fake) AddFolder(ctx context.Context, r uploader.Folder) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "AddFolder", r)
}

func (f fake) RemoveFolder(ctx context.Context, r uploader.FolderRequest) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "RemoveFolder", r)
}

func (f fake) PauseFolder(ctx context.Context, r uploader.PauseFolderRequest) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "PauseFolder", r)
}

func (f fake) Lend(ctx context.Context, r uploader.Lent) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "Lend", r)
}

func (f fake) Check(ctx context.Context, r uploader.Candidate) (uploader.Checked, error) {
	return fakeCall[uploader.Checked](ctx, f, "Check", r)
}

func (f fake) AddAccount(ctx context.Context, r uploader.Candidate) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "AddAccount", r)
}

func (f fake) RemoveAccount(ctx context.Context, r uploader.AccountRequest) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "RemoveAccount", r)
}

func (f fake) DefaultAccount(ctx context.Context, r uploader.AccountRequest) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "DefaultAccount", r)
}

func (f fake) Settings(ctx context.Context, r uploader.None) (uploader.Settings, error) {
	return fakeCall[uploader.Settings](ctx, f, "Settings", r)
}

func (f fake) ChangeSettings(ctx context.Context, r uploader.Settings) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "ChangeSettings", r)
}

func (f fake) Snapshot(ctx context.Context, r uploader.None) (uploader.Snapshot, error) {
	return fakeCall[uploader.Snapshot](ctx, f, "Snapshot", r)
}

func (f fake) Changes(ctx context.Context, r uploader.Since) (uploader.Change, error) {
	return fakeCall[uploader.Change](ctx, f, "Changes", r)
}

func (f fake) Hello(ctx context.Context, r uploader.Hello) (uploader.Welcome, error) {
	return fakeCall[uploader.Welcome](ctx, f, "Hello", r)
}

func (f fake) HandOver(ctx context.Context, r uploader.None) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "HandOver", r)
}

func (f fake) Quit(ctx context.Context, r uploader.None) (uploader.None, error) {
	return fakeCall[uploader.None](ctx, f, "Quit", r)
}

// engine serves up on a real unix socket.
type engine struct {
	path string
	end  func()       // ends Serve
	err  <-chan error // what Serve returned
}

func (e *engine) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "unix", e.path)
}

// socketPath is short enough for a socket, whatever the test's name.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "upshot")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

func serve(t *testing.T, up uploader.Uploader, cfg ServeConfig) *engine {
	t.Helper()
	return serveAt(t, socketPath(t), up, cfg)
}

func serveAt(t *testing.T, path string, up uploader.Uploader, cfg ServeConfig) *engine {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, l, up, cfg); close(served) }()
	e := &engine{path: path, end: cancel, err: served}
	t.Cleanup(func() {
		cancel()
		if err := soon(t, served); err != nil {
			t.Errorf("Serve returned %v", err)
		}
	})
	return e
}

func connect(t *testing.T, e *engine) *Client {
	t.Helper()
	c, _, err := Dial(t.Context(), DialConfig{Dial: e.dial})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// soon returns what comes from ch, or fails the test.
func soon[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("waited 20 s in vain")
		panic("unreachable")
	}
}
