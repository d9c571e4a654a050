package torture

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

// patience is how long a test waits for what must happen.
const patience = 90 * time.Second

// works is an engine in this process, with a host.
type works struct {
	*engine.Engine
	t      testing.TB
	host   *chevtest.Server
	queue  *queue.Queue
	files  string
	copies bool // orders ask for the clipboard
	stop   func()
}

// settings never change here.
type settings uploader.Settings

func (s settings) Load() (uploader.Settings, []uploader.Notice, error) {
	return uploader.Settings(s), nil, nil
}
func (settings) Save(uploader.Settings) error { return fs.ErrPermission }

// oneKey is a keyring with one key, whoever asks.
type oneKey client.Key

func (k oneKey) Get(context.Context, string) (client.Key, error) { return client.Key(k), nil }
func (oneKey) Set(context.Context, string, client.Key) error     { return fs.ErrPermission }
func (oneKey) Delete(context.Context, string) error              { return fs.ErrPermission }

// clip is a clipboard that remembers.
type clip struct {
	mu    sync.Mutex
	texts []string
}

func (c *clip) Text(context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.texts) == 0 {
		return "", fs.ErrNotExist
	}
	return c.texts[len(c.texts)-1], nil
}

func (c *clip) SetText(_ context.Context, text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.texts = append(c.texts, text)
	return nil
}

func (*clip) Files(context.Context) ([]string, error)       { return nil, fs.ErrNotExist }
func (*clip) Image(context.Context) ([]byte, string, error) { return nil, "", fs.ErrNotExist }

// Keep has nothing that may be kept.
func (*clip) Keep(context.Context) (func(context.Context) error, error) {
	return nil, fs.ErrNotExist
}

// plant is what an engine is made of.
type plant struct {
	site    chevtest.Site
	state   string // directory of the database and the spool; empty: a new one
	ask     bool
	workers int
	clip    engine.Clipboard
	host    *chevtest.Server // an older one goes on
	folder  *uploader.Folder
}

func open(t testing.TB, p plant) *works {
	t.Helper()
	p.site.Flood.Off = true
	if p.host == nil {
		p.host = chevtest.NewServer(t, chevtest.Config{Site: p.site})
	}
	if p.state == "" {
		p.state = t.TempDir()
	}
	w := &works{t: t, host: p.host, files: t.TempDir(), copies: p.clip != nil}
	spool := filepath.Join(p.state, "spool")
	if err := os.MkdirAll(spool, 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var err error
	if w.queue, err = queue.Open(ctx, queue.Config{Path: filepath.Join(p.state, "upshot.db")}); err != nil {
		t.Fatal(err)
	}
	account := uploader.Account{Name: "main", Address: p.host.URL, Ask: p.ask}
	set := settings{Workers: p.workers, Default: "main", Accounts: []uploader.Account{account}}
	if p.folder != nil {
		set.Folders = []uploader.Folder{*p.folder}
	}
	w.Engine, err = engine.New(ctx, engine.Config{
		Queue: w.queue, Keys: oneKey(client.NewKey(p.host.Key)), Clipboard: p.clip, Spool: spool, Role: uploader.RoleAgent, Log: w.log(),
		Store: set,
	})
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- w.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("run: %v", err)
		}
		if err := w.queue.Close(); err != nil {
			t.Errorf("close the queue: %v", err)
		}
	})
	t.Cleanup(w.stop)
	return w
}

// log is the engine's; it is shown when the test has failed.
func (w *works) log() *slog.Logger {
	words := &lockedBuffer{}
	w.t.Cleanup(func() {
		if w.t.Failed() {
			text := words.String()
			w.t.Logf("the engine's log ends:\n%s", text[max(0, len(text)-3000):])
		}
	})
	return slog.New(slog.NewTextHandler(words, nil))
}

// save writes a file and returns its path.
func (w *works) save(name string, data []byte) string {
	w.t.Helper()
	path := filepath.Join(w.files, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// tiny is a WebP of 8x8 that no other is. The host makes no previews of one,
// which makes thousands of them quick.
func tiny(n uint64) []byte {
	const picture = "VP8L\x0e\x00\x00\x00\x2f\x07\xc0\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	junk := make([]byte, 600)
	_, _ = rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)}).Read(junk) // never fails
	body := append([]byte("WEBP"+picture+"JUNK"), binary.LittleEndian.AppendUint32(nil, uint32(len(junk)))...)
	body = append(body, junk...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// order gives paths as one batch.
func (w *works) order(paths ...string) job.BatchID {
	w.t.Helper()
	o := uploader.Order{Batch: job.NewBatchID(), Via: job.ViaWindow, Copy: w.copies}
	for _, path := range paths {
		o.Items = append(o.Items, uploader.Item{Path: path})
	}
	if _, err := w.Submit(w.t.Context(), o); err != nil {
		w.t.Fatal(err)
	}
	return o.Batch
}

func (w *works) jobs(batch job.BatchID) []job.Job {
	w.t.Helper()
	view, err := w.Batch(w.t.Context(), uploader.BatchRequest{Batch: batch})
	if err != nil {
		w.t.Fatal(err)
	}
	return view.Jobs
}

// ends waits until every job has ended and returns those of a batch. What
// waits behind a gate is hurried on; a backoff is waited out.
func (w *works) ends(batch job.BatchID) []job.Job {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	for {
		s, err := w.Snapshot(ctx, uploader.None{})
		if err != nil {
			w.t.Fatal(err)
		}
		if s.Open() == 0 {
			return w.jobs(batch)
		}
		if len(s.Accounts[0].Gates) > 0 {
			if _, err := w.Resume(ctx, uploader.AccountRequest{}); err != nil {
				w.t.Fatal(err)
			}
		}
		time.Sleep(20 * time.Millisecond) // each job is a change; not each is worth a look
		if _, err := w.Changes(ctx, uploader.Since{Revision: s.Revision}); err != nil {
			w.t.Fatalf("jobs stay open: %s\n%+v", states(w.jobs(batch)), s)
		}
	}
}

// until looks, after every change, until cond holds.
func (w *works) until(batch job.BatchID, what string, cond func([]job.Job) bool) []job.Job {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	var since uint64
	for {
		jobs := w.jobs(batch)
		if cond(jobs) {
			return jobs
		}
		if time.Now().After(deadline) {
			s, _ := w.Snapshot(w.t.Context(), uploader.None{})
			w.t.Fatalf("%s: did not happen; %s\n%+v", what, states(jobs), s)
		}
		ctx, cancel := context.WithTimeout(w.t.Context(), 50*time.Millisecond)
		if c, err := w.Changes(ctx, uploader.Since{Revision: since}); err == nil {
			since = c.Revision
		}
		cancel()
	}
}

// states says what a batch has come to.
func states(jobs []job.Job) string {
	n := map[string]int{}
	for _, j := range jobs {
		word := string(j.State) + " " + string(j.Outcome)
		if j.Failure != nil {
			word += fmt.Sprintf("(%s %s)", j.Failure.Kind, j.Failure.Code)
		}
		n[word]++
	}
	return fmt.Sprint(n)
}

// lockedBuffer takes what several write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
