package engine_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/uploader"
)

// filesOf are all files of a folder by name.
func (h *house) filesOf(dir string, states ...uploader.FileState) map[string]uploader.FolderFile {
	h.t.Helper()
	page, err := h.FolderFiles(h.t.Context(), uploader.FolderFilesRequest{Folder: dir, States: states, N: uploader.FolderFilesMost})
	if err != nil {
		h.t.Fatal(err)
	}
	files := map[string]uploader.FolderFile{}
	for _, f := range page.Files {
		files[filepath.Base(f.Path)] = f
	}
	if len(files) != page.Total {
		h.t.Fatalf("%d files, but a total of %d", len(files), page.Total)
	}
	return files
}

// stands waits until a file of a folder is in a state, and returns it.
func (h *house) stands(dir, name string, s uploader.FileState) uploader.FolderFile {
	h.t.Helper()
	var f uploader.FolderFile
	soon(h.t, name+" is "+string(s), func() bool {
		f = h.filesOf(dir)[name]
		return f.State == s
	})
	return f
}

func TestEveryFileOfAFolderHasAStateAndAReason(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.save(filepath.Join(dir, "old.png"), 1)
	h.addFolder(uploader.Folder{Path: dir, Exclude: []string{"raw*"}, MaxSize: 1 << 20})
	whole := bigPicture(t)
	for name, data := range map[string][]byte{
		"new.png": picture(2), "raw.png": picture(3), "cut.png": whole[:len(whole)-20], "notes.txt": []byte("x"),
		"big.png": make([]byte, 2<<20),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	h.done("new.png")
	h.stands(dir, "cut.png", uploader.FileIncomplete)
	files := h.filesOf(dir)
	for name, want := range map[string]struct {
		state  uploader.FileState
		reason string
		byHand bool
	}{
		"old.png":   {uploader.FileSkipped, "It was there before the folder was watched", false},
		"new.png":   {uploader.FileSent, "Uploaded", false},
		"raw.png":   {uploader.FileFiltered, "left out by the pattern raw*", true},
		"cut.png":   {uploader.FileIncomplete, "not complete: ", true},
		"notes.txt": {uploader.FileFiltered, "no picture or video", true},
		"big.png":   {uploader.FileTooLarge, "that this folder allows", true},
	} {
		f := files[name]
		if f.State != want.state || !strings.Contains(f.Reason, want.reason) || f.ByHand != want.byHand {
			t.Errorf("%s is %+v", name, f)
		}
		info, err := os.Lstat(filepath.Join(dir, name))
		if err != nil || f.Size != info.Size() || !f.ModTime.Equal(info.ModTime()) {
			t.Errorf("%s has size %d of %v, %v", name, f.Size, f.ModTime, err)
		}
	}
	if len(files) != 6 {
		t.Errorf("%d files: %+v", len(files), files)
	}
	if j := files["new.png"].Job; j == 0 || files["old.png"].Job != 0 {
		t.Errorf("jobs are %d and %d", j, files["old.png"].Job)
	}
	if only := h.filesOf(dir, uploader.FileIncomplete, uploader.FileSent); len(only) != 2 || only["cut.png"].Path == "" || only["new.png"].Path == "" {
		t.Errorf("chosen by state: %+v", only)
	}
}

func TestAFileThatWasMovedAfterItsUploadIsToldAsSent(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	at := func(name string) string { return filepath.Join(dir, name) }
	h.save(at("old.png"), 9)
	h.addFolder(uploader.Folder{Path: dir, Recursive: true})
	h.save(at("a.png"), 1)
	h.save(at("c.png"), 2)
	first := h.stands(dir, "a.png", uploader.FileSent)
	h.stands(dir, "c.png", uploader.FileSent)
	if err := os.Mkdir(at("sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"a.png": "b.png", "c.png": "sub/d.png", "old.png": "older.png"} {
		if err := os.Rename(at(from), at(filepath.FromSlash(to))); err != nil {
			t.Fatal(err)
		}
	}
	h.save(at("a.png"), 3) // another picture takes the name of the first
	if f := h.stands(dir, "b.png", uploader.FileSent); f.Job != first.Job || f.Reason != "Uploaded" {
		t.Errorf("the first is %+v under its new name, was %+v", f, first)
	}
	if f := h.stands(dir, "d.png", uploader.FileSent); f.Job == 0 || f.Job == first.Job {
		t.Errorf("the second is %+v", f)
	}
	if f := h.stands(dir, "a.png", uploader.FileSent); f.Job == first.Job {
		t.Errorf("the third is %+v", f)
	}
	h.stands(dir, "older.png", uploader.FileSkipped)
	if n := h.jobs(); n != 3 {
		t.Errorf("%d jobs for three pictures", n)
	}
	if _, err := h.PauseFolder(t.Context(), uploader.PauseFolderRequest{Path: dir, Paused: true}); err != nil {
		t.Fatal(err)
	}
	if f := h.filesOf(dir)["b.png"]; f.State != uploader.FileSent || f.Job != first.Job {
		t.Errorf("while nobody watches: %+v", f)
	}
}

func TestFilesOfAFolderComePageByPage(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	const n = 25
	for i := range n {
		h.save(filepath.Join(dir, fmt.Sprintf("%02d.png", i)), i)
	}
	h.addFolder(uploader.Folder{Path: dir})
	var want, names []string
	for i := range n {
		want = append(want, fmt.Sprintf("%02d.png", i))
	}
	soon(t, "all known, in pages", func() bool { // no change of the engine tells of that
		names = nil
		for from := 0; ; from += 10 {
			page, err := h.FolderFiles(t.Context(), uploader.FolderFilesRequest{Folder: dir, From: from, N: 10})
			if err != nil || page.Total != n || len(page.Files) > 10 {
				t.Fatalf("page from %d: %+v, %v", from, page, err)
			}
			for _, f := range page.Files {
				names = append(names, filepath.Base(f.Path))
			}
			if page.Counts[uploader.FileSkipped] != n {
				return false // the watcher has yet to ask whether it knows them
			}
			if len(page.Files) == 0 {
				return true
			}
		}
	})
	if !slices.Equal(names, want) {
		t.Errorf("in pages: %v", names)
	}
	if _, err := h.FolderFiles(t.Context(), uploader.FolderFilesRequest{Folder: h.dir}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not watched: %v", err)
	}
}

func TestAFileBehindAGateSaysWhatItWaitsFor(t *testing.T) {
	h := newHouse(t, chevtest.Config{})
	h.keys.keys = map[string]client.Key{}
	h.start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir})
	h.save(filepath.Join(dir, "a.png"), 1)
	h.await("gate", func() bool { return len(h.gates()) == 1 })
	f := h.stands(dir, "a.png", uploader.FileWaiting)
	if want := "There is no API key for this account yet"; !strings.HasPrefix(f.Reason, want) || f.Job == 0 {
		t.Errorf("behind the gate it is %+v", f)
	}
	h.pauseAll()
	if f := h.stands(dir, "a.png", uploader.FileWaiting); !strings.HasPrefix(f.Reason, "Paused") {
		t.Errorf("paused it is %+v", f)
	}
}

func TestAPausedFolderAndOneThatIsGoneAreListedToo(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.save(filepath.Join(dir, "old.png"), 1)
	h.addFolder(uploader.Folder{Path: dir})
	h.save(filepath.Join(dir, "sent.png"), 2)
	h.done("sent.png")
	if _, err := h.PauseFolder(t.Context(), uploader.PauseFolderRequest{Path: dir, Paused: true}); err != nil {
		t.Fatal(err)
	}
	h.save(filepath.Join(dir, "new.png"), 3)
	files := h.filesOf(dir)
	if f := files["new.png"]; f.State != uploader.FileWaiting || f.Reason != "The folder is paused" {
		t.Errorf("a new file is %+v", f)
	}
	if f := files["old.png"]; f.State != uploader.FileSkipped {
		t.Errorf("a file that was there is %+v", f)
	}
	if f := files["sent.png"]; f.State != uploader.FileSent || f.Job == 0 {
		t.Errorf("a sent file is %+v", f)
	}
	if _, err := h.PauseFolder(t.Context(), uploader.PauseFolderRequest{Path: dir}); err != nil {
		t.Fatal(err)
	}
	h.done("new.png", "sent.png")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	h.await("missing", func() bool {
		page, err := h.FolderFiles(t.Context(), uploader.FolderFilesRequest{Folder: dir})
		return err == nil && page.State == uploader.FolderMissing && page.Reason != "" && page.Total == 0
	})
}

func TestAFileThatIsNotPutAwaySaysWhy(t *testing.T) {
	h := newHouse(t, chevtest.Config{Site: chevtest.Site{Moderated: true}}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir, After: "move=sent"})
	h.save(filepath.Join(dir, "a.png"), 1)
	f := h.stands(dir, "a.png", uploader.FileSent)
	if want := "Waits for a moderator; it stays where it is: a moderator has not approved it yet"; f.Reason != want {
		t.Errorf("it is %+v", f)
	}
}

func TestAFileThatARuleKeepsOutIsSentByHand(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir, Exclude: []string{"raw*"}})
	raw := filepath.Join(dir, "raw.png")
	h.save(raw, 1)
	h.stands(dir, "raw.png", uploader.FileFiltered)
	if _, err := h.GiveFile(t.Context(), uploader.FileRequest{Folder: dir, Path: raw}); err != nil {
		t.Fatal(err)
	}
	h.done("raw.png")
	if f := h.filesOf(dir)["raw.png"]; f.State != uploader.FileSent || f.ByHand {
		t.Errorf("afterwards it is %+v", f)
	}
	h.save(raw, 2) // another version: the rule holds for it
	h.stands(dir, "raw.png", uploader.FileFiltered)
	outside := filepath.Join(h.dir, "outside.png")
	h.save(outside, 3)
	if _, err := h.GiveFile(t.Context(), uploader.FileRequest{Folder: dir, Path: outside}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file outside of the folder: %v", err)
	}
}

func TestAFileLargerThanTheHostTakesIsTriedOnce(t *testing.T) {
	h := newHouse(t, chevtest.Config{Site: chevtest.Site{Limits: chevtest.Limits{SiteMB: 1}}}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir})
	save := func(name string, n, size int) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), padded(n, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save("first.png", 1, 1_200_000)
	f := h.stands(dir, "first.png", uploader.FileTooLarge)
	if f.Job == 0 || !strings.HasPrefix(f.Reason, "The file is larger than the host takes") {
		t.Errorf("after the host's word it is %+v", f)
	}
	next, n := "", 1
	h.await("learned", func() bool { // those saved before that are tried
		n++
		next = fmt.Sprintf("%d.png", n)
		save(next, n, 1_100_000)
		f = h.stands(dir, next, uploader.FileTooLarge)
		return f.Job == 0
	})
	if want := "The file is larger than the host takes: 1 MB"; f.Reason != want || !f.ByHand {
		t.Errorf("the next one is %+v", f)
	}
	tried := h.jobs()
	save("small.png", 1000, 900_000)
	h.stands(dir, "small.png", uploader.FileSent)
	h.stop()
	h.start() // it is remembered
	save("later.png", 1001, 1_150_000)
	h.stands(dir, "later.png", uploader.FileTooLarge)
	if n := h.jobs(); n != tried+1 {
		t.Errorf("%d jobs after %d, want that of small only", n, tried)
	}

	// The host takes larger files now: sent by hand, one shows it.
	if err := h.host.Change(func(s *chevtest.Site) { s.Limits.SiteMB = 0 }); err != nil {
		t.Fatal(err)
	}
	if _, err := h.GiveFile(t.Context(), uploader.FileRequest{Folder: dir, Path: filepath.Join(dir, next)}); err != nil {
		t.Fatal(err)
	}
	h.stands(dir, next, uploader.FileSent)
	h.stands(dir, "later.png", uploader.FileSent)
	if f := h.filesOf(dir)["first.png"]; f.State != uploader.FileTooLarge || f.Job == 0 {
		t.Errorf("the one that has failed is %+v; trying it again is the person's to do", f)
	}
}

func TestAKindThatTheHostHasSwitchedOffIsTriedOnce(t *testing.T) {
	h := newHouse(t, chevtest.Config{Site: chevtest.Site{DisabledFormats: []string{"png"}}}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir})
	h.save(filepath.Join(dir, "a.png"), 1)
	h.stands(dir, "a.png", uploader.FileFailed)
	n := 2
	h.await("learned", func() bool {
		n++
		name := fmt.Sprintf("%d.png", n)
		h.save(filepath.Join(dir, name), n)
		f := h.filesOf(dir)[name]
		return f.State == uploader.FileFiltered && f.Reason == "The host has refused files of this kind: .png"
	})
	// Another key is another matter.
	was := h.jobs()
	a := uploader.Account{Name: "main", Address: h.host.URL}
	if err := h.host.Change(func(s *chevtest.Site) { s.DisabledFormats = nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := h.AddAccount(t.Context(), uploader.Candidate{Account: a, Key: client.NewKey(h.host.Key)}); err != nil {
		t.Fatal(err)
	}
	h.await("taken up", func() bool { return h.jobs() > was })
}

func TestAnOddAnswerIsNotTakenForALimit(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir})
	save := func(name string, n, size int) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), padded(n, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save("large.png", 1, 100_000)
	h.done("large.png")
	// A real Chevereto says so of a body that PHP has thrown away for its size,
	// but of other trouble too.
	h.host.Inject(chevtest.Fault{
		Kind: chevtest.Custom, Match: "odd.png", Status: 400, Type: "application/json",
		Text: `{"status_code":400,"error":{"message":"Empty upload source","code":130},"status_txt":"Bad Request"}`,
	})
	save("odd.png", 2, 50_000)
	h.stands(dir, "odd.png", uploader.FileTooLarge)
	n := 2
	for end := time.Now().Add(time.Second); time.Now().Before(end); { // longer than to learn takes
		n++
		name := fmt.Sprintf("%d.png", n)
		save(name, n, 60_000)
		h.stands(dir, name, uploader.FileSent)
	}
}

func TestAFileSentByHandIsListedAlsoWhileItsFolderIsPaused(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	dir := h.folder("shots")
	h.addFolder(uploader.Folder{Path: dir, Exclude: []string{"raw*"}})
	raw, other := filepath.Join(dir, "raw.png"), filepath.Join(dir, "raw2.png")
	h.save(raw, 1)
	h.save(other, 2)
	h.stands(dir, "raw.png", uploader.FileFiltered)
	if _, err := h.GiveFile(t.Context(), uploader.FileRequest{Folder: dir, Path: raw}); err != nil {
		t.Fatal(err)
	}
	h.stands(dir, "raw.png", uploader.FileSent)
	if _, err := h.PauseFolder(t.Context(), uploader.PauseFolderRequest{Path: dir, Paused: true}); err != nil {
		t.Fatal(err)
	}
	if f := h.filesOf(dir)["raw.png"]; f.State != uploader.FileSent || f.Job == 0 || f.Reason != "Uploaded" {
		t.Errorf("while the folder is paused: %+v", f)
	}
	if err := os.Remove(raw); err != nil {
		t.Fatal(err)
	}
	if f, ok := h.filesOf(dir)["raw.png"]; ok {
		t.Errorf("it is there no more: %+v", f)
	}
}

func TestFilesThatAreClaimedAheadWaitForTheirTurn(t *testing.T) {
	h := newHouse(t, chevtest.Config{}).start()
	h.host.Inject(chevtest.Fault{Kind: chevtest.StallBody, After: 10, Times: -1})
	dir := h.folder("shots")
	h.pauseAll()
	h.addFolder(uploader.Folder{Path: dir})
	for i := range 12 {
		h.save(filepath.Join(dir, fmt.Sprintf("%02d.png", i)), i)
	}
	soon(t, "all taken", func() bool { return h.jobs() == 12 })
	h.resumeAll()
	soon(t, "four on their way and eight waiting for their turn", func() bool {
		page, err := h.FolderFiles(t.Context(), uploader.FolderFilesRequest{Folder: dir, N: uploader.FolderFilesMost})
		if err != nil {
			t.Fatal(err)
		}
		told := map[string]int{}
		for _, f := range page.Files {
			told[f.Reason]++
		}
		if n := page.Counts[uploader.FileSending]; n > 4 || told["On its way"] > 4 {
			t.Fatalf("%d are counted as on their way, and %v told", n, told)
		}
		return page.Counts[uploader.FileSending] == 4 && page.Counts[uploader.FileQueued] == 8 && told["On its way"] == 4 && told["Waits for its turn"] == 8
	})
	h.host.Heal()
}

// soon looks again and again until cond holds.
func soon(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: did not happen", what)
		}
	}
}

// jobs counts all jobs.
func (h *house) jobs() int {
	h.t.Helper()
	page, err := h.Jobs(h.t.Context(), uploader.JobsRequest{N: 1})
	if err != nil {
		h.t.Fatal(err)
	}
	return page.Total
}

// padded is a PNG of so many bytes: a chunk that nobody reads fills it up.
func padded(n, size int) []byte {
	p := picture(n)
	end := p[len(p)-12:]
	return append(chunk(p[:len(p)-12], "paDd", size-len(p)-12), end...)
}

// chunk adds a chunk with a body of so many bytes, none of them 0, to a PNG.
func chunk(p []byte, name string, size int) []byte {
	body := append([]byte(name), bytes.Repeat([]byte{'x'}, size)...)
	p = binary.BigEndian.AppendUint32(bytes.Clone(p), uint32(size))
	return binary.BigEndian.AppendUint32(append(p, body...), crc32.ChecksumIEEE(body))
}
