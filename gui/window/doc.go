// Package window is Upshot's window: first run, queue, folders, history and
// settings, as a client of the uploader contract. It uploads nothing itself,
// and needs no service of the system: clipboard, thumbnails and links are
// asked of the uploader.
//
// Of ours it imports client, client/job, client/uploader, icons, gui/words and its own
// subpackages: presenter (what to show), look (how it looks), parts (widgets).
// Only its main may call Fyne's app.New.
//
// All goroutines live behind Run. Widgets are touched on Fyne's own thread
// only: what comes from elsewhere hops there by fyne.Do, never DoAndWait.
package window
