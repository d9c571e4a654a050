package wire

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"images-uploader.com/upshot/client/agent"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/platform/instance"
)

// socketLook is how often we look whether our socket is still in its place:
// something that tidies up a runtime directory takes it away, and then nobody
// can reach the engine, nor run one, since we hold the lock.
const socketLook = time.Minute

// answer serves clients on l until ctx ends, and opens the socket again when
// its file has gone; those who came by the old one keep their connection. It
// ends with an error when a listener does.
func (h *House) answer(ctx context.Context, lock *instance.Lock, l net.Listener, up uploader.Uploader) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error)
	serve := func(l net.Listener) {
		go func() { ended <- agent.Serve(ctx, l, up, agent.ServeConfig{Log: h.Log}) }()
	}
	var place os.FileInfo // nil for a pipe, which has no file to lose
	if l.Addr().Network() == "unix" {
		place, _ = os.Lstat(h.Dirs.Socket)
	}
	every := h.look
	if every == 0 {
		every = socketLook
	}
	look := time.NewTimer(untilNext(every))
	defer look.Stop()
	serve(l)
	var failed error
	for serving := 1; serving > 0; {
		select {
		case err := <-ended:
			failed = errors.Join(failed, err)
			serving--
			stop()
		case <-look.C:
			look.Reset(untilNext(every))
			now, err := os.Lstat(h.Dirs.Socket)
			if ctx.Err() != nil || place == nil || err == nil && os.SameFile(now, place) {
				continue
			}
			again, err := lock.Listen(h.Dirs.Socket)
			if err != nil {
				h.Log.Warn("our socket has gone and cannot be opened again", "error", err)
				continue
			}
			h.Log.Warn("our socket had gone and is open again")
			place, _ = os.Lstat(h.Dirs.Socket)
			serve(again)
			serving++
		}
	}
	return failed
}

// untilNext is the time until every's next full turn of the clock: what looks
// now and then in one process does so together, which wakes it once.
func untilNext(every time.Duration) time.Duration {
	now := time.Now()
	return now.Truncate(every).Add(every).Sub(now)
}
