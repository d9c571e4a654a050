package torture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

func TestASecondCopyIsOwnedUpTo(t *testing.T) {
	w := open(t, plant{site: chevtest.Site{AllowDuplicates: true}})
	w.host.Inject(chevtest.Fault{Kind: chevtest.LoseAnswer})
	j := w.ends(w.order(w.save("a.webp", tiny(1))))[0]
	if n := len(w.host.Stored()); n != 2 {
		t.Fatalf("the host has %d copies", n)
	}
	if !j.MaybeSent {
		t.Errorf("the host has two copies, and the job is %s %s, maybe sent: %v", j.State, j.Outcome, j.MaybeSent)
	}
}

func TestAnUncertainUploadIsNotSentAgainUnaskedAfterARestart(t *testing.T) {
	state := t.TempDir()
	w := open(t, plant{state: state, ask: true})
	w.host.Inject(chevtest.Fault{Kind: chevtest.StallReply, For: 2 * time.Second})
	batch := w.order(w.save("a.webp", tiny(1)))
	w.stalls(1)
	w.stop()
	w = open(t, plant{state: state, ask: true, host: w.host})
	w.until(batch, "held, and asked about", func(jobs []job.Job) bool {
		if n := len(w.host.Uploads()); n > 1 {
			t.Fatalf("it was sent again unasked: %d requests", n)
		}
		return jobs[0].State == job.Held && jobs[0].MaybeSent
	})
}

func TestRetryNowNeverBreaksOffWhatIsOnItsWayAgain(t *testing.T) {
	const n = 100
	w := open(t, plant{workers: 8})
	w.host.Inject(chevtest.Fault{Kind: chevtest.ServerError, Times: n})
	var paths []string
	for i := range n {
		paths = append(paths, w.save(fmt.Sprintf("%d.webp", i), tiny(uint64(i))))
	}
	batch := w.order(paths...)
	stop := make(chan struct{})
	var hurry sync.WaitGroup
	for range 4 {
		hurry.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_, _ = w.Steer(t.Context(), uploader.SteerRequest{Verb: uploader.VerbRetry, Batch: batch}) // none may wait
				}
			}
		})
	}
	jobs := w.ends(batch)
	close(stop)
	hurry.Wait()
	for _, j := range jobs {
		if j.Outcome != job.Uploaded {
			t.Errorf("%s was sent twice and is %s %s", j.Name, j.State, j.Outcome)
		}
	}
	for _, r := range w.host.Uploads() {
		if !r.Complete || r.Status == 0 {
			t.Errorf("an upload was broken off: %d of %d bytes, status %d", r.Read, r.ContentLength, r.Status)
		}
	}
}

func TestALargeBatchForTheClipboardCostsNoMoreThanOneForNobody(t *testing.T) {
	const n = 300
	took := func(c *clip) time.Duration {
		p := plant{workers: 8}
		if c != nil {
			p.clip = c
		}
		w := open(t, p)
		var paths []string
		for i := range n {
			paths = append(paths, w.save(fmt.Sprintf("%d.webp", i), tiny(uint64(i))))
		}
		begun := time.Now()
		w.ends(w.order(paths...))
		return time.Since(begun)
	}
	plain, copies := took(nil), took(&clip{})
	t.Logf("%d files: %s, for the clipboard %s", n, plain.Round(time.Millisecond), copies.Round(time.Millisecond))
	if copies > 2*plain+time.Second {
		t.Errorf("for the clipboard %d files take %s instead of %s", n, copies, plain)
	}
}

func TestOneKeyIsOneAccountHoweverManyComeFirst(t *testing.T) {
	for range 20 {
		w := open(t, plant{})
		var together sync.WaitGroup
		begin := make(chan struct{})
		batches := make([]job.BatchID, 8)
		for i := range batches {
			path := w.save(fmt.Sprintf("%d.webp", i), tiny(uint64(i)))
			batches[i] = job.NewBatchID()
			together.Go(func() {
				<-begin
				_, err := w.Submit(t.Context(), uploader.Order{
					Batch: batches[i], Via: job.ViaCommand, Items: []uploader.Item{{Path: path}},
					Server: &uploader.Server{Address: w.host.URL, Key: client.NewKey(w.host.Key)},
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		close(begin)
		together.Wait()
		accounts := map[string]bool{}
		for _, b := range batches {
			accounts[w.jobs(b)[0].Account] = true
		}
		w.stop()
		if len(accounts) != 1 {
			t.Fatalf("one address and key are %d accounts", len(accounts))
		}
	}
}

// died leaves a state directory as an agent does that is killed right after an
// answer was made durable: the job is done, its file has not been seen to.
func died(t *testing.T, state string, n queue.New) {
	t.Helper()
	q, err := queue.Open(t.Context(), queue.Config{Path: filepath.Join(state, "upshot.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	info, err := os.Stat(n.Path)
	if err != nil {
		t.Fatal(err)
	}
	n.File = job.Fingerprint{Size: info.Size(), ModTime: info.ModTime(), Inode: info.Sys().(*syscall.Stat_t).Ino}
	added, err := q.Add(t.Context(), job.Batch{ID: job.NewBatchID()}, []queue.New{n})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Claim(t.Context(), queue.Claiming{Accounts: []string{n.Account}, N: 1}); err != nil {
		t.Fatal(err)
	}
	if n.Folder != "" { // as the engine does before the answer is durable
		if err := q.SetMeta(t.Context(), fmt.Sprintf("away:%d", added[0].ID), "move=done"); err != nil {
			t.Fatal(err)
		}
	}
	im, err := client.DecodeImage([]byte(`{"id_encoded":"a","url":"http://127.0.0.1/a.webp","is_approved":1}`))
	if err != nil {
		t.Fatal(err)
	}
	_, err = q.Move(t.Context(), added[0].ID, job.Succeed, queue.Update{Outcome: job.Uploaded, Image: &im, Verified: client.VerifiedIdentical})
	if err != nil {
		t.Fatal(err)
	}
}

func TestASpooledFileWhoseUploadIsDurableGoesAtTheNextStart(t *testing.T) {
	state := t.TempDir()
	path := filepath.Join(state, "spool", "0123456789abcdef.webp")
	if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, tiny(1), 0o600)); err != nil {
		t.Fatal(err)
	}
	died(t, state, queue.New{Account: "main@http://127.0.0.1", Path: path, Name: "a.webp", Spooled: true})
	open(t, plant{state: state})
	vanishes(t, path)
}

func TestAFileOfAFolderIsPutAwayThoughTheAgentDiedBefore(t *testing.T) {
	state, dir := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "a.webp")
	if err := os.WriteFile(path, tiny(1), 0o600); err != nil {
		t.Fatal(err)
	}
	host := chevtest.NewServer(t, chevtest.Config{})
	died(t, state, queue.New{Account: "main@" + host.URL, Path: path, Name: "a.webp", Folder: dir, SeenKey: "folder:" + dir})
	open(t, plant{state: state, host: host, folder: &uploader.Folder{Path: dir, After: "move=done"}})
	vanishes(t, path)
	if _, err := os.Stat(filepath.Join(dir, "done", "a.webp")); err != nil {
		t.Error(err)
	}
}

// vanishes waits until a file is no longer where it was.
func vanishes(t *testing.T, path string) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there", filepath.Base(path))
		}
	}
}

func TestAFullDiskIsToldAsOne(t *testing.T) {
	if x := uploader.Explain(fmt.Errorf("keep the files: %w", queue.ErrFull)); !strings.Contains(strings.ToLower(x.Headline+x.Hint), "disk") {
		t.Errorf("a person is told %+v", x)
	}
}
