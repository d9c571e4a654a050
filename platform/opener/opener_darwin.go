package opener

import "context"

// Ready says that links can be opened.
func (o *Opener) Ready() error { return nil }

func (o *Opener) openURL(ctx context.Context, address string) error {
	return o.startAny(ctx, [][]string{{"/usr/bin/open", address}})
}

func (o *Opener) showFile(ctx context.Context, path string) error {
	return o.startAny(ctx, [][]string{{"/usr/bin/open", "-R", path}})
}
