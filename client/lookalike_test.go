package client_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
)

// These tests run the client against the look-alike host, which was written
// from the same facts by other hands.

func connect(t *testing.T, h *chevtest.Server, change func(*client.Config)) *client.Client {
	t.Helper()
	cfg := client.Config{Address: h.URL, Key: client.NewKey(h.Key), Stall: 5 * time.Second, AnswerWait: 10 * time.Second}
	if change != nil {
		change(&cfg)
	}
	c, err := client.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// newPicture makes a PNG that no other is equal to.
func newPicture(t *testing.T, width, height int) *bytes.Reader {
	t.Helper()
	im := image.NewGray(image.Rect(0, 0, width, height))
	for i := range im.Pix {
		im.Pix[i] = uint8(rand.N(256))
	}
	var b bytes.Buffer
	if err := png.Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b.Bytes())
}

func failure(t *testing.T, err error) *client.Error {
	t.Helper()
	var e *client.Error
	if !errors.As(err, &e) {
		t.Fatalf("no *client.Error: %v", err)
	}
	if strings.Contains(err.Error(), chevtest.DefaultKey) {
		t.Error("the key shows in the error")
	}
	return e
}

func TestTheLookAlikeTakesWhatTheClientSends(t *testing.T) {
	for _, generation := range []chevtest.Generation{chevtest.V42, chevtest.V43, chevtest.V3} {
		t.Run(string(generation), func(t *testing.T) {
			h := chevtest.NewServer(t, chevtest.Config{Site: chevtest.Site{Generation: generation}})
			c := connect(t, h, func(cfg *client.Config) { cfg.KeyInForm = generation == chevtest.V3 })
			if err := c.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			r, err := c.Upload(t.Context(), client.Upload{Name: "Фото \"1\" 日本.png", Body: newPicture(t, 600, 400), Params: client.Params{
				Title: "A title", Description: "words", Tags: []string{"one", "two words"}, Album: chevtest.DefaultAlbum, Width: 300, Expiration: "3d", NSFW: true,
			}})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Warnings) != 0 || r.Image.Title != "A title" || r.Image.Width != 300 || r.Image.Expires.IsZero() || r.Verified != client.VerifiedChanged {
				t.Errorf("%+v", r)
			}
			if r.Image.Name != "Фото \"1\" 日本.png" {
				t.Errorf("the name arrived as %q", r.Image.Name)
			}
			for range 2 { // the checksum has to be learned first
				r, err = c.Upload(t.Context(), client.Upload{Name: "a.png", Body: newPicture(t, 60, 40)})
				if err != nil || r.Verified != client.VerifiedIdentical {
					t.Errorf("%+v, %v", r, err)
				}
			}
			for _, format := range []client.Format{client.FormatText, client.FormatRedirect} {
				one, err := c.Upload(t.Context(), client.Upload{Name: "a.png", Body: newPicture(t, 60, 40), Format: format})
				if err != nil || !strings.HasPrefix(one.Image.URL+one.Image.ViewerURL, h.URL+"/image") {
					t.Errorf("as %s: %+v, %v", format, one, err)
				}
			}
			if err := c.Delete(t.Context(), r.Image.DeleteLink); err != nil {
				t.Error(err)
			}
			if err := c.Delete(t.Context(), r.Image.DeleteLink); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("deleted twice: %v", err)
			}
		})
	}
}

func TestTheLookAlikesRefusalsAreUnderstood(t *testing.T) {
	guest := map[string]chevtest.User{"guest_key": {Guest: true}}
	for name, tc := range map[string]struct {
		cfg  chevtest.Config
		form bool
		key  string
		want client.Kind
	}{
		"a wrong key":                    {cfg: chevtest.Config{}, key: "chv_x_y", want: client.KindAuth},
		"uploads off":                    {cfg: chevtest.Config{Site: chevtest.Site{UploadsOff: true}}, want: client.KindDenied},
		"guests off":                     {cfg: chevtest.Config{Keys: guest, Site: chevtest.Site{GuestsOff: true}}, want: client.KindDenied},
		"a private site":                 {cfg: chevtest.Config{Keys: guest, Site: chevtest.Site{Private: true}}, want: client.KindDenied},
		"maintenance":                    {cfg: chevtest.Config{Site: chevtest.Site{Maintenance: true}}, want: client.KindProtocol},
		"a ban":                          {cfg: chevtest.Config{Site: chevtest.Site{Ban: "Go away"}}, want: client.KindDenied},
		"a ban in its own words":         {cfg: chevtest.Config{Site: chevtest.Site{Ban: "You have been forbidden to use this website."}}, want: client.KindDenied},
		"a ban by an address":            {cfg: chevtest.Config{Site: chevtest.Site{Ban: "https://example.org/banned"}}, want: client.KindProtocol},
		"a lock-out":                     {cfg: chevtest.Config{Site: chevtest.Site{LockedOut: true}}, want: client.KindDenied},
		"a site not installed":           {cfg: chevtest.Config{Site: chevtest.Site{NotInstalled: true}}, want: client.KindProtocol},
		"a format switched off":          {cfg: chevtest.Config{Site: chevtest.Site{DisabledFormats: []string{"png"}}}, want: client.KindRejected},
		"a stop word":                    {cfg: chevtest.Config{Site: chevtest.Site{StopWords: []string{"forbidden"}}}, want: client.KindRejected},
		"over PHP's body size":           {cfg: chevtest.Config{Site: chevtest.Site{Limits: chevtest.Limits{PHPPost: 1000}}}, want: client.KindTooLarge},
		"over PHP's body size, as field": {cfg: chevtest.Config{Site: chevtest.Site{Limits: chevtest.Limits{PHPPost: 1000}}}, form: true, want: client.KindTooLarge},
		"over PHP's file size":           {cfg: chevtest.Config{Site: chevtest.Site{Limits: chevtest.Limits{PHPUpload: 1000}}}, want: client.KindServer},
		"over the web server's size":     {cfg: chevtest.Config{Site: chevtest.Site{Limits: chevtest.Limits{WebServer: 1000}}}, want: client.KindTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			h := chevtest.NewServer(t, tc.cfg)
			c := connect(t, h, func(cfg *client.Config) {
				cfg.KeyInForm = tc.form
				if tc.key != "" {
					cfg.Key = client.NewKey(tc.key)
				}
			})
			_, err := c.Upload(t.Context(), client.Upload{Name: "a.png", Body: newPicture(t, 100, 100), Params: client.Params{Title: "a forbidden title"}})
			if e := failure(t, err); e.Kind != tc.want || e.Message == "" {
				t.Errorf("%s, want %s: %+v", e.Kind, tc.want, e)
			}
		})
	}
	t.Run("over the site's size", func(t *testing.T) {
		h := chevtest.NewServer(t, chevtest.Config{Site: chevtest.Site{Limits: chevtest.Limits{SiteMB: 1}}})
		_, err := connect(t, h, nil).Upload(t.Context(), client.Upload{Name: "a.png", Body: newPicture(t, 1200, 1200)})
		if e := failure(t, err); e.Kind != client.KindTooLarge {
			t.Errorf("%+v", e)
		}
	})
	t.Run("a duplicate", func(t *testing.T) {
		h := chevtest.NewServer(t, chevtest.Config{})
		c := connect(t, h, nil)
		u := client.Upload{Name: "a.png", Body: newPicture(t, 10, 10)}
		if _, err := c.Upload(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		_, err := c.Upload(t.Context(), u)
		if e := failure(t, err); e.Kind != client.KindDuplicate || e.Code != "101" {
			t.Errorf("%+v", e)
		}
	})
	t.Run("a flood", func(t *testing.T) {
		h := chevtest.NewServer(t, chevtest.Config{Site: chevtest.Site{Flood: chevtest.Flood{Hour: 1}}})
		c := connect(t, h, nil)
		if _, err := c.Upload(t.Context(), client.Upload{Name: "a.png", Body: newPicture(t, 10, 10)}); err != nil {
			t.Fatal(err)
		}
		_, err := c.Upload(t.Context(), client.Upload{Name: "a.png", Body: newPicture(t, 10, 10)})
		if e := failure(t, err); e.Kind != client.KindThrottled || e.Limit != 1 || e.Period != "hour" {
			t.Errorf("%+v", e)
		}
		if err := c.Check(t.Context()); err != nil {
			t.Errorf("the key is good all the same: %v", err)
		}
	})
	t.Run("moderation", func(t *testing.T) {
		h := chevtest.NewServer(t, chevtest.Config{Site: chevtest.Site{Moderated: true}})
		r, err := connect(t, h, nil).Upload(t.Context(), client.Upload{Name: "a.png", Body: newPicture(t, 10, 10)})
		if err != nil || r.Image.Approved || r.Image.Link(client.LinkDirect) != "" || r.Image.Link(client.LinkViewer) == "" {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestTheLookAlikesFaultsAreUnderstood(t *testing.T) {
	for name, tc := range map[string]struct {
		fault chevtest.Fault
		want  client.Kind
		sent  client.Sent
	}{
		"cut in the body":        {chevtest.Fault{Kind: chevtest.CutBody, After: 1 << 20}, client.KindNetwork, client.SentPart},
		"cut after the body":     {chevtest.Fault{Kind: chevtest.CutAfter}, client.KindNetwork, client.SentWhole},
		"an answer that is lost": {chevtest.Fault{Kind: chevtest.LoseAnswer}, client.KindNetwork, client.SentWhole},
		"an answer that is cut":  {chevtest.Fault{Kind: chevtest.CutAnswer}, client.KindNetwork, client.SentWhole},
		"half the JSON":          {chevtest.Fault{Kind: chevtest.TruncatedJSON}, client.KindNetwork, client.SentWhole},
		"a stall in the body":    {chevtest.Fault{Kind: chevtest.StallBody, After: 1 << 20}, client.KindStalled, client.SentPart},
		"a stall of the answer":  {chevtest.Fault{Kind: chevtest.StallReply}, client.KindStalled, client.SentWhole},
		"an empty answer":        {chevtest.Fault{Kind: chevtest.EmptyAnswer}, client.KindProtocol, client.SentWhole},
		"too many requests":      {chevtest.Fault{Kind: chevtest.TooMany, RetryAfter: 7 * time.Second}, client.KindThrottled, client.SentWhole},
		"busy, with a time":      {chevtest.Fault{Kind: chevtest.Unavailable, RetryAfter: 7 * time.Second}, client.KindThrottled, client.SentWhole},
		"busy, without":          {chevtest.Fault{Kind: chevtest.Unavailable}, client.KindServer, client.SentWhole},
		"a server error":         {chevtest.Fault{Kind: chevtest.ServerError}, client.KindServer, client.SentWhole},
		"a system error":         {chevtest.Fault{Kind: chevtest.SystemError}, client.KindProtocol, client.SentWhole},
		"a redirect":             {chevtest.Fault{Kind: chevtest.Elsewhere, Status: 307, Location: "https://evil.example/api/1/upload"}, client.KindProtocol, client.SentWhole},
		"a portal":               {chevtest.Fault{Kind: chevtest.Portal}, client.KindProtocol, client.SentWhole},
		"a full disk":            {chevtest.Fault{Kind: chevtest.DiskFull}, client.KindServer, client.SentWhole},
		"a locked folder":        {chevtest.Fault{Kind: chevtest.FolderLocked}, client.KindServer, client.SentWhole},
		"a full storage":         {chevtest.Fault{Kind: chevtest.StorageFull}, client.KindServer, client.SentWhole},
		"an answer not encoded":  {chevtest.Fault{Kind: chevtest.NotEncodable}, client.KindServer, client.SentWhole},
		"a fault of a sub-site":  {chevtest.Fault{Kind: chevtest.SubdirError}, client.KindServer, client.SentWhole},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := chevtest.NewServer(t, chevtest.Config{Discard: true})
			c := connect(t, h, func(cfg *client.Config) {
				if strings.HasPrefix(name, "a stall") {
					cfg.Stall, cfg.AnswerWait = 2*time.Second, 2*time.Second
				}
			})
			h.Inject(tc.fault)
			_, err := c.Upload(t.Context(), client.Upload{Name: "a.mp4", Body: video(32 << 20)})
			if e := failure(t, err); e.Kind != tc.want || e.Sent != tc.sent || !e.Connected || e.RetryAfter != tc.fault.RetryAfter {
				t.Errorf("%s %q, want %s %q: %+v", e.Kind, e.Sent, tc.want, tc.sent, e)
			}
		})
	}
}

// video is an MP4 of a given size, most of it zeros.
type video int64

func (v video) Size() int64 { return int64(v) }

func (v video) ReadAt(p []byte, off int64) (int, error) {
	n := min(int64(len(p)), int64(v)-off)
	clear(p[:n])
	if off == 0 {
		copy(p, "\x00\x00\x00\x10ftypisom\x00\x00\x02\x00\x00\x00\x00\x00mdat")
	}
	return int(n), nil
}

func TestTheLookAlikeReencodesAndTheClientSaysChanged(t *testing.T) {
	h := chevtest.NewServer(t, chevtest.Config{Site: chevtest.Site{DropEXIF: true}})
	im := image.NewRGBA(image.Rect(0, 0, 40, 30))
	im.Set(1, 1, color.White)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, im, nil); err != nil {
		t.Fatal(err)
	}
	exif := "\xff\xe1\x00\x22Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"
	photo := b.String()[:2] + exif + b.String()[2:]
	r, err := connect(t, h, nil).Upload(t.Context(), client.Upload{Name: "a.jpg", Body: strings.NewReader(photo)})
	if err != nil || r.Verified != client.VerifiedChanged {
		t.Errorf("%+v, %v", r, err)
	}
}
