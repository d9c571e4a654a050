package window

import (
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/lang"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/presenter"
)

func TestEveryTextOfTheWindowIsInTheEnglishFile(t *testing.T) {
	singular := regexp.MustCompile(`lang\.L\(("(?:[^"\\]|\\.)*")`)
	plural := regexp.MustCompile(`(?:lang\.N|add)\("([a-z_]+)"`)
	used := map[string]bool{}
	for _, pattern := range []string{"*.go", "parts/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, match := range singular.FindAllSubmatch(source, -1) {
				text, err := strconv.Unquote(string(match[1]))
				if err != nil {
					t.Fatal(err)
				}
				used[text] = true
				var got string
				if err := json.Unmarshal(known()[text], &got); err != nil || got != text {
					t.Errorf("%s: %q is %q in English", file, text, got)
				}
			}
			for _, match := range plural.FindAllSubmatch(source, -1) {
				used[string(match[1])] = true
				var forms struct{ One, Other string }
				if err := json.Unmarshal(known()[string(match[1])], &forms); err != nil || forms.One == "" || forms.Other == "" {
					t.Errorf("%s: %q has not its two forms in English", file, match[1])
				}
			}
		}
	}
	for text := range known() {
		if !used[text] {
			t.Errorf("%q is not used", text)
		}
	}
	if len(used) < 50 {
		t.Errorf("only %d texts were found: are the patterns right?", len(used))
	}
}

func TestALanguageThatWeDoNotSpeakGetsEnglishAndNotHalfOfEach(t *testing.T) {
	t.Cleanup(func() { // after the environment is what it was
		if err := addTexts(); err != nil {
			t.Error(err)
		}
	})
	for _, locale := range []string{"de_DE.UTF-8", "ru_RU.UTF-8"} {
		t.Run(locale, func(t *testing.T) {
			t.Setenv("LC_ALL", locale)
			t.Setenv("LANG", locale)
			t.Setenv("LANGUAGE", "")
			var told strings.Builder
			log.SetOutput(&told) // where Fyne tells of a missing text, each time it is drawn
			defer log.SetOutput(os.Stderr)
			if err := addTexts(); err != nil {
				t.Fatal(err)
			}
			if got := lang.L("Paste"); got != "Paste" {
				t.Errorf("Paste is %q", got)
			}
			for count, want := range map[int]string{1: "1 waiting", 3: "3 waiting", 11: "11 waiting"} {
				if got := lang.N("count_waiting", count, n(count)); got != want {
					t.Errorf("%d is %q, want %q", count, got, want)
				}
			}
			if told.Len() > 0 {
				t.Errorf("the log was told %s", told.String())
			}
		})
	}
}

func TestEveryStateOfAJobIsSaidInWords(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.Local)
	home := "home@https://home.example"
	gated := presenter.View{Link: presenter.Live, Snapshot: uploader.Snapshot{Accounts: []uploader.AccountStatus{{
		ID: home, Gates: []uploader.GateStatus{{Gate: job.GateThrottled, Until: now.Add(5 * time.Minute)}},
	}}}}
	sending := presenter.View{Link: presenter.Live, Sending: map[job.ID]uploader.Progress{
		1: {ID: 1, Sent: 1_500_000, Size: 4_500_000, Since: now.Add(-3 * time.Second)},
	}}
	free := presenter.View{Link: presenter.Live}
	image := &client.Image{URL: "https://home.example/a.png", ViewerURL: "https://home.example/v", Approved: true}
	for _, c := range []struct {
		name string
		view presenter.View
		job  job.Job
		want string
	}{
		{"on its way", sending, job.Job{ID: 1, State: job.Sending}, "1.5 MB of 4.5 MB  ·  500 kB/s  ·  6 s left"},
		{"just claimed", free, job.Job{State: job.Sending}, "Starting"},
		{"nobody knows how far", presenter.View{Link: presenter.Lost}, job.Job{State: job.Sending}, "On its way"},
		{"behind others", free, job.Job{State: job.Queued}, "Waits for its turn"},
		{"behind a gate", gated, job.Job{State: job.Queued, Account: home}, "Waits: " + lowerFirst(uploader.ExplainGate(gated.Snapshot.Accounts[0].Gates[0]).Headline)},
		{"of another account than the gate's", gated, job.Job{State: job.Queued, Account: "other"}, "Waits for its turn"},
		{"to be tried again", free, job.Job{State: job.Waiting, NotBefore: now.Add(time.Minute)}, "Tried again at 14:01"},
		{"due", free, job.Job{State: job.Waiting, NotBefore: now}, "Tried again now"},
		{"held", free, job.Job{State: job.Held}, "Held until you release it"},
		{"perhaps sent", free, job.Job{State: job.Held, MaybeSent: true}, "Held: the host may have it already; look there, then release or cancel it"},
		{"canceled", free, job.Job{State: job.Canceled}, "Canceled"},
		{"done", free, job.Job{State: job.Done, Image: image, Ended: now}, "14:00  ·  https://home.example/a.png"},
		{"done on another day", free, job.Job{State: job.Done, Image: image, Ended: now.AddDate(0, 0, -2)}, "21 Nov 14:00  ·  https://home.example/a.png"},
		{"known", free, job.Job{State: job.Done, Outcome: job.Known, Image: image}, "Uploaded before  ·  https://home.example/a.png"},
		{"moderated", free, job.Job{State: job.Done, Outcome: job.Unapproved, Image: &client.Image{ViewerURL: image.ViewerURL}}, "Waits for a moderator  ·  https://home.example/v"},
		{"duplicate without a link", free, job.Job{State: job.Done, Outcome: job.Duplicate}, "The host has this file already, but does not tell its link"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := jobWord(c.view, c.job, now); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestNamesOfFilesCannotLeaveTheirLine(t *testing.T) {
	if got := clean("a\nb\x1b[31m\u202egnp.exe"); got != "a b [31m gnp.exe" {
		t.Errorf("got %q", got)
	}
}

func TestSizesAndSpansAreForPeople(t *testing.T) {
	for size, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 123_456: "123 kB", 4_800_000: "4.8 MB", 1_250_000_000: "1.2 GB"} {
		if got := bytesWord(size); got != want {
			t.Errorf("%d bytes are %q, want %q", size, got, want)
		}
	}
	for span, want := range map[time.Duration]string{
		200 * time.Millisecond: "1 s", 42 * time.Second: "42 s", 90 * time.Second: "2 min", 125 * time.Minute: "2 h 5 min",
	} {
		if got := spanWord(span); got != want {
			t.Errorf("%v is %q, want %q", span, got, want)
		}
	}
}
