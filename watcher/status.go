package watcher

// State is how a watched folder fares.
type State string

// The states of a folder.
const (
	StateWatching State = "watching"
	StatePolling  State = "polling" // watched by looking now and then
	StateMissing  State = "missing" // not there now; taken up when it comes back
	StateFailed   State = "failed"  // there, but it cannot be read; tried again with backoff
)

// Status is how a watcher fares.
type Status struct {
	State  State
	Reason string // a sentence for a person, empty when all is well
	Last   string // path of the file taken last
	// Pending are files that were found and not taken, and why: first those
	// that something is wrong with, then those being written, then those that
	// a filter keeps out. At most 20.
	Pending []Pending
	// Waiting and Filtered count all of them, and directories that a rule
	// leaves out.
	Waiting, Filtered int
}

// Pending is a file that was found, its state, and why it is in it: a sentence
// for a person.
type Pending struct {
	Path, Reason string
	State        FileState
}

// FileState is where a file that was found stands.
type FileState string

// The states of a file.
const (
	FileSettling   FileState = "settling"   // it changed a moment ago, or its quiet time runs
	FileWriting    FileState = "writing"    // a program has it open for writing
	FileIncomplete FileState = "incomplete" // its own structure lacks something; Give hands it over all the same
	FileFiltered   FileState = "filtered"   // a rule keeps it out; the reason names it
	FileTooLarge   FileState = "too large"
	FileUnreadable FileState = "unreadable"
	FileWaiting    FileState = "waiting" // finished, but Known or Take could not answer yet
	FileHandled    FileState = "handled" // Take took it, or Known knew it
)

const maxPending = 20

func (s Status) equal(o Status) bool {
	if s.State != o.State || s.Reason != o.Reason || s.Last != o.Last || s.Waiting != o.Waiting ||
		s.Filtered != o.Filtered || len(s.Pending) != len(o.Pending) {
		return false
	}
	for i := range s.Pending {
		if s.Pending[i] != o.Pending[i] {
			return false
		}
	}
	return true
}
