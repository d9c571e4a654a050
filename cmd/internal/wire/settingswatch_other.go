//go:build !linux

package wire

import "context"

// settingsEvents gives none here: the file is looked at now and then, and by
// whoever asks.
func settingsEvents(context.Context, string) <-chan struct{} {
	none := make(chan struct{})
	close(none)
	return none
}
