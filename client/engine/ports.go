package engine

import (
	"context"
	"io"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
)

// The ports are what the engine needs of the system. Package platform keeps
// them without importing this package, so they speak in plain types. Shared
// words for failure: fs.ErrNotExist (nothing there), errors.ErrUnsupported
// (this system has no such service), context.DeadlineExceeded (locked, nobody
// answered), fs.ErrPermission (refused).

// Keys keeps API keys by account id: the OS keyring, through a small adapter
// that knows client.Key.
type Keys interface {
	Get(ctx context.Context, id string) (client.Key, error)
	Set(ctx context.Context, id string, key client.Key) error
	Delete(ctx context.Context, id string) error
}

// Clipboard is the system's clipboard. The three readers return fs.ErrNotExist
// when it holds nothing of that sort.
type Clipboard interface {
	Text(ctx context.Context) (string, error)
	Files(ctx context.Context) ([]string, error)
	// Image returns an encoded picture and its file name extension ("png").
	Image(ctx context.Context) (data []byte, ext string, err error)
	SetText(ctx context.Context, text string) error
	// Keep remembers, in memory only, what is on the clipboard now; restore
	// puts it back. fs.ErrNotExist when there is nothing that may be kept:
	// too large, or marked as secret by a password manager.
	Keep(ctx context.Context) (restore func(context.Context) error, err error)
}

// Network tells of this machine's network until ctx ends: now, and at every
// change. Metered networks are paid by volume, as far as the system tells.
type Network interface {
	Watch(ctx context.Context, changed func(up, metered bool)) error
}

// Autostart starts the agent when the person logs in.
type Autostart interface {
	Enabled(ctx context.Context) (bool, error)
	Enable(ctx context.Context) error
	Disable(ctx context.Context) error
}

// Screen takes pictures of the monitors.
type Screen interface {
	// Displays is the number of monitors.
	Displays(ctx context.Context) (int, error)
	// Capture writes a PNG of monitor display (from 1; 0: all in one) to w.
	Capture(ctx context.Context, display int, w io.Writer) error
}

// Notifier shows notifications. Actions are pairs of key and label; chosen
// is called, from another goroutine, with the key of the one clicked.
type Notifier interface {
	Notify(ctx context.Context, title, body string, actions [][2]string, chosen func(key string)) error
}

// Opener opens links with the person's own browser.
type Opener interface {
	OpenURL(ctx context.Context, url string) error
}

// Trash puts a file into the system's trash.
type Trash interface {
	Trash(ctx context.Context, path string) error
}

// Store keeps the settings on disk.
type Store interface {
	// Load reads them. What could not be used (a broken file, set aside) is
	// told as notices; the settings are usable all the same.
	Load() (uploader.Settings, []uploader.Notice, error)
	// Save writes them atomically, keeping the last good copy.
	Save(s uploader.Settings) error
}
