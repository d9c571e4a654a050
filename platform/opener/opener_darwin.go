package opener

import "context"

func (o *Opener) openURL(ctx context.Context, address string) error {
	return o.startAny(ctx, [][]string{{"/usr/bin/open", address}})
}

func (o *Opener) showFile(ctx context.Context, path string) error {
	return o.startAny(ctx, [][]string{{"/usr/bin/open", "-R", path}})
}
