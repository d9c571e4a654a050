package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"images-uploader.com/upshot/client"
)

const (
	gigabyte = 1_000_000_000
	gigabit  = 125_000_000 // bytes a second
	// clientPeak is what the client may have in memory at most.
	clientPeak = 40_000_000
)

// sendMode uploads one file with package client, in a process of its own.
func sendMode(args []string) error {
	if len(args) != 2 {
		return errors.New("send ADDRESS FILE")
	}
	f, err := os.Open(args[1])
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	c, err := client.New(client.Config{Address: args[0], Key: client.NewKey(key)})
	if err != nil {
		return err
	}
	_, err = c.Upload(context.Background(), client.Upload{Name: info.Name(), Body: opened{f, info.Size()}})
	return err
}

type opened struct {
	*os.File
	size int64
}

func (o opened) Size() int64 { return o.size }

// measureClient is the group "client".
func measureClient(ctx context.Context, b *bench) ([]section, error) {
	path := filepath.Join(b.dir, "video.mp4")
	if err := writeVideo(path, gigabyte); err != nil {
		return nil, err
	}
	defer os.Remove(path)
	loopback, err := b.gigabyte(ctx, path, 1, 5, 1.3)
	if err != nil {
		return nil, err
	}
	loopback.title = "1 GB over bare loopback"
	loopback.words = "A file of 1 GB is sent by package client, in a process of its own, and by the whole program (`upshot upload`, a new home each time), " +
		"to a host that reads as fast as it can; all of them take SHA-256 in passing, which curl does not. " +
		"Beside them `curl -F source=@FILE -H X-API-Key` sends the same file to the same host."
	line, err := b.gigabyte(ctx, path, 0, 3, 1.05, "--rate", fmt.Sprint(gigabit))
	if err != nil {
		return nil, err
	}
	line.title = "1 GB to a host that reads 125 MB/s"
	line.words = "The same to a host that reads no faster than a line of 1 Gbit/s would bring it. Beside it the same `curl -F`."
	body, err := measureBody(ctx)
	if err != nil {
		return nil, err
	}
	return []section{loopback, line, body}, nil
}

// gigabyte is a race of 1 GB to a host of its own.
func (b *bench) gigabyte(ctx context.Context, path string, warm, rounds int, most float64, hostFlags ...string) (s section, err error) {
	h, err := startHost(ctx, hostFlags...)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	fast := len(hostFlags) == 0
	b.say("1 GB %s", strings.Join(hostFlags, " "))
	whole := tally{1, gigabyte}
	contenders := []contender{
		{"client", func(int) (effort, error) {
			return h.took(ctx, whole, func() (effort, error) { return run(exec.CommandContext(ctx, b.self, "send", h.address, path)) })
		}},
		{"curl", func(int) (effort, error) {
			return h.took(ctx, whole, func() (effort, error) { return run(curl(ctx, h, path)) })
		}},
	}
	if fast {
		contenders = append(contenders, contender{"upshot upload", func(int) (effort, error) {
			return h.took(ctx, whole, func() (effort, error) { return run(b.newHome(h).upshot(ctx, "upload", "--quiet", path)) })
		}})
	}
	scores, err := race(warm, rounds, b.say, contenders...)
	if err != nil {
		return s, err
	}
	where := "loopback"
	if !fast {
		where = "125 MB/s"
	}
	s.rows = []row{
		timesRow("1 GB, "+where+": client", scores[0].wall(), "curl", scores[1].wall(), most),
		memoryRow("1 GB, "+where+": client, peak memory", scores[0].peak(), clientPeak),
	}
	if fast {
		program := timesRow("1 GB, "+where+": `upshot upload`", scores[2].wall(), "curl", scores[1].wall(), most)
		s.rows = append(s.rows, program, memoryRow("1 GB, "+where+": `upshot upload`, peak memory", scores[2].peak(), clientPeak))
	}
	return s, nil
}

// curl sends one file.
func curl(ctx context.Context, h *hosting, path string) *exec.Cmd {
	return exec.CommandContext(ctx, "curl", "-sS", "-o", os.DevNull, "-H", "X-API-Key: "+key, "-F", "source=@"+path, h.endpoint)
}

// bodySlack is how many more bytes may be allocated for a file 60 times as
// large: what the runtime itself needs meanwhile.
const bodySlack = 64 << 10

// measureBody counts what building and reading a body allocates, without a
// network.
func measureBody(ctx context.Context) (section, error) {
	c, err := client.New(client.Config{Address: "https://bench.invalid", Key: client.NewKey(key), Transport: swallow{}})
	if err != nil {
		return section{}, err
	}
	allocated := func(size int64) (count, bytes uint64, err error) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = c.Upload(ctx, client.Upload{Name: "video.mp4", Body: zeros(size)})
		runtime.ReadMemStats(&after)
		return after.Mallocs - before.Mallocs, after.TotalAlloc - before.TotalAlloc, err
	}
	const small = gigabyte / 60
	if _, _, err := allocated(small); err != nil { // what is made once only
		return section{}, err
	}
	smallCount, smallBytes, err := allocated(small)
	if err != nil {
		return section{}, err
	}
	count, bytes, err := allocated(gigabyte)
	if err != nil {
		return section{}, err
	}
	return section{
		title: "Building the body of 1 GB",
		words: "What one upload of 1 GB allocates in all, hashes and decoding of the answer included, is counted by the runtime, with a transport that reads the body and throws it away. " +
			"Beside it the same with a file of a sixtieth of the size.",
		rows: []row{{
			what:    "allocated for 1 GB",
			ours:    fmt.Sprintf("%d times, %d KB", count, bytes>>10),
			against: fmt.Sprintf("for 17 MB %d times, %d KB", smallCount, smallBytes>>10),
			result:  fmt.Sprintf("%+d KB", (int64(bytes)-int64(smallBytes))>>10),
			target:  "the same, within 64 KB",
			met:     bytes <= smallBytes+bodySlack,
		}},
	}, nil
}

// zeros is a file of so many bytes that nobody stores.
type zeros int64

func (z zeros) Size() int64 { return int64(z) }

func (z zeros) ReadAt(p []byte, off int64) (int, error) {
	n := min(int64(len(p)), int64(z)-off)
	clear(p[:n])
	if n < int64(len(p)) {
		return int(n), io.EOF
	}
	return int(n), nil
}

// swallow is a host without a network.
type swallow struct{}

func (swallow) RoundTrip(r *http.Request) (*http.Response, error) {
	buf := make([]byte, 32<<10)
	for {
		if _, err := r.Body.Read(buf); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
	}
	answer := (&host{address: "https://bench.invalid"}).answer(1, "video.mp4", r.ContentLength)
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(answer))),
	}, nil
}
