package chevtest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"
)

// awaited fails the test unless the host's counters come to that.
func awaited(t *testing.T, s *Server, done func(Stats) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Await(ctx, done); err != nil {
		t.Fatal(err)
	}
}

func calm(cfg Config) Config {
	cfg.Site.Flood.Off = true
	return cfg
}

func TestFaultsOfTheConnection(t *testing.T) {
	for _, c := range []struct {
		fault    Fault
		kept     int
		complete bool
		status   int
	}{
		{Fault{Kind: CutBefore}, 0, false, 0},
		{Fault{Kind: CutBefore, Match: "*.png"}, 0, false, 0},
		{Fault{Kind: CutBody, After: 1000}, 0, false, 0},
		{Fault{Kind: CutBody, After: 1000, Match: "*.png"}, 0, false, 0},
		{Fault{Kind: CutAfter}, 0, true, 0},
		{Fault{Kind: CutAfter, Match: "f.png"}, 0, true, 0},
		{Fault{Kind: LoseAnswer}, 1, true, 0},
		{Fault{Kind: CutAnswer}, 1, true, 200},
	} {
		t.Run(string(c.fault.Kind)+" "+c.fault.Match, func(t *testing.T) {
			s := NewServer(t, calm(Config{}))
			s.Inject(c.fault)
			big := file("f.png", "image/png", append(pngOf(64, 48, 1), make([]byte, 512<<10)...))
			if g, err := try(t, s, big); err == nil {
				t.Fatalf("an answer came: %d %s", g.status, g.body)
			}
			awaited(t, s, func(n Stats) bool { return n.Active == 0 })
			seen := s.Uploads()[0]
			if len(s.Stored()) != c.kept || seen.Complete != c.complete || seen.Status != c.status || seen.Fault != c.fault.Kind || !seen.Done {
				t.Errorf("%d files, %+v", len(s.Stored()), seen)
			}
			t.Run("the next request meets none", func(t *testing.T) {
				g := send(t, s, big)
				if c.kept == 1 {
					wantCode(t, g, "400 101 Duplicated upload")
				} else if g.image() == nil {
					t.Errorf("%d %s", g.status, g.body)
				}
			})
		})
	}
}

func TestStalledBody(t *testing.T) {
	for _, fault := range []Fault{{Kind: StallBody, After: 200_000}, {Kind: StallBody, After: 200_000, Match: "big*"}, {Kind: StallBody}} {
		t.Run("goes on when healed "+fault.Match, func(t *testing.T) {
			s := NewServer(t, calm(Config{}))
			s.Inject(fault)
			var all sync.WaitGroup
			all.Go(func() {
				g, err := try(t, s, file("big.png", "", append(pngOf(64, 48, 1), make([]byte, 2<<20)...)))
				if err != nil || g.image() == nil {
					t.Errorf("%v %d %s", err, g.status, g.body)
				}
			})
			awaited(t, s, func(n Stats) bool { return n.Stalled == 1 })
			if n := s.Stats(); fault.Match == "" && n.Bytes != fault.After || n.Active != 1 {
				t.Errorf("%+v", n)
			}
			s.Heal()
			all.Wait()
			if n := s.Stats(); n.Stalled != 0 || n.Stored != 1 || n.Faults != 1 {
				t.Errorf("%+v", n)
			}
		})
	}
	t.Run("ends after its time", func(t *testing.T) {
		s := NewServer(t, calm(Config{}))
		s.Inject(Fault{Kind: StallBody, For: 30 * time.Millisecond})
		began := time.Now()
		upload(t, s, aPNG(1))
		if d := time.Since(began); d < 30*time.Millisecond {
			t.Errorf("it took %v", d)
		}
	})
	t.Run("ends with the host", func(t *testing.T) {
		s := NewServer(t, calm(Config{}))
		s.Inject(Fault{Kind: StallBody, Times: -1})
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if g, err := try(t, s, aPNG(1)); err == nil {
					t.Errorf("an answer came: %d", g.status)
				}
			})
		}
		awaited(t, s, func(n Stats) bool { return n.Stalled == 3 })
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		all.Wait()
	})
}

func TestStalledReply(t *testing.T) {
	s := NewServer(t, calm(Config{}))
	s.Inject(Fault{Kind: StallReply})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all sync.WaitGroup
	all.Go(func() {
		r := newRequest(s, aPNG(1)).build(t, s).WithContext(ctx)
		if answer, err := http.DefaultTransport.RoundTrip(r); err == nil {
			_ = answer.Body.Close()
			t.Errorf("an answer came: %d", answer.StatusCode)
		}
	})
	awaited(t, s, func(n Stats) bool { return n.Stalled == 1 })
	cancel() // the client loses patience: the file is there all the same
	all.Wait()
	awaited(t, s, func(n Stats) bool { return n.Active == 0 })
	wantCode(t, send(t, s, aPNG(1)), "400 101 Duplicated upload")
}

func TestFaultsOfTheAnswer(t *testing.T) {
	s := NewServer(t, calm(Config{}))
	for seed, c := range []struct {
		fault        Fault
		status       int
		kind, body   string
		header, want string
	}{
		{Fault{Kind: EmptyAnswer}, 200, "application/json", "", "", ""},
		{Fault{Kind: TooMany, RetryAfter: 7 * time.Second}, 429, "text/html", "429 Too Many Requests", "Retry-After", "7"},
		{Fault{Kind: Unavailable, RetryAfter: time.Minute}, 503, "text/html", "503 Service Unavailable", "Retry-After", "60"},
		{Fault{Kind: Unavailable}, 503, "text/html", "503", "Retry-After", ""},
		{Fault{Kind: ServerError}, 500, "text/html", "Something went wrong", "", ""},
		{Fault{Kind: SystemError}, 200, "text/html", "System error", "", ""},
		{Fault{Kind: Maintenance}, 200, "text/html", "Website under maintenance", "", ""},
		{Fault{Kind: Banned, Text: "Go away"}, 200, "text/html", "Go away", "", ""},
		{Fault{Kind: Banned, Location: "https://x.example/ban"}, 301, "text/html", "", "Location", "https://x.example/ban"},
		{Fault{Kind: LockedOut}, 403, "text/html", "", "", ""},
		{Fault{Kind: Elsewhere, Location: "https://x.example/api/1/upload", Status: 307}, 307, "text/html", "", "Location", "https://x.example/api/1/upload"},
		{Fault{Kind: Elsewhere, Location: "https://x.example/"}, 302, "text/html", "", "Location", "https://x.example/"},
		{Fault{Kind: Portal}, 200, "text/html", "Log in", "", ""},
		{Fault{Kind: DiskFull}, 400, "application/json", `"code":0`, "", ""},
		{Fault{Kind: FolderLocked}, 400, "application/json", `"code":632`, "", ""},
		{Fault{Kind: StorageFull}, 400, "application/json", `"code":104`, "", ""},
		{Fault{Kind: NotEncodable}, 500, "application/json", `"code":null`, "", ""},
		{Fault{Kind: SubdirError}, 500, "application/json", `"errors":["`, "", ""},
		{Fault{Kind: Custom, Status: 418, Type: "text/plain", Text: "tea"}, 418, "text/plain", "tea", "", ""},
		{Fault{Kind: Custom, Text: "<p>hi"}, 200, "text/html", "<p>hi", "", ""},
	} {
		for _, way := range []string{"read", "early", "kept"} {
			t.Run(string(c.fault.Kind)+" "+way, func(t *testing.T) {
				f := c.fault
				f.Early, f.Store = way == "early", way == "kept"
				s.Inject(f)
				before := len(s.Stored())
				body := append(pngOf(20, 10, uint64(seed)), make([]byte, 300<<10)...)
				g := send(t, s, file("f.png", "", body))
				if g.status != c.status || !strings.HasPrefix(g.header.Get("Content-Type"), c.kind) || !strings.Contains(g.body, c.body) || c.body == "" && g.body != "" {
					t.Errorf("%d %s %q", g.status, g.header.Get("Content-Type"), g.body)
				}
				if c.header != "" && g.header.Get(c.header) != c.want {
					t.Errorf("%s: %q", c.header, g.header.Get(c.header))
				}
				if kept := len(s.Stored()) - before; kept != map[string]int{"kept": 1}[way] {
					t.Errorf("%d files were kept", kept)
				}
			})
		}
	}
}

func TestTruncatedJSON(t *testing.T) {
	s := NewServer(t, calm(Config{}))
	s.Inject(Fault{Kind: TruncatedJSON})
	g := send(t, s, aPNG(1))
	if g.status != 200 || len(g.body) < 100 || json.Valid([]byte(g.body)) || len(s.Stored()) != 1 {
		t.Errorf("%d %s", g.status, g.body)
	}
}

func TestWhichRequestMeetsAFault(t *testing.T) {
	s := NewServer(t, calm(Config{}))
	s.Inject(Fault{Kind: ServerError, Match: "bad-*.png", Times: 2})
	s.Inject(Fault{Kind: TooMany, Match: "slow.png"})
	s.Inject(Fault{Kind: LockedOut, Path: "/image/"})
	s.Inject(Fault{Kind: Unavailable, Path: "/images/", Times: -1})
	named := func(name string, seed uint64) option { return file(name, "", pngOf(9, 9, seed)) }
	for _, c := range []struct {
		name   string
		status int
	}{{"good.png", 200}, {"bad-1.png", 500}, {"slow.png", 429}, {"bad-2.png", 500}, {"bad-3.png", 200}, {"slow.png", 200}} {
		if g := send(t, s, named(c.name, uint64(len(s.Requests())))); g.status != c.status {
			t.Errorf("%s: %d, want %d", c.name, g.status, c.status)
		}
	}
	f := s.Stored()[0]
	for address, want := range map[string][]int{"/image/" + f.ID: {403, 200}, f.Path: {503, 503}, "/": {200}} {
		for _, status := range want {
			if g := get(t, s, "GET", address); g.status != status {
				t.Errorf("%s: %d, want %d", address, g.status, status)
			}
		}
	}
	s.Heal()
	if g := get(t, s, "GET", f.Path); g.status != 200 {
		t.Errorf("healed: %d", g.status)
	}
}

func TestClientThatGoesInMidBodyLeavesNothing(t *testing.T) {
	s := NewServer(t, calm(Config{Dir: t.TempDir()}))
	r := newRequest(s, file("f.png", "", append(pngOf(9, 9, 1), make([]byte, 512<<10)...))).build(t, s)
	r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, 1<<18), iotest.ErrReader(io.ErrClosedPipe)))
	if answer, err := http.DefaultTransport.RoundTrip(r); err == nil {
		_ = answer.Body.Close()
		t.Fatalf("an answer came: %d", answer.StatusCode)
	}
	awaited(t, s, func(n Stats) bool { return n.Requests == 1 && n.Active == 0 })
	if seen := s.Uploads()[0]; seen.Complete || seen.Status != 0 || len(s.Stored()) != 0 {
		t.Errorf("%+v", seen)
	}
	upload(t, s, aPNG(1))
}

func TestSlowReader(t *testing.T) {
	s := NewServer(t, calm(Config{ReadRate: 1 << 20}))
	began := time.Now()
	upload(t, s, file("f.png", "", append(pngOf(9, 9, 1), make([]byte, 512<<10)...)))
	if d := time.Since(began); d < 400*time.Millisecond {
		t.Errorf("half a MB at 1 MB a second took %v", d)
	}
}

func TestAnswerDelay(t *testing.T) {
	s := NewServer(t, calm(Config{AnswerDelay: 50 * time.Millisecond}))
	began := time.Now()
	upload(t, s, aPNG(1))
	if d := time.Since(began); d < 50*time.Millisecond {
		t.Errorf("%v", d)
	}
	t.Run("does not hold up pages", func(t *testing.T) {
		slow := NewServer(t, calm(Config{AnswerDelay: time.Hour}))
		if g := get(t, slow, "GET", "/"); g.status != 200 {
			t.Errorf("%d", g.status)
		}
	})
}

func TestDiscard(t *testing.T) {
	dir := t.TempDir()
	s := NewServer(t, calm(Config{Dir: dir, Discard: true}))
	data := append(pngOf(64, 48, 1), make([]byte, 3<<20)...)
	im := upload(t, s, file("f.png", "image/png", data))
	for key, want := range map[string]any{"md5": nil, "size": float64(len(data)), "width": 64.0, "original_filename": "f.png", "mime": "image/png"} {
		wantField(t, im, key, want)
	}
	wantField(t, upload(t, s, file("clip.mp4", "video/mp4", sample(t, "clip.mp4"))), "type", "video")
	wantCode(t, send(t, s, withKey("wrong"), aPNG(1)), "400 100 Invalid API key.")
	if n := s.Stats(); n.Stored != 2 || n.Bytes < int64(len(data)) || len(s.Stored()) != 0 {
		t.Errorf("%+v", n)
	}
	if g := get(t, s, "GET", "/"); g.status != 200 {
		t.Errorf("the gallery: %d", g.status)
	}
}
