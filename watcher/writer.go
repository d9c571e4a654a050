package watcher

// writer says whether somebody has a file open for writing.
type writer int

const (
	writerUnknown writer = iota // this system or file system cannot tell
	writerNone
	writerOpen
)
