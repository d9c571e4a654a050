package engine

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// kinds are all kinds of failure.
var kinds = []client.Kind{
	client.KindNetwork, client.KindStalled, client.KindServer, client.KindThrottled, client.KindAuth, client.KindTLS,
	client.KindDenied, client.KindProtocol, client.KindDuplicate, client.KindTooLarge, client.KindRejected,
	client.KindLocalFile, client.KindInvalid, client.KindCanceled,
}

func TestEveryKindOfFailureLeadsToWhatTheTableSays(t *testing.T) {
	want := map[client.Kind]follow{
		client.KindNetwork:   {gate: job.GateOffline}, // never connected
		client.KindStalled:   {retry: true},
		client.KindServer:    {retry: true},
		client.KindThrottled: {gate: job.GateThrottled},
		client.KindAuth:      {gate: job.GateNoKey},
		client.KindTLS:       {gate: job.GateUnavailable},
		client.KindDenied:    {gate: job.GateUnavailable},
		client.KindProtocol:  {gate: job.GateUnavailable},
		client.KindDuplicate: {}, client.KindTooLarge: {}, client.KindRejected: {},
		client.KindLocalFile: {}, client.KindInvalid: {}, client.KindCanceled: {},
	}
	for _, k := range kinds {
		if got := followOf(&client.Error{Kind: k}); got != want[k] {
			t.Errorf("%s leads to %+v, want %+v", k, got, want[k])
		}
	}
	if got := followOf(&client.Error{Kind: client.KindNetwork, Connected: true}); got != (follow{retry: true}) {
		t.Errorf("a connection that broke leads to %+v", got)
	}
}

func TestTheBackoffGrowsAndStaysWithinItsBounds(t *testing.T) {
	for n, most := range map[int]time.Duration{1: 2 * time.Second, 2: 4 * time.Second, 5: 32 * time.Second, 12: 10 * time.Minute, 99: 10 * time.Minute} {
		longest := time.Duration(0)
		for range 2000 {
			d := backoff(n)
			if d <= 0 || d > most {
				t.Fatalf("after %d tries: %v, want more than 0 and at most %v", n, d, most)
			}
			longest = max(longest, d)
		}
		if longest < most/2 {
			t.Errorf("after %d tries: never more than %v of %v", n, longest, most)
		}
	}
}

func TestAThrottleLastsAsLongAsTheHostSays(t *testing.T) {
	for _, c := range []struct {
		err  *client.Error
		want time.Duration
	}{
		{&client.Error{RetryAfter: 17 * time.Second, Period: "hour"}, 17 * time.Second},
		{&client.Error{Period: "hour"}, time.Hour},
		{&client.Error{Period: "week"}, 7 * 24 * time.Hour},
		{&client.Error{}, time.Minute},
		{nil, time.Minute},
	} {
		if got := throttle(c.err); got != c.want {
			t.Errorf("%+v: %v, want %v", c.err, got, c.want)
		}
	}
}

func TestChangesTellWhatWasTouchedSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c changes
		c.init()
		seen := c.at()
		got := make(chan []job.ID, 1)
		go func() {
			ch, err := c.since(t.Context(), seen)
			if err != nil || ch.All {
				t.Errorf("%+v, %v", ch, err)
			}
			got <- ch.Jobs
		}()
		synctest.Wait()
		select {
		case ids := <-got:
			t.Fatalf("told %v before anything changed", ids)
		default:
		}
		c.touch(7, 8)
		if ids := <-got; len(ids) != 2 || ids[0] != 7 || ids[1] != 8 {
			t.Errorf("touched %v", ids)
		}
		at := c.at()
		c.touch()
		if ch, err := c.since(t.Context(), at); err != nil || ch.All || len(ch.Jobs) != 0 {
			t.Errorf("a change of the snapshot only: %+v, %v", ch, err)
		}
		for i := range kept + 10 {
			c.touch(job.ID(i))
		}
		if ch, err := c.since(t.Context(), at); err != nil || !ch.All {
			t.Errorf("a caller far behind: %d jobs, %v", len(ch.Jobs), err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.since(ctx, c.at()); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller that went: %v", err)
		}
	})
}

func TestProgressAloneMakesFewRevisions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c changes
		c.init()
		first := c.at()
		for range 1000 {
			c.moved(false)
			time.Sleep(time.Millisecond)
		}
		if n := c.at() - first; n < 8 || n > 11 {
			t.Errorf("a second of progress made %d revisions, want about ten", n)
		}
	})
}

func TestOnlyPublicAddressesAreFetched(t *testing.T) {
	for text, want := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1:248:1893:25c8:1946": true, "8.8.8.8": true,
		"127.0.0.1": false, "::1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "0.0.0.0": false, "224.0.0.1": false, "255.255.255.255": false,
		"fe80::1": false, "fc00::1": false, "::": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "198.18.0.1": false,
	} {
		if got := public(netip.MustParseAddr(text).Unmap()); got != want {
			t.Errorf("public(%s) = %v, want %v", text, got, want)
		}
	}
	if public(netip.MustParseAddr("::ffff:127.0.0.1").Unmap()) {
		t.Error("loopback in its mapped form is public")
	}
}

// fetcher is an engine that can fetch, from loopback only if allowed.
func fetcher(t *testing.T, allowed func(netip.Addr) bool) *Engine {
	return &Engine{cfg: Config{Spool: t.TempDir(), Version: "test", FetchAllowed: allowed}}
}

func TestAURLIsFetchedIntoTheSpool(t *testing.T) {
	body := "\x89PNG\r\n\x1a\n and so on"
	mux := http.NewServeMux()
	mux.HandleFunc("/pics/cat.png", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write([]byte(body))
	})
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>"))
	})
	mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte(body))
	})
	mux.Handle("/loop", http.RedirectHandler("/loop", http.StatusFound))
	srv := httptest.NewServer(mux)
	defer srv.Close()
	loopback := func(a netip.Addr) bool { return a.IsLoopback() }

	got, err := fetcher(t, loopback).fetch(t.Context(), srv.URL+"/pics/cat.png")
	if err != nil || got.name != "cat.png" {
		t.Fatalf("%+v, %v", got, err)
	}
	if data, err := os.ReadFile(got.path); err != nil || string(data) != body {
		t.Errorf("fetched %q, %v", data, err)
	}
	for path, want := range map[string]string{"/page": "neither a picture", "/short": "whole", "/nothing": "404", "/loop": "could not be fetched"} {
		e := fetcher(t, loopback)
		_, err := e.fetch(t.Context(), srv.URL+path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want something about %q", path, err, want)
		}
		if left, _ := os.ReadDir(e.cfg.Spool); len(left) != 0 {
			t.Errorf("%s left %v in the spool", path, left)
		}
	}
	if _, err := fetcher(t, nil).fetch(t.Context(), srv.URL+"/pics/cat.png"); !errors.Is(err, errPrivate) {
		t.Errorf("loopback was fetched: %v", err)
	}
	redirect := httptest.NewServer(http.RedirectHandler(strings.Replace(srv.URL, "127.0.0.1", "[::1]", 1), http.StatusFound))
	defer redirect.Close()
	only4 := func(a netip.Addr) bool { return a.Is4() }
	if _, err := fetcher(t, only4).fetch(t.Context(), redirect.URL); !errors.Is(err, errPrivate) {
		t.Errorf("a redirect to a closed address was followed: %v", err)
	}
}

func TestAFileIsMovedOntoTheNextFreeName(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	for _, want := range []string{"a.png", "a (1).png", "a (2).png"} {
		path := filepath.Join(from, "a.png")
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := moveNew(path, to, fingerprint(info)); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(filepath.Join(to, want)); err != nil || string(data) != want {
			t.Errorf("%s holds %q, %v", want, data, err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is still there", path)
		}
	}
}

func TestOneURLIsOneAddressAndNothingElse(t *testing.T) {
	for text, want := range map[string]bool{
		"https://example.com/a.png": true, " http://example.com/b \n": true,
		"": false, "example.com": false, "ftp://example.com": false, "javascript:alert(1)": false,
		"https://a https://b": false, "see https://example.com": false, "https://user:pw@example.com/": false, "file:///etc/passwd": false,
	} {
		if _, got := oneURL(text); got != want {
			t.Errorf("oneURL(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestAFileMustStayUnlessTheHostSurelyHasIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	if err := os.WriteFile(path, []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	sure := job.Job{State: job.Done, Outcome: job.Uploaded, Path: path, File: fingerprint(info), Verified: client.VerifiedIdentical, Image: &client.Image{Approved: true}}
	if why := mustKeep(sure); why != "" {
		t.Errorf("a sure one must stay: %s", why)
	}
	for name, change := range map[string]func(*job.Job){
		"duplicate":           func(j *job.Job) { j.Outcome = job.Duplicate },
		"unapproved":          func(j *job.Job) { j.Outcome, j.Image = job.Unapproved, &client.Image{} },
		"expires":             func(j *job.Job) { j.Image = &client.Image{Approved: true, Expires: time.Now()} },
		"changed by the host": func(j *job.Job) { j.Verified = client.VerifiedChanged },
		"not compared":        func(j *job.Job) { j.Verified = client.VerifiedUnknown },
		"another file now":    func(j *job.Job) { j.File.Size++ },
		"gone":                func(j *job.Job) { j.Path += "x" },
		"failed":              func(j *job.Job) { j.State = job.Failed },
	} {
		j := sure
		change(&j)
		if mustKeep(j) == "" {
			t.Errorf("%s: may be put away", name)
		}
	}
}

func TestAnAccountThatWasAddedAnewOutlivesTheOldOnesLastSender(t *testing.T) {
	old, anew := &account{id: "a", gone: true}, &account{id: "a"}
	e := &Engine{accounts: map[string]*account{"a": anew}}
	e.bury(old)
	if e.accounts["a"] != anew {
		t.Error("the new account was forgotten with the old one")
	}
	e.accounts["a"] = old
	if e.bury(old); len(e.accounts) != 0 {
		t.Error("an account that is gone was not forgotten")
	}
}

func TestAFileHasLeftItsPathWhenAnotherOneLiesThere(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	inode := map[string]uint64{}
	for _, path := range []string{a, b} {
		if err := os.WriteFile(path, []byte(path), 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		inode[path] = fingerprint(info).Inode
	}
	if inode[a] == 0 {
		t.Skip("this system does not tell files apart")
	}
	if hasLeft(a, inode[a]) || hasLeft(a, 0) {
		t.Error("a file that lies there has left")
	}
	if !hasLeft(a, inode[b]) || !hasLeft(filepath.Join(dir, "c"), inode[a]) {
		t.Error("a file that lies elsewhere, or nowhere, is still there")
	}
}
