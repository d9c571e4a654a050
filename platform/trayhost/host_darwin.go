package trayhost

import "context"

func present(context.Context) (bool, error) { return true, nil }

func lost(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}
