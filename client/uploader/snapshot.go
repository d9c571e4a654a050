package uploader

import (
	"time"

	"images-uploader.com/upshot/client/job"
)

// Snapshot is the engine at one moment: small, immutable, whole. Jobs and
// history are not in it; they are paged.
type Snapshot struct {
	Revision uint64            `json:"revision"`
	Version  string            `json:"version"`
	Role     Role              `json:"role"`
	Counts   map[job.State]int `json:"counts"`
	Paused   bool              `json:"paused"` // everything is paused
	Accounts []AccountStatus   `json:"accounts"`
	Folders  []FolderStatus    `json:"folders"`
	Sending  []Progress        `json:"sending"`
	Recent   []Recent          `json:"recent"` // last done jobs with a link, newest first, at most 10
	Notices  []Notice          `json:"notices,omitempty"`
	Undo     *UndoOffer        `json:"undo,omitempty"`
	Metered  bool              `json:"metered,omitempty"` // held back because the network is paid by volume
	Limit    int64             `json:"limit,omitempty"`   // bytes a second in force now, 0: none
	// CaptureAt is when the screen is captured, while that is waited for.
	CaptureAt time.Time `json:"capture_at,omitzero"`
}

// UndoOffer is an upload that can be taken back with one click.
type UndoOffer struct {
	IDs   []job.ID  `json:"ids"`
	Name  string    `json:"name"` // of the file, or of the first
	Until time.Time `json:"until"`
}

// Open is the number of jobs that still have something before them.
func (s Snapshot) Open() int {
	n := 0
	for state, count := range s.Counts {
		if state.Open() {
			n += count
		}
	}
	return n
}

// AccountStatus is an account and what holds its jobs back.
type AccountStatus struct {
	ID      string       `json:"id"`
	Name    string       `json:"name"`
	Address string       `json:"address"`
	Default bool         `json:"default,omitempty"`
	Key     KeyState     `json:"key,omitempty"`    // what is known of its key
	Gates   []GateStatus `json:"gates,omitempty"`  // closed ones
	Limits  []FloodLimit `json:"limits,omitempty"` // learned from the host
}

// KeyState is what is known of an account's key without asking anybody.
type KeyState string

// The states of a key.
const (
	KeyUnknown KeyState = ""        // not needed since the engine started
	KeyStored  KeyState = "stored"  // the keyring has it
	KeyMemory  KeyState = "memory"  // it is forgotten when the engine ends
	KeyMissing KeyState = "missing" // the keyring has none
	KeyLocked  KeyState = "locked"  // the keyring did not answer, or refused
	KeyRefused KeyState = "refused" // the host does not take it
)

// FloodLimit is how many uploads a host takes in a while.
type FloodLimit struct {
	Uploads int           `json:"uploads"`
	Period  time.Duration `json:"period"`
	Learned time.Time     `json:"learned"`
}

// GateStatus is a closed gate.
type GateStatus struct {
	Gate    job.Gate     `json:"gate"`
	Until   time.Time    `json:"until,omitzero"` // when it is asked again; zero: when something changes
	Failure *job.Failure `json:"failure,omitempty"`
}

// FolderStatus is a watched folder and how it fares.
type FolderStatus struct {
	Folder Folder `json:"folder"`
	Lent   bool   `json:"lent,omitempty"`
	// Starting says that what lies there already is still being remembered: a
	// file that comes now may count as old.
	Starting bool          `json:"starting,omitempty"`
	State    FolderState   `json:"state"`
	Reason   string        `json:"reason,omitempty"`  // a sentence for a person
	Last     string        `json:"last,omitempty"`    // the last file taken
	Pending  []PendingFile `json:"pending,omitempty"` // files seen but not taken, at most 20
	// Waiting and Filtered count all of them.
	Waiting  int `json:"waiting,omitempty"`
	Filtered int `json:"filtered,omitempty"`
}

// FolderState is how a watched folder fares.
type FolderState string

// The states of a folder.
const (
	FolderWatching FolderState = "watching"
	FolderPolling  FolderState = "polling" // watched by looking now and then
	FolderPaused   FolderState = "paused"
	FolderMissing  FolderState = "missing" // not there now; taken up when it comes back
	FolderFailed   FolderState = "failed"
)

// PendingFile is a file in a watched folder that waits, and why.
type PendingFile struct {
	Path   string    `json:"path"`
	State  FileState `json:"state"`
	Reason string    `json:"reason"`
}

// FileState is where a file of a watched folder stands.
type FileState string

// The states of a file that was not taken.
const (
	FileSettling   FileState = "settling"
	FileWriting    FileState = "writing"
	FileIncomplete FileState = "incomplete" // Folders.GiveFile sends it all the same
	FileFiltered   FileState = "filtered"
	FileTooLarge   FileState = "too large"
	FileUnreadable FileState = "unreadable"
	FileWaiting    FileState = "waiting" // finished; something else holds it up
)

// The states of a file that was taken, or is not to be. One whose job waits
// behind a closed gate or a backoff is FileWaiting.
const (
	FileQueued   FileState = "queued" // goes as soon as it is its turn
	FileSending  FileState = "sending"
	FileHeld     FileState = "held"
	FileSent     FileState = "sent"
	FileFailed   FileState = "failed"
	FileCanceled FileState = "canceled"
	FileSkipped  FileState = "skipped" // it was there before, or was sent earlier
)

// Progress is a job on its way.
type Progress struct {
	ID      job.ID    `json:"id"`
	Name    string    `json:"name"`
	Account string    `json:"account"`
	Sent    int64     `json:"sent"`
	Size    int64     `json:"size"`
	Since   time.Time `json:"since"`
	// Answer is set once the whole body is out and the host works on it.
	Answer bool `json:"answer,omitempty"`
	// Unwritten is set when its outcome is known and cannot be written down (a
	// full disk). A job that the host has then comes with Outcome and Image
	// from Jobs and Batch, though it is sending.
	Unwritten bool `json:"unwritten,omitempty"`
}

// Recent is a done job's link.
type Recent struct {
	ID   job.ID `json:"id"`
	Name string `json:"name"`
	Text string `json:"text"`
}

// Notice is something the person should know: a config file set aside, a
// keyring that is not there.
type Notice struct {
	ID       string `json:"id"` // stable, so that it is said once
	Headline string `json:"headline"`
	Hint     string `json:"hint,omitempty"`
}

// NoticeClipboard is the id of the notice that links cannot be put on the
// clipboard.
const NoticeClipboard = "clipboard"

// NoticeFull is the id of the notice that the disk is full, and that nothing
// is sent until there is room.
const NoticeFull = "full"

// NoticeCapture is the id of the notice that a picture of the screen was
// taken, but not given, and where it is kept.
const NoticeCapture = "capture"

// NoticeHotkey begins the ids of notices that a hotkey does not work; its
// Shortcut follows.
const NoticeHotkey = "hotkey-"

// Since is a revision already seen.
type Since struct {
	Revision uint64 `json:"revision"`
}

// Change says that things have changed. Without Jobs and All, no job has,
// only the Snapshot (progress, gates, folders).
type Change struct {
	Revision uint64   `json:"revision"`
	Jobs     []job.ID `json:"jobs,omitempty"` // touched since
	All      bool     `json:"all,omitempty"`  // too many to name: look at all
}
