package cli

import (
	"context"
	"time"

	"images-uploader.com/upshot/client/uploader"
)

// calmAfter is for how long nothing must have changed for an agent or a watch to
// count as idle, and calmPause what lies between two looks until then.
const (
	calmAfter = 20 * time.Second
	calmPause = time.Second
)

// changing tells of changes.
type changing interface {
	Changes(ctx context.Context, s uploader.Since) (uploader.Change, error)
}

// giveBackWhenCalm gives memory back to the system each time that work has
// calmed down: who watches is idle nearly always, and Go would keep for long what
// a burst of files took. It returns when ctx ends or the engine goes.
func giveBackWhenCalm(ctx context.Context, e changing, giveBack func()) {
	var since uploader.Since
	for {
		c, err := e.Changes(ctx, since)
		if err != nil {
			return
		}
		for err == nil {
			since.Revision = c.Revision
			if rest(ctx, calmPause) != nil {
				return
			}
			calm, cancel := context.WithTimeout(ctx, calmAfter)
			c, err = e.Changes(calm, since)
			cancel()
		}
		if ctx.Err() != nil {
			return
		}
		giveBack()
	}
}
