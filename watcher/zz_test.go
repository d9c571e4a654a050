package watcher

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestZZ(t *testing.T) {
	top := t.TempDir()
	dir, src := filepath.Join(top, "w"), filepath.Join(top, "all")
	must(t, os.Mkdir(dir, 0o755))
	pic := pngOf(t, 62, 16, 16)
	const n = 10_000
	for i := range n {
		put(t, filepath.Join(src, fmt.Sprintf("p%05d.png", i)), remarked(pic, i))
	}
	r := watch(t, dir, recursive, func(c *Config) {
		c.Known = func(context.Context, File) (bool, error) { return false, nil }
	})
	r.state(StateWatching)
	for i := range n {
		must(t, os.Rename(filepath.Join(src, fmt.Sprintf("p%05d.png", i)), filepath.Join(dir, fmt.Sprintf("p%05d.png", i))))
	}
	r.until("all are taken", func() bool { return len(r.taken) >= n })
}
