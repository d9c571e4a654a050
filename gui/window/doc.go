// Package window is Upshot's window: first run, queue, folders, history and
// settings, as a client of the uploader contract. It uploads nothing itself,
// and needs no service of the system: clipboard, thumbnails and links are
// asked of the uploader.
//
// Of ours it imports client, client/job, client/uploader, icons, gui/words and its own
// subpackages: presenter (what to show), look (how it looks), parts (widgets).
// Only its main may call Fyne's app.New.
//
// There is no overlay while something is dragged over the window: GLFW, and so
// Fyne, tells of what was let go and never of what is about to be. A strip at
// the foot of the screens says instead what a drop does and where it goes.
//
// All goroutines live behind Run. Widgets are touched on Fyne's own thread
// only: what comes from elsewhere hops there by fyne.Do, never DoAndWait.
package window
