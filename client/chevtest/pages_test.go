package chevtest

import (
	"go/parser"
	"go/token"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestDeleting(t *testing.T) {
	s := NewServer(t, Config{Site: Site{Flood: Flood{Off: true}}})
	for seed, method := range []string{"GET", "HEAD", "POST", "DELETE", "PROPFIND"} {
		t.Run("works at once by "+method, func(t *testing.T) {
			im := upload(t, s, file("d5.png", "", pngOf(640, 480, uint64(seed))))
			link, viewer := im["delete_url"].(string), im["url_viewer"].(string)
			direct := []string{im["url"].(string), im["thumb"].(map[string]any)["url"].(string), im["medium"].(map[string]any)["url"].(string)}
			for _, url := range append(direct, viewer, im["url_short"].(string)) {
				if g := get(t, s, "GET", url); g.status != 200 {
					t.Errorf("%s before: %d", url, g.status)
				}
			}
			g := get(t, s, method, link)
			if g.status != 301 || g.header.Get("Location") != viewer+"?deleted" {
				t.Fatalf("%d to %q", g.status, g.header.Get("Location"))
			}
			if g := get(t, s, "GET", viewer+"?deleted"); g.status != 301 || g.header.Get("Location") != viewer+"/?deleted" {
				t.Errorf("%d to %q", g.status, g.header.Get("Location"))
			}
			for _, url := range append(direct, viewer, viewer+"/?deleted", link) {
				if g := get(t, s, "GET", url); g.status != 404 {
					t.Errorf("%s after: %d", url, g.status)
				}
			}
		})
	}
	t.Run("a wrong link is not found and deletes nothing", func(t *testing.T) {
		im := upload(t, s, aPNG(10))
		link := im["delete_url"].(string)
		for _, wrong := range []string{link[:len(link)-1] + "g", link[:len(link)-48], link + "0", strings.Replace(link, "/image/", "/video/", 1), link + "/more"} {
			if g := get(t, s, "GET", wrong); g.status != 404 {
				if g.status == 301 && !strings.Contains(g.header.Get("Location"), "deleted") {
					continue // a trailing slash that is taken away
				}
				t.Errorf("%d", g.status)
			}
		}
		if g := get(t, s, "GET", im["url"].(string)); g.status != 200 {
			t.Errorf("the file: %d", g.status)
		}
	})
	t.Run("a video is deleted under its own route", func(t *testing.T) {
		im := upload(t, s, file("clip.mp4", "video/mp4", sample(t, "clip.mp4")))
		if link := im["delete_url"].(string); !strings.HasPrefix(link, s.URL+"/video/") || get(t, s, "GET", link).status != 301 {
			t.Error("it cannot be")
		}
		if g := get(t, s, "GET", im["url_frame"].(string)); g.status != 404 {
			t.Errorf("its frame is there: %d", g.status)
		}
	})
	if n := s.Stats(); n.Deleted != 6 || len(s.Stored()) != 1 {
		t.Errorf("%+v", n)
	}
}

func TestGallery(t *testing.T) {
	s := NewServer(t, Config{Site: Site{Flood: Flood{Off: true}}})
	if g := get(t, s, "GET", "/"); g.status != 200 || !strings.Contains(g.body, "Nothing here yet") || !strings.Contains(g.body, "drop a picture") {
		t.Errorf("the empty gallery: %d %s", g.status, g.body)
	}
	evil := `"><script>alert(1)</script>`
	upload(t, s, aPNG(1), with("title", evil))
	upload(t, s, file("clip.mp4", "video/mp4", sample(t, "clip.mp4")))
	newest := upload(t, s, file("newest.png", "", pngOf(640, 480, 2)))
	g := get(t, s, "GET", "/")
	t.Run("shows the newest first", func(t *testing.T) {
		a, b, c := strings.Index(g.body, "newest"), strings.Index(g.body, "clip"), strings.Index(g.body, "alert(1)")
		if a < 0 || b < a || c < b || !strings.Contains(g.body, "3 files") {
			t.Errorf("%d %d %d", a, b, c)
		}
		if medium := newest["medium"].(map[string]any)["url"].(string); !strings.Contains(g.body, medium) {
			t.Error("it does not show the medium size")
		}
	})
	t.Run("escapes what it shows", func(t *testing.T) {
		if strings.Contains(g.body, "<script>alert") || !strings.Contains(html.UnescapeString(g.body), evil) {
			t.Error(g.body)
		}
	})
	t.Run("asks nobody else for anything", func(t *testing.T) {
		for _, part := range strings.FieldsFunc(g.body, func(r rune) bool { return r == '"' || r == ' ' }) {
			if strings.HasPrefix(part, "http") && !strings.HasPrefix(part, s.URL) {
				t.Errorf("%s", part)
			}
		}
		if csp := g.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'self'") {
			t.Error(csp)
		}
	})
	t.Run("has its style, script and icon", func(t *testing.T) {
		for path, kind := range map[string]string{"site.css": "text/css", "site.js": "text/javascript", "icon.svg": "image/svg+xml"} {
			if g := get(t, s, "GET", "/content/"+path); g.status != 200 || !strings.HasPrefix(g.header.Get("Content-Type"), kind) {
				t.Errorf("%s: %d %s", path, g.status, g.header.Get("Content-Type"))
			}
		}
		for _, path := range []string{"/content/gallery.html", "/content/../host.go", "/content/", "/content/nothing", "/images/", "/images/../web/site.css"} {
			if g := get(t, s, "GET", path); g.status != 404 {
				t.Errorf("%s: %d", path, g.status)
			}
		}
	})
	t.Run("does not read the folder of style and script as one of files", func(t *testing.T) {
		if g := get(t, s, "GET", "/nothing/here"); g.status != 404 || !strings.Contains(g.body, "doesn") {
			t.Errorf("%d", g.status)
		}
	})
}

func TestViewer(t *testing.T) {
	s := NewServer(t, Config{})
	im := upload(t, s, aPNG(1), with("title", `A [cat] & "dog"`), with("expiration", "P3D"))
	for _, url := range []string{im["url_viewer"].(string), im["url_short"].(string)} {
		g := get(t, s, "GET", url)
		page := html.UnescapeString(g.body)
		for _, part := range []string{`value="` + im["url"].(string), `value="` + im["url_viewer"].(string), `![A \[cat\] & "dog"](` + im["url"].(string) + ")", "<img", "64 × 48", "expires"} {
			if !strings.Contains(page, part) {
				t.Errorf("no %s in %s", part, page)
			}
		}
	}
	t.Run("plays a video", func(t *testing.T) {
		clip := upload(t, s, file("clip.mp4", "video/mp4", sample(t, "clip.mp4")))
		if g := get(t, s, "GET", clip["url_viewer"].(string)); !strings.Contains(g.body, "<video") || strings.Contains(g.body, "expires") {
			t.Error(g.body)
		}
		g := send(t, s, to("GET", strings.TrimPrefix(clip["url"].(string), s.URL), ""), raw("text/plain", ""), header("Range", "bytes=4-7"))
		if g.status != 206 || g.body != "ftyp" {
			t.Errorf("a part of it: %d %q", g.status, g.body)
		}
	})
	t.Run("knows a picture under its own route only", func(t *testing.T) {
		if g := get(t, s, "GET", "/video/"+im["id_encoded"].(string)); g.status != 404 {
			t.Errorf("%d", g.status)
		}
	})
	t.Run("never tells the link that deletes", func(t *testing.T) {
		secret := im["delete_url"].(string)[strings.LastIndex(im["delete_url"].(string), "/")+1:]
		for _, url := range []string{"/", im["url_viewer"].(string)} {
			if strings.Contains(get(t, s, "GET", url).body, secret) {
				t.Errorf("%s does", url)
			}
		}
	})
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	s := NewServer(t, Config{Dir: dir, Clock: fixedClock})
	im := upload(t, s, file("../../../../../etc/cron.d/evil.png", "", pngOf(640, 480, 1)))
	upload(t, s, file(`..\..\evil.png`, "", pngOf(64, 48, 2)))
	upload(t, s, file("..png", "", pngOf(64, 48, 3)))
	send(t, s, file("broken.png", "", pngOf(64, 48, 4)[:100]))
	files := func() (list []string) {
		_ = filepath.WalkDir(filepath.Dir(filepath.Dir(dir)), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				rel, _ := filepath.Rel(dir, path)
				list = append(list, filepath.ToSlash(rel))
			}
			return err
		})
		return list
	}
	for _, path := range files() {
		if !strings.HasPrefix(path, "images/2026/11/23/") {
			t.Errorf("a file at %s", path)
		}
	}
	if n := len(files()); n != 3+4 { // three files, three thumbs, one medium
		t.Errorf("%v", files())
	}
	data, err := os.ReadFile(filepath.Join(dir, "images/2026/11/23/evil.png"))
	if err != nil || string(data) != string(pngOf(640, 480, 1)) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if info, err := os.Stat(dir); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	get(t, s, "GET", im["delete_url"].(string))
	if n := len(files()); n != 4 {
		t.Errorf("after deleting: %v", files())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, incoming)); err == nil {
		t.Error("the folder for what comes in is left behind")
	}
	if n := len(files()); n != 4 {
		t.Errorf("after closing: %v", files())
	}
}

func TestListenSaysWhatIsWrong(t *testing.T) {
	s := NewServer(t, Config{})
	if _, err := Listen(strings.TrimPrefix(s.URL, "http://"), Config{}); err == nil {
		t.Error("two listen on one address")
	}
	if _, err := Listen("127.0.0.1:0", Config{BaseURL: "nonsense"}); err == nil {
		t.Error("a bad address is taken")
	}
	notDir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(notDir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Dir: notDir}); err == nil {
		t.Error("a file is taken for a folder")
	}
	if s.Key != DefaultKey {
		t.Errorf("key %q", s.Key)
	}
	if err := s.Close(); err != nil || s.Close() != nil {
		t.Error(err)
	}
}

// The demo has this package in it: nothing may come along that registers
// flags, and nothing of ours, which would hide mistakes made in both.
func TestImportsOnlyTheStandardLibrary(t *testing.T) {
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		looked++
		parsed, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			first, _, _ := strings.Cut(path, "/")
			if strings.Contains(first, ".") || first == "testing" || path == "net/http/httptest" || path == "flag" {
				t.Errorf("%s imports %s", source, path)
			}
		}
	}
	if looked < 10 {
		t.Errorf("only %d files were looked at", looked)
	}
}
