package main

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client"
)

func TestTheHostKnowsTheNameAndSizeOfAFile(t *testing.T) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("source", "a picture.png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(make([]byte, 1234)); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	length := body.Len()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1", &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	name, size, err := (&host{}).take(r, make([]byte, 4096))
	if err != nil || name != "a picture.png" || size != 1234 || r.ContentLength != int64(length) {
		t.Errorf("%q of %d bytes, %v", name, size, err)
	}
}

func TestTheHostsAnswerIsOneThatTheClientTakesAndHasNoChecksum(t *testing.T) {
	c, err := client.New(client.Config{Address: "https://bench.invalid", Key: client.NewKey(key), Transport: swallow{}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Upload(t.Context(), client.Upload{Name: "video.mp4", Body: zeros(100_000)})
	if err != nil {
		t.Fatal(err)
	}
	if r.Image.URL == "" || r.Image.Checksum != "" || r.MD5 != "" || len(r.Warnings) > 0 {
		t.Errorf("url %q, checksum %q, md5 %q, warnings %q", r.Image.URL, r.Image.Checksum, r.MD5, r.Warnings)
	}
}

func TestPercentiles(t *testing.T) {
	var times []time.Duration
	for i := range 200 {
		times = append(times, time.Duration(200-i))
	}
	for p, want := range map[int]time.Duration{0: 1, 50: 100, 95: 190, 100: 200} {
		if got := percentile(times, p); got != want {
			t.Errorf("percentile %d is %d, want %d", p, got, want)
		}
	}
}

func TestTheTableSaysWhatWasMissed(t *testing.T) {
	text := table([]section{{rows: []row{
		timesRow("quick", 2*time.Second, "curl", 2*time.Second, 1.3),
		timesRow("slow", 3*time.Second, "curl", 2*time.Second, 1.3),
		{what: "told only"},
	}}})
	for _, want := range []string{"| quick | 2.00 s | curl 2.00 s | 1.00 times | at most 1.30 times | met |", "| 1.50 times | at most 1.30 times | **missed** |", "| told only |  |  |  |  |  |"} {
		if !strings.Contains(text, want) {
			t.Errorf("the table lacks %q:\n%s", want, text)
		}
	}
}
