package engine_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"maps"
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
	mu sync.Mutex
	s  uploader.Settings
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
	mu    sync.Mutex
	texts []string
	files []string
	image []byte
	deaf  bool // keeps nothing, as a broken clipboard does
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

func (m *memClipboard) written() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.texts)
}

// memScreen shows one grey monitor.
type memScreen struct{}

func (memScreen) Displays(context.Context) (int, error) { return 1, nil }

func (memScreen) Capture(_ context.Context, _ int, w io.Writer) error {
	_, err := w.Write(picture(1000))
	return err
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
		Role: h.role, Version: "test",
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

func all(s job.State) func([]job.Job) bool {
	return func(jobs []job.Job) bool {
		return len(jobs) > 0 && !slices.ContainsFunc(jobs, func(j job.Job) bool { return j.State != s })
	}
}

func TestASubmittedFileEndsAsALinkOnTheClipboard(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order(h.file("cat.png", 1))
	h.submit(o)
	j := h.until(o.Batch, "done", all(job.Done))[0]
	h.await("link on the clipboard", func() bool { return len(h.clipboard.written()) == 1 })
	if got, want := h.clipboard.written()[0], j.Image.URL; got != want || !strings.HasPrefix(want, h.host.URL) {
		t.Errorf("clipboard holds %q, want the direct link %q", got, want)
	}
	if j.Outcome != job.Uploaded || j.Verified != client.VerifiedIdentical || j.SHA256 == "" || j.Attempts != 1 {
		t.Errorf("job ended as %+v", j)
	}
	h.await("notification", func() bool { return len(h.notifier.shown()) == 1 })
	if n := h.notifier.shown()[0]; n.title != "Link copied" || n.body != "cat.png" {
		t.Errorf("notification says %q, %q", n.title, n.body)
	}
	if stored := h.host.Stored(); len(stored) != 1 || stored[0].Original != "cat.png" {
		t.Errorf("host has %+v", stored)
	}
}

func TestLinksOfABatchGoToTheClipboardOnceInTheOrderGiven(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply, Match: "1.png", For: 300 * time.Millisecond})
	o := order(h.file("1.png", 1), h.file("2.png", 2), h.file("3.png", 3))
	h.submit(o)
	jobs := h.until(o.Batch, "all done", all(job.Done))
	h.await("clipboard", func() bool { return len(h.clipboard.written()) > 0 })
	want := jobs[0].Image.URL + "\n" + jobs[1].Image.URL + "\n" + jobs[2].Image.URL
	if got := h.clipboard.written(); len(got) != 1 || got[0] != want {
		t.Errorf("clipboard was written %q, want once %q", got, want)
	}
	for i, name := range []string{"1.png", "2.png", "3.png"} {
		if jobs[i].Name != name {
			t.Errorf("job %d is %s, want %s", i, jobs[i].Name, name)
		}
	}
}

func TestAFileThatCannotBeTakenIsToldAndTheOthersGo(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	empty := filepath.Join(h.dir, "files", "empty.png")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(h.dir, "files", "link.png")
	if err := os.Symlink(h.file("target.png", 7), link); err != nil {
		t.Fatal(err)
	}
	o := order(filepath.Join(h.dir, "nothing.png"), h.dir, empty, link, h.file("ok.png", 1))
	r := h.submit(o)
	for i, code := range []string{job.CodeMissing, job.CodeDirectory, job.CodeEmpty, job.CodeIrregular} {
		if f := r.Entries[i].Failure; f == nil || f.Code != code || f.Kind != client.KindLocalFile {
			t.Errorf("entry %d: %+v, want %s", i, f, code)
		}
	}
	if r.Entries[4].Failure != nil || r.Entries[4].Job == 0 {
		t.Errorf("the good file: %+v", r.Entries[4])
	}
	h.until(o.Batch, "the good one done", all(job.Done))
}

func TestAnOrderGivenAgainFindsItsBatch(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order(filepath.Join(h.dir, "nothing.png"), h.file("a.png", 1), h.file("b.png", 2))
	first := h.submit(o)
	h.until(o.Batch, "done", all(job.Done))
	again := h.submit(o)
	for i := range first.Entries {
		if first.Entries[i].Job != again.Entries[i].Job || (first.Entries[i].Failure == nil) != (again.Entries[i].Failure == nil) {
			t.Errorf("entry %d: first %+v, again %+v", i, first.Entries[i], again.Entries[i])
		}
	}
	if n := len(h.host.Stored()); n != 2 {
		t.Errorf("host has %d files, want 2", n)
	}
}

func TestKnownBytesGetTheirLinkWithoutAnUpload(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order(h.file("a.png", 1))
	h.submit(o)
	first := h.until(o.Batch, "first done", all(job.Done))[0]
	again := order(h.file("copy of a.png", 1))
	h.submit(again)
	second := h.until(again.Batch, "second done", all(job.Done))[0]
	if second.Outcome != job.Known || second.Text() != first.Text() {
		t.Errorf("second is %s with %q, want known with %q", second.Outcome, second.Text(), first.Text())
	}
	if n := len(h.host.Uploads()); n != 1 {
		t.Errorf("host saw %d uploads, want 1", n)
	}
	wide := order(h.file("third.png", 1))
	wide.Params.NSFW = true
	h.submit(wide)
	third := h.until(wide.Batch, "third ended", func(jobs []job.Job) bool { return !jobs[0].State.Open() })[0]
	if n := len(h.host.Uploads()); n != 2 {
		t.Errorf("other parameters: host saw %d uploads, want 2 (job %+v)", n, third)
	}
}

func TestADuplicateWhoseLinkIsNotKnownIsDoneWithoutALink(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.LoseAnswer})
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.until(o.Batch, "waiting after the lost answer", func(jobs []job.Job) bool { return jobs[0].State == job.Waiting && jobs[0].MaybeSent })
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbRetry, Batch: o.Batch}); err != nil {
		t.Fatal(err)
	}
	j := h.until(o.Batch, "done", all(job.Done))[0]
	if j.Outcome != job.Duplicate || j.Text() != "" {
		t.Errorf("job is %s with %q, want duplicate without link", j.Outcome, j.Text())
	}
	if n := len(h.host.Stored()); n != 1 {
		t.Errorf("host has %d files, want 1", n)
	}
	if got := h.clipboard.written(); len(got) != 0 {
		t.Errorf("clipboard was written: %q", got)
	}
}

func TestAnUncertainUploadIsHeldWhenTheAccountSaysAsk(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.store.s.Accounts[0].Ask = true
	h.start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.LoseAnswer})
	o := order(h.file("a.png", 1))
	h.submit(o)
	if j := h.until(o.Batch, "held", all(job.Held))[0]; !j.MaybeSent {
		t.Errorf("job is not marked as maybe sent: %+v", j)
	}
}

func TestJobsWaitForTheKeyAndGoWhenItComes(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	clear(h.keys.keys)
	h.start()
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.await("gate no_key", func() bool { _, ok := h.gates()[job.GateNoKey]; return ok })
	if j := h.until(o.Batch, "back in the queue", all(job.Queued))[0]; j.Attempts != 0 {
		t.Errorf("attempts spent: %d", j.Attempts)
	}
	_, err := h.AddAccount(t.Context(), uploader.Candidate{Account: h.store.s.Accounts[0], Key: client.NewKey(h.host.Key)})
	if err != nil {
		t.Fatal(err)
	}
	h.until(o.Batch, "done", all(job.Done))
}

func TestAWrongKeyClosesTheGateAndSendsNothingMore(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	for id := range h.keys.keys {
		h.keys.keys[id] = client.NewKey("chv_wrong_key")
	}
	h.start()
	o := order(h.file("a.png", 1), h.file("b.png", 2), h.file("c.png", 3), h.file("d.png", 4), h.file("e.png", 5))
	h.submit(o)
	h.await("gate no_key", func() bool { _, ok := h.gates()[job.GateNoKey]; return ok })
	h.until(o.Batch, "all back in the queue", all(job.Queued))
	if n := len(h.host.Uploads()); n > 3 {
		t.Errorf("host saw %d uploads, want at most one for each sender", n)
	}
	if err := uploader.ExplainGate(h.gates()[job.GateNoKey]); !strings.Contains(err.Headline, "key") {
		t.Errorf("gate is explained as %q", err.Headline)
	}
}

func TestALockedKeyringIsNotAMissingKey(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.keys.down = fmt.Errorf("keyring: %w", context.DeadlineExceeded)
	h.start()
	h.submit(order(h.file("a.png", 1)))
	h.await("gate no_key", func() bool { _, ok := h.gates()[job.GateNoKey]; return ok })
	g := h.gates()[job.GateNoKey]
	if g.Failure.Code != job.CodeKeyring || g.Until.IsZero() {
		t.Errorf("gate is %+v, want one that asks the keyring again", g)
	}
}

func TestAnUnreachableHostIsLookedForAndTheJobGoesOn(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	address := strings.TrimPrefix(h.host.URL, "http://")
	if err := h.host.Close(); err != nil {
		t.Fatal(err)
	}
	h.start()
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.await("gate offline", func() bool { _, ok := h.gates()[job.GateOffline]; return ok })
	if j := h.until(o.Batch, "back in the queue", all(job.Queued))[0]; j.Attempts != 0 {
		t.Errorf("attempts spent: %d", j.Attempts)
	}
	back, err := chevtest.Listen(address, chevtest.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	h.until(o.Batch, "done", all(job.Done))
	if gates := h.gates(); len(gates) != 0 {
		t.Errorf("gates still closed: %v", slices.Collect(maps.Keys(gates)))
	}
}

func TestAFloodLimitIsWaitedOut(t *testing.T) {
	h := newHouse(t, chevtest.Config{Site: chevtest.Site{Flood: chevtest.Flood{Minute: 2}}})
	h.store.s.Workers = 1
	h.start()
	o := order(h.file("1.png", 1), h.file("2.png", 2), h.file("3.png", 3), h.file("4.png", 4))
	before := time.Now()
	h.submit(o)
	h.await("gate throttled", func() bool { _, ok := h.gates()[job.GateThrottled]; return ok })
	g := h.gates()[job.GateThrottled]
	if wait := g.Until.Sub(before); wait < 50*time.Second || wait > 70*time.Second {
		t.Errorf("waits %v, want about the minute that the host named", wait)
	}
	h.await("two links on the clipboard", func() bool {
		w := h.clipboard.written()
		return len(w) == 1 && strings.Count(w[0], "\n") == 1
	})
}

func TestAHostInMaintenanceIsUnavailableAndAskedAgainOnResume(t *testing.T) {
	h := newHouse(t, chevtest.Config{Site: chevtest.Site{Maintenance: true}}).start()
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.await("gate unavailable", func() bool { _, ok := h.gates()[job.GateUnavailable]; return ok })
	if err := h.host.Change(func(s *chevtest.Site) { s.Maintenance = false }); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Resume(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	h.until(o.Batch, "done", all(job.Done))
}

func TestAFileThatTheHostNeverTakesFails(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	path := filepath.Join(h.dir, "files", "text.png")
	if err := os.WriteFile(path, []byte("this is no picture at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := order(path)
	h.submit(o)
	j := h.until(o.Batch, "failed", all(job.Failed))[0]
	if j.Attempts != 1 || j.Failure == nil || j.Failure.Kind != client.KindRejected {
		t.Errorf("job ended as %+v (%+v)", j, j.Failure)
	}
	h.await("notification", func() bool { return len(h.notifier.shown()) == 1 })
	if n := h.notifier.shown()[0]; n.title != "Upload failed" {
		t.Errorf("notification says %q", n.title)
	}
}

func TestAPauseHoldsEverythingAlsoAfterARestart(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	if _, err := h.Pause(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.stop()
	h.start()
	s, err := h.Snapshot(t.Context(), uploader.None{})
	if err != nil || !s.Paused || s.Counts[job.Queued] != 1 {
		t.Fatalf("after the restart: %+v, %v", s, err)
	}
	if _, err := h.Resume(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	h.until(o.Batch, "done", all(job.Done))
	if got := h.clipboard.written(); len(got) != 0 {
		t.Errorf("a link of before the restart went to the clipboard: %q", got)
	}
	h.await("notification with Copy", func() bool { return len(h.notifier.shown()) == 1 })
	n := h.notifier.shown()[0]
	if n.title != "Uploaded" || len(n.actions) == 0 || n.actions[0][0] != "copy" {
		t.Fatalf("notification is %+v", n)
	}
	n.chosen("copy")
	if got := h.clipboard.written(); len(got) != 1 {
		t.Errorf("Copy of the notification wrote %q", got)
	}
}

func TestAnInterruptedUploadGoesOnAfterARestart(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallBody, After: 100})
	path := filepath.Join(h.dir, "files", "large.png")
	if err := os.WriteFile(path, largePicture(), 0o600); err != nil { // more than the sockets' buffers hold
		t.Fatal(err)
	}
	o := order(path)
	h.submit(o)
	h.until(o.Batch, "sending", all(job.Sending))
	h.stalled()
	h.stop()
	h.host.Heal()
	h.start()
	j := h.until(o.Batch, "done", all(job.Done))[0]
	if j.Outcome != job.Uploaded {
		t.Errorf("job ended as %s", j.Outcome)
	}
	if n := len(h.host.Stored()); n != 1 {
		t.Errorf("host has %d files, want 1", n)
	}
}

// stalled waits until the host holds a request back.
func (h *house) stalled() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	if err := h.host.Await(ctx, func(s chevtest.Stats) bool { return s.Stalled == 1 }); err != nil {
		h.t.Fatal(err)
	}
}

// largePicture is a PNG of noise, about 12 MB.
func largePicture() []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 2000, 1500))
	seed := uint64(1)
	for i := range img.Pix {
		seed = seed*6364136223846793005 + 1442695040888963407
		img.Pix[i] = byte(seed >> 56)
	}
	var b strings.Builder
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, img); err != nil {
		panic(err)
	}
	return []byte(b.String())
}

func TestCancelStopsAFileOnItsWayAtOnce(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallBody, After: 100})
	o := order(h.file("a.png", 1))
	r := h.submit(o)
	h.until(o.Batch, "sending", all(job.Sending))
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbCancel, IDs: []job.ID{r.Entries[0].Job}}); err != nil {
		t.Fatal(err)
	}
	h.until(o.Batch, "canceled", all(job.Canceled))
	h.host.Heal()
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbRetry, IDs: []job.ID{r.Entries[0].Job}}); err != nil {
		t.Fatal(err)
	}
	h.until(o.Batch, "done after retry", all(job.Done))
}

func TestSteeringWhatIsNotThereOrDoesNotApplyIsAnError(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbHold, IDs: []job.ID{99}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unknown job: %v", err)
	}
	o := order(h.file("a.png", 1))
	r := h.submit(o)
	h.until(o.Batch, "done", all(job.Done))
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbHold, IDs: []job.ID{r.Entries[0].Job}}); !errors.Is(err, job.ErrTransition) {
		t.Errorf("hold of a done job: %v", err)
	}
}

func TestAFileThatChangedSinceItWasGivenIsSentAsItIsNow(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	if _, err := h.Pause(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	path := h.file("a.png", 1)
	o := order(path)
	h.submit(o)
	if err := os.WriteFile(path, picture(77777), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Resume(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	j := h.until(o.Batch, "done", all(job.Done))[0]
	content, err := h.host.Content(j.Image.ID)
	if err != nil || string(content) != string(picture(77777)) {
		t.Errorf("host has other bytes than the file: %v", err)
	}
	if j.Changes != 1 || j.Attempts != 1 {
		t.Errorf("changes %d, attempts %d", j.Changes, j.Attempts)
	}
}

func TestAFileThatIsGoneFailsAndSaysSo(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	if _, err := h.Pause(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	path := h.file("a.png", 1)
	o := order(path)
	h.submit(o)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Resume(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	if j := h.until(o.Batch, "failed", all(job.Failed))[0]; j.Failure.Code != job.CodeMissing {
		t.Errorf("failure is %+v", j.Failure)
	}
}

func TestAHandedOffTemporaryFileIsSpooledAndTheSpoolIsEmptiedAfterwards(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	if _, err := h.Pause(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	path := h.file("a.png", 1) // under the system's directory for temporary files
	o := order(path)
	o.HandOff = true
	h.submit(o)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Resume(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	j := h.until(o.Batch, "done", all(job.Done))[0]
	if j.Name != "a.png" || !j.Spooled {
		t.Errorf("job is %+v", j)
	}
	h.await("spool emptied", func() bool {
		left, err := os.ReadDir(filepath.Join(h.dir, "spool"))
		return err == nil && len(left) == 0
	})
	if _, err := h.Thumb(t.Context(), uploader.JobRequest{ID: j.ID}); err != nil {
		t.Errorf("no preview of a spooled picture: %v", err)
	}
}

func TestACaptureIsUploadedFromTheSpool(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order()
	save := filepath.Join(h.dir, "saved.png")
	r, err := h.Capture(t.Context(), uploader.CaptureOrder{Order: o, Shot: uploader.ShotAll, Save: save})
	if err != nil || r.Saved != save {
		t.Fatalf("capture: %+v, %v", r, err)
	}
	j := h.until(o.Batch, "done", all(job.Done))[0]
	if !strings.HasPrefix(j.Name, "screenshot-") || j.Via != job.ViaCapture {
		t.Errorf("job is %+v", j)
	}
	if data, err := os.ReadFile(save); err != nil || string(data) != string(picture(1000)) {
		t.Errorf("saved copy differs: %v", err)
	}
	if _, err := h.Capture(t.Context(), uploader.CaptureOrder{Order: order(), Shot: uploader.ShotScreen, Screen: 2}); !isInvalid(err) {
		t.Errorf("screen 2 of 1: %v", err)
	}
}

func isInvalid(err error) bool {
	var ce *client.Error
	return errors.As(err, &ce) && ce.Kind == client.KindInvalid
}

func TestTheClipboardIsUploadedAsFilesPictureOrURL(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	if _, err := h.SubmitClipboard(t.Context(), order()); !errors.Is(err, uploader.ErrNothing) {
		t.Errorf("an empty clipboard: %v", err)
	}
	h.clipboard.texts = []string{"just some words"}
	if _, err := h.SubmitClipboard(t.Context(), order()); !errors.Is(err, uploader.ErrNothing) {
		t.Errorf("text that is no URL: %v", err)
	}
	h.clipboard.image = picture(5)
	o := order()
	if _, err := h.SubmitClipboard(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if j := h.until(o.Batch, "picture done", all(job.Done))[0]; !strings.HasPrefix(j.Name, "clipboard-") || !strings.HasSuffix(j.Name, ".png") {
		t.Errorf("picture is named %q", j.Name)
	}
	h.clipboard.files = []string{h.file("x.png", 8), h.file("y.png", 9)}
	o = order()
	if _, err := h.SubmitClipboard(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if jobs := h.until(o.Batch, "files done", all(job.Done)); len(jobs) != 2 {
		t.Errorf("%d jobs, want 2", len(jobs))
	}
}

func TestAClipboardThatKeepsNothingIsNotCalledCopied(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.clipboard.deaf = true
	h.start()
	o := order(h.file("a.png", 1))
	h.submit(o)
	h.until(o.Batch, "done", all(job.Done))
	h.await("notification", func() bool { return len(h.notifier.shown()) == 1 })
	if n := h.notifier.shown()[0]; strings.Contains(n.title, "copied") {
		t.Errorf("notification claims %q", n.title)
	}
	s, err := h.Snapshot(t.Context(), uploader.None{})
	if err != nil || len(s.Notices) != 1 || s.Notices[0].ID != "clipboard" {
		t.Errorf("notices: %+v, %v", s.Notices, err)
	}
}

func TestDeletingOnTheHostDeletesThereAndForgetsTheLink(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order(h.file("a.png", 1))
	r := h.submit(o)
	h.until(o.Batch, "done", all(job.Done))
	if _, err := h.DeleteOnHost(t.Context(), uploader.JobRequest{ID: r.Entries[0].Job}); err != nil {
		t.Fatal(err)
	}
	if n := len(h.host.Stored()); n != 0 {
		t.Errorf("host still has %d files", n)
	}
	again := order(h.file("b.png", 1))
	h.submit(again)
	if j := h.until(again.Batch, "sent again", all(job.Done))[0]; j.Outcome != job.Uploaded {
		t.Errorf("bytes that were deleted count as %s", j.Outcome)
	}
}

func TestNothingGivenUnderOneKeyLeavesUnderAnother(t *testing.T) {
	h := newHouse(t, chevtest.Config{Keys: map[string]chevtest.User{
		"chv_one_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": {Name: "one"},
		"chv_two_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb": {Name: "two"},
	}})
	h.start()
	if _, err := h.Pause(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	server := func(key string) *uploader.Server {
		return &uploader.Server{Address: h.host.URL, Key: client.NewKey(key)}
	}
	one := order(h.file("a.png", 1))
	one.Server = server("chv_one_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	h.submit(one)
	h.stop()
	h.start() // the first key is gone with the process
	if _, err := h.Resume(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	two := order(h.file("b.png", 2))
	two.Server = server("chv_two_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")
	h.submit(two)
	h.until(two.Batch, "done under the second key", all(job.Done))
	h.until(one.Batch, "still waiting for its own key", all(job.Queued))
	one.Items[0].Path = h.file("c.png", 3)
	later := order(h.file("d.png", 4))
	later.Server = one.Server
	h.submit(later) // the first key is given again
	h.until(one.Batch, "done under the first key", all(job.Done))
	for _, f := range h.host.Stored() {
		if want := map[string]string{"a.png": "one", "b.png": "two", "d.png": "one"}[f.Original]; f.User != want {
			t.Errorf("%s left under the key of %s, want %s", f.Original, f.User, want)
		}
	}
}

func TestAServingCommandWorksOnItsOwnBatchesOnly(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	if _, err := h.Pause(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	old := order(h.file("old.png", 1))
	h.submit(old)
	if _, err := h.Resume(t.Context(), uploader.AccountRequest{Account: "nobody"}); !errors.Is(err, uploader.ErrNoAccount) {
		t.Errorf("resume of an unknown account: %v", err)
	}
	h.stop()
	h.role = uploader.RoleCommand
	h.start()
	if _, err := h.Resume(t.Context(), uploader.AccountRequest{}); err != nil {
		t.Fatal(err)
	}
	mine := order(h.file("mine.png", 2))
	h.submit(mine)
	h.until(mine.Batch, "done", all(job.Done))
	h.until(old.Batch, "still queued", all(job.Queued))
	if _, err := h.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbRun}); err != nil {
		t.Fatal(err)
	}
	h.until(old.Batch, "done after queue run", all(job.Done))
}

func TestDrainLetsFilesOnTheWayEndAndTakesNoMore(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.store.s.Workers = 1
	h.start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply, For: 300 * time.Millisecond})
	o := order(h.file("a.png", 1), h.file("b.png", 2))
	h.submit(o)
	h.until(o.Batch, "the first on its way", func(jobs []job.Job) bool { return jobs[0].State == job.Sending })
	if err := h.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.until(o.Batch, "one done, one left", func(jobs []job.Job) bool { return jobs[0].State == job.Done && jobs[1].State == job.Queued })
}

func TestBadParametersAreRefusedBeforeAnythingIsQueued(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	for name, change := range map[string]func(*uploader.Order){
		"a template that cannot be read": func(o *uploader.Order) { o.Link.Template = "{{" },
		"an expiration that is none":     func(o *uploader.Order) { o.Params.Expiration = "tomorrow" },
		"a tag with a comma":             func(o *uploader.Order) { o.Params.Tags = []string{"a,b"} },
	} {
		o := order(h.file("a.png", 1))
		change(&o)
		if _, err := h.Submit(t.Context(), o); !isInvalid(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o := order(h.file("a.png", 1))
	o.Account = "nobody"
	if _, err := h.Submit(t.Context(), o); !errors.Is(err, uploader.ErrNoAccount) {
		t.Errorf("an unknown account: %v", err)
	}
	if s, err := h.Snapshot(t.Context(), uploader.None{}); err != nil || s.Open() != 0 {
		t.Errorf("something was queued: %+v, %v", s.Counts, err)
	}
}

func TestProgressIsTrueAndEndsWithTheHostAtWork(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallReply})
	path := h.file("a.png", 1)
	o := order(path)
	h.submit(o)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	h.await("the host at work", func() bool {
		s, err := h.Snapshot(t.Context(), uploader.None{})
		return err == nil && len(s.Sending) == 1 && s.Sending[0].Answer && s.Sending[0].Sent == info.Size() && s.Sending[0].Size == info.Size()
	})
	h.stalled()
	h.host.Heal()
	h.until(o.Batch, "done", all(job.Done))
}
