package uploader

import "images-uploader.com/upshot/client/job"

// Action is the one button that goes with an explanation.
type Action string

// The actions.
const (
	ActionNone     Action = ""
	ActionRetry    Action = "retry"
	ActionAccount  Action = "account" // look at address and key
	ActionResume   Action = "resume"
	ActionSettings Action = "settings"
	ActionDoctor   Action = "doctor"
)

// Explanation is a failure in words for a person: what happened, then what
// to do. Neither ends with a full stop.
type Explanation struct {
	Headline string
	Hint     string
	Action   Action
}

// Explain is the one table from failure to words; window, tray, command line
// and doctor all speak through it. It never shows a raw error.
func Explain(err error) Explanation {
	panic("not written yet")
}

// ExplainFailure is Explain for a failure kept with a job.
func ExplainFailure(f job.Failure) Explanation {
	panic("not written yet")
}

// ExplainGate says why an account's jobs wait.
func ExplainGate(g GateStatus) Explanation {
	panic("not written yet")
}
