package engine_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestAnAccountThatCannotBeKeptLeavesNoKeyBehind(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.start()
	refusal := errors.New("the settings cannot be kept")
	h.store.mu.Lock()
	known := h.store.s.Accounts[0]
	h.store.refusal = refusal
	h.store.mu.Unlock()
	fresh := known
	fresh.Name = "another"
	if _, err := h.AddAccount(t.Context(), uploader.Candidate{Account: fresh, Key: client.NewKey("chv_of_another")}); !errors.Is(err, refusal) {
		t.Fatalf("a refused account: %v", err)
	}
	if _, err := h.keys.Get(t.Context(), fresh.ID()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its key: %v, want none", err)
	}
	if _, err := h.AddAccount(t.Context(), uploader.Candidate{Account: known, Key: client.NewKey(h.host.Key)}); !errors.Is(err, refusal) {
		t.Fatalf("a refused change: %v", err)
	}
	if _, err := h.keys.Get(t.Context(), known.ID()); err != nil {
		t.Errorf("the key of an account that was there before: %v", err)
	}
}

func TestAnUploadIsTakenBackAlsoWhenItsAccountIsNoMore(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	o := order(h.file("a.png", 1))
	h.submit(o)
	j := h.until(o.Batch, "done", all(job.Done))[0]
	if _, err := h.RemoveAccount(t.Context(), uploader.AccountRequest{Account: "main"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.DeleteOnHost(t.Context(), uploader.JobRequest{ID: j.ID}); err != nil {
		t.Fatal(err)
	}
	if n := len(h.host.Stored()); n != 0 {
		t.Errorf("the host still has %d files", n)
	}
}

func TestAPathThatNoFileCanHaveIsSaidToBeMissing(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.start()
	file := h.file("a.png", 1)
	for name, path := range map[string]string{
		"below a file":         filepath.Join(file, "x.png"),
		"with an endless name": filepath.Join(filepath.Dir(file), strings.Repeat("n", 300)+".png"),
	} {
		receipt, err := h.Submit(t.Context(), order(path))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if f := receipt.Entries[0].Failure; f == nil || f.Code != job.CodeMissing {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
