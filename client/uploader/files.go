package uploader

import (
	"fmt"
	"time"

	"images-uploader.com/upshot/client/job"
)

// FolderFilesRequest asks for a page of the files that lie in a watched
// folder, in the order of their paths.
type FolderFilesRequest struct {
	Folder string      `json:"folder"`
	States []FileState `json:"states,omitempty"` // empty: all
	From   int         `json:"from,omitempty"`
	N      int         `json:"n,omitempty"` // 0: 100; at most FolderFilesMost
}

// FolderFilesMost is how many files a page has at most.
const FolderFilesMost = 1000

// FolderFilesPage is a page of files, how many there are of the states asked
// for, and how many of each state.
type FolderFilesPage struct {
	Files  []FolderFile      `json:"files"`
	Total  int               `json:"total"`
	Counts map[FileState]int `json:"counts,omitempty"`
	// State and Reason are the folder's own; no state: nobody watches it now.
	State  FolderState `json:"state,omitempty"`
	Reason string      `json:"reason,omitempty"`
}

// FolderFile is a file of a watched folder, where it stands, and why.
type FolderFile struct {
	Path    string    `json:"path"`
	Size    int64     `json:"size"`
	ModTime time.Time `json:"mtime,omitzero"`
	State   FileState `json:"state"`
	Reason  string    `json:"reason"`            // for a person
	Dir     bool      `json:"dir,omitempty"`     // a directory that is not looked into
	Job     job.ID    `json:"job,omitempty"`     // that it became
	ByHand  bool      `json:"by_hand,omitempty"` // Folders.GiveFile sends it all the same
}

// RefusedSize says that the host takes no file so large; most is what it takes,
// 0 when it has not told.
func RefusedSize(most int64) string {
	if most <= 0 {
		return tooLarge
	}
	return fmt.Sprintf("%s: %s", tooLarge, bytesText(most))
}

// RefusedKind says that the host takes no files with that extension.
func RefusedKind(ext string) string { return kindRefused + ": ." + ext }

// bytesText is a number of bytes as a person reads it.
func bytesText(n int64) string {
	f, unit := float64(n), ""
	for _, unit = range []string{"bytes", "KB", "MB", "GB", "TB"} {
		if f < 1000 || unit == "TB" {
			break
		}
		f /= 1000
	}
	if n < 1000 {
		return fmt.Sprintf("%d %s", n, unit)
	}
	return fmt.Sprintf("%.3g %s", f, unit)
}
