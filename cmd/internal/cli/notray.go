package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"images-uploader.com/upshot/cmd/internal/wire"
)

// noTrayTold is the file that remembers that the person was told that nothing
// shows the tray's icon: once is enough.
const noTrayTold = "no-tray-told"

// noHost says, once for each person, that no panel shows the icon.
func (p *program) noHost(h *wire.House) func() {
	tell := p.teller(h)
	return func() {
		first, err := firstTime(filepath.Join(h.Dirs.State, noTrayTold))
		if err != nil {
			h.Log.Warn("what was told of the tray cannot be kept", "error", err)
		}
		if first {
			tell("No panel here shows Upshot's icon",
				"Open the window from your programs, or run upshot gui; on GNOME the AppIndicator extension gives the icon a place")
		}
	}
}

// firstTime reports whether a mark was not there yet, and leaves it.
func firstTime(mark string) (bool, error) {
	f, err := os.OpenFile(mark, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return true, err // better told again than never
	}
	return true, f.Close()
}
