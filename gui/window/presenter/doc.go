// Package presenter follows an uploader for the window: it attaches to it and
// attaches again when it has gone, keeps the newest Snapshot, the pages of jobs
// that are on the screen and their thumbnails, and publishes them as immutable
// views, at most ten a second. It also carries the window's orders to the
// uploader, each in a goroutine of its own, so that nothing slow ever runs on
// the UI thread.
//
// It knows no widget: of ours it imports client/job and client/uploader only.
// All goroutines live behind Run and have ended when it returns.
package presenter
