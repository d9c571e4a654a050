package chevtest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// at is the time by which the tests' hosts go.
var at = time.Date(2026, 11, 23, 8, 41, 45, 0, time.UTC)

func fixedClock() time.Time { return at }

func TestParameters(t *testing.T) {
	s := NewServer(t, Config{Site: Site{AllowDuplicates: true, Flood: Flood{Off: true}}})
	t.Run("all together", func(t *testing.T) {
		image := upload(t, s, file("t4.png", "image/png", pngOf(64, 48, 1)), with("title", "My title"), with("description", "Some <b>description</b>"),
			with("tags", "one,two words,Três"), with("album_id", DefaultAlbum), with("category_id", "1"), with("width", "32"),
			with("expiration", "P3D"), with("nsfw", "1"), with("format", "json"), with("use_file_date", "1"))
		for key, want := range map[string]any{
			"title": "My title", "description": "Some <b>description</b>", "tags_string": "one, two words, Três", "category_id": 1.0,
			"width": 32.0, "height": 24.0, "nsfw": 1.0, "name": "t4", "original_filename": "t4.png",
		} {
			wantField(t, image, key, want)
		}
		tag := image["tags"].([]any)[2].(map[string]any)
		if fmt.Sprint(tag) != "map[name:Três name_safe_html:Três url:/tag/Tr%C3%AAs url_key:Tr%C3%AAs]" {
			t.Errorf("tag %v", tag)
		}
		files := s.Stored()
		f := files[len(files)-1]
		if f.Album != DefaultAlbum || f.User != "demo" || f.Params["title"] != "My title" || f.Params["key"] != "" {
			t.Errorf("kept as %+v", f)
		}
	})
	for _, c := range []struct {
		name, field, value, key string
		want                    any
	}{
		{"a title is cut to 100 characters", "title", strings.Repeat("é", 120), "title", strings.Repeat("é", 100)},
		{"HTML in a title stays", "title", `<b>Café</b> 😀 & "q"`, "title", `<b>Café</b> 😀 & "q"`},
		{"title 0 counts as none", "title", "0", "title", "f"},
		{"name is a title too", "name", "called so", "title", "called so"},
		{"an empty title counts as none", "title", "", "title", "f"},
		{"tags that are too long or have odd signs vanish", "tags", "good,b/d,h#sh," + strings.Repeat("x", 33) + ",good, fine ", "tags_string", "good, fine"},
		{"tags are no JSON", "tags", `["a","b"]`, "tags_string", `["a", "b"]`},
		{"any category is taken", "category_id", "999", "category_id", 999.0},
		{"a negative category too", "category_id", "-1", "category_id", -1.0},
		{"category 0 is none", "category_id", "0", "category_id", nil},
		{"nsfw is 1", "nsfw", "1", "nsfw", 1.0},
		{"nsfw is not 2", "nsfw", "2", "nsfw", 0.0},
		{"nsfw is not true", "nsfw", "true", "nsfw", 0.0},
		{"an unknown format is json", "format", "xml", "extension", "png"},
		{"width 32.5 is 32", "width", "32.5", "width", 32.0},
		{"width abc is none", "width", "abc", "width", 64.0},
		{"width 0 is none", "width", "0", "width", 64.0},
		{"an empty width is none", "width", "", "width", 64.0},
		{"an unknown album is no error", "album_id", "zzzz999", "extension", "png"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantField(t, upload(t, s, aPNG(2), with(c.field, c.value)), c.key, c.want)
		})
	}
	t.Run("an album of somebody else is forgotten", func(t *testing.T) {
		upload(t, s, aPNG(3), with("album_id", "pm"))
		files := s.Stored()
		if f := files[len(files)-1]; f.Album != "" || f.Params["album_id"] != "pm" {
			t.Errorf("kept as %+v", f)
		}
	})
	for _, c := range []struct{ name, field, value, want string }{
		{"a wider width", "width", "500", "400 610 Target width is greater than the original image width"},
		{"a huge width", "width", "99999999", "400 610 Target width is greater than the original image width"},
		{"a negative width", "width", "-5", "400 1 Invalid image geometry"},
	} {
		t.Run(c.name+" is refused", func(t *testing.T) { wantCode(t, send(t, s, aPNG(4), with(c.field, c.value)), c.want) })
	}
	for _, c := range []struct{ name, field, value, code, column string }{
		{"a title that is not UTF-8", "title", "caf\xe9 x", "22007", "image_title"},
		{"a description of 70,000 bytes", "description", strings.Repeat("d", 70000), "22001", "image_description"},
		{"a category that is no number", "category_id", "cats", "22007", "image_category_id"},
	} {
		t.Run(c.name+" is refused by the database, with a code that is a text", func(t *testing.T) {
			before := len(s.Stored())
			g := send(t, s, aPNG(5), with(c.field, c.value))
			fault, _ := g.json["error"].(map[string]any)
			if g.status != 400 || fault["code"] != c.code || !strings.Contains(fault["message"].(string), c.column) {
				t.Errorf("%d %v", g.status, fault)
			}
			if len(s.Stored()) != before {
				t.Error("it was stored")
			}
		})
	}
	t.Run("a file name of 300 characters is refused so too", func(t *testing.T) {
		g := send(t, s, file(strings.Repeat("n", 300)+".png", "image/png", pngOf(9, 9, 9)))
		if !strings.HasPrefix(g.code(), "400 22001 ") {
			t.Error(g.code())
		}
	})
	t.Run("the width of a moving picture and of a video is ignored", func(t *testing.T) {
		wantField(t, upload(t, s, file("w.gif", "image/gif", gifOf(120, 120, 3)), with("width", "60")), "width", 120.0)
		wantField(t, upload(t, s, file("c.mp4", "video/mp4", sample(t, "clip.mp4")), with("width", "30")), "width", 64.0)
	})
	t.Run("a stop word is refused in title, description and tags", func(t *testing.T) {
		_ = s.Change(func(s *Site) { s.StopWords = []string{"Forbidden"} })
		for _, field := range []string{"title", "description", "tags"} {
			wantCode(t, send(t, s, aPNG(6), with(field, "this forbiddenword")), "400 400 Stop words found")
		}
	})
}

func TestTagsOfGuestsAreNotUsed(t *testing.T) {
	s := NewServer(t, Config{Keys: map[string]User{"guest": {Guest: true}}})
	wantField(t, upload(t, s, aPNG(1), with("tags", "one,two")), "tags_string", "")
}

func TestUseFileDate(t *testing.T) {
	const admin, bob = "chv_a_admin", "chv_b_bob"
	s := NewServer(t, Config{Clock: fixedClock, Keys: map[string]User{admin: {Admin: true}, bob: {}}, Site: Site{Zone: time.FixedZone("", -3*3600)}})
	data := func(seed uint64) []byte {
		return withEXIF(jpegOf(60, 40, seed), photo{taken: "2019:05:06 07:08:09"})
	}
	t.Run("dates an administrator's JPEG and its folder", func(t *testing.T) {
		image := upload(t, s, withKey(admin), file("a.jpg", "image/jpeg", data(1)), with("use_file_date", "1"))
		wantField(t, image, "date_gmt", "2019-05-06 07:08:09")
		wantField(t, image, "date", "2019-05-06 04:08:09")
		if url := image["url"].(string); !strings.HasSuffix(url, "/images/2019/05/06/a.jpg") {
			t.Error(url)
		}
	})
	for name, options := range map[string][]option{
		"is ignored of normal users":          {withKey(bob), file("b.jpg", "image/jpeg", data(2))},
		"is ignored without that part's type": {withKey(admin), file("c.jpg", "application/octet-stream", data(3))},
	} {
		t.Run(name, func(t *testing.T) {
			wantField(t, upload(t, s, append(options, with("use_file_date", "1"))...), "date_gmt", "2026-11-23 08:41:45")
		})
	}
}

func TestExpiration(t *testing.T) {
	for wanted, end := range map[string]string{
		"PT5M": "2026-11-23 08:46:45", "P3D": "2026-11-26 08:41:45", "P1W": "2026-11-30 08:41:45", "P1M": "2026-12-23 08:41:45",
		"600": "2026-11-23 08:51:45", "1": "2026-11-23 08:46:45", "PT299S": "2026-11-23 08:46:45", "PT1M": "2026-11-23 08:46:45",
		"P1Y": "2027-11-23 08:41:45", "P5Y": "2027-11-23 08:41:45", "P1Y2M10DT2H30M": "2027-11-23 08:41:45", "99999999999999999999": "2026-11-23 08:46:45",
		"P2W": "2026-12-07 08:41:45", "PT90M": "2026-11-23 10:11:45", "P99999999999999999999Y": "2027-11-23 08:41:45",
		// What cannot be read becomes five minutes.
		"tomorrow": "2026-11-23 08:46:45", "p3d": "2026-11-23 08:46:45", "pt5m": "2026-11-23 08:46:45", "P": "2026-11-23 08:46:45",
		"P0D": "2026-11-23 08:46:45", "-PT5M": "2026-11-23 08:46:45", "30m": "2026-11-23 08:46:45", "-600": "2026-11-23 08:46:45",
	} {
		t.Run(wanted, func(t *testing.T) {
			if got := dateText(lifeEnd(at, wanted), time.UTC); got != end {
				t.Errorf("%s, want %s", got, end)
			}
		})
	}
}

func TestExpirationOfAnUpload(t *testing.T) {
	keys := map[string]User{"bob": {Name: "bob"}, "eve": {Name: "eve", Expiration: "P1D"}, "guest": {Guest: true}}
	s := NewServer(t, Config{Clock: fixedClock, Keys: keys, Site: Site{AllowDuplicates: true}})
	for _, c := range []struct {
		name, key, value string
		change           func(*Site)
		want             any
	}{
		{"is asked for", "bob", "P3D", nil, "2026-11-26 08:41:45"},
		{"0 is none", "bob", "0", nil, nil},
		{"an empty value is none", "bob", "", nil, nil},
		{"the account's own holds when none is asked for", "eve", "", nil, "2026-11-24 08:41:45"},
		{"0 does not override the account's own", "eve", "0", nil, "2026-11-24 08:41:45"},
		{"a guest may ask too", "guest", "P3D", nil, "2026-11-26 08:41:45"},
		{"the site's rule for guests overrides", "guest", "P3D", func(s *Site) { s.GuestExpiration = "PT1H" }, "2026-11-23 09:41:45"},
		{"is ignored where the site has it off", "bob", "P3D", func(s *Site) { s.NoExpiration = true }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.change != nil {
				_ = s.Change(c.change)
			}
			wantField(t, upload(t, s, withKey(c.key), aPNG(1), with("expiration", c.value)), "expiration_date_gmt", c.want)
		})
	}
}

func TestExpiredFilesAreThereUntilCronRuns(t *testing.T) {
	now := at
	s := NewServer(t, Config{Clock: func() time.Time { return now }})
	gone := upload(t, s, aPNG(1), with("expiration", "PT5M"))
	stays := upload(t, s, aPNG(2), with("expiration", "PT1H"))
	now = now.Add(6 * time.Minute)
	for _, key := range []string{"url", "url_viewer"} {
		if g := get(t, s, "GET", gone[key].(string)); g.status != 200 {
			t.Errorf("%s before: %d", key, g.status)
		}
	}
	s.Cron()
	for _, key := range []string{"url", "url_viewer"} {
		if g := get(t, s, "GET", gone[key].(string)); g.status != 404 {
			t.Errorf("%s after: %d", key, g.status)
		}
		if g := get(t, s, "GET", stays[key].(string)); g.status != 200 {
			t.Errorf("%s of the other: %d", key, g.status)
		}
	}
}
