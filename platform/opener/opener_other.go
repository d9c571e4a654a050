//go:build !linux && !windows && !darwin

package opener

import (
	"context"
	"path/filepath"
)

func (o *Opener) openURL(ctx context.Context, address string) error {
	return o.startAny(ctx, [][]string{{"xdg-open", address}})
}

func (o *Opener) showFile(ctx context.Context, path string) error {
	return o.startAny(ctx, [][]string{{"xdg-open", filepath.Dir(path)}})
}
