package chevtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shape lists the members of a JSON value with their types: "a.b number".
func shape(path string, value any) []string {
	switch v := value.(type) {
	case map[string]any:
		list := []string{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			list = append(list, shape(strings.TrimPrefix(path+"."+key, "."), v[key])...)
		}
		return list
	case []any:
		list := []string{path + " list"}
		if len(v) > 0 {
			list = append(list, shape(path+"[]", v[0])...)
		}
		return list
	case string:
		return []string{path + " text"}
	case float64:
		return []string{path + " number"}
	case bool:
		return []string{path + " bool"}
	}
	return []string{path + " null"}
}

func wantShape(t *testing.T, got, want []string) {
	t.Helper()
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("missing: %s", line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("too much: %s", line)
		}
	}
}

// The example of the API's own document is of a video on a site of the newer
// generation with external storage.
func TestAnswerHasTheDocumentedShape(t *testing.T) {
	data, err := os.ReadFile("testdata/example.json")
	if err != nil {
		t.Fatal(err)
	}
	var documented map[string]any
	if err := json.Unmarshal(data, &documented); err != nil {
		t.Fatal(err)
	}
	s := NewServer(t, Config{Site: Site{Generation: V43, VideoRoute: "clip", StorageURL: "http://cdn.example"}})
	g := send(t, s, file("Badgers _ animated music video _ MrWeebl.mp4", "video/mp4", sample(t, "clip.mp4")), with("expiration", "PT30M"))
	wantShape(t, shape("", g.json), shape("", documented))

	example := documented["image"].(map[string]any)
	for _, key := range []string{"chain", "title", "title_truncated", "title_truncated_html", "display_title", "is_use_loader", "medium", "file", "views_label", "likes_label", "how_long_ago", "mime", "type", "original_filename", "storage_mode"} {
		if fmt.Sprint(g.image()[key]) != fmt.Sprint(example[key]) {
			t.Errorf("%s: %v, documented %v", key, g.image()[key], example[key])
		}
	}
	if path := g.image()["path_viewer"].(string); path != "/clip/Badgers-animated-music-video-MrWeebl."+g.image()["id_encoded"].(string) {
		t.Errorf("path_viewer %s", path)
	}
	if sum := g.image()["checksum"].(string); !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(sum) || sum != s.Stored()[0].Stored.XXH64 {
		t.Errorf("checksum %q", sum)
	}
}

func TestAnswerOfAPicture(t *testing.T) {
	s := NewServer(t, Config{Clock: fixedClock})
	big := upload(t, s, file("png01.png", "image/png", pngOf(640, 480, 1)))
	small := upload(t, s, file("small.png", "image/png", pngOf(64, 48, 1)))
	t.Run("has every member that 4.2.5 sends", func(t *testing.T) {
		want := strings.Fields(`name extension size width height date date_gmt title description nsfw storage_mode md5 source_md5 original_filename
			original_exifdata views category_id chain thumb_size medium_size frame_size expiration_date_gmt likes is_animated is_approved is_360 duration
			type tags tags_string file id_encoded filename mime url ratio size_formatted image medium thumb url_frame duration_time url_viewer path_viewer
			url_short display_url display_width display_height views_label likes_label how_long_ago date_fixed_peer title_truncated title_truncated_html
			is_use_loader display_title delete_url`)
		for name, image := range map[string]map[string]any{"big": big, "small": small} {
			if got := slices.Sorted(maps.Keys(image)); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
				t.Errorf("%s: %v", name, got)
			}
		}
	})
	t.Run("the display width is a text when there is a medium size", func(t *testing.T) {
		wantField(t, big, "display_width", "500")
		wantField(t, big, "display_height", 375.0)
		wantField(t, small, "display_width", 64.0)
		wantField(t, small, "display_url", small["url"])
		wantField(t, big, "display_url", big["medium"].(map[string]any)["url"])
	})
	t.Run("the medium size that is not there is five nulls without a size", func(t *testing.T) {
		if got := fmt.Sprint(small["medium"]); got != "map[extension:<nil> filename:<nil> mime:<nil> name:<nil> url:<nil>]" {
			t.Error(got)
		}
		wantField(t, small, "medium_size", 0.0)
		wantShape(t, shape("", big["medium"]), []string{"extension text", "filename text", "mime text", "name text", "size number", "url text"})
	})
	t.Run("links are where they are on a real server", func(t *testing.T) {
		id := big["id_encoded"].(string)
		for key, want := range map[string]string{
			"url": s.URL + "/images/2026/11/23/png01.png", "url_viewer": s.URL + "/image/png01." + id, "url_short": s.URL + "/image/" + id,
			"path_viewer": "/image/png01." + id, "url_frame": "",
		} {
			wantField(t, big, key, want)
		}
		if link := big["delete_url"].(string); !regexp.MustCompile(`^` + s.URL + `/image/` + id + `/delete/[0-9a-f]{48}$`).MatchString(link) {
			t.Error(link)
		}
	})
	t.Run("is written as PHP writes it", func(t *testing.T) {
		g := send(t, s, aPNG(7), with("title", "Três 😀"))
		for _, part := range []string{`"mime":"image\/png"`, `"title":"Tr\u00eas \ud83d\ude00"`, `"ratio":1.3333333333333333`, `,"status_txt":"OK"}`} {
			if !strings.Contains(g.body, part) {
				t.Errorf("no %s in %s", part, g.body)
			}
		}
		if !strings.HasPrefix(g.body, `{"status_code":200,"success":{"message":"file uploaded","code":200},"image":{"name":`) {
			t.Error(g.body)
		}
		for name, want := range map[string]string{"Content-Type": "application/json; charset=UTF-8", "Cache-Control": "no-store, no-cache, must-revalidate"} {
			if got := g.header.Get(name); got != want {
				t.Errorf("%s: %s", name, got)
			}
		}
		if g.header.Get("Content-Length") != "" || !strings.HasPrefix(g.header.Get("Set-Cookie"), "PHPSESSID=") {
			t.Errorf("headers %v", g.header)
		}
	})
	t.Run("the viewer address has no title where the site has that off", func(t *testing.T) {
		_ = s.Change(func(s *Site) { s.NoSEO = true })
		im := upload(t, s, aPNG(8))
		wantField(t, im, "url_viewer", im["url_short"])
	})
}

func TestFormats(t *testing.T) {
	s := NewServer(t, Config{})
	t.Run("txt is the bare link, called HTML", func(t *testing.T) {
		g := send(t, s, aPNG(1), with("format", "txt"))
		if g.status != 200 || g.body != s.URL+s.Stored()[0].Path || g.header.Get("Content-Type") != "text/html; charset=UTF-8" {
			t.Errorf("%d %q", g.status, g.body)
		}
	})
	t.Run("redirect goes to the viewer by a relative address", func(t *testing.T) {
		g := send(t, s, file("t2.png", "", pngOf(9, 9, 1)), with("format", "redirect"))
		files := s.Stored()
		if want := "/image/t2." + files[len(files)-1].ID; g.status != 302 || g.header.Get("Location") != want || g.body != "" {
			t.Errorf("%d to %q %q", g.status, g.header.Get("Location"), g.body)
		}
	})
	t.Run("version 3 redirects by a whole address", func(t *testing.T) {
		s := NewServer(t, Config{Site: Site{Generation: V3}})
		g := send(t, s, withKey(""), with("key", s.Key), aPNG(1), with("format", "redirect"))
		if to := g.header.Get("Location"); g.status != 302 || !strings.HasPrefix(to, s.URL+"/image/") || !strings.HasSuffix(to, s.Stored()[0].ID) {
			t.Errorf("%d to %q", g.status, to)
		}
	})
	for _, format := range []string{"txt", "redirect"} {
		t.Run("an error as "+format+" is the bare message with status 200", func(t *testing.T) {
			for want, options := range map[string][]option{"Duplicated upload": {aPNG(1)}, "Invalid API key.": {withKey("chv_abc_bad"), aPNG(2)}} {
				g := send(t, s, append(options, with("format", format))...)
				if g.status != 200 || g.body != want || g.header.Get("Location") != "" {
					t.Errorf("%d %q", g.status, g.body)
				}
			}
		})
	}
}

func TestModeration(t *testing.T) {
	const admin, bob = "chv_a_admin", "chv_b_bob"
	s := NewServer(t, Config{Keys: map[string]User{admin: {Admin: true}, bob: {}}, Site: Site{Moderated: true}})
	g := send(t, s, withKey(bob), file("f.png", "", pngOf(640, 480, 1)))
	for _, path := range []string{"url", "display_url", "image.url", "thumb.url", "medium.url"} {
		var value any = g.image()
		for part := range strings.SplitSeq(path, ".") {
			value = value.(map[string]any)[part]
		}
		if value != nil {
			t.Errorf("%s is %v", path, value)
		}
	}
	wantField(t, g.image(), "is_approved", 0.0)
	for _, key := range []string{"url_viewer", "url_short", "delete_url"} {
		if link, _ := g.image()[key].(string); link == "" {
			t.Errorf("no %s", key)
		}
	}
	t.Run("as text it is a warning of PHP though it was stored", func(t *testing.T) {
		before := len(s.Stored())
		if g := send(t, s, withKey(bob), aPNG(2), with("format", "txt")); g.status != 200 || g.body != `Undefined array key "url"` || len(s.Stored()) != before+1 {
			t.Errorf("%d %q", g.status, g.body)
		}
	})
	t.Run("does not hold up administrators", func(t *testing.T) {
		wantField(t, upload(t, s, withKey(admin), aPNG(3)), "is_approved", 1.0)
	})
	t.Run("the viewer does not show it", func(t *testing.T) {
		g := get(t, s, "GET", g.image()["url_viewer"].(string))
		if g.status != 200 || !strings.Contains(g.body, "waits for approval") || strings.Contains(g.body, "<img") {
			t.Errorf("%d %s", g.status, g.body)
		}
	})
}

func TestLanguages(t *testing.T) {
	s := NewServer(t, Config{Site: Site{Flood: Flood{Minute: 1}, Limits: Limits{SiteMB: 1}}})
	im := upload(t, s, aPNG(1), header("Accept-Language", "de"))
	wantField(t, im, "how_long_ago", "Vor wenigen Momenten")
	wantField(t, im, "views_label", "Aufrufe")
	for _, c := range []struct{ accept, want string }{
		{"de", "Doppelt hochgeladen"},
		{"es-AR,es;q=0.9,en;q=0.8", "Subida duplicada"},
		{"tr,de;q=0.3,en;q=0.7", "Duplicated upload"},
		{"fr", "Envoi en double"},
		{"id-ID", "Unggahan ganda"},
		{"ru;q=0.9", "Повторная загрузка"},
		{"zh-CN,zh", "重复上传"},
		{"", "Duplicated upload"},
		{"*", "Duplicated upload"},
	} {
		wantCode(t, send(t, s, aPNG(1), header("Accept-Language", c.accept)), "400 101 "+c.want)
	}
	wantCode(t, send(t, s, aPNG(2), header("Accept-Language", "de")), "400 130 Zu viele Uploads. Sie können nur 1 Bild pro minute hochladen")
	wantCode(t, send(t, s, file("big.png", "", append(pngOf(9, 9, 1), make([]byte, 1_100_000)...)), header("Accept-Language", "es")), "400 130 Flood detectado. Sólo puedes subir 1 imagen por minute")
}

func TestNames(t *testing.T) {
	s := NewServer(t, Config{Site: Site{AllowDuplicates: true, Flood: Flood{Off: true}}})
	for _, c := range []struct{ sent, original, name, title, slug string }{
		{"Фото с моря (1) 日本.png", "Фото с моря (1) 日本.png", "FOTO-S-MORY-1-", "Фото с моря (1) 日本", "%D0%A4%D0%BE%D1%82%D0%BE-%D1%81-%D0%BC%D0%BE%D1%80%D1%8F-%281%29-%E6%97%A5%E6%9C%AC"},
		{"noext", "noext", "noext", "noext", "noext"},
		{"x.php", "x.php", "x", "x", "x"},
		{"Crème_brûlée-1.png", "Crème_brûlée-1.png", "Creme_brulee-1", "Crème brûlée 1", "Cr%C3%A8me-br%C3%BBl%C3%A9e-1"},
		{`say "hi".png`, `say "hi".png`, "say-hi", `say "hi"`, "say-hi"},
		{"../../etc/passwd", "passwd", "passwd", "passwd", "passwd"},
		{`C:\Users\me\cat.png`, "cat.png", "cat", "cat", "cat"},
		{"a.b.png", "a.b.png", "a-b", "a.b", "a-b"},
	} {
		t.Run(c.sent, func(t *testing.T) {
			im := upload(t, s, file(c.sent, "", pngOf(9, 9, 1)))
			wantField(t, im, "original_filename", c.original)
			wantField(t, im, "name", c.name)
			wantField(t, im, "title", c.title)
			wantField(t, im, "path_viewer", "/image/"+c.slug+"."+im["id_encoded"].(string))
			if g := get(t, s, "GET", im["url_viewer"].(string)); g.status != 200 {
				t.Errorf("viewer: %d", g.status)
			}
		})
	}
	t.Run("a name that is taken grows", func(t *testing.T) {
		name := upload(t, s, file("x.png", "", pngOf(9, 9, 2)))["name"].(string)
		if !regexp.MustCompile(`^x[0-9a-f]{16}$`).MatchString(name) {
			t.Error(name)
		}
	})
	t.Run("a name of which nothing is left is made up", func(t *testing.T) {
		name := upload(t, s, file("日本.png", "", pngOf(9, 9, 3)))["name"].(string)
		if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(name) {
			t.Error(name)
		}
	})
}

func TestIDsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for n := range uint64(100_000) {
		id := encodeID(n)
		if seen[id] || len(id) < 3 {
			t.Fatalf("id %q of %d", id, n)
		}
		seen[id] = true
	}
}

func TestSizeText(t *testing.T) {
	for size, want := range map[int64]string{0: "0 B", 546: "546 B", 999: "999 B", 1999: "2 KB", 4422: "4.4 KB", 372943: "372.9 KB", 3011299: "3 MB", 22983: "23 KB", 5_000_000_000: "5 GB"} {
		if got := sizeText(size); got != want {
			t.Errorf("%d: %s, want %s", size, got, want)
		}
	}
}
