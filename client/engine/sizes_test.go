package engine

import (
	"path/filepath"
	"strings"
	"testing"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

// history is a queue in which something is done.
type history struct {
	*queue.Queue
	t *testing.T
	n int
}

func newHistory(t *testing.T) *history {
	t.Helper()
	q, err := queue.Open(t.Context(), queue.Config{Path: filepath.Join(t.TempDir(), "queue.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	})
	return &history{Queue: q, t: t}
}

// done ends a job of that size, with these bytes.
func (h *history) done(account string, size int64, sum string) job.Job {
	h.t.Helper()
	h.n++
	added, err := h.Add(h.t.Context(), job.Batch{ID: job.NewBatchID()}, []queue.New{{
		Account: account, Via: job.ViaWindow, Path: filepath.Join("/", sum, strings.Repeat("x", h.n)), Name: "a.png", File: job.Fingerprint{Size: size},
	}})
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.Claim(h.t.Context(), queue.Claiming{Accounts: []string{account}, N: 1}); err != nil {
		h.t.Fatal(err)
	}
	im, err := client.DecodeImage([]byte(`{"id_encoded":"a","url":"https://img.example/a.png","is_approved":1}`))
	if err != nil {
		h.t.Fatal(err)
	}
	j, err := h.Move(h.t.Context(), added[0].ID, job.Succeed, queue.Update{Outcome: job.Uploaded, Image: &im, SHA256: sum})
	if err != nil {
		h.t.Fatal(err)
	}
	return j
}

func (h *history) has(s *sizes, account string, size int64) bool {
	h.t.Helper()
	has, err := s.has(h.t.Context(), h.Queue, account, size)
	if err != nil {
		h.t.Fatal(err)
	}
	return has
}

func TestOnlyBytesThatHistoryMayHaveAreAskedFor(t *testing.T) {
	h, s := newHistory(t), &sizes{}
	h.done("home", 5, "aa")
	h.done("home", 5, "bb")
	if h.has(s, "home", 6) || h.has(s, "work", 5) {
		t.Error("a size is known that nothing was done of")
	}
	if !h.has(s, "home", 5) || !s.mayKnow("home", 5, "aa") || !s.mayKnow("home", 5, "bb") || s.mayKnow("home", 5, "cc") {
		t.Errorf("of five bytes are known %v", s.known)
	}
	s.done(h.done("home", 5, "cc"))
	if !s.mayKnow("home", 5, "cc") || s.mayKnow("home", 5, "dd") {
		t.Errorf("after another has ended are known %v", s.known)
	}
}

func TestAJobThatEndsWhileHistoryIsReadIsNotOverlooked(t *testing.T) {
	h, s := newHistory(t), &sizes{}
	h.done("home", 5, "aa")
	sums, _, err := h.SumsOf(t.Context(), "home", 5, 10)
	if err != nil {
		t.Fatal(err)
	}
	s.done(h.done("home", 5, "bb"))
	s.remember(sizeOf{"home", 5}, sums, false, 0)
	if !s.mayKnow("home", 5, "bb") {
		t.Error("what ended meanwhile is held to be unknown")
	}
}

func TestWhatIsRememberedOfHistoryIsBounded(t *testing.T) {
	s := &sizes{}
	for size := range int64(3 * sizesMost) {
		s.remember(sizeOf{"home", size}, []string{"aa", "bb", "cc", "dd", "ee", "ff"}, false, 0)
	}
	if len(s.known) > sizesMost || s.held > sizesFiles {
		t.Errorf("%d sizes and %d files are remembered", len(s.known), s.held)
	}
	s.remember(sizeOf{"home", 5}, nil, true, 0)
	if !s.mayKnow("home", 5, "zz") {
		t.Error("of more files than are remembered one is held to be unknown")
	}
}
