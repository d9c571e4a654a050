// Package engine keeps the contract of package uploader: files in, links out.
// It runs workers against hosts, holds gates closed while an account cannot
// send, ends batches with one clipboard write and one notification, and
// watches folders.
//
// New starts nothing; Run starts the dispatcher, which starts at most
// Settings.Workers senders an account, and one goroutine a watched folder;
// all end before Run returns. Of ours it imports client, job, queue, uploader
// and watcher; the operating system comes in by the ports of ports.go.
package engine
