package chevtest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// recordings of a real server, where they are at hand: NN-name.req.txt holds
// a curl command, NN-name.resp.txt what came back.
const recordings = "../../../shared/recordings"

// Keys of the people in the recordings.
var (
	bobKey   = "chv_b_" + strings.Repeat("0123456789abcdef", 8)
	adminKey = "chv_a_" + strings.Repeat("fedcba9876543210", 8)
	eveKey   = "chv_e_" + strings.Repeat("00112233445566ff", 8)
	guestKey = strings.Repeat("0f", 32)
)

// scene is what stood before a recording was made.
type scene struct {
	key   string // instead of bob's
	site  func(*Site)
	fault FaultKind
	// before are files that were there already: "same" is the recording's own
	// upload, a number so many others.
	same   bool
	others int
	other  string // the same bytes under that name
	delete bool   // what was uploaded before has been deleted
	why    string // why it cannot be replayed
}

func scenes() map[string]scene {
	limits := func(s *Site) { s.Limits = Limits{PHPUpload: 2e6, PHPPost: 25e5, WebServer: 3e6} }
	flood := func(s *Site) { s.Flood.Minute = 3 }
	moderated := func(s *Site) { s.Moderated = true }
	maintenance := func(s *Site) { s.Maintenance = true }
	off := func(s *Site) { s.UploadsOff = true }
	private := func(s *Site) { s.Private = true }
	urls := func(s *Site) { s.URLUploads = true }
	return map[string]scene{
		"100c-accept-language-es":        {same: true},
		"118-use-file-date-user":         {same: true},
		"119-stopword":                   {site: func(s *Site) { s.StopWords = []string{"forbiddenword"} }},
		"120-max-image-width":            {site: func(s *Site) { s.MaxWidth = 40 }},
		"130b-retry-after-late-abort":    {same: true},
		"133-race-same-bytes":            {why: "it is a summary of four answers"},
		"142-not-installed":              {site: func(s *Site) { s.NotInstalled = true }},
		"143-max-files":                  {site: func(s *Site) { s.MaxFiles = 5 }, others: 5},
		"145-images-dir-readonly":        {fault: SystemError},
		"147-disk-full-2":                {fault: DiskFull},
		"147-disk-full-3":                {fault: DiskFull},
		"15-url-admin-disabled":          {key: adminKey},
		"151-expiration-feature-off":     {site: func(s *Site) { s.NoExpiration = true }},
		"152b-user-default-expiration-0": {key: eveKey},
		"16-url-admin-enabled":           {key: adminKey, site: urls},
		"16c-url-404":                    {key: adminKey, site: urls},
		"16d-url-text":                   {key: adminKey, site: urls},
		"17-url-nonadmin-enabled":        {site: urls},
		"19-format-txt-error":            {same: true},
		"31-key-bad":                     {key: "chv_b_1" + bobKey[7:]},
		"33-key-form":                    {same: true},
		"60-too-big-setting":             {site: func(s *Site) { s.Limits.SiteMB = 1 }},
		"60b-too-big-guest":              {site: func(s *Site) { s.Limits.GuestMB = 1 }},
		"61-php-upload-max":              {site: limits},
		"61b-php-upload-max-admin":       {key: adminKey, site: limits},
		"62-php-post-max-key-header":     {site: limits},
		"63-php-post-max-key-form":       {site: limits},
		"64-nginx-413":                   {site: limits},
		"71-dup-second":                  {other: "d.png"},
		"73b-dup-resized-2":              {same: true},
		"75b-dup-oriented-2":             {same: true},
		"76-dup-enabled":                 {same: true, site: func(s *Site) { s.AllowDuplicates = true }},
		"80b-delete-head":                {other: "d5.png"},
		"81-viewer-get":                  {other: "d5.png"},
		"82-delete-get":                  {other: "d5.png"},
		"82c-viewer-deleted":             {other: "d5.png", delete: true},
		"82d-image-after-delete":         {other: "d5.png", delete: true},
		"82e-viewer-deleted-slash":       {other: "d5.png", delete: true},
		"84-reupload-after-delete":       {same: true, delete: true},
		"90-flood-1":                     {site: flood},
		"90-flood-2":                     {site: flood, others: 1},
		"90-flood-3":                     {site: flood, others: 2},
		"90-flood-4":                     {site: flood, others: 3},
		"90-flood-admin":                 {site: flood, others: 3, key: adminKey},
		"90-flood-plus-dup":              {site: flood, others: 2, same: true},
		"90-flood-txt":                   {site: flood, others: 3},
		"91-moderated":                   {site: moderated},
		"91b-moderated-txt":              {site: moderated},
		"91c-moderated-redirect":         {site: moderated},
		"92-maintenance":                 {site: maintenance},
		"92b-maintenance-admin":          {site: maintenance, key: adminKey},
		"93-uploads-disabled":            {site: off},
		"93b-uploads-disabled-admin":     {site: off, key: adminKey},
		"94b-guest-uploads-off-guestkey": {site: func(s *Site) { s.GuestsOff = true }},
		"95-private-site-user":           {site: private},
		"95b-private-site-guest":         {site: private},
		"96b-banned-ip-message":          {site: func(s *Site) { s.Ban = "Go away" }},
		"96c-banned-ip-url":              {site: func(s *Site) { s.Ban = "https://example.org/banned" }},
	}
}

func TestReplayOfARealServer(t *testing.T) {
	requests, err := filepath.Glob(filepath.Join(recordings, "*.req.txt"))
	if err != nil || len(requests) == 0 {
		t.Skip("the recordings are not at hand")
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "nope.png") {
			http.Error(w, "<html><body>no such page</body></html>", http.StatusNotFound)
			return
		}
		_, _ = w.Write(fixture(t, r.URL.Path))
	}))
	defer web.Close()
	all := scenes()
	for _, path := range requests {
		name := strings.TrimSuffix(filepath.Base(path), ".req.txt")
		t.Run(name, func(t *testing.T) { replay(t, name, all[name], web.URL) })
		delete(all, name)
	}
	if len(requests) > 150 && len(all) > 0 {
		t.Errorf("no recording for %v", slices.Sorted(maps.Keys(all)))
	}
}

func replay(t *testing.T, name string, sc scene, web string) {
	if sc.why != "" {
		t.Skip(sc.why)
	}
	s := NewServer(t, Config{
		Clock: fixedClock,
		Keys: map[string]User{
			bobKey: {Name: "bob", Albums: []string{"oF"}, CameraTag: true}, adminKey: {Name: "admin", Admin: true},
			eveKey: {Name: "eve", Expiration: "P1D"}, guestKey: {Guest: true},
		},
		Site: Site{Zone: time.FixedZone("", -3*3600)},
	})
	s.Key = bobKey
	asked, err := os.ReadFile(filepath.Join(recordings, name+".req.txt"))
	if err != nil {
		t.Fatal(err)
	}
	answered, err := os.ReadFile(filepath.Join(recordings, name+".resp.txt"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitN(strings.TrimSpace(string(asked)), "\n", 2)
	words := []string{"curl"}
	if len(lines) > 1 {
		words = shellWords(lines[1])
	} else { // a raw socket: a video whose part has no type
		words = append(words, "-X", "POST", "-H", "X-API-Key: chv_key_here", "-F", "source=@clip.mp4;type=", "http://127.0.0.1:18088/api/1/upload")
	}
	made := func() *request { return fromCurl(t, s, web, words) }
	id, link := sc.setUp(t, s, made)
	if sc.key != "" {
		s.Key = sc.key
	}
	r := made()
	r.path = strings.ReplaceAll(r.path, "jPO", id)
	if strings.Contains(r.path, "delete_password_here") {
		secret := link[strings.LastIndexByte(link, '/')+1:]
		if r.method == http.MethodHead {
			secret = strings.Repeat("0", 48) // it was used up by then
		}
		r.path = strings.ReplaceAll(r.path, "delete_password_here", secret)
	}
	want := parseRecorded(t, answered)
	compare(t, s, want, r.do(t, s), id)
}

// do sends a request and follows nothing.
func (r *request) do(t *testing.T, s *Server) got {
	t.Helper()
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r.build(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	g := got{status: answer.StatusCode, header: answer.Header, body: string(body)}
	_ = json.Unmarshal(body, &g.json)
	return g
}

// setUp makes what stood before the recording; it returns id and delete link
// of the last file uploaded.
func (sc scene) setUp(t *testing.T, s *Server, made func() *request) (id, link string) {
	t.Helper()
	var im map[string]any
	if sc.others > 0 {
		for n := range sc.others {
			im = upload(t, s, aPNG(uint64(1000+n)))
		}
	}
	if sc.other != "" {
		im = upload(t, s, file(sc.other, "image/png", fixture(t, "")))
	}
	if sc.same {
		if im = made().do(t, s).image(); im == nil && len(s.Stored()) == 0 {
			t.Fatal("the upload before was refused")
		}
	}
	if im != nil {
		id, link = im["id_encoded"].(string), im["delete_url"].(string)
	}
	if sc.delete {
		get(t, s, http.MethodGet, link)
	}
	if sc.site != nil {
		if err := s.Change(sc.site); err != nil {
			t.Fatal(err)
		}
	}
	if sc.fault != "" {
		s.Inject(Fault{Kind: sc.fault})
	}
	return id, link
}

// parseRecorded reads an answer as curl -i prints it.
func parseRecorded(t *testing.T, text []byte) got {
	t.Helper()
	rest := strings.ReplaceAll(string(text), "\r\n", "\n")
	rest = strings.TrimPrefix(rest, "HTTP/1.1 100 Continue\n\n")
	head, body, _ := strings.Cut(rest, "\n\n")
	g := got{header: http.Header{}, body: body}
	for i, line := range strings.Split(head, "\n") {
		if i == 0 {
			_, _ = fmt.Sscanf(line, "HTTP/1.1 %d", &g.status)
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		g.header.Add(name, strings.TrimSpace(value))
	}
	if from := strings.IndexByte(body, '{'); strings.HasPrefix(g.header.Get("Content-Type"), "application/json") && from >= 0 {
		if err := json.NewDecoder(strings.NewReader(body[from:])).Decode(&g.json); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// varying hides what is never the same twice.
var varying = regexp.MustCompile(`chvtemp_\w+|/images/\d+/\d+/\d+/\w+\.png|chevereto425`)

func compare(t *testing.T, s *Server, want, have got, id string) {
	t.Helper()
	if have.status != want.status || have.header.Get("Content-Type") != want.header.Get("Content-Type") {
		t.Fatalf("%d %s, recorded %d %s\n%.300s", have.status, have.header.Get("Content-Type"), want.status, want.header.Get("Content-Type"), have.body)
	}
	location := strings.ReplaceAll(strings.ReplaceAll(want.header.Get("Location"), "http://127.0.0.1:18088", s.URL), "jPO", id)
	if files := s.Stored(); strings.HasPrefix(location, "/") && len(files) > 0 { // a viewer: the id is ours
		location = location[:strings.LastIndexByte(location, '.')+1] + files[len(files)-1].ID
	}
	if have.header.Get("Location") != location {
		t.Errorf("to %q, recorded %q", have.header.Get("Location"), location)
	}
	switch {
	case want.json == nil && strings.HasPrefix(want.header.Get("Content-Type"), "text/html"):
		compareText(t, want, have)
	case want.json["error"] != nil:
		w, h := want.json["error"].(map[string]any), have.json["error"].(map[string]any)
		wm, hm := varying.ReplaceAllString(w["message"].(string), "X"), varying.ReplaceAllString(h["message"].(string), "X")
		wm, hm = strings.Replace(wm, "`X`", "`chevereto`", 1), strings.Replace(hm, "`X`", "`chevereto`", 1)
		if before, _, cut := strings.Cut(wm, "Error Output"); cut { // what ffprobe says
			wm, hm = before, hm[:min(len(hm), len(before))]
		}
		if w["code"] != h["code"] || wm != hm {
			t.Errorf("%v %s\nrecorded %v %s", h["code"], hm, w["code"], wm)
		}
		wantShape(t, shape("", have.json), shape("", want.json))
	default:
		compareImage(t, want, have)
	}
}

func compareText(t *testing.T, want, have got) {
	t.Helper()
	if strings.Contains(want.body, "<html") {
		if !strings.Contains(have.body, "<html") {
			t.Errorf("no page: %.300s", have.body)
		}
		for _, words := range []string{"Something went wrong", "413 Request Entity Too Large", "404 Not Found"} {
			if !strings.Contains(want.body, "left out]") && strings.Contains(want.body, words) != strings.Contains(have.body, words) {
				t.Errorf("%q is on one of the pages only", words)
			}
		}
		return
	}
	if strings.TrimSpace(want.body) != strings.TrimSpace(have.body) {
		t.Errorf("%q\nrecorded %q", have.body, want.body)
	}
}

// compareImage compares the object about the file: all members with their
// types, and those values that do not hang on the very bytes that were sent.
func compareImage(t *testing.T, want, have got) {
	t.Helper()
	wantShape(t, shape("", have.json), shape("", want.json))
	w, h := want.image(), have.image()
	if w == nil {
		w, _ = want.json["data"].(map[string]any)
		h, _ = have.json["data"].(map[string]any)
	}
	keys := strings.Fields(`extension description nsfw storage_mode views category_id chain frame_size likes is_animated is_approved is_360
		type tags tags_string file mime views_label likes_label is_use_loader medium_size display_width width height ratio display_height duration duration_time`)
	if !regexp.MustCompile(`^[0-9a-f]{12}\.png$`).MatchString(w["original_filename"].(string)) { // a name made up for base64
		keys = append(keys, strings.Fields("original_filename title title_truncated title_truncated_html display_title")...)
	}
	// Our samples are smaller and shorter than the files that were recorded.
	samples := w["type"] == "video" || w["mime"] == "image/webp"
	for _, key := range keys {
		if samples && slices.Contains(strings.Fields("width height ratio display_height duration duration_time display_width"), key) {
			continue
		}
		a, b := w[key], h[key]
		if strings.HasSuffix(key, "_size") { // there or not
			a, b = a != 0.0, b != 0.0
		}
		if fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("%s: %v, recorded %v", key, b, a)
		}
	}
	clash := regexp.MustCompile(`[0-9a-f]{16}$`) // there were more files of that name
	if a, b := clash.ReplaceAllString(w["name"].(string), ""), clash.ReplaceAllString(h["name"].(string), ""); a != b && len(a) != 12 {
		t.Errorf("name: %s, recorded %s", b, a)
	}
	for _, key := range []string{"path_viewer", "url_short", "delete_url"} {
		mask := func(g map[string]any) string {
			link := strings.ReplaceAll(fmt.Sprint(g[key]), fmt.Sprint(g["id_encoded"]), "ID")
			link = regexp.MustCompile(`^http://127\.0\.0\.1:\d+|[0-9a-f]{48}$`).ReplaceAllString(link, "")
			return regexp.MustCompile(`[0-9a-f]{12}\.ID`).ReplaceAllString(link, "NAME.ID")
		}
		if mask(w) != mask(h) {
			t.Errorf("%s: %s, recorded %s", key, mask(h), mask(w))
		}
	}
	if life(t, w) != life(t, h) {
		t.Errorf("expires after %v, recorded %v", life(t, h), life(t, w))
	}
}

// life is the time between a file's date and its end; 0: no end.
func life(t *testing.T, image map[string]any) time.Duration {
	t.Helper()
	end, ok := image["expiration_date_gmt"].(string)
	if !ok {
		return 0
	}
	from, err1 := time.Parse(time.DateTime, image["date_gmt"].(string))
	to, err2 := time.Parse(time.DateTime, end)
	if err1 != nil || err2 != nil {
		t.Fatalf("%v %v", err1, err2)
	}
	return to.Sub(from)
}
