package uploader

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

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

// String is both in one line, for a terminal.
func (e Explanation) String() string {
	if e.Hint == "" {
		return e.Headline
	}
	return e.Headline + ": " + e.Hint
}

// byKind is what a person is told about each kind of failure.
var byKind = map[client.Kind]Explanation{
	client.KindNetwork:   {"The host cannot be reached", "check your network; it is tried again by itself", ActionRetry},
	client.KindStalled:   {"The upload came to a standstill", "the connection is very slow or broken; it is tried again by itself", ActionRetry},
	client.KindServer:    {"The host has a problem of its own", "it is tried again by itself; if it stays so, tell the people who run the host", ActionRetry},
	client.KindThrottled: {"The host's upload limit is reached", "it goes on by itself when the limit allows", ActionNone},
	client.KindAuth:      {"The API key is missing or not accepted", "copy the key from your account's settings on the host and give it again with \"upshot account key\" or in the window", ActionAccount},
	client.KindTLS:       {"The host's certificate is not trusted", "check the address and the clock of this computer; do not send anything until it is right", ActionAccount},
	client.KindDenied:    {"The host does not take uploads from you now", "look at the host's site: uploads may be switched off, or your account be at its limit", ActionResume},
	client.KindProtocol:  {"What answers at this address is not the upload service", "check the address; behind a hotel or office network, sign in there first; the host may also be in maintenance", ActionAccount},
	client.KindDuplicate: {"The host has this file already, but does not tell its link", "find it in your gallery on the host", ActionNone},
	client.KindTooLarge:  {"The file is larger than the host takes", "make it smaller, or ask the people who run the host for a higher limit", ActionNone},
	client.KindRejected:  {"The host does not take this file", "", ActionNone},
	client.KindLocalFile: {"The file cannot be read", "check that it is still there and may be read", ActionRetry},
	client.KindInvalid:   {"That is not valid", "", ActionNone},
	client.KindCanceled:  {"It was stopped before its end", "start it again when you like", ActionRetry},
}

// byCode is what a person is told about trouble on our own side.
var byCode = map[string]Explanation{
	job.CodeMissing:    {"There is no such file", "check the name", ActionRetry},
	job.CodeUnreadable: {"The file may not be read", "change its permissions, then try again", ActionRetry},
	job.CodeDirectory:  {"That is a directory, not a file", "give the files in it (upshot upload DIR/*), or watch it (upshot watch DIR)", ActionNone},
	job.CodeIrregular:  {"That is not a regular file", "give a file; what a program prints can be piped into \"upshot upload -\"", ActionNone},
	job.CodeEmpty:      {"The file is empty", "save it again, then upload it", ActionRetry},
	job.CodeChanging:   {"The file keeps changing while it is read", "try again when the program that writes it is done", ActionRetry},
	job.CodeKeyring:    {"Your keyring is locked or does not answer", "unlock it (it is asked again by itself), or give the key in UPSHOT_KEY with UPSHOT_SERVER", ActionRetry},
	job.CodeNoKey:      {"There is no API key for this account yet", "give it with \"upshot account key NAME\" or in the window", ActionAccount},
	job.CodePaced:      {"As many uploads as the host takes in a while are out", "it goes on by itself; the limit was learned from the host", ActionNone},
	job.CodeNoAccount:  {"The account or key it was given with is not here", "set the account up again as it was, or give the same UPSHOT_SERVER and UPSHOT_KEY again", ActionAccount},
}

// Explain is the one table from failure to words; window, tray, command line
// and doctor all speak through it. It never shows a raw error.
func Explain(err error) Explanation {
	var e *client.Error
	switch {
	case err == nil:
		return Explanation{}
	case errors.As(err, &e):
		return explainClient(e)
	case errors.Is(err, ErrNoAccount):
		return Explanation{"No host is set up yet", "run \"upshot account add NAME https://your.host\", or give --server with UPSHOT_KEY in the environment", ActionAccount}
	case errors.Is(err, ErrNothing):
		return Explanation{"There is nothing to upload", "copy a picture, a file or a link first", ActionNone}
	case errors.Is(err, ErrNoRegion):
		return Explanation{"No region was picked", "nothing was captured; drag a rectangle over the screen and press Enter", ActionNone}
	case errors.Is(err, ErrGone):
		return Explanation{"Upshot's agent is not there any more", "it is started again by itself; if not, run \"upshot agent\"", ActionRetry}
	case errors.Is(err, job.ErrTransition):
		return Explanation{"That cannot be done with this upload now", "look at its state with \"upshot queue\"", ActionNone}
	case errors.Is(err, context.Canceled):
		return byKind[client.KindCanceled]
	case errors.Is(err, job.ErrFull):
		return Explanation{"The disk is full", "make room, then try again; nothing that was given before is lost", ActionRetry}
	case errors.Is(err, job.ErrReadOnly):
		return Explanation{"The place where uploads are kept cannot be written", "check its permissions and that its drive is not read-only; \"upshot doctor\" names it", ActionDoctor}
	case errors.Is(err, context.DeadlineExceeded):
		return Explanation{"Nobody answered in time", "your keyring or desktop may be waiting for a password: look for its window", ActionRetry}
	case errors.Is(err, errors.ErrUnsupported):
		return Explanation{"This system has no such service", "run \"upshot doctor\" to see what is missing", ActionDoctor}
	case errors.Is(err, fs.ErrPermission):
		return Explanation{"That is not permitted", "check the permissions, or allow it when your desktop asks", ActionDoctor}
	case errors.Is(err, fs.ErrNotExist):
		return Explanation{"That is not there any more", "look again; it may have been moved or removed", ActionNone}
	default:
		return Explanation{"Something unexpected went wrong", "run \"upshot doctor\"; the log has the details", ActionDoctor}
	}
}

func explainClient(e *client.Error) Explanation {
	x, ok := byKind[e.Kind]
	if e.Kind == client.KindLocalFile || e.Kind == client.KindAuth {
		if c, known := byCode[e.Code]; known {
			return c
		}
	}
	switch {
	case !ok:
		x = byKind[client.KindRejected]
	case e.Kind == client.KindNetwork && e.NoSuchHost:
		x = Explanation{"There is no host by that name", "check the address for a typing mistake, or your network", ActionAccount}
	case e.Kind == client.KindInvalid && e.Message != "":
		return Explanation{Headline: e.Message}
	case e.Kind == client.KindDenied && e.Message != "":
		x.Hint = fmt.Sprintf("it says %q; %s", e.Message, x.Hint)
	case e.Kind == client.KindRejected && e.Message != "":
		x.Hint = fmt.Sprintf("it says %q", e.Message)
	case e.Kind == client.KindRejected:
		x.Hint = "try another file format"
	}
	return x
}

// ExplainFailure is Explain for a failure kept with a job.
func ExplainFailure(f job.Failure) Explanation { return Explain(f.Err()) }

// ExplainFinal is ExplainFailure for a job that has failed for good: nothing
// is tried again by itself any more.
func ExplainFinal(f job.Failure) Explanation {
	x := ExplainFailure(f)
	switch f.Kind {
	case client.KindNetwork, client.KindStalled, client.KindServer:
		x.Hint = "it was tried as often as allowed; try it again with \"upshot queue retry\" or in the window"
	}
	return x
}

// ExplainGate says why an account's jobs wait. Times are local.
func ExplainGate(g GateStatus) Explanation {
	var x Explanation
	switch g.Gate {
	case job.GatePaused:
		return Explanation{"Paused", "resume when you like", ActionResume}
	case job.GateOffline:
		x = Explanation{"Waiting for the network", "it goes on by itself as soon as the host can be reached", ActionRetry}
		if g.Failure != nil && g.Failure.NoSuchHost {
			x = ExplainFailure(*g.Failure)
		}
	case job.GateNoKey:
		x = byKind[client.KindAuth]
		if g.Failure != nil {
			x = ExplainFailure(*g.Failure)
		}
	case job.GateThrottled:
		x = byKind[client.KindThrottled]
		if !g.Until.IsZero() {
			x.Headline = "Upload limit of the host until " + clock(g.Until)
		}
	case job.GateUnavailable:
		x = byKind[client.KindDenied]
		if g.Failure != nil {
			x = ExplainFailure(*g.Failure)
		}
		if !g.Until.IsZero() {
			x.Hint += "; it is asked again at " + clock(g.Until)
		}
	}
	return x
}

// clock writes a time as a person reads it: the day only when it is far off.
func clock(t time.Time) string {
	t = t.Local()
	if time.Until(t) > 20*time.Hour {
		return t.Format("2 Jan 15:04")
	}
	return t.Format("15:04")
}
