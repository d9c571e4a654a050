package uploader

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
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
	client.KindTooLarge:  {tooLarge, "make it smaller, or ask the people who run the host for a higher limit", ActionNone},
	client.KindRejected:  {"The host does not take this file", "", ActionNone},
	client.KindLocalFile: {"The file cannot be read", "check that it is still there and may be read", ActionRetry},
	client.KindInvalid:   {"That is not valid", "", ActionNone},
	client.KindCanceled:  {"It was stopped before its end", "start it again when you like", ActionRetry},
}

// byCode is what a person is told about trouble on our own side.
var byCode = map[string]Explanation{
	job.CodeMissing:    {"There is no such file", "check the name", ActionRetry},
	job.CodeUnreadable: {"The file may not be read", "change its permissions, then try again", ActionRetry},
	job.CodeFull:       {"The disk is full", "make room, then try again; nothing that was given before is lost", ActionRetry},
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
	case errors.Is(err, job.ErrBusy):
		return Explanation{"Another program holds Upshot's list of uploads", "end the backup or the database browser that has it open, then try again", ActionRetry}
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

// explainClient says what happened and puts what is known of it before the
// advice.
func explainClient(e *client.Error) Explanation {
	x, note := tell(e)
	x.Hint = join(note, x.Hint)
	return x
}

// join puts a note before an advice; either may be missing.
func join(note, advice string) string {
	if note == "" || advice == "" {
		return note + advice
	}
	return note + "; " + advice
}

// broken and behindProxy are failures of KindNetwork that have nothing to do
// with the network of the person.
var (
	broken      = Explanation{"The connection broke before the host had answered", "it is tried again by itself", ActionRetry}
	behindProxy = Explanation{"The host cannot be reached through the proxy", "check the proxy in the account's settings or in the environment (HTTPS_PROXY)", ActionAccount}
)

// tell is the explanation of e, with the bare advice as its hint, and the note
// that belongs before that: the host's words or ours.
func tell(e *client.Error) (x Explanation, note string) {
	if e.Code == job.CodeFetch && e.Status == 0 {
		return tellFetch(e)
	}
	if c, known := byCode[e.Code]; known && (e.Kind == client.KindLocalFile || e.Kind == client.KindAuth) {
		return c, ""
	}
	x, ok := byKind[e.Kind]
	if !ok {
		return byKind[client.KindRejected], ""
	}
	if e.Message == "" && e.Kind == client.KindRejected {
		x.Hint = "try another file format"
	}
	switch e.Kind {
	case client.KindNetwork:
		return tellNetwork(e)
	case client.KindTLS:
		return tellTLS(e)
	case client.KindProtocol:
		return tellProtocol(e)
	case client.KindInvalid:
		if e.Message != "" {
			x = Explanation{Headline: e.Message}
		}
	case client.KindAuth:
		return tellAuth(e)
	case client.KindDenied:
		switch {
		case ofProxy(e.Message):
			x = behindProxy
		case e.Message != "" && !said(e): // a ban mostly, or a web server's rule
			x.Hint = "ask the people who run the host"
		}
		note = words(e)
	case client.KindRejected:
		note = words(e)
	case client.KindServer:
		if e.Status != 0 && !said(e) {
			note = e.Message
		}
	}
	return x, note
}

// tellFetch is of an address whose picture was to be fetched here: the host
// has no part in it yet.
func tellFetch(e *client.Error) (Explanation, string) {
	x := Explanation{"This address gives no picture or video", "open it in a browser to see what is there", ActionNone}
	if strings.Contains(e.Message, "; ") { // a private address: what to do is said with it
		x.Hint = ""
	}
	return x, e.Message
}

func tellNetwork(e *client.Error) (Explanation, string) {
	switch {
	case e.NoSuchHost:
		return Explanation{"There is no host by that name", "check the address for a typing mistake, or your network", ActionAccount}, ""
	case ofProxy(e.Message):
		return behindProxy, e.Message
	case e.Connected && strings.HasPrefix(e.Message, "the connection broke"):
		return broken, "" // as the headline says
	case e.Connected:
		return broken, e.Message
	}
	// "The host cannot be reached" stands in the headline.
	if host, why, ok := strings.Cut(e.Message, " cannot be reached: "); ok && strings.HasPrefix(host, "the host") {
		return byKind[e.Kind], why
	}
	return byKind[e.Kind], e.Message
}

func tellTLS(e *client.Error) (Explanation, string) {
	x := byKind[e.Kind]
	switch {
	case e.Message == "the certificate of the host is not trusted": // as the headline says
		return x, ""
	case e.Message != "" && !strings.Contains(e.Message, "certificate"):
		x.Headline = "No secure connection to the host can be made"
	}
	return x, e.Message
}

func tellProtocol(e *client.Error) (Explanation, string) {
	x := byKind[e.Kind]
	switch {
	case e.Message == "":
	case e.Message == "the site is under maintenance":
		x = Explanation{"The host is not ready for uploads", "wait until that is over", ActionRetry}
	case strings.HasPrefix(e.Message, "the site has moved"):
		x.Hint = "use that address instead"
	default:
		x.Hint = "check the address; behind a hotel or office network, sign in there first"
	}
	return x, words(e)
}

func tellAuth(e *client.Error) (Explanation, string) {
	x := byKind[e.Kind]
	switch {
	case unseen(e):
		x = Explanation{"The host did not find the API key that was sent", "old hosts want it as a form field: run \"upshot account set NAME --key-in-form\", or choose it in the account's settings in the window", ActionAccount}
	case !said(e):
		return x, e.Message
	}
	return x, ""
}

// unseen reports whether the host did not find the key that was sent: one of
// Chevereto V3 does not look at the header that holds it.
func unseen(e *client.Error) bool {
	return e.Status == 400 && e.Code == "100" && strings.Contains(strings.ToLower(e.Message), "no key provided")
}

// KeyUnseen reports whether f is of a host that did not find the key that was
// sent, because it wants keys as a form field.
func KeyUnseen(f job.Failure) bool {
	var e *client.Error
	return f.Kind == client.KindAuth && errors.As(f.Err(), &e) && unseen(e)
}

// words are a failure's message, in quotation marks if the host said it.
func words(e *client.Error) string {
	if said(e) {
		return fmt.Sprintf("it says %q", e.Message)
	}
	return e.Message
}

// said reports whether a failure's message is the host's own: it answered,
// and with an error object. That has a code, or else at least words that do
// not begin as those do that the client finds for an answer without one.
func said(e *client.Error) bool {
	return e.Message != "" && e.Status != 0 && (e.Code != "" || !slices.ContainsFunc(beginnings, func(b string) bool {
		return strings.HasPrefix(e.Message, b+" ")
	}))
}

// beginnings of what the client says for an answer that says nothing itself.
var beginnings = []string{"the", "what"}

// ofProxy reports whether the client's sentence is about the proxy.
func ofProxy(message string) bool { return strings.HasPrefix(message, "the proxy ") }

// ExplainFailure is Explain for a failure kept with a job.
func ExplainFailure(f job.Failure) Explanation { return Explain(f.Err()) }

// ExplainFinal is ExplainFailure for a job that has failed for good: nothing
// is tried again by itself any more.
func ExplainFinal(f job.Failure) Explanation {
	var e *client.Error
	if !errors.As(f.Err(), &e) || e.Code == job.CodeFetch {
		return ExplainFailure(f)
	}
	x, note := tell(e)
	switch {
	case x == behindProxy, e.NoSuchHost:
	case f.Kind == client.KindNetwork, f.Kind == client.KindStalled, f.Kind == client.KindServer:
		x.Hint = "it was tried as often as allowed; try it again with \"upshot queue retry\" or in the window"
	}
	x.Hint = join(note, x.Hint)
	return x
}

// ExplainCheck is Explain for a question that a person has asked and that
// nobody asks again by itself: whether address and key are good.
func ExplainCheck(err error) Explanation {
	var e *client.Error
	if !errors.As(err, &e) {
		return Explain(err)
	}
	x, note := tell(e)
	switch {
	case x == behindProxy, e.NoSuchHost:
	case x == broken:
		x.Hint = "try again"
	case e.Kind == client.KindNetwork:
		x.Hint = "check the address and your network, then try again"
	case e.Kind == client.KindStalled:
		x.Hint = "the connection is very slow or broken; try again later"
	case e.Kind == client.KindServer:
		x.Hint = "try again later; if it stays so, tell the people who run the host"
	case e.Kind == client.KindThrottled:
		x.Hint = "try again later"
	case unseen(e): // one who asks so may sit at the window or at a terminal
		x.Hint = "old hosts want it as a form field: choose that for this account"
	case x == byKind[client.KindAuth]:
		x.Hint = "copy the key from your account's settings on the host and give it again"
	case x.Headline == byCode[job.CodeKeyring].Headline:
		x.Hint = "unlock it and try again, or give the key in UPSHOT_KEY with UPSHOT_SERVER"
	}
	x.Hint = join(note, x.Hint)
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
		if g.Failure == nil {
			break
		}
		var e *client.Error
		if errors.As(g.Failure.Err(), &e) && e.Kind == client.KindNetwork {
			why, note := tell(e)
			if e.NoSuchHost || why == behindProxy {
				x = why
			}
			x.Hint = join(note, x.Hint)
		}
	case job.GateNoKey:
		x = byKind[client.KindAuth]
		if g.Failure != nil {
			x = ExplainFailure(*g.Failure)
			if g.Failure.Code == job.CodeKeyring {
				x.Headline = "Waiting for your keyring"
			}
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

// ExplainMetered says why jobs wait while the network is paid by volume.
func ExplainMetered() Explanation {
	return Explanation{"Held back: this network is paid by volume", "", ActionSettings}
}

// What is said of files in watched folders.
const (
	tooLarge    = "The file is larger than the host takes"
	kindRefused = "The host has refused files of this kind"
)

// ExplainFile says where a file of a watched folder stands that became the
// job j, and why. held is what keeps all jobs of its account waiting, if
// anything does.
func ExplainFile(j job.Job, held Explanation) (FileState, string) {
	switch j.State {
	case job.Queued:
		if held.Headline != "" {
			return FileWaiting, held.String()
		}
		return FileQueued, "Waits for its turn"
	case job.Sending:
		return FileSending, "On its way"
	case job.Waiting:
		if j.Failure != nil {
			return FileWaiting, ExplainFailure(*j.Failure).String()
		}
		return FileWaiting, "Tried again now"
	case job.Held:
		if j.MaybeSent {
			return FileHeld, "Held: the host may have it already; look there, then release or cancel it"
		}
		return FileHeld, "Held until you release it"
	case job.Failed:
		if j.Failure == nil {
			return FileFailed, "Failed"
		}
		state := FileFailed
		if j.Failure.Kind == client.KindTooLarge {
			state = FileTooLarge
		}
		return state, ExplainFinal(*j.Failure).String()
	case job.Canceled:
		return FileCanceled, "Canceled"
	case job.Done:
	}
	switch j.Outcome {
	case job.Known:
		return FileSent, "Uploaded before"
	case job.Duplicate:
		return FileSent, byKind[client.KindDuplicate].Headline
	case job.Unapproved:
		return FileSent, "Waits for a moderator"
	case job.Uploaded:
	}
	return FileSent, "Uploaded"
}

// StaysChanged says that a file is not put away because it is another one now.
const StaysChanged = "it stays where it is: it was changed since"

// ExplainStays says why the file of j must not be moved or trashed, "" if
// nothing but the file itself may speak against it: the host surely has these
// very bytes, approved, for good.
func ExplainStays(j job.Job) string {
	switch {
	case j.State != job.Done || j.Outcome != job.Uploaded && j.Outcome != job.Known:
		if j.Outcome == job.Unapproved {
			return "it stays where it is: a moderator has not approved it yet"
		}
		return "it stays where it is: it is not known to be stored"
	case j.Image == nil || !j.Image.Approved:
		return "it stays where it is: a moderator has not approved it yet"
	case !j.Image.Expires.IsZero():
		return "it stays where it is: the host deletes its copy later"
	case j.Verified != client.VerifiedIdentical:
		return "it stays where it is: the host has not confirmed the very same bytes"
	default:
		return ""
	}
}

// ExplainIdle says why a file is not in the queue that no watcher looks at:
// its folder is paused, or nobody watches that; or why it stays out of it.
func ExplainIdle(s FileState, folder FolderState) string {
	switch {
	case s == FileSkipped:
		return "It was there before the folder was watched, or was uploaded earlier"
	case folder == FolderPaused:
		return "The folder is paused"
	default:
		return "The folder is not watched now"
	}
}

// clock writes a time as a person reads it: the day only when it is far off.
func clock(t time.Time) string {
	t = t.Local()
	if time.Until(t) > 20*time.Hour {
		return t.Format("2 Jan 15:04")
	}
	return t.Format("15:04")
}
