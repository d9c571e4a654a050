package job_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"images-uploader.com/upshot/client"
	. "images-uploader.com/upshot/client/job"
)

// these yields jobs and then err, if there is one.
func these(err error, jobs ...Job) iter.Seq2[Job, error] {
	return func(yield func(Job, error) bool) {
		for _, j := range jobs {
			if !yield(j, nil) {
				return
			}
		}
		if err != nil {
			yield(Job{}, err)
		}
	}
}

func uploaded(t *testing.T) Job {
	t.Helper()
	im, err := client.DecodeImage([]byte(`{"id_encoded":"a","url":"https://img.example/i/a.png","url_viewer":"https://img.example/v/a",
		"delete_url":"https://img.example/delete/sesame","size":"3",
		"old":{"Delete_URL":"https://img.example/delete/sesame"},"list":[{"x":1,"undelete":"sesame"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return Job{
		ID: 7, Account: "home@https://img.example", Via: ViaCommand, Input: "a.png", Name: "a.png", Path: "/p/a.png",
		File: Fingerprint{Size: 3}, Params: client.Params{Title: "Ärger, \"湖\"\nzwei", Tags: []string{"a", "b"}},
		State: Done, Outcome: Uploaded, Attempts: 1, SHA256: "00ff", Image: &im,
		Added: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Ended: time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC),
	}
}

func TestAnExportNeverHasADeleteLink(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer, iter.Seq2[Job, error]) (int, error){
		"JSON Lines": func(b *bytes.Buffer, jobs iter.Seq2[Job, error]) (int, error) { return WriteJSONLines(b, jobs) },
		"CSV":        func(b *bytes.Buffer, jobs iter.Seq2[Job, error]) (int, error) { return WriteCSV(b, jobs) },
	} {
		var b bytes.Buffer
		if n, err := write(&b, these(nil, uploaded(t))); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if strings.Contains(b.String(), "sesame") {
			t.Errorf("%s: %s", name, b.String())
		}
	}
}

func TestAnExportTellsNoPathOfOurOwnCopies(t *testing.T) {
	j := uploaded(t)
	j.Input, j.Path, j.Spooled = "-", "/state/spool/stdin-1.png", true
	for name, write := range map[string]func(*bytes.Buffer) (int, error){
		"JSON Lines": func(b *bytes.Buffer) (int, error) { return WriteJSONLines(b, these(nil, j)) },
		"CSV":        func(b *bytes.Buffer) (int, error) { return WriteCSV(b, these(nil, j)) },
	} {
		var b bytes.Buffer
		if n, err := write(&b); n != 1 || err != nil || strings.Contains(b.String(), "spool") {
			t.Errorf("%s: %d, %v: %s", name, n, err, b.String())
		}
	}
	if x := uploaded(t).Export(); x.Path != "/p/a.png" {
		t.Errorf("the person's own file is told as %q", x.Path)
	}
}

func TestJSONLinesAreAnObjectALine(t *testing.T) {
	var b bytes.Buffer
	failed := Job{ID: 8, State: Failed, Failure: &Failure{Kind: client.KindServer, Status: 500, Message: "no <b>"}, Added: time.Unix(5, 0)}
	if n, err := WriteJSONLines(&b, these(nil, uploaded(t), failed)); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	lines := strings.SplitAfter(b.String(), "\n")
	if len(lines) != 3 || lines[2] != "" {
		t.Fatalf("got %q", lines)
	}
	var first map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"id": 7.0, "input": "a.png", "state": "done", "outcome": "uploaded", "attempts": 1.0, "maybe_sent": false, "size": 3.0,
		"sha256": "00ff", "verified": "unknown", "title": "Ärger, \"湖\"\nzwei", "added": "2026-01-02T03:04:05.000000006Z",
	} {
		if first[name] != want {
			t.Errorf("%s is %v, want %v", name, first[name], want)
		}
	}
	if links := first["links"].(map[string]any); links["direct"] != "https://img.example/i/a.png" || links["short"] != "" || len(links) != 5 {
		t.Errorf("links are %v", links)
	}
	if image := first["image"].(map[string]any); image["id_encoded"] != "a" || image["size"] != "3" {
		t.Errorf("the image is %v", image)
	}
	if !strings.Contains(lines[1], `"error":{"kind":"server","status":500,"message":"no <b>"}`) || strings.Contains(lines[1], "ended") {
		t.Errorf("got %s", lines[1])
	}
}

func TestCSVIsReadBackAsItWas(t *testing.T) {
	var b bytes.Buffer
	if n, err := WriteCSV(&b, these(nil, uploaded(t), Job{ID: 8})); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	if rest := strings.ReplaceAll(b.String(), "\r\n", ""); strings.ContainsAny(rest, "\r\n") {
		t.Errorf("a line ends with something else than CR LF: %q", b.String())
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 3 || !slices.Equal(rows[0], CSVColumns()) {
		t.Fatalf("got %q, %v", rows, err)
	}
	for column, want := range map[string]string{
		"id": "7", "added": "2026-01-02T03:04:05Z", "ended": "2026-01-02T03:04:06Z", "direct": "https://img.example/i/a.png",
		"title": "Ärger, \"湖\"\nzwei", "tags": "a, b", "size": "3", "maybe_sent": "false", "error_status": "",
	} {
		if got := rows[1][slices.Index(CSVColumns(), column)]; got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
}

// TestTheColumnsStay holds the contract: add to the end only.
func TestTheColumnsStay(t *testing.T) {
	const since1 = "id,added,ended,account,state,outcome,name,input,path,size,sha256,md5,verified,direct,viewer,short,thumb,medium," +
		"title,description,tags,album,via,folder,attempts,maybe_sent,error_kind,error_status,error_code,error_message"
	if got := strings.Join(CSVColumns(), ","); !strings.HasPrefix(got+",", since1+",") {
		t.Errorf("they are %s", got)
	}
}

func TestNoFieldIsAFormula(t *testing.T) {
	name := slices.Index(CSVColumns(), "name")
	for given, want := range map[string]string{
		"=HYPERLINK(\"http://evil\")": "'=HYPERLINK(\"http://evil\")",
		"+1":                          "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\n=1": "'\n=1",
		"＝1": "'＝1", "a=b": "a=b", "": "", "'x": "'x", "\x00=1": "'=1", "a\xffb": "a\uFFFDb",
	} {
		var b bytes.Buffer
		if _, err := WriteCSV(&b, these(nil, Job{Name: given})); err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(b.Bytes()) {
			t.Errorf("%q makes it no UTF-8", given)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][name] != want {
			t.Errorf("%q is written as %q, %v", given, rows, err)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

func TestAnExportThatBreaksOffSaysSo(t *testing.T) {
	broken := errors.New("broken")
	var b bytes.Buffer
	if n, err := WriteJSONLines(&b, these(broken, uploaded(t))); n != 1 || !errors.Is(err, broken) {
		t.Error(n, err)
	}
	b.Reset()
	if n, err := WriteCSV(&b, these(broken, uploaded(t))); n != 1 || !errors.Is(err, broken) || !strings.Contains(b.String(), "\r\n7,") {
		t.Error(n, err, b.String())
	}
	if _, err := WriteJSONLines(fullDisk{}, these(nil, uploaded(t))); err == nil {
		t.Error("a full disk is not told")
	}
	if _, err := WriteCSV(fullDisk{}, these(nil, uploaded(t))); err == nil {
		t.Error("a full disk is not told")
	}
}
