package client

import (
	"context"
	"sync/atomic"
	"testing"
)

func TestPaceIsAskedOnlyWhileThereIsALimit(t *testing.T) {
	var asked atomic.Int64
	limited := false
	f := newForm(nil)
	f.openFile("source", "a.png", "image/png")
	const size = 200_000
	out := newOutgoing(f, big(size), size, false)
	out.sums = newSums(nil, false, false)
	out.moved = func() {}
	pace := func(_ context.Context, n int) error { asked.Add(int64(n)); return nil }
	out.pace = func(n int) error { return pace(t.Context(), n) }
	out.paced = func() bool { return limited }
	defer out.stop(true)
	buf := make([]byte, sendBuffer)
	if n, err := out.Read(buf); err != nil || n != len(buf) || asked.Load() != 0 {
		t.Errorf("without a limit %d bytes, %d of them asked for, %v", n, asked.Load(), err)
	}
	limited = true // it comes up while the file is sent
	if n, err := out.Read(buf); err != nil || n != pacedPiece || asked.Load() != pacedPiece {
		t.Errorf("with one %d bytes, %d asked for, %v", n, asked.Load(), err)
	}
}
