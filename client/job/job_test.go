package job_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
	. "images-uploader.com/upshot/client/job"
)

func TestBatchIDsDiffer(t *testing.T) {
	seen := make(map[BatchID]bool)
	for range 1000 {
		id := NewBatchID()
		if len(id) != 24 || seen[id] {
			t.Fatalf("%q is short or was there before", id)
		}
		seen[id] = true
	}
}

func TestAFingerprintIsOfOneVersionOfOneFile(t *testing.T) {
	f := Fingerprint{Size: 3, ModTime: time.Unix(100, 5), Inode: 9}
	same := f
	same.ModTime = f.ModTime.UTC()
	if !f.Same(same) {
		t.Error("another time zone makes it another file")
	}
	for name, g := range map[string]Fingerprint{
		"size":             {Size: 4, ModTime: f.ModTime, Inode: 9},
		"time":             {Size: 3, ModTime: f.ModTime.Add(1), Inode: 9},
		"replaced (inode)": {Size: 3, ModTime: f.ModTime, Inode: 10},
		"nothing is known": {},
	} {
		if f.Same(g) {
			t.Errorf("another %s is not noticed", name)
		}
	}
}

func TestOnlyADoneJobHasAText(t *testing.T) {
	im := &client.Image{URL: "https://img.example/i/a.png", ViewerURL: "https://img.example/v/a"}
	for _, s := range States() {
		j := Job{State: s, Image: im}
		want := ""
		if s == Done {
			want = im.URL
		}
		if j.Text() != want {
			t.Errorf("a %s job has the text %q, want %q", s, j.Text(), want)
		}
	}
	if text := (Job{State: Done, Outcome: Duplicate}).Text(); text != "" {
		t.Errorf("a duplicate without a link has the text %q", text)
	}
}

func TestAModeratedImageGivesItsViewerLink(t *testing.T) {
	im := &client.Image{ViewerURL: "https://img.example/v/a"}
	if text := (Job{State: Done, Outcome: Unapproved, Image: im}).Text(); text != im.ViewerURL {
		t.Errorf("got %q", text)
	}
}

func TestATemplateComesBeforeAKind(t *testing.T) {
	im, err := client.DecodeImage([]byte(`{"id_encoded":"a","url":"https://img.example/i/a.png","url_short":"https://img.example/s/a"}`))
	if err != nil {
		t.Fatal(err)
	}
	l := LinkChoice{Kind: client.LinkShort}
	if got := l.Of(im); got != im.ShortURL {
		t.Errorf("without a template: %q", got)
	}
	l.Template = "see {{.url}}"
	if got := l.Of(im); got != "see "+im.URL {
		t.Errorf("with a template: %q", got)
	}
	l.Template = "see {{.url"
	if got := l.Of(im); got != im.ShortURL {
		t.Errorf("with a broken template: %q", got)
	}
}

func TestAFailureIsKeptWholeAndComesBackAsTheErrorItWas(t *testing.T) {
	was := &client.Error{Kind: client.KindNetwork, Status: 200, Code: "7", Message: "the answer is cut short", Connected: true, NoSuchHost: true}
	data, err := json.Marshal(FailureOf(fmt.Errorf("send: %w", was)))
	if err != nil {
		t.Fatal(err)
	}
	var kept Failure
	if err := json.Unmarshal(data, &kept); err != nil {
		t.Fatal(err)
	}
	var is *client.Error
	if !errors.As(kept.Err(), &is) || *is != *was {
		t.Errorf("%+v came back as %+v", was, is)
	}
	if data, _ = json.Marshal(FailureOf(&client.Error{Kind: client.KindServer})); strings.Contains(string(data), "connected") {
		t.Errorf("what is not so is written: %s", data)
	}
}

func TestWhatEndedFirstStandsBeforeAndOfEqualTimesWhatWasGivenFirst(t *testing.T) {
	at := time.Unix(1_800_000_000, 5)
	inOrder := []End{{}, {ID: 4}, {At: at, ID: 3}, {At: at.In(time.FixedZone("there", 3600)), ID: 8}, {At: at.Add(1), ID: 1}}
	for i, a := range inOrder {
		for k, b := range inOrder {
			if a.Before(b) != (i < k) {
				t.Errorf("%+v before %+v: %v", a, b, a.Before(b))
			}
		}
		if a.IsZero() != (i == 0) {
			t.Errorf("%+v is no job's end: %v", a, a.IsZero())
		}
	}
	j := Job{ID: 3, Ended: at}
	text, err := json.Marshal(j.End())
	if err != nil {
		t.Fatal(err)
	}
	var again End
	if err := json.Unmarshal(text, &again); err != nil || again.Before(j.End()) || j.End().Before(again) {
		t.Errorf("%s is read as %+v, %v", text, again, err)
	}
}
