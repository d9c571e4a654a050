package export_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/gui/window/export"
)

func uploaded(name string) job.Job {
	return job.Job{
		ID: 7, Input: "/home/a/" + name, Path: "/home/a/" + name, Name: name, State: job.Done, Outcome: job.Uploaded,
		Added: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), File: job.Fingerprint{Size: 12},
		Image: &client.Image{
			URL: "https://home.example/i/a.png", ViewerURL: "https://home.example/v/a", Approved: true,
			Raw: json.RawMessage(`{"id_encoded":"a"}`), DeleteLink: client.NewDeleteLink("https://home.example/delete/secret"),
		},
	}
}

func write(t *testing.T, f export.Format, jobs ...job.Job) string {
	t.Helper()
	var b strings.Builder
	w, err := export.New(&b, f)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if err := w.Write(j); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJSONLinesHaveOneObjectALineWithItsLinks(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(write(t, export.JSONLines, uploaded("a.png"), uploaded("b.png"))), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines", len(lines))
	}
	var got struct {
		Name     string
		Links    map[string]string
		Verified string
		Image    map[string]string
	}
	if err := json.Unmarshal([]byte(lines[1]), &got); err != nil {
		t.Fatal(err)
	}
	if got.Name != "b.png" || got.Links["direct"] != "https://home.example/i/a.png" || got.Verified != "unknown" || got.Image["id_encoded"] != "a" {
		t.Errorf("got %+v", got)
	}
}

func TestATableHasAHeadAndARowAJob(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(write(t, export.CSV, uploaded("a, \"b\".png")))).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if rows[1][2] != "a, \"b\".png" || rows[1][6] != "2026-11-23T14:00:00Z" || len(rows[0]) != len(rows[1]) {
		t.Errorf("got %q", rows[1])
	}
}

func TestANameIsNoFormula(t *testing.T) {
	if got := write(t, export.CSV, uploaded("=cmd|' /C calc'!A0")); !strings.Contains(got, ",'=cmd") {
		t.Errorf("got %s", got)
	}
}

func TestDeleteLinksStayHere(t *testing.T) {
	j := uploaded("a.png")
	j.Link.Template = "{{.DeleteURL}}"
	for _, f := range []export.Format{export.JSONLines, export.CSV} {
		if got := write(t, f, j); strings.Contains(got, "secret") {
			t.Errorf("%s: the delete link is in %s", f, got)
		}
	}
}
