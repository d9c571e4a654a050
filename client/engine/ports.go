package engine

import (
	"context"
	"image"
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

// Screen takes pictures of the monitors. fs.ErrNotExist: there is no such
// monitor, no active window, no last region, or nothing of the region lies on
// a monitor.
type Screen interface {
	// Displays is the number of monitors.
	Displays(ctx context.Context) (int, error)
	// Take writes a picture to w, and nothing unless it was taken.
	Take(ctx context.Context, shot Shot, w io.Writer) (Taken, error)
	// Freeze keeps a picture of all monitors, for a part to be chosen.
	Freeze(ctx context.Context) (Frozen, error)
}

// Shot says what to take; the zero value is all monitors as a PNG. Only one
// of Display, Window, Region and Last counts.
type Shot struct {
	Display int             // one monitor, from 1
	Window  bool            // the active window
	Region  image.Rectangle // a part of the plane that the monitors share
	Last    bool            // the region that was taken last
	JPEG    int             // quality from 1 to 100; 0 is PNG
}

// Taken is what was taken.
type Taken struct {
	Region image.Rectangle // where it was; empty where the system does not say
	Window string          // the title of the active window, where it is known
	Ext    string          // of the encoding: "png" or "jpg"
}

// Frozen is the screen at one moment.
type Frozen interface {
	// Monitors are where they lie on their plane, in pixels.
	Monitors() []image.Rectangle
	// WriteMonitor writes the picture of one monitor, from 1, and Write that
	// of a region, which is then the last one. Quality is as in Shot.JPEG.
	WriteMonitor(w io.Writer, display, quality int) (Taken, error)
	Write(w io.Writer, region image.Rectangle, quality int) (Taken, error)
}

// Regions has the person pick a region on pictures of the monitors: the files
// lie where the monitors of the same number do. An empty one, without an
// error: they do not want to.
type Regions interface {
	Pick(ctx context.Context, monitors []image.Rectangle, files []string) (image.Rectangle, error)
}

// Notifier shows notifications. Actions are pairs of key and label; chosen
// is called, from another goroutine, with the key of the one clicked.
type Notifier interface {
	Notify(ctx context.Context, title, body string, actions [][2]string, chosen func(key string)) error
}

// Opener opens links with the person's own browser, and shows files in their
// file manager.
type Opener interface {
	OpenURL(ctx context.Context, url string) error
	ShowFile(ctx context.Context, path string) error
}

// Trash puts a file into the system's trash.
type Trash interface {
	Trash(ctx context.Context, path string) error
}

// Store keeps the settings on disk.
type Store interface {
	// Load reads them. What could not be used (a broken file, say, which is
	// left to the person) is told as notices; the settings are usable all the
	// same.
	Load() (uploader.Settings, []uploader.Notice, error)
	// Save writes them atomically, keeping the last good copy.
	Save(s uploader.Settings) error
}
