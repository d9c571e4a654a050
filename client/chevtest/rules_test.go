package chevtest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestDuplicates(t *testing.T) {
	now := at
	const admin, bob, eve = "chv_a_admin", "chv_b_bob", "chv_e_eve"
	keys := map[string]User{admin: {Admin: true}, bob: {}, eve: {}}
	s := NewServer(t, Config{Clock: func() time.Time { return now }, Keys: keys})
	s.Key = bob
	first := upload(t, s, file("d.png", "", pngOf(64, 48, 1)))
	t.Run("the same bytes under another name are refused", func(t *testing.T) {
		wantCode(t, send(t, s, file("d-other-name.png", "", pngOf(64, 48, 1))), "400 101 Duplicated upload")
	})
	t.Run("those of another account at the same address too", func(t *testing.T) {
		wantCode(t, send(t, s, withKey(eve), aPNG(1)), "400 101 Duplicated upload")
	})
	t.Run("an administrator stores a second copy", func(t *testing.T) {
		upload(t, s, withKey(admin), aPNG(1))
	})
	t.Run("the source of a smaller picture counts", func(t *testing.T) {
		upload(t, s, aPNG(2), with("width", "32"))
		wantCode(t, send(t, s, aPNG(2)), "400 101 Duplicated upload")
	})
	t.Run("a JPEG that was turned is noticed after turning", func(t *testing.T) {
		turned := file("r.jpg", "image/jpeg", withEXIF(jpegOf(60, 40, 1), photo{orientation: 6}))
		upload(t, s, turned)
		wantCode(t, send(t, s, turned), "400 102 Duplicated upload")
	})
	t.Run("a BMP is noticed after it became a PNG", func(t *testing.T) {
		bmp := file("s.bmp", "image/bmp", sample(t, "still.bmp"))
		upload(t, s, bmp)
		wantCode(t, send(t, s, bmp), "400 103 Duplicated upload")
	})
	t.Run("they may come again after a day", func(t *testing.T) {
		now = now.Add(24*time.Hour - time.Second)
		wantCode(t, send(t, s, aPNG(1)), "400 101 Duplicated upload")
		now = now.Add(time.Second + time.Second)
		first = upload(t, s, withKey(admin), file("fresh.png", "", pngOf(64, 48, 30)))
	})
	t.Run("they may come again when deleted", func(t *testing.T) {
		wantCode(t, send(t, s, aPNG(30)), "400 101 Duplicated upload")
		if g := get(t, s, "GET", first["delete_url"].(string)); g.status != 301 {
			t.Fatalf("%d", g.status)
		}
		upload(t, s, aPNG(30))
	})
	t.Run("they are allowed where the site allows them", func(t *testing.T) {
		_ = s.Change(func(s *Site) { s.AllowDuplicates = true })
		upload(t, s, aPNG(30))
	})
}

func TestFlood(t *testing.T) {
	now := at
	const admin, bob = "chv_a_admin", "chv_b_bob"
	s := NewServer(t, Config{
		Clock: func() time.Time { return now }, Keys: map[string]User{admin: {Admin: true}, bob: {}},
		Site: Site{Flood: Flood{Minute: 3, Hour: 5, Day: 6, Week: 7, Month: 8}},
	})
	s.Key = bob
	seed := uint64(0)
	next := func() option { seed++; return aPNG(seed) }
	for range 3 {
		upload(t, s, next())
	}
	wantCode(t, send(t, s, next()), "400 130 Flooding detected. You can only upload 3 images per minute")
	t.Run("administrators are not exempt", func(t *testing.T) {
		wantCode(t, send(t, s, withKey(admin), next()), "400 130 Flooding detected. You can only upload 3 images per minute")
	})
	t.Run("a duplicate is told first", func(t *testing.T) {
		wantCode(t, send(t, s, aPNG(1)), "400 101 Duplicated upload")
	})
	t.Run("as text it is the bare message", func(t *testing.T) {
		if g := send(t, s, next(), with("format", "txt")); g.status != 200 || g.body != "Flooding detected. You can only upload 3 images per minute" {
			t.Errorf("%d %s", g.status, g.body)
		}
	})
	for _, c := range []struct {
		later  time.Duration
		files  int
		period string
	}{{time.Minute, 2, "5 images per hour"}, {time.Hour, 1, "6 images per day"}, {24 * time.Hour, 1, "7 images per week"}, {7 * 24 * time.Hour, 1, "8 images per month"}} {
		t.Run("then "+c.period, func(t *testing.T) {
			now = now.Add(c.later)
			for range c.files {
				upload(t, s, next())
			}
			wantCode(t, send(t, s, next()), "400 130 Flooding detected. You can only upload "+c.period)
		})
	}
	t.Run("none where the site has it off", func(t *testing.T) {
		_ = s.Change(func(s *Site) { s.Flood.Off = true })
		upload(t, s, next())
	})
	t.Run("the installer's defaults", func(t *testing.T) {
		if f := (Flood{Hour: 7}).withDefaults(); f != (Flood{Minute: 50, Hour: 7, Day: 1000, Week: 5000, Month: 10000}) {
			t.Errorf("%+v", f)
		}
	})
}

func TestLimits(t *testing.T) {
	const admin, bob, guest = "chv_a_admin", "chv_b_bob", "guest"
	s := NewServer(t, Config{
		Keys: map[string]User{admin: {Admin: true}, bob: {}, guest: {Guest: true}},
		Site: Site{Limits: Limits{SiteMB: 2, GuestMB: 1, PHPUpload: 3e6, PHPPost: 4e6, WebServer: 5e6}},
	})
	s.Key = bob
	sized := func(n int, seed uint64) option { // a PNG is read to its IEND, what follows is ballast
		picture := pngOf(64, 48, seed)
		return file("big.png", "image/png", append(picture, make([]byte, n-len(picture))...))
	}
	for _, c := range []struct {
		name, want string
		options    []option
	}{
		{"over the site's limit", "400 400 File too big - max 2 MB", []option{sized(2e6+1, 1)}},
		{"over the guests' limit", "400 400 File too big - max 1 MB", []option{withKey(guest), sized(1e6+1, 1)}},
		{"over PHP's limit of a file, by an administrator", "400 601 File too big (UPLOAD_ERR_INI_SIZE)", []option{withKey(admin), sized(3e6+1, 1)}},
		{"over PHP's limit of a form, key in the header", "400 130 Empty upload source", []option{sized(4e6, 1)}},
		{"over PHP's limit of a form, key in the form", "400 100 No key provided", []option{withKey(""), with("key", bob), sized(4e6, 1)}},
	} {
		t.Run(c.name, func(t *testing.T) { wantCode(t, send(t, s, c.options...), c.want) })
	}
	t.Run("over PHP's limit of a file it is a page of 500", func(t *testing.T) {
		if g := send(t, s, sized(3e6+1, 1)); g.status != 500 || !strings.Contains(g.body, "Something went wrong") {
			t.Errorf("%d", g.status)
		}
	})
	t.Run("over the web server's limit it is a page of 413", func(t *testing.T) {
		g := send(t, s, sized(5e6, 1))
		if g.status != 413 || g.header.Get("Content-Type") != "text/html" || !strings.Contains(g.body, "413 Request Entity Too Large") {
			t.Errorf("%d %s", g.status, g.body)
		}
	})
	t.Run("a chunked body meets the same limits", func(t *testing.T) {
		for n, want := range map[int]int{2e6 + 1: 400, 4e6: 400, 5e6: 413} {
			r := newRequest(s, sized(n, 1)).build(t, s)
			r.ContentLength, r.Body = -1, io.NopCloser(r.Body)
			answer, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if answer.StatusCode != want {
				t.Errorf("%d bytes: %d, want %d", n, answer.StatusCode, want)
			}
		}
	})
	t.Run("with Expect: 100-continue the body of a 413 is not sent", func(t *testing.T) {
		r := newRequest(s, sized(5e6, 1), header("Expect", "100-continue")).build(t, s)
		transport := &http.Transport{ExpectContinueTimeout: time.Minute}
		defer transport.CloseIdleConnections()
		answer, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		all := s.Requests()
		if last := all[len(all)-1]; answer.StatusCode != 413 || last.Read != 0 || last.Complete {
			t.Errorf("%d, %+v", answer.StatusCode, last)
		}
	})
	t.Run("just within they are stored", func(t *testing.T) {
		upload(t, s, sized(2e6, 2))
		upload(t, s, withKey(guest), sized(1e6, 3))
	})
}

func TestBodyCutShort(t *testing.T) {
	const admin, bob = "chv_a_admin", "chv_b_bob"
	s := NewServer(t, Config{Keys: map[string]User{admin: {Admin: true}, bob: {}}})
	s.Key = bob
	r := newRequest(s, aPNG(1)).build(t, s)
	whole, _ := io.ReadAll(r.Body)
	cut := raw(r.Header.Get("Content-Type"), string(whole[:len(whole)/2]))
	if g := send(t, s, cut); g.status != 500 {
		t.Errorf("a form without its end: %d", g.status)
	}
	if g := send(t, s, cut, withKey(admin)); !strings.HasPrefix(g.code(), "400 601 ") {
		t.Errorf("the same by an administrator: %s", g.code())
	}
	if files := s.Stored(); len(files) > 0 {
		t.Errorf("kept %+v", files)
	}
	upload(t, s, aPNG(1))
}

func TestStatesOfTheSite(t *testing.T) {
	const admin, bob, guest = "chv_a_admin", "chv_b_bob", "guest"
	s := NewServer(t, Config{Keys: map[string]User{admin: {Admin: true}, bob: {}, guest: {Guest: true}}})
	s.Key = bob
	seed := uint64(100)
	during := func(change func(*Site), options ...option) got {
		t.Helper()
		if err := s.Change(func(s *Site) { *s = Site{}; change(s) }); err != nil {
			t.Fatal(err)
		}
		seed++
		return send(t, s, append(options, aPNG(seed))...)
	}
	for _, c := range []struct {
		name, key, want string
		change          func(*Site)
	}{
		{"uploads off, normal user", bob, "400 401 Request denied", func(s *Site) { s.UploadsOff = true }},
		{"uploads off, administrator", admin, "", func(s *Site) { s.UploadsOff = true }},
		{"no guests, guest key", guest, "400 401 Request denied", func(s *Site) { s.GuestsOff = true }},
		{"no guests, normal user", bob, "", func(s *Site) { s.GuestsOff = true }},
		{"private site, guest key", guest, "400 401 Request denied", func(s *Site) { s.Private = true }},
		{"private site, normal user", bob, "", func(s *Site) { s.Private = true }},
		{"as many files as there may be", bob, "400 999 Maximum CHEVERETO_MAX_FILES reached (limit 1).", func(s *Site) { s.MaxFiles = 1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := during(c.change, withKey(c.key))
			if c.want != "" {
				wantCode(t, g, c.want)
			} else if g.image() == nil {
				t.Errorf("refused: %s", g.body)
			}
		})
	}
	t.Run("uploads off is told before the source is missed", func(t *testing.T) {
		_ = s.Change(func(s *Site) { *s = Site{UploadsOff: true} })
		wantCode(t, send(t, s), "400 401 Request denied")
	})
	for _, key := range []string{bob, admin} {
		t.Run("maintenance is a page with status 200 for "+key, func(t *testing.T) {
			g := during(func(s *Site) { s.Maintenance = true }, withKey(key))
			if g.status != 200 || !strings.HasPrefix(g.header.Get("Content-Type"), "text/html") || !strings.Contains(g.body, "maintenance") {
				t.Errorf("%d %s", g.status, g.body)
			}
		})
	}
	for _, c := range []struct {
		name     string
		change   func(*Site)
		status   int
		body     string
		location string
	}{
		{"a ban with a text", func(s *Site) { s.Ban = "Go away" }, 200, "Go away", ""},
		{"a ban with an address", func(s *Site) { s.Ban = "https://example.org/banned" }, 301, "", "https://example.org/banned"},
		{"too many failed logins", func(s *Site) { s.LockedOut = true }, 403, "", ""},
		{"a site that is not installed", func(s *Site) { s.NotInstalled = true }, 302, "", s.URL + "/install"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if g := during(c.change); g.status != c.status || g.body != c.body || g.header.Get("Location") != c.location {
				t.Errorf("%d %q to %q", g.status, g.body, g.header.Get("Location"))
			}
		})
	}
	t.Run("a setting that cannot be is refused", func(t *testing.T) {
		for name, change := range map[string]func(*Site){
			"generation": func(s *Site) { s.Generation = "5" },
			"route":      func(s *Site) { s.ImageRoute = "a/b" },
			"api":        func(s *Site) { s.VideoRoute = "api" },
			"same":       func(s *Site) { s.VideoRoute = "image" },
			"limit":      func(s *Site) { s.Limits.PHPPost = -1 },
		} {
			if s.Change(change) == nil {
				t.Errorf("%s was taken", name)
			}
		}
		for _, cfg := range []Config{{BaseURL: "ftp://x"}, {BaseURL: "https://u@x"}, {ReadRate: -1}, {Site: Site{Generation: "0"}}} {
			if _, err := New(cfg); err == nil {
				t.Errorf("%+v was taken", cfg)
			}
		}
	})
}

func TestASessionThatIsSentBackIsServedOneByOne(t *testing.T) {
	s := NewServer(t, Config{Site: Site{Flood: Flood{Off: true}}})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s.Inject(Fault{Kind: StallReply, Match: "first.png"})
	var all sync.WaitGroup
	cookie := header("Cookie", "PHPSESSID=abc")
	all.Go(func() { _, _ = try(t, s, cookie, file("first.png", "", pngOf(9, 9, 1))) })
	if err := s.Await(ctx, func(n Stats) bool { return n.Stalled == 1 }); err != nil {
		t.Fatal(err)
	}
	all.Go(func() { _, _ = try(t, s, cookie, file("second.png", "", pngOf(9, 9, 2))) })
	// One without the cookie overtakes both.
	if err := s.Await(ctx, func(n Stats) bool { return n.Active == 2 }); err != nil {
		t.Fatal(err)
	}
	upload(t, s, file("free.png", "", pngOf(9, 9, 3)))
	if n := len(s.Stored()); n != 2 { // first and free: the second waits for the first
		t.Errorf("%d files are stored", n)
	}
	s.Heal()
	all.Wait()
	if n := len(s.Stored()); n != 3 {
		t.Errorf("%d files in the end", n)
	}
}

func TestParallelUploads(t *testing.T) {
	s := NewServer(t, Config{Dir: t.TempDir(), Site: Site{Flood: Flood{Off: true}}})
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			if g, err := try(t, s, file("same.png", "image/png", pngOf(30, 20, uint64(i)))); err != nil || g.status != 200 {
				t.Errorf("%v %d %s", err, g.status, g.body)
			}
		})
		all.Go(func() { s.Stored(); s.Requests(); s.Stats(); s.Cron() })
		all.Go(func() { _, _ = try(t, s, to("GET", "/", ""), raw("text/plain", ""), withKey("")) })
	}
	all.Wait()
	paths := map[string]bool{}
	for _, f := range s.Stored() {
		data, err := s.Content(f.ID)
		if err != nil || int64(len(data)) != f.Stored.Size || paths[f.Path] {
			t.Errorf("%s: %d bytes, %v", f.Path, len(data), err)
		}
		paths[f.Path] = true
	}
	if len(paths) != 24 {
		t.Errorf("%d files", len(paths))
	}
	if again, err := s.Content("nosuchid"); err == nil || !bytes.Equal(again, nil) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestASessionThatIsShownIsKept(t *testing.T) {
	s := NewServer(t, Config{})
	if g := get(t, s, "GET", "/"); g.header.Get("Set-Cookie") == "" {
		t.Error("no session is opened")
	}
	if g := send(t, s, header("Cookie", "PHPSESSID=abc"), aPNG(1)); g.header.Get("Set-Cookie") != "" {
		t.Error("another session is opened")
	}
}
