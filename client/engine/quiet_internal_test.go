package engine

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"images-uploader.com/upshot/client/queue"
)

func TestAnEngineThatEndsBeforeItHasLookedAroundLogsNoError(t *testing.T) {
	dir := t.TempDir()
	q, err := queue.Open(t.Context(), queue.Config{Path: filepath.Join(dir, "upshot.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if err := os.WriteFile(filepath.Join(dir, "stdin-1"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	e := &Engine{cfg: Config{Queue: q, Spool: dir}, log: slog.New(slog.NewTextHandler(&log, nil))}
	e.changes.init()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e.putLeftAway(ctx)
	e.tellOrphans(ctx)
	if log.Len() > 0 {
		t.Errorf("it logs %s", log.String())
	}
}
