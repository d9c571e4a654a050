package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// machine is where and when the measuring was done.
type machine struct {
	date, processor, memory, kernel, load, curl string
}

// thisMachine reads it; the load is that before measuring starts.
func thisMachine() machine {
	m := machine{date: time.Now().Format(time.DateOnly), processor: "unknown", memory: "unknown", curl: "no curl"}
	for line := range strings.Lines(read("/proc/cpuinfo")) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			m.processor = strings.TrimSpace(value)
			break
		}
	}
	if kb, err := statusNumber("/proc/meminfo", "MemTotal"); err == nil {
		m.memory = fmt.Sprintf("%.1f GB", float64(kb)*1024/1e9)
	}
	m.kernel = strings.TrimSpace(read("/proc/sys/kernel/osrelease"))
	m.load, _, _ = strings.Cut(read("/proc/loadavg"), " ")
	if out, err := exec.Command("curl", "--version").Output(); err == nil {
		m.curl, _, _ = strings.Cut(string(out), " (")
	}
	return m
}

func read(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(data)
}

// String is a list in Markdown.
func (m machine) String() string {
	return fmt.Sprintf("- date: %s\n- processor: %s, %d cores\n- memory: %s\n- kernel: Linux %s, %s\n- Go: %s\n- %s\n- load before the run: %s\n",
		m.date, m.processor, runtime.NumCPU(), m.memory, m.kernel, runtime.GOARCH, runtime.Version(), m.curl, m.load)
}
