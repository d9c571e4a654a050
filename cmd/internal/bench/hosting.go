package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
)

// key is what everybody sends; the host takes any.
const key = "chv_bench_0123456789abcdef"

// hosting is a host in a process of its own.
type hosting struct {
	address  string
	endpoint string // where curl sends to
	lines    *bufio.Reader
	cmd      *exec.Cmd
	stdin    io.Closer
}

// startHost starts one; args are flags of hostMode.
func startHost(ctx context.Context, args ...string) (*hosting, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	h := &hosting{cmd: exec.CommandContext(ctx, self, append([]string{"host"}, args...)...)}
	h.cmd.Stderr = os.Stderr
	if h.stdin, err = h.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := h.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the host: %w", err)
	}
	h.lines = bufio.NewReader(out)
	address, err := h.lines.ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the host: %w", err), h.close())
	}
	h.address = strings.TrimSpace(address)
	h.endpoint = h.address + "/api/1/upload"
	return h, nil
}

// close ends the host and waits for it.
func (h *hosting) close() error {
	h.stdin.Close()
	return h.cmd.Wait()
}

// next waits for an upload; for a host that tells.
func (h *hosting) next() (arrival, error) {
	var a arrival
	line, err := h.lines.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &a)
	}
	return a, err
}

// tally asks the host what it has taken so far.
func (h *hosting) tally(ctx context.Context) (tally, error) {
	var t tally
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.address, nil)
	if err != nil {
		return t, err
	}
	r.Close = true
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return t, err
	}
	defer answer.Body.Close()
	return t, json.NewDecoder(answer.Body).Decode(&t)
}

// took runs do and checks that exactly so many files and bytes arrived: a
// contender that is quick because it failed must not win.
func (h *hosting) took(ctx context.Context, want tally, do func() (effort, error)) (effort, error) {
	before, err := h.tally(ctx)
	if err != nil {
		return effort{}, err
	}
	e, err := do()
	if err != nil {
		return e, err
	}
	after, err := h.tally(ctx)
	if err != nil {
		return e, err
	}
	if got := (tally{after.Files - before.Files, after.Bytes - before.Bytes}); got != want {
		return e, fmt.Errorf("the host took %d files of %d bytes in all instead of %d of %d", got.Files, got.Bytes, want.Files, want.Bytes)
	}
	return e, nil
}
