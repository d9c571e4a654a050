package chevtest

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestAddressOfTheAPI(t *testing.T) {
	s := NewServer(t, Config{})
	t.Run("a trailing slash is redirected away", func(t *testing.T) {
		g := send(t, s, to("POST", "/api/1/upload/", ""), aPNG(1))
		if g.status != 301 || g.header.Get("Location") != s.URL+"/api/1/upload" {
			t.Errorf("%d to %q", g.status, g.header.Get("Location"))
		}
	})
	for _, c := range []struct{ name, path, query, location string }{
		{"a query without slash", "/api/1/upload", "format=txt", "/api/1/upload/?format=txt"},
		{"a query whose value is not encoded as PHP does", "/api/1/upload/", "source=aGVsbG8=", "/api/1/upload/?source=aGVsbG8%3D"},
		{"a double slash", "//api/1/upload", "", "/api/1/upload"},
		{"index.php", "/index.php/api/1/upload", "", "/api/1/upload"},
	} {
		t.Run(c.name+" is redirected", func(t *testing.T) {
			g := send(t, s, to("POST", c.path, c.query))
			if g.status != 301 || g.header.Get("Location") != s.URL+c.location {
				t.Errorf("%d to %q, want %q", g.status, g.header.Get("Location"), c.location)
			}
		})
	}
	t.Run("a query with slash, encoded right, works", func(t *testing.T) {
		g := send(t, s, to("POST", "/api/1/upload/", "key="+s.Key+"&title=a%3Ab"), withKey(""), aPNG(2))
		wantField(t, g.image(), "title", "a:b")
	})
	t.Run("a redirect that is followed loses the body", func(t *testing.T) {
		r := newRequest(s, to("POST", "/api/1/upload/", ""), aPNG(3)).build(t, s)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		if answer.StatusCode != 400 || answer.Request.Method != "GET" {
			t.Errorf("%d after %s", answer.StatusCode, answer.Request.Method)
		}
	})
	for _, c := range []struct{ name, method, path, want string }{
		{"another version", "POST", "/api/2/upload", "400 110 Invalid API version."},
		{"version 4", "POST", "/api/4/upload", "400 110 Invalid API version."},
		{"another action", "POST", "/api/1/delete", "400 120 Invalid API action."},
		{"no action", "POST", "/api/1", "400 100 No action provided"},
		{"PUT, whose form PHP does not read,", "PUT", "/api/1/upload", "400 130 Empty upload source"},
		{"OPTIONS", "OPTIONS", "/api/1/upload", "400 130 Empty upload source"},
		{"GET without a source", "GET", "/api/1/upload", "400 130 Empty upload source"},
	} {
		t.Run(c.name+" is refused", func(t *testing.T) {
			wantCode(t, send(t, s, to(c.method, c.path, ""), aPNG(4)), c.want)
		})
	}
	t.Run("another action is refused only after the key", func(t *testing.T) {
		wantCode(t, send(t, s, to("POST", "/api/1/delete", ""), withKey("chv_no_no")), "400 100 Invalid API key.")
	})
	t.Run("more parts of the path are ignored", func(t *testing.T) {
		upload(t, s, to("POST", "/api/1/upload/more/of/it", ""), aPNG(5))
	})
	t.Run("the path is case-sensitive", func(t *testing.T) {
		if g := send(t, s, to("POST", "/API/1/upload", ""), aPNG(6)); g.status != 404 || !strings.HasPrefix(g.header.Get("Content-Type"), "text/html") {
			t.Errorf("%d %s", g.status, g.header.Get("Content-Type"))
		}
	})
	t.Run("there are no CORS headers", func(t *testing.T) {
		g := send(t, s, to("OPTIONS", "/api/1/upload", ""), header("Origin", "http://x"), header("Access-Control-Request-Method", "POST"))
		for name := range g.header {
			if strings.HasPrefix(name, "Access-Control") {
				t.Errorf("header %s", name)
			}
		}
	})
}

func TestSiteInASubdirectory(t *testing.T) {
	host, err := New(Config{BaseURL: "https://example.org/photos/"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(host)
	defer server.Close()
	s := &Server{Host: host, URL: server.URL, Key: DefaultKey}
	image := upload(t, s, to("POST", "/photos/api/1/upload", ""), aPNG(1))
	wantField(t, image, "url_viewer", "https://example.org/photos/image/f."+image["id_encoded"].(string))
	wantField(t, image, "path_viewer", "/photos/image/f."+image["id_encoded"].(string))
	direct := strings.TrimPrefix(image["url"].(string), "https://example.org")
	if g := get(t, s, "GET", direct); g.status != 200 {
		t.Errorf("%s: %d", direct, g.status)
	}
	for _, outside := range []string{"/api/1/upload", "/", "/photosynthesis/"} {
		if g := get(t, s, "GET", outside); g.status != 404 {
			t.Errorf("%s outside of the site: %d", outside, g.status)
		}
	}
}

func TestKeys(t *testing.T) {
	long := "chv_abc_" + strings.Repeat("0123456789abcdef", 8)
	guest := strings.Repeat("9", 64)
	keys := map[string]User{long: {Name: "bob"}, guest: {Guest: true}}
	s := NewServer(t, Config{Keys: keys})
	s.Key = long
	for _, c := range []struct {
		name    string
		options []option
		want    string
	}{
		{"no key", []option{withKey("")}, "400 100 No key provided"},
		{"a wrong key", []option{withKey("chv_abc_1" + long[9:])}, "400 100 Invalid API key."},
		{"an unknown id", []option{withKey("chv_zzzzz_abc")}, "400 100 Invalid API key."},
		{"a key with odd letters", []option{withKey("chv_é!_abc")}, "400 100 Invalid API key."},
		{"a bearer token", []option{withKey(""), header("Authorization", "Bearer "+long)}, "400 100 No key provided"},
		{"a bad header beside a good parameter", []option{withKey("chv_bad_bad"), with("key", long)}, "400 100 Invalid API key."},
	} {
		t.Run(c.name+" is refused", func(t *testing.T) {
			wantCode(t, send(t, s, append(c.options, aPNG(1))...), c.want)
		})
	}
	t.Run("as a form parameter it works", func(t *testing.T) {
		upload(t, s, withKey(""), with("key", long), aPNG(2))
	})
	t.Run("the guest key uploads for nobody", func(t *testing.T) {
		upload(t, s, withKey(guest), aPNG(3))
		if files := s.Stored(); files[len(files)-1].User != "" {
			t.Errorf("user %q", files[len(files)-1].User)
		}
	})
	t.Run("a damaged tail is accepted as bcrypt sees 72 bytes", func(t *testing.T) {
		upload(t, s, withKey(long[:len(long)-2]+"zz"), aPNG(4))
	})
	t.Run("generation 4.3 wants the whole key", func(t *testing.T) {
		s := NewServer(t, Config{Keys: keys, Site: Site{Generation: V43}})
		wantCode(t, send(t, s, withKey(long[:len(long)-2]+"zz"), aPNG(4)), "400 100 Invalid API key.")
		upload(t, s, withKey(long), aPNG(4))
	})
	t.Run("version 3 reads it from the form only and gives errors a context", func(t *testing.T) {
		s := NewServer(t, Config{Keys: keys, Site: Site{Generation: V3}})
		g := send(t, s, withKey(long), aPNG(5))
		wantCode(t, g, "400 100 Invalid API v1 key.")
		wantCode(t, send(t, s, withKey(""), with("key", "wrong"), aPNG(5)), "400 100 Invalid API v1 key.")
		if fault := g.json["error"].(map[string]any); fault["context"] == nil {
			t.Errorf("no context: %v", fault)
		}
		upload(t, s, withKey(""), with("key", long), aPNG(5))
	})
	t.Run("requests remember it wherever it was", func(t *testing.T) {
		for _, r := range s.Uploads() {
			if strings.Contains(r.Header.Get("Content-Type"), "multipart") && r.Key == "" && r.Header.Get("X-Api-Key") != "" {
				t.Errorf("lost the key of %+v", r)
			}
		}
	})
}

func TestSource(t *testing.T) {
	s := NewServer(t, Config{})
	data := pngOf(64, 48, 50)
	text := base64.StdEncoding.EncodeToString(data)
	for _, c := range []struct {
		name    string
		options []option
		want    string
	}{
		{"none", []option{with("title", "x")}, "400 130 Empty upload source"},
		{"an empty text", []option{with("source", "")}, "400 130 Empty source"},
		{"a file in a part named image", []option{func(r *request) { r.addFile("image", "f.png", "image/png", data) }}, "400 130 Empty upload source"},
		{"a JSON body", []option{raw("application/json", `{"source":"`+text+`"}`)}, "400 130 Empty upload source"},
		{"no base64", []option{with("source", "hello world!!")}, "400 120 Invalid base64 string"},
		{"base64 with a data: prefix", []option{with("source", "data:image/png;base64,"+text)}, "400 120 Invalid base64 string"},
		{"base64 without its padding", []option{with("source", "aGVsbG8")}, "400 120 Invalid base64 string"},
		{"base64 with the alphabet of addresses", []option{with("source", "_-__")}, "400 120 Invalid base64 string"},
		{"base64 by GET", []option{to("GET", "/api/1/upload/", "source="+rawURLEncode(text))}, "400 130 Upload using base64 source must be done using POST method."},
	} {
		t.Run(c.name+" is refused", func(t *testing.T) { wantCode(t, send(t, s, c.options...), c.want) })
	}
	t.Run("base64 of a text is refused with a warning of PHP", func(t *testing.T) {
		if g := send(t, s, with("source", "aGVsbG8=")); !strings.HasPrefix(g.code(), "400 0 getimagesize(): Error reading from /tmp/chvtemp_") {
			t.Error(g.code())
		}
	})
	for _, c := range []struct {
		name   string
		option option
	}{
		{"base64", with("source", text)},
		{"base64 with line breaks", with("source", text[:40]+"\r\n "+text[40:])},
		{"base64 in an encoded form", raw("application/x-www-form-urlencoded", "source="+url.QueryEscape(text))},
	} {
		t.Run(c.name+" gets a name of 12 letters", func(t *testing.T) {
			_ = s.Change(func(s *Site) { s.AllowDuplicates = true })
			name := upload(t, s, c.option)["original_filename"].(string)
			if stem, ext := splitExt(name); len(stem) != 12 || ext != "png" {
				t.Errorf("name %q", name)
			}
		})
	}
	t.Run("base64 of a video is seen as one", func(t *testing.T) {
		wantField(t, upload(t, s, with("source", base64.StdEncoding.EncodeToString(sample(t, "clip.mp4")))), "type", "video")
	})
	t.Run("base64 in image asks for another shape of the answer", func(t *testing.T) {
		g := send(t, s, with("image", text), with("name", "imgbbname"))
		data, ok := g.json["data"].(map[string]any)
		if !ok || g.json["image"] != nil || g.json["status"] != 200.0 {
			t.Fatalf("%s", g.body)
		}
		wantField(t, data, "id", data["id_encoded"])
		wantField(t, data, "title", "imgbbname")
	})
	t.Run("of two files the last counts", func(t *testing.T) {
		wantField(t, upload(t, s, file("one.png", "", pngOf(9, 9, 1)), file("two.png", "", pngOf(9, 9, 2))), "original_filename", "two.png")
	})
	t.Run("fields after the file count too", func(t *testing.T) {
		wantField(t, upload(t, s, file("x.png", "", pngOf(9, 9, 3)), with("title", "after")), "title", "after")
	})
	for _, name := range []string{"source[]", "album_id[]"} {
		t.Run(name+" is more than the site can bear", func(t *testing.T) {
			g := send(t, s, aPNG(9), with(name, "x"))
			if g.status != 500 || !strings.HasPrefix(g.header.Get("Content-Type"), "text/html") || !strings.Contains(g.body, "Something went wrong") {
				t.Errorf("%d %s", g.status, g.header.Get("Content-Type"))
			}
		})
	}
	t.Run("a file part source[] is so too", func(t *testing.T) {
		if g := send(t, s, func(r *request) { r.addFile("source[]", "f.png", "image/png", data) }); g.status != 500 {
			t.Errorf("%d", g.status)
		}
	})
	t.Run("other fields are ignored", func(t *testing.T) {
		upload(t, s, aPNG(10), with("foo", "bar"), with("checksum", "zzz"), header("Content-Range", "bytes 0-9/100"))
	})
}

func TestSourceByURL(t *testing.T) {
	picture := pngOf(64, 48, 77)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/u1.png":
			_, _ = w.Write(picture)
		case "/moved.png":
			http.Redirect(w, r, "/u1.png", http.StatusFound)
		case "/note.txt":
			_, _ = w.Write([]byte("a note"))
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte("<html><body>There is no such page here</body></html>"))
		}
	}))
	defer web.Close()
	const admin, bob = "chv_a_admin", "chv_b_bob"
	s := NewServer(t, Config{Keys: map[string]User{admin: {Admin: true}, bob: {}}})
	at := func(path string) option { return with("source", web.URL+path) }
	t.Run("is off at first, for administrators too", func(t *testing.T) {
		wantCode(t, send(t, s, withKey(admin), at("/u1.png")), "400 403 URL uploading is disabled")
	})
	if err := s.Change(func(s *Site) { s.URLUploads = true }); err != nil {
		t.Fatal(err)
	}
	t.Run("is never for normal users", func(t *testing.T) {
		wantCode(t, send(t, s, withKey(bob), at("/u1.png")), "400 403 URL uploading is disabled")
	})
	t.Run("works for administrators", func(t *testing.T) {
		wantField(t, upload(t, s, withKey(admin), at("/u1.png")), "original_filename", "u1.png")
	})
	t.Run("works by GET", func(t *testing.T) {
		upload(t, s, withKey(admin), to("GET", "/api/1/upload/", "source="+rawURLEncode(web.URL+"/u1.png")))
	})
	t.Run("a page of a missing file is no picture", func(t *testing.T) {
		wantCode(t, send(t, s, withKey(admin), at("/nope.png")), "400 610 Can't get target upload source info")
	})
	t.Run("a redirect is not followed", func(t *testing.T) {
		wantCode(t, send(t, s, withKey(admin), at("/moved.png")), "400 610 Can't get target upload source info")
	})
	t.Run("a short text makes PHP warn", func(t *testing.T) {
		if g := send(t, s, withKey(admin), at("/note.txt")); !strings.HasPrefix(g.code(), "400 0 getimagesize(): Error reading from ") {
			t.Error(g.code())
		}
	})
	t.Run("a failure has the number that curl gives it", func(t *testing.T) {
		web.Close()
		if g := send(t, s, withKey(admin), at("/u1.png")); !strings.HasPrefix(g.code(), "400 7 ") {
			t.Error(g.code())
		}
	})
}
