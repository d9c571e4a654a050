// Package watcher turns folders into finished files: every file that appears
// in a watched folder is handed over once, when it is whole, and never before.
//
// Events are hints, looks at the disk decide. An event, a scan or a timer only
// marks a path as worth a look; the look compares size and times with the look
// before, asks the system whether somebody has the file open for writing
// (Linux: a lease, Windows: the share mode), and checks the file's own
// structure (a PNG's IEND and checksums, an MP4's boxes, ...). The table in
// settle.go says what follows:
//
//	no writer, structure whole    at once: two looks a millisecond apart agree
//	no writer, not provable       after Config.Quiet without a change
//	the same, and likely to grow  after five times Config.Quiet
//	writer unknown, whole         after Config.Quiet without a change
//	writer unknown, not provable  after five times Config.Quiet
//	a writer has it open          not yet; its closing is waited for
//	structure incomplete          not yet; it waits with a reason
//
// "Writer unknown" is what systems that cannot tell, files of other people and
// network, FUSE and overlay file systems give. Nothing compares a file's times
// with the clock, so clocks may be wrong and files may come from the future.
//
// Files that settle together go in one call of Config.Take: a finished file
// waits for others only while another file that appeared less than 150 ms ago
// is still settling (one that a writer has open does not count) or another's
// quiet time ends within 50 ms; two or more wait 50 ms for yet another; and all
// of it for 300 ms at most. A lone file goes at once.
//
// A version is size, time of modification and inode. A new version of a file is
// offered like a new file; whether it is sent is for Known to say. A file that
// somebody touches is a new version too, but for Config.Same. One that is
// written again with the same size and given its old time back is no new
// version; where an event told of the write, the content tells, and it is
// offered with [File].Rewritten. So is one that comes under a name where another
// with the same size, time and inode was: inodes are given out again at once.
//
// Every file found has a state and a reason: [Status] has the first few,
// [Watcher.Files] all of them. One that stays incomplete is never taken by
// itself; [Watcher.Give] hands it over by hand. [Scan] and [LookThrough] tell
// beforehand what lies in a folder, the latter also which files carry the place
// where they were taken.
//
// Scans heal what events miss: at start, after an overflow, when the folder
// comes back, when a directory appears, and every Config.Rescan.
//
// [Watcher.Run] starts what follows and waits for its end: one goroutine owns
// all state (the caller's own); fsnotify's reader; on Linux one of mount
// changes, and one of close events that all watchers of the process share; and
// short-lived ones for looks (at most four), one scan, one check of the folder,
// and one call of Known and Take. When nothing happens nothing wakes up but the
// slow timer. A goroutine that hangs in the system (a dead network drive) does
// not keep Run from returning.
//
// Linux gives a person 128 inotify instances. A watched folder takes one, and
// the process one more for the closings of all; a folder that gets none is
// polled and says how to lift the limit.
//
// It imports nothing of ours.
package watcher
