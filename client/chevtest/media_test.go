package chevtest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

func TestWhatIsStoredAsItIs(t *testing.T) {
	s := NewServer(t, Config{})
	for _, c := range []struct {
		name, mime  string
		data        []byte
		ext, stored string
		w, h        float64
		chain       float64
		kind        string
		duration    float64
	}{
		{"png01.png", "image/png", pngOf(640, 480, 1), "png", "image/png", 640, 480, 7, "image", 0},
		{"small.png", "image/png", pngOf(64, 48, 1), "png", "image/png", 64, 48, 5, "image", 0},
		{"octet.png", "application/octet-stream", pngOf(64, 48, 2), "png", "image/png", 64, 48, 5, "image", 0},
		{"untyped.png", "", pngOf(64, 48, 3), "png", "image/png", 64, 48, 5, "image", 0},
		{"png-in-fact.jpg", "image/jpeg", pngOf(64, 48, 4), "png", "image/png", 64, 48, 5, "image", 0},
		{"a.jpg", "image/jpeg", jpegOf(300, 200, 1), "jpg", "image/jpeg", 300, 200, 5, "image", 0},
		{"a.jpeg", "image/jpeg", jpegOf(300, 200, 2), "jpeg", "image/jpeg", 300, 200, 5, "image", 0},
		{"still.gif", "image/gif", gifOf(120, 100, 1), "gif", "image/gif", 120, 100, 5, "image", 0},
		{"anim.gif", "image/gif", gifOf(120, 120, 3), "gif", "image/gif", 120, 120, 7, "image", 0},
		{"still.webp", "image/webp", sample(t, "still.webp"), "webp", "image/webp", 64, 48, 5, "image", 0},
		{"anim.webp", "image/webp", sample(t, "anim.webp"), "webp", "image/webp", 64, 48, 7, "image", 0},
		{"a.avif", "image/avif", sample(t, "still.avif"), "avif", "image/avif", 640, 480, 7, "image", 0},
		{"clip.mp4", "video/mp4", sample(t, "clip.mp4"), "mp4", "video/mp4", 64, 48, 21, "video", 2},
		{"clip.mov", "video/quicktime", sample(t, "clip.mov"), "mov", "video/quicktime", 64, 48, 21, "video", 2},
		{"clip.webm", "video/webm", sample(t, "clip.webm"), "webm", "video/webm", 64, 48, 21, "video", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			im := upload(t, s, file(c.name, c.mime, c.data))
			stem, _ := splitExt(c.name)
			for key, want := range map[string]any{
				"extension": c.ext, "mime": c.stored, "width": c.w, "height": c.h, "chain": c.chain, "type": c.kind, "duration": c.duration,
				"size": float64(len(c.data)), "original_filename": c.name, "name": stem, "source_md5": nil,
			} {
				wantField(t, im, key, want)
			}
			files := s.Stored()
			f := files[len(files)-1]
			if f.Received != f.Stored || im["md5"] != f.Received.MD5 {
				t.Errorf("sums %+v %+v, told %v", f.Received, f.Stored, im["md5"])
			}
			if data, err := s.Content(f.ID); err != nil || !bytes.Equal(data, c.data) {
				t.Errorf("other bytes are stored (%v)", err)
			}
			g := get(t, s, "GET", im["url"].(string))
			if g.body != string(c.data) || g.header.Get("Content-Type") != c.stored {
				t.Errorf("the direct link serves %d bytes of %s", len(g.body), g.header.Get("Content-Type"))
			}
			for _, key := range []string{"thumb", "medium", "frame"} {
				preview, _ := im[key].(map[string]any)
				if preview == nil || preview["url"] == nil {
					continue
				}
				g := get(t, s, "GET", preview["url"].(string))
				if g.status != 200 || g.header.Get("Content-Type") != preview["mime"] || float64(len(g.body)) != preview["size"] || len(g.body) == 0 {
					t.Errorf("%s: %d, %s, %d bytes, told %v", key, g.status, g.header.Get("Content-Type"), len(g.body), preview)
				}
			}
		})
	}
}

func TestPreviewsAreSmallPictures(t *testing.T) {
	s := NewServer(t, Config{})
	im := upload(t, s, file("big.png", "image/png", pngOf(640, 480, 1)))
	for key, want := range map[string]string{"thumb": "160x160", "medium": "500x375"} {
		preview, err := png.Decode(strings.NewReader(get(t, s, "GET", im[key].(map[string]any)["url"].(string)).body))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%dx%d", preview.Bounds().Dx(), preview.Bounds().Dy()); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	video := upload(t, s, file("clip.mp4", "video/mp4", sample(t, "clip.mp4")))
	if _, err := jpeg.Decode(strings.NewReader(get(t, s, "GET", video["url_frame"].(string)).body)); err != nil {
		t.Errorf("the frame of a video: %v", err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	s := NewServer(t, Config{})
	half := func(data []byte) []byte { return data[:len(data)/2] }
	const unreadable = "400 0 Unable to read image from path (/var/www/chevereto/images/"
	for _, c := range []struct {
		name, file, mime string
		data             []byte
		want             string
	}{
		{"MP4 as octet-stream", "clip.mp4", "application/octet-stream", sample(t, "clip.mp4"), "400 610 Can't get target upload source info"},
		{"MP4 without a type", "clip.mp4", "", sample(t, "clip.mp4"), "400 610 Can't get target upload source info"},
		{"PNG as video", "f.png", "video/mp4", pngOf(9, 9, 1), "400 100 Invalid video file provided"},
		{"an empty file", "empty.png", "image/png", nil, "400 0 getimagesize(): Error reading from /tmp/chvtemp_"},
		{"a short text", "note.txt", "text/plain", []byte("a note"), "400 0 getimagesize(): Error reading from /tmp/chvtemp_"},
		{"a longer text", "note.txt", "text/plain", []byte("a note that is longer"), "400 610 Can't get target upload source info"},
		{"SVG", "s.svg", "image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "400 610 Can't get target upload source info"},
		{"TIFF", "s.tiff", "image/tiff", sample(t, "still.tiff"), "400 613 Unavailable image format"},
		{"MKV", "clip.mkv", "video/x-matroska", sample(t, "clip.mkv"), "400 613 Unavailable image format"},
		{"half a PNG", "h.png", "image/png", half(pngOf(64, 48, 1)), unreadable},
		{"a PNG without its last byte", "h.png", "image/png", pngOf(64, 48, 1)[:len(pngOf(64, 48, 1))-1], unreadable},
		{"half a GIF", "h.gif", "image/gif", half(gifOf(120, 120, 3)), unreadable},
		{"half a WebP", "h.webp", "image/webp", half(sample(t, "still.webp")), unreadable},
		{"half an AVIF", "h.avif", "image/avif", half(sample(t, "still.avif")), "400 "},
		{"a PNG that is broken inside", "b.png", "image/png", bytes.Replace(pngOf(64, 48, 1), []byte("IDAT"), []byte("IDAX"), 1), unreadable},
		{"half an MP4 with its index at the end", "h.mp4", "video/mp4", half(sample(t, "clip.mp4")), "400 600 FFprobe error: "},
		{"a picture of 20,000 by 20,000 points", "huge.png", "image/png", hugePNG(), unreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			if g := send(t, s, file(c.file, c.mime, c.data)); !strings.HasPrefix(g.code(), c.want) {
				t.Errorf("got %s\nwant %s", g.code(), c.want)
			}
		})
	}
	t.Run("nothing of it is kept", func(t *testing.T) {
		if files := s.Stored(); len(files) > 0 {
			t.Errorf("%+v", files)
		}
	})
	t.Run("a format that the site has off", func(t *testing.T) {
		_ = s.Change(func(s *Site) { s.DisabledFormats = []string{"webp"} })
		wantCode(t, send(t, s, file("a.webp", "image/webp", sample(t, "still.webp"))), "400 614 Disabled image format (webp)")
	})
	t.Run("animated WebP where the site uses GD", func(t *testing.T) {
		_ = s.Change(func(s *Site) { s.DisabledFormats, s.GD = nil, true })
		if g := send(t, s, file("a.webp", "image/webp", sample(t, "anim.webp"))); !strings.HasPrefix(g.code(), "400 400 ") {
			t.Error(g.code())
		}
		upload(t, s, file("a.webp", "image/webp", sample(t, "still.webp")))
	})
}

// hugePNG is small but says it is 20,000 by 20,000.
func hugePNG() []byte {
	data := pngOf(8, 8, 1)
	copy(data[16:], "\x00\x00\x4e\x20\x00\x00\x4e\x20")
	return data
}

func TestCutFilesThatAreAccepted(t *testing.T) {
	s := NewServer(t, Config{})
	plain := jpegOf(600, 400, 1)
	oriented := withEXIF(jpegOf(600, 400, 2), photo{orientation: 6})
	for _, c := range []struct {
		name, mime string
		data       []byte
		same       bool
		w, h       float64
	}{
		{"plain.jpg", "image/jpeg", plain[:len(plain)/2], true, 600, 400},
		{"head.jpg", "image/jpeg", plain[:1000], true, 600, 400},
		{"oriented.jpg", "image/jpeg", oriented[:len(oriented)/2], false, 400, 600},
		{"lt.webm", "video/webm", sample(t, "clip.webm")[:3000], true, 64, 48},
		{"fst.mp4", "video/mp4", sample(t, "faststart.mp4")[:2500], true, 64, 48},
	} {
		t.Run(c.name, func(t *testing.T) {
			im := upload(t, s, file(c.name, c.mime, c.data))
			wantField(t, im, "width", c.w)
			wantField(t, im, "height", c.h)
			files := s.Stored()
			f := files[len(files)-1]
			if (f.Stored == f.Received) != c.same || im["md5"] != f.Stored.MD5 {
				t.Errorf("received %+v, stored %+v", f.Received, f.Stored)
			}
		})
	}
}

func TestRewrittenFiles(t *testing.T) {
	s := NewServer(t, Config{Keys: map[string]User{DefaultKey: {Name: "bob", CameraTag: true}}})
	last := func() File {
		files := s.Stored()
		return files[len(files)-1]
	}
	t.Run("a JPEG with orientation is turned, sums change and the answer does not say so", func(t *testing.T) {
		data := withEXIF(jpegOf(1200, 900, 1), photo{orientation: 6, maker: "Canon", model: "Canon EOS 5D", xpTitle: "Вид на море", description: "EXIF desc here", bigEndian: true})
		im := upload(t, s, file("photo.jpg", "image/jpeg", data))
		for key, want := range map[string]any{
			"width": 900.0, "height": 1200.0, "source_md5": nil, "description": "EXIF desc here", "title": "??? ?? ????",
			"tags_string": "Canon Canon EOS 5D", "extension": "jpg",
		} {
			wantField(t, im, key, want)
		}
		if f := last(); f.Stored.MD5 == f.Received.MD5 || im["md5"] != f.Stored.MD5 {
			t.Errorf("%+v", f)
		}
		if !strings.Contains(im["original_exifdata"].(string), fmt.Sprintf(`"FileSize":"%d"`, len(data))) {
			t.Errorf("%s", im["original_exifdata"])
		}
		if im["url_short"] != im["url_viewer"] {
			t.Errorf("a title without a letter gives %v", im["url_viewer"])
		}
	})
	t.Run("orientation 1 changes the bytes too", func(t *testing.T) {
		upload(t, s, file("e2.jpg", "image/jpeg", withEXIF(jpegOf(300, 200, 2), photo{orientation: 1, maker: "Canon"})))
		if f := last(); f.Stored.MD5 == f.Received.MD5 || f.Width != 300 {
			t.Errorf("%+v", f)
		}
	})
	t.Run("EXIF without orientation changes nothing", func(t *testing.T) {
		im := upload(t, s, file("e3.jpg", "image/jpeg", withEXIF(jpegOf(300, 200, 3), photo{maker: "Canon"})))
		if f := last(); f.Stored != f.Received {
			t.Errorf("%+v", f)
		}
		wantField(t, im, "tags_string", "Canon")
	})
	t.Run("a JPEG without EXIF has the text about it all the same", func(t *testing.T) {
		im := upload(t, s, file("e4.jpg", "image/jpeg", jpegOf(300, 200, 4)))
		if text := im["original_exifdata"].(string); !strings.Contains(text, `"SectionsFound":"","COMPUTED":{"html":"width=\"300\" height=\"200\""`) || !strings.Contains(text, `"MimeType":"image\/jpeg"`) {
			t.Error(text)
		}
	})
	t.Run("a BMP becomes a PNG", func(t *testing.T) {
		im := upload(t, s, file("s.bmp", "image/bmp", sample(t, "still.bmp")))
		wantField(t, im, "extension", "png")
		wantField(t, im, "original_filename", "s.bmp")
		data, _ := s.Content(last().ID)
		picture, err := png.Decode(bytes.NewReader(data))
		if err != nil || picture.Bounds() != image.Rect(0, 0, 64, 48) {
			t.Fatalf("%v %v", picture, err)
		}
	})
	t.Run("a smaller width tells the sum of the source", func(t *testing.T) {
		data := pngOf(64, 48, 5)
		im := upload(t, s, file("w.png", "image/png", data), with("width", "32"))
		f := last()
		wantField(t, im, "source_md5", f.Received.MD5)
		wantField(t, im, "md5", f.Stored.MD5)
		stored, _ := s.Content(f.ID)
		if picture, err := png.Decode(bytes.NewReader(stored)); err != nil || picture.Bounds() != image.Rect(0, 0, 32, 24) {
			t.Errorf("%v %v", picture, err)
		}
	})
	t.Run("a WebP made smaller has other bytes", func(t *testing.T) {
		im := upload(t, s, file("w.webp", "image/webp", sample(t, "still.webp")), with("width", "32"))
		if f := last(); im["source_md5"] != f.Received.MD5 || im["md5"] == f.Received.MD5 || f.Height != 24 {
			t.Errorf("%+v", f)
		}
	})
	t.Run("the site's greatest width makes smaller silently", func(t *testing.T) {
		_ = s.Change(func(s *Site) { s.MaxWidth = 40 })
		im := upload(t, s, file("m.png", "image/png", pngOf(64, 48, 6)))
		wantField(t, im, "width", 40.0)
		wantField(t, im, "source_md5", last().Received.MD5)
		_ = s.Change(func(s *Site) { s.MaxWidth = 0 })
	})
	t.Run("a watermark changes the bytes but not the sum that is told", func(t *testing.T) {
		_ = s.Change(func(s *Site) { s.Watermark = true })
		im := upload(t, s, file("wm.jpg", "image/jpeg", jpegOf(64, 48, 7)))
		if f := last(); im["md5"] != f.Received.MD5 || f.Stored.MD5 == f.Received.MD5 {
			t.Errorf("%+v", f)
		}
		_ = s.Change(func(s *Site) { s.Watermark = false })
	})
	t.Run("dropped EXIF data rewrite a JPEG and are not told", func(t *testing.T) {
		_ = s.Change(func(s *Site) { s.DropEXIF = true })
		im := upload(t, s, file("dx.jpg", "image/jpeg", withEXIF(jpegOf(64, 48, 8), photo{description: "secret"})))
		wantField(t, im, "original_exifdata", nil)
		wantField(t, im, "description", nil)
		if f := last(); f.Stored.MD5 == f.Received.MD5 {
			t.Errorf("%+v", f)
		}
		if data, _ := s.Content(last().ID); bytes.Contains(data, []byte("secret")) {
			t.Error("the EXIF data are in the file")
		}
	})
}

func TestOrientations(t *testing.T) {
	// A picture of 2 by 1: red, then blue. Where is red after turning?
	flat := image.NewRGBA(image.Rect(0, 0, 2, 1))
	flat.Set(0, 0, color.RGBA{R: 255, A: 255})
	flat.Set(1, 0, color.RGBA{B: 255, A: 255})
	for orientation, want := range map[int]string{1: "2x1 0,0", 2: "2x1 1,0", 3: "2x1 1,0", 4: "2x1 0,0", 5: "1x2 0,0", 6: "1x2 0,0", 7: "1x2 0,1", 8: "1x2 0,1"} {
		turned := upright(flat, orientation)
		b := turned.Bounds()
		got := ""
		for y := range b.Dy() {
			for x := range b.Dx() {
				if r, _, _, _ := turned.At(x, y).RGBA(); r > 0 {
					got = fmt.Sprintf("%dx%d %d,%d", b.Dx(), b.Dy(), x, y)
				}
			}
		}
		if got != want {
			t.Errorf("orientation %d: %s, want %s", orientation, got, want)
		}
	}
}

func TestBMP(t *testing.T) {
	picture, err := decodeBMP(sample(t, "still.bmp"))
	if err != nil || picture.Bounds() != image.Rect(0, 0, 64, 48) {
		t.Fatalf("%v %v", picture, err)
	}
	seen := map[color.Color]bool{}
	for x := range 64 {
		seen[picture.At(x, 10)] = true
	}
	if len(seen) < 5 {
		t.Errorf("the test pattern has %d colours", len(seen))
	}
	for n := range 60 {
		if _, err := decodeBMP(sample(t, "still.bmp")[:n]); err == nil {
			t.Errorf("%d bytes are read as a picture", n)
		}
	}
}

// Whatever the bytes are, looking at them ends and does not panic.
func FuzzProbe(f *testing.F) {
	f.Add(pngOf(4, 4, 1))
	f.Add(gifOf(4, 4, 2))
	f.Add(withEXIF(jpegOf(4, 4, 1), photo{orientation: 3, maker: "m", xpTitle: "t"}))
	for _, head := range []string{"RIFF\x20\x00\x00\x00WEBPVP8X", "\x1a\x45\xdf\xa3\x84webm\x18\x53\x80\x67\xff", "\x00\x00\x00\x08ftypmp42\x00\x00\x00\x10moov"} {
		f.Add([]byte(head + strings.Repeat("\x01", 40)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		kind := sniff(data)
		m, err := probe(kind, bytes.NewReader(data), int64(len(data)))
		if err == nil && (m.width < 0 || m.height < 0 || m.seconds < 0) {
			t.Errorf("%+v", m)
		}
	})
}
