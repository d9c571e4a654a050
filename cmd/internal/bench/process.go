package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// effort is what a process took.
type effort struct {
	wall time.Duration
	cpu  time.Duration // of all its threads, user and system
	peak int64         // most resident memory, bytes
}

// peakEvery is how often a process's peak memory is read. The kernel keeps the
// peak, so that nothing is lost but what comes in the last moment before its
// end. Not rusage: there a child starts with its parent's peak.
const peakEvery = 20 * time.Millisecond

// run runs cmd to its end and measures it.
func run(cmd *exec.Cmd) (effort, error) {
	var stderr bytes.Buffer
	if cmd.Stderr == nil {
		cmd.Stderr = &stderr
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return effort{}, fmt.Errorf("start %s: %w", filepath.Base(cmd.Path), err)
	}
	ended, peak := make(chan struct{}), make(chan int64)
	go func() { peak <- followPeak(cmd.Process.Pid, ended) }()
	err := cmd.Wait()
	e := effort{wall: time.Since(begun)}
	close(ended)
	e.peak = <-peak
	if err != nil {
		return e, fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, bytes.TrimSpace(stderr.Bytes()))
	}
	e.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return e, nil
}

func followPeak(pid int, ended <-chan struct{}) int64 {
	tick := time.NewTicker(peakEvery)
	defer tick.Stop()
	peak := int64(0)
	for {
		select {
		case <-ended:
			return peak
		case <-tick.C:
			if m, err := memory(pid, "VmHWM"); err == nil {
				peak = m
			}
		}
	}
}

// memory reads VmHWM, the peak, or VmRSS, what is resident now, in bytes.
func memory(pid int, what string) (int64, error) {
	n, err := statusNumber(fmt.Sprintf("/proc/%d/status", pid), what)
	return n << 10, err
}

// statusNumber reads the number after a name in a status file of /proc.
func statusNumber(path, name string) (int64, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			return strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
		}
	}
	return 0, fmt.Errorf("%s does not say %s", path, name)
}

// resetPeak makes the kernel keep the peak anew from now on.
func resetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

// wakeUps counts how often the threads of a process have gone to sleep of
// their own will, thread by thread: each sleep ends in one wake-up.
func wakeUps(pid int) (map[string]int64, error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil {
		return nil, err
	}
	counts := map[string]int64{}
	for _, path := range tasks {
		n, err := statusNumber(path, "voluntary_ctxt_switches")
		if err != nil {
			return nil, err
		}
		counts[path] = n
	}
	return counts, nil
}

// end asks a process to end, as Ctrl-C does, and makes it end if it does not.
func end(cmd *exec.Cmd) {
	_ = cmd.Process.Signal(os.Interrupt)
	timer := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()
	timer.Stop()
}
