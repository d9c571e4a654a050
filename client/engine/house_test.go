package engine_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
const patience = 20 * time.Second

// memStore keeps settings in memory.
type memStore struct {
	mu      sync.Mutex
	s       uploader.Settings
	refusal error // of Save
}

func (m *memStore) Load() (uploader.Settings, []uploader.Notice, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.s
	s.Accounts, s.Folders = slices.Clone(s.Accounts), slices.Clone(s.Folders)
	return s, nil, nil
}

func (m *memStore) Save(s uploader.Settings) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refusal != nil {
		return m.refusal
	}
	m.s = s
	return nil
}

// memKeys is a keyring in memory; down makes it answer with that error.
type memKeys struct {
	mu   sync.Mutex
	keys map[string]client.Key
	down error
}

func (m *memKeys) Get(_ context.Context, id string) (client.Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return client.Key{}, m.down
	}
	if k, ok := m.keys[id]; ok {
		return k, nil
	}
	return client.Key{}, fs.ErrNotExist
}

func (m *memKeys) Set(_ context.Context, id string, key client.Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return m.down
	}
	m.keys[id] = key
	return nil
}

func (m *memKeys) Delete(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.keys, id)
	return nil
}

// memClipboard remembers what was written to it, in order.
type memClipboard struct {
	secret bool // by a password manager
	mu     sync.Mutex
	texts  []string
	files  []string
	image  []byte
	deaf   bool // keeps nothing, as a broken clipboard does
}

func (m *memClipboard) Text(context.Context) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.texts) == 0 || m.deaf {
		return "", fs.ErrNotExist
	}
	return m.texts[len(m.texts)-1], nil
}

func (m *memClipboard) Files(context.Context) ([]string, error) {
	if len(m.files) == 0 {
		return nil, fs.ErrNotExist
	}
	return m.files, nil
}

func (m *memClipboard) Image(context.Context) ([]byte, string, error) {
	if m.image == nil {
		return nil, "", fs.ErrNotExist
	}
	return m.image, "png", nil
}

func (m *memClipboard) SetText(_ context.Context, text string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.texts = append(m.texts, text)
	return nil
}

// Keep remembers the text, unless it is marked as secret.
func (m *memClipboard) Keep(ctx context.Context) (func(context.Context) error, error) {
	m.mu.Lock()
	secret := m.secret
	m.mu.Unlock()
	text, err := m.Text(ctx)
	if err != nil {
		return nil, err
	}
	if secret {
		return nil, fs.ErrNotExist
	}
	return func(ctx context.Context) error { return m.SetText(ctx, text) }, nil
}

func (m *memClipboard) written() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.texts)
}

// memScreen shows one grey monitor.
type memScreen struct{}

func (memScreen) Displays(context.Context) (int, error) { return 1, nil }

func (memScreen) Take(_ context.Context, shot engine.Shot, w io.Writer) (engine.Taken, error) {
	if shot.Last {
		return engine.Taken{}, fs.ErrNotExist
	}
	_, err := w.Write(picture(1000))
	return engine.Taken{Window: "a/b: \x1b[1mTitle\u202e"}, err
}

func (memScreen) Freeze(context.Context) (engine.Frozen, error) { return memFrozen{}, nil }

// memFrozen is two monitors, one of them left of the first.
type memFrozen struct{}

func (memFrozen) Monitors() []image.Rectangle {
	return []image.Rectangle{image.Rect(0, 0, 100, 50), image.Rect(-60, 0, 0, 50)}
}

func (memFrozen) WriteMonitor(w io.Writer, display, _ int) (engine.Taken, error) {
	_, err := w.Write(picture(2000 + display))
	return engine.Taken{}, err
}

func (memFrozen) Write(w io.Writer, region image.Rectangle, _ int) (engine.Taken, error) {
	_, err := w.Write(picture(3000))
	return engine.Taken{Region: region}, err
}

// note is a notification that was shown.
type note struct {
	title, body string
	actions     [][2]string
	chosen      func(string)
}

type memNotifier struct {
	mu    sync.Mutex
	notes []note
}

func (m *memNotifier) Notify(_ context.Context, title, body string, actions [][2]string, chosen func(string)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notes = append(m.notes, note{title, body, actions, chosen})
	return nil
}

func (m *memNotifier) shown() []note {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.notes)
}

// house is an engine with real queue, host, watcher and files, and the
// desktop in memory.
type house struct {
	t         *testing.T
	host      *chevtest.Server
	dir       string
	store     *memStore
	keys      *memKeys
	clipboard *memClipboard
	notifier  *memNotifier
	role      uploader.Role
	change    func(*engine.Config)

	*engine.Engine
	queue *queue.Queue
	stop  func()
	log   logged
}

// logged is what the engine logs.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// looksForSecrets fails a test whose engine has logged its key or a delete
// link, or has written the key to a file.
func (h *house) looksForSecrets() {
	h.log.mu.Lock()
	defer h.log.mu.Unlock()
	if text := h.log.text.String(); strings.Contains(text, h.host.Key) || strings.Contains(text, "/delete/") {
		h.t.Error("a secret stands in the log")
	}
	for _, name := range []string{"queue.db", "queue.db-wal"} {
		if data, err := os.ReadFile(filepath.Join(h.dir, name)); err == nil && bytes.Contains(data, []byte(h.host.Key)) {
			h.t.Errorf("the key stands in %s", name)
		}
	}
}

// newHouse has an account "main" with its key at a fresh host.
func newHouse(t *testing.T, cfg chevtest.Config) *house {
	h := &house{
		t: t, host: chevtest.NewServer(t, cfg), dir: t.TempDir(), role: uploader.RoleAgent,
		store: &memStore{}, keys: &memKeys{keys: map[string]client.Key{}}, clipboard: &memClipboard{}, notifier: &memNotifier{},
	}
	if real, err := filepath.EvalSymlinks(h.dir); err == nil {
		h.dir = real
	}
	a := uploader.Account{Name: "main", Address: h.host.URL}
	h.store.s = uploader.Settings{Accounts: []uploader.Account{a}, Default: "main"}
	h.keys.keys[a.ID()] = client.NewKey(h.host.Key)
	for _, sub := range []string{"spool", "thumbs", "files"} {
		if err := os.Mkdir(filepath.Join(h.dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// start runs the engine until the test or halt ends it.
func (h *house) start() *house {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	q, err := queue.Open(ctx, queue.Config{Path: filepath.Join(h.dir, "queue.db")})
	if err != nil {
		h.t.Fatal(err)
	}
	cfg := engine.Config{
		Queue: q, Store: h.store, Keys: h.keys, Clipboard: h.clipboard, Screen: memScreen{}, Notifier: h.notifier,
		Spool: filepath.Join(h.dir, "spool"), Thumbs: filepath.Join(h.dir, "thumbs"),
		Role: h.role, Version: "test", Log: slog.New(slog.NewTextHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if h.change != nil {
		h.change(&cfg)
	}
	if h.Engine, err = engine.New(ctx, cfg); err != nil {
		h.t.Fatal(err)
	}
	h.queue = q
	ran := make(chan error, 1)
	go func() { ran <- h.Run(ctx) }()
	var once sync.Once
	h.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ran; err != nil {
				h.t.Errorf("run: %v", err)
			}
			if err := q.Close(); err != nil {
				h.t.Errorf("close the queue: %v", err)
			}
		})
	}
	h.t.Cleanup(h.looksForSecrets)
	h.t.Cleanup(h.stop)
	return h
}

// picture is a PNG of n different kinds.
func picture(n int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.Pix[i] = byte(i*n + n>>8)
	}
	img.SetRGBA(0, 0, color.RGBA{byte(n), byte(n >> 8), 1, 255})
	var b strings.Builder
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return []byte(b.String())
}

// file writes a picture and returns its path.
func (h *house) file(name string, n int) string {
	h.t.Helper()
	path := filepath.Join(h.dir, "files", name)
	if err := os.WriteFile(path, picture(n), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return path
}

// order is an order of paths that copies and notifies.
func order(paths ...string) uploader.Order {
	o := uploader.Order{Batch: job.NewBatchID(), Via: job.ViaCommand, Copy: true, Notify: true}
	for _, p := range paths {
		o.Items = append(o.Items, uploader.Item{Path: p})
	}
	return o
}

func (h *house) submit(o uploader.Order) uploader.Receipt {
	h.t.Helper()
	r, err := h.Submit(h.t.Context(), o)
	if err != nil {
		h.t.Fatalf("submit: %v", err)
	}
	return r
}

// until looks at the jobs of a batch, after every change, until cond holds.
func (h *house) until(batch job.BatchID, what string, cond func([]job.Job) bool) []job.Job {
	h.t.Helper()
	var jobs []job.Job
	h.await(what, func() bool {
		view, err := h.Batch(h.t.Context(), uploader.BatchRequest{Batch: batch})
		if err != nil {
			h.t.Fatalf("batch: %v", err)
		}
		jobs = view.Jobs
		return cond(jobs)
	})
	return jobs
}

// await looks, after every change of the engine, until cond holds.
func (h *house) await(what string, cond func() bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	for {
		snap, err := h.Snapshot(ctx, uploader.None{})
		if err != nil {
			h.t.Fatalf("%s: snapshot: %v", what, err)
		}
		if cond() {
			return
		}
		if _, err := h.Changes(ctx, uploader.Since{Revision: snap.Revision}); err != nil {
			h.t.Fatalf("%s: did not happen: %v\n%+v", what, err, snap)
		}
	}
}

// gates are the closed gates of the only account.
func (h *house) gates() map[job.Gate]uploader.GateStatus {
	h.t.Helper()
	s, err := h.Snapshot(h.t.Context(), uploader.None{})
	if err != nil {
		h.t.Fatal(err)
	}
	gates := map[job.Gate]uploader.GateStatus{}
	for _, a := range s.Accounts {
		for _, g := range a.Gates {
			gates[g.Gate] = g
		}
	}
	return gates
}

func (h *house) pauseAll() {
	h.t.Helper()
	if _, err := h.Pause(h.t.Context(), uploader.AccountRequest{}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) resumeAll() {
	h.t.Helper()
	if _, err := h.Resume(h.t.Context(), uploader.AccountRequest{}); err != nil {
		h.t.Fatal(err)
	}
}

func all(s job.State) func([]job.Job) bool {
	return func(jobs []job.Job) bool {
		return len(jobs) > 0 && !slices.ContainsFunc(jobs, func(j job.Job) bool { return j.State != s })
	}
}

// memNetwork tells what the test sends: up, metered.
type memNetwork struct{ changed chan [2]bool }

func (m *memNetwork) Watch(ctx context.Context, changed func(up, metered bool)) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now := <-m.changed:
			changed(now[0], now[1])
		}
	}
}

// untilLong reports whether a gate stays closed for more than three seconds.
func untilLong(g uploader.GateStatus) bool { return time.Until(g.Until) > 3*time.Second }

// inStore looks at a batch as the database of an engine that has ended holds it.
func (h *house) inStore(batch job.BatchID, look func([]job.Job)) {
	h.t.Helper()
	q, err := queue.Open(h.t.Context(), queue.Config{Path: filepath.Join(h.dir, "queue.db")})
	if err != nil {
		h.t.Fatal(err)
	}
	defer q.Close()
	_, jobs, err := q.Batch(h.t.Context(), batch)
	if err != nil {
		h.t.Fatal(err)
	}
	look(jobs)
}

// bigPicture is a PNG with some data in it.
func bigPicture(t *testing.T) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 100, 100))
	for i := range m.Pix {
		m.Pix[i] = byte(i * i)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
