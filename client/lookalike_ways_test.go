package client_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
)

// Every way to send a file, in every format of answer, with the key in either
// place, is a real exchange with the look-alike host.
func TestEveryWayToSendAFile(t *testing.T) {
	pictures := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/moved") {
			http.Redirect(w, r, "/a.png", http.StatusFound)
			return
		}
		_, _ = newPicture(t, 20, 10).WriteTo(w)
	}))
	t.Cleanup(pictures.Close)
	clip, err := os.ReadFile("chevtest/testdata/clip.mp4")
	if err != nil {
		t.Fatal(err)
	}
	admin := map[string]chevtest.User{"chv_admin": {Name: "admin", Admin: true}}
	for name, tc := range map[string]struct {
		send func(*client.Upload)
		form bool // possible with the key in the form
	}{
		"as a file":            {func(u *client.Upload) { u.Body = newPicture(t, 20, 10) }, true},
		"as base64":            {func(u *client.Upload) { u.Body, u.Encoding = newPicture(t, 20, 10), client.AsBase64 }, true},
		"as an address":        {func(u *client.Upload) { u.URL = pictures.URL + "/a%20b.png?x=1&y=ä" }, true},
		"as an address, GET":   {func(u *client.Upload) { u.URL, u.Get = pictures.URL+"/a%20b.png?x=1&y=~*'()!", true }, false},
		"as a video":           {func(u *client.Upload) { u.Name, u.Body = "a.bin", bytes.NewReader(clip) }, true},
		"as a video of base64": {func(u *client.Upload) { u.Body, u.Encoding = bytes.NewReader(clip), client.AsBase64 }, true},
	} {
		for _, format := range []client.Format{client.FormatJSON, client.FormatText, client.FormatRedirect} {
			for _, inForm := range []bool{false, true} {
				if inForm && !tc.form {
					continue
				}
				where := map[bool]string{false: "header", true: "form"}[inForm]
				t.Run(name+", answered as "+string(format)+", the key in the "+where, func(t *testing.T) {
					t.Parallel()
					h := chevtest.NewServer(t, chevtest.Config{Keys: admin, Site: chevtest.Site{URLUploads: true}})
					c := connect(t, h, func(cfg *client.Config) { cfg.KeyInForm = inForm })
					u := client.Upload{Name: "Фото.png", Format: format, Params: client.Params{Title: "A title, ä & so on", Expiration: "2w"}}
					tc.send(&u)
					r, err := c.Upload(t.Context(), u)
					if err != nil {
						t.Fatal(err)
					}
					if kind := map[bool]string{true: "video", false: "image"}[strings.Contains(name, "video")]; r.Image.Type != kind {
						t.Errorf("taken for %s: %+v", r.Image.Type, r.Image)
					}
					has := [3]bool{r.Image.ID != "", r.Image.URL != "", r.Image.ViewerURL != ""}
					want := map[client.Format][3]bool{client.FormatJSON: {true, true, true}, client.FormatText: {false, true, false}, client.FormatRedirect: {false, false, true}}
					if has != want[format] || !r.Image.Approved || r.Image.DeleteLink.IsZero() != (format != client.FormatJSON) || len(r.Warnings) != 0 {
						t.Errorf("%+v", r)
					}
					for _, link := range []string{r.Image.URL, r.Image.ViewerURL} {
						if link != "" && !strings.HasPrefix(link, h.URL+"/") {
							t.Errorf("%s is not of the host", link)
						}
					}
					files := h.Stored()
					if len(files) != 1 || files[0].Title != "A title, ä & so on" || files[0].Expires.IsZero() || files[0].Video != strings.Contains(name, "video") {
						t.Errorf("stored: %+v", files)
					}
					for _, request := range h.Requests() {
						if inForm != (request.Header.Get("X-Api-Key") == "") || strings.Contains(request.Query, "chv_admin") || request.Header.Get("Cookie") != "" {
							t.Error("the key is not where it belongs")
						}
					}
				})
			}
		}
	}
	t.Run("an address, by a user who may not", func(t *testing.T) {
		h := chevtest.NewServer(t, chevtest.Config{Site: chevtest.Site{URLUploads: true}})
		for _, get := range []bool{false, true} {
			_, err := connect(t, h, nil).Upload(t.Context(), client.Upload{URL: pictures.URL + "/a.png", Get: get})
			if e := failure(t, err); e.Kind != client.KindRejected || !errors.Is(err, client.ErrURLSource) {
				t.Errorf("%+v", e)
			}
		}
	})
	t.Run("an address that leads on to another, which the host does not follow", func(t *testing.T) {
		h := chevtest.NewServer(t, chevtest.Config{Keys: admin, Site: chevtest.Site{URLUploads: true}})
		_, err := connect(t, h, nil).Upload(t.Context(), client.Upload{URL: pictures.URL + "/moved.png"})
		if e := failure(t, err); e.Kind != client.KindRejected || errors.Is(err, client.ErrURLSource) {
			t.Errorf("%+v", e)
		}
	})
}

// In the formats txt and redirect a refusal is a bare message with HTTP 200.
func TestRefusalsInEveryFormat(t *testing.T) {
	for _, format := range []client.Format{client.FormatJSON, client.FormatText, client.FormatRedirect} {
		t.Run("as "+string(format), func(t *testing.T) {
			h := chevtest.NewServer(t, chevtest.Config{Site: chevtest.Site{Flood: chevtest.Flood{Hour: 2}}})
			c := connect(t, h, nil)
			u := client.Upload{Name: "a.png", Body: newPicture(t, 20, 10), Format: format}
			if _, err := c.Upload(t.Context(), u); err != nil {
				t.Fatal(err)
			}
			_, err := c.Upload(t.Context(), u)
			if e := failure(t, err); e.Kind != client.KindDuplicate || e.Message != "Duplicated upload" {
				t.Errorf("%+v", e)
			}
			u.Body = newPicture(t, 20, 10)
			if _, err := c.Upload(t.Context(), u); err != nil {
				t.Fatal(err)
			}
			u.Body = newPicture(t, 20, 10)
			_, err = c.Upload(t.Context(), u)
			if e := failure(t, err); e.Kind != client.KindThrottled || e.Limit != 2 || e.Period != "hour" {
				t.Errorf("%+v", e)
			}
			wrong := connect(t, h, func(cfg *client.Config) { cfg.Key = client.NewKey("chv_x_y") })
			if _, err := wrong.Upload(t.Context(), u); failure(t, err).Kind != client.KindAuth {
				t.Error(err)
			}
			if err := h.Change(func(s *chevtest.Site) { s.Moderated, s.Flood = true, chevtest.Flood{Off: true} }); err != nil {
				t.Fatal(err)
			}
			r, err := c.Upload(t.Context(), u)
			if err != nil || r.Image.URL != "" {
				t.Errorf("a moderated upload: %+v, %v", r, err)
			}
		})
	}
}

// Check, upload and delete on every state of a site.
func TestCheckOnEveryStateOfASite(t *testing.T) {
	for name, tc := range map[string]struct {
		site chevtest.Site
		want client.Kind // "": good
	}{
		"as it is":             {chevtest.Site{}, ""},
		"with the flood on":    {chevtest.Site{Flood: chevtest.Flood{Minute: 1}}, ""},
		"of 4.3":               {chevtest.Site{Generation: chevtest.V43}, ""},
		"uploads off":          {chevtest.Site{UploadsOff: true}, client.KindDenied},
		"maintenance":          {chevtest.Site{Maintenance: true}, client.KindProtocol},
		"banned":               {chevtest.Site{Ban: "You have been forbidden to use this website."}, client.KindDenied},
		"banned, elsewhere":    {chevtest.Site{Ban: "https://example.org/banned"}, client.KindProtocol},
		"locked out":           {chevtest.Site{LockedOut: true}, client.KindDenied},
		"not installed":        {chevtest.Site{NotInstalled: true}, client.KindProtocol},
		"third, key in header": {chevtest.Site{Generation: chevtest.V3}, client.KindAuth},
	} {
		t.Run(name, func(t *testing.T) {
			h := chevtest.NewServer(t, chevtest.Config{Site: tc.site})
			err := connect(t, h, nil).Check(t.Context())
			if tc.want == "" {
				if err != nil {
					t.Error(err)
				}
			} else if e := failure(t, err); e.Kind != tc.want || e.Message == "" {
				t.Errorf("%+v", e)
			}
			if len(h.Stored()) != 0 {
				t.Error("a check stored something")
			}
		})
	}
}

// Progress reaching the size says that the file is out and the answer is
// awaited: it comes before the host begins to work on the file.
func TestProgressReachesTheSizeBeforeTheAnswer(t *testing.T) {
	for name, u := range map[string]client.Upload{
		"a small file":         {Body: newPicture(t, 2, 2)},
		"a file of some MB":    {Body: video(9_999_999)},
		"a file as base64":     {Body: video(300_001), Encoding: client.AsBase64},
		"a file of one buffer": {Body: video(96 << 10)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := chevtest.NewServer(t, chevtest.Config{Discard: true})
			h.Inject(chevtest.Fault{Kind: chevtest.StallReply})
			var told []int64
			whole := make(chan struct{})
			u.Name = "a"
			u.Progress = func(n int64) {
				if told = append(told, n); n == u.Body.Size() {
					close(whole)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			go func() { // the host answers only when we know that it waits
				select {
				case <-whole:
				case <-ctx.Done():
					return
				}
				if h.Await(ctx, func(s chevtest.Stats) bool { return s.Stalled == 1 }) == nil {
					h.Heal()
				}
			}()
			c := connect(t, h, func(cfg *client.Config) { cfg.Stall, cfg.AnswerWait = time.Minute, time.Minute })
			if _, err := c.Upload(ctx, u); err != nil {
				t.Fatal(err)
			}
			if told[0] != 0 || told[len(told)-1] != u.Body.Size() {
				t.Errorf("progress from %d to %d", told[0], told[len(told)-1])
			}
		})
	}
}

// A host of the third generation says the same of a key that is wrong, of one
// in the header, and of one that got lost with a body over PHP's limit.
func TestAKeyThatGotLostWithALargeFileIsNotWrong(t *testing.T) {
	h := chevtest.NewServer(t, chevtest.Config{Site: chevtest.Site{Generation: chevtest.V3, Limits: chevtest.Limits{PHPPost: 3 << 20}}})
	inForm := func(cfg *client.Config) { cfg.KeyInForm = true }
	send := func(c *client.Client, body client.Body) error {
		_, err := c.Upload(t.Context(), client.Upload{Name: "a", Body: body})
		return err
	}
	large, small := video(4<<20), func() client.Body { return newPicture(t, 20, 10) }
	c := connect(t, h, inForm)
	if e := failure(t, send(c, large)); e.Kind != client.KindAuth {
		t.Errorf("nobody knows yet that the key is good: %+v", e)
	}
	if err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e := failure(t, send(c, large)); e.Kind != client.KindTooLarge {
		t.Errorf("the key is good by a check: %+v", e)
	}
	c = connect(t, h, inForm)
	if err := send(c, small()); err != nil {
		t.Fatal(err)
	}
	if e := failure(t, send(c, large)); e.Kind != client.KindTooLarge {
		t.Errorf("the key is good by an upload: %+v", e)
	}
	if err := h.Change(func(s *chevtest.Site) { s.Limits.PHPPost = 50 }); err != nil {
		t.Fatal(err)
	}
	if e := failure(t, send(c, small())); e.Kind != client.KindAuth {
		t.Errorf("no limit is so small: %+v", e)
	}
	if e := failure(t, send(connect(t, h, nil), small())); e.Kind != client.KindAuth || !strings.Contains(e.Message, "no key provided in the form") {
		t.Errorf("the key is in the header: %+v", e)
	}
	wrong := connect(t, h, func(cfg *client.Config) { cfg.KeyInForm, cfg.Key = true, client.NewKey("wrong") })
	if e := failure(t, send(wrong, small())); e.Kind != client.KindAuth || strings.Contains(e.Message, "provided") {
		t.Errorf("the key is wrong: %+v", e)
	}
}

// Files that a host changes, and how that shows.
func TestVerifiedOnEveryGeneration(t *testing.T) {
	for _, generation := range []chevtest.Generation{chevtest.V42, chevtest.V43, chevtest.V3} {
		for name, tc := range map[string]struct {
			site  chevtest.Site
			width int
			want  client.Verified
		}{
			"as it is":          {chevtest.Site{}, 0, client.VerifiedIdentical},
			"made smaller":      {chevtest.Site{}, 50, client.VerifiedChanged},
			"the site's width":  {chevtest.Site{MaxWidth: 40}, 0, client.VerifiedChanged},
			"with a watermark":  {chevtest.Site{Watermark: true}, 0, client.VerifiedChanged},
			"on a storage":      {chevtest.Site{StorageURL: "https://cdn.example/x"}, 0, client.VerifiedIdentical},
			"waiting for a nod": {chevtest.Site{Moderated: true}, 0, client.VerifiedIdentical},
		} {
			t.Run(string(generation)+", "+name, func(t *testing.T) {
				tc.site.Generation = generation
				h := chevtest.NewServer(t, chevtest.Config{Site: tc.site})
				c := connect(t, h, func(cfg *client.Config) { cfg.KeyInForm = generation == chevtest.V3 })
				content := new(bytes.Buffer)
				if _, err := newPicture(t, 100, 80).WriteTo(content); err != nil {
					t.Fatal(err)
				}
				r, err := c.Upload(t.Context(), client.Upload{Name: "a.png", Body: bytes.NewReader(content.Bytes()), Params: client.Params{Width: tc.width}})
				if err != nil || r.Verified != tc.want || r.SHA256 == "" || (r.MD5 != "") == (generation == chevtest.V43) {
					t.Errorf("%+v, %v", r, err)
				}
			})
		}
	}
}

// A site in a sub-directory, from the first check to the deletion.
func TestASiteInASubDirectory(t *testing.T) {
	s := httptest.NewUnstartedServer(nil)
	base := "http://" + s.Listener.Addr().String() + "/my%20photos"
	h, err := chevtest.New(chevtest.Config{BaseURL: base})
	if err != nil {
		t.Fatal(err)
	}
	s.Config.Handler = h
	s.Start()
	t.Cleanup(func() {
		s.Close()
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := client.New(client.Config{Address: base + "/api/1/upload/", Key: client.NewKey(chevtest.DefaultKey)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, format := range []client.Format{client.FormatJSON, client.FormatText, client.FormatRedirect} {
		r, err := c.Upload(t.Context(), client.Upload{Name: "a.png", Body: newPicture(t, 20, 10), Format: format})
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range []string{r.Image.URL, r.Image.ViewerURL} {
			if link != "" && !strings.HasPrefix(link, base+"/") {
				t.Errorf("%s is not below %s", link, base)
			}
		}
		if format == client.FormatJSON {
			if err := c.Delete(t.Context(), r.Image.DeleteLink); err != nil {
				t.Error(err)
			}
		}
	}
}

// A video lies under a route of its own and is deleted as well.
func TestDeletingAVideo(t *testing.T) {
	clip, err := os.ReadFile("chevtest/testdata/clip.mp4")
	if err != nil {
		t.Fatal(err)
	}
	h := chevtest.NewServer(t, chevtest.Config{Site: chevtest.Site{VideoRoute: "clip", NoSEO: true}})
	c := connect(t, h, nil)
	r, err := c.Upload(t.Context(), client.Upload{Name: "a.mp4", Body: bytes.NewReader(clip)})
	if err != nil || r.Image.Type != "video" || r.Image.ViewerURL != r.Image.ShortURL || !strings.Contains(r.Image.ViewerURL, "/clip/") {
		t.Fatalf("%+v, %v", r, err)
	}
	if err := c.Delete(t.Context(), r.Image.DeleteLink); err != nil {
		t.Error(err)
	}
}
