package chevtest

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultKind says what goes wrong.
type FaultKind string

// Faults of the connection. The host keeps nothing of the request, except
// after LoseAnswer and CutAnswer.
const (
	CutBefore  FaultKind = "cut before the body"   // closed before anything of the body is read
	CutBody    FaultKind = "cut in the body"       // closed after Fault.After bytes
	CutAfter   FaultKind = "cut after the body"    // closed when all has come
	StallBody  FaultKind = "stall in the body"     // reads no more after Fault.After bytes, for Fault.For
	StallReply FaultKind = "stall before replying" // keeps the file, answers after Fault.For
	LoseAnswer FaultKind = "answer lost"           // keeps the file, closes instead of answering
	CutAnswer  FaultKind = "answer cut"            // keeps the file, closes in the middle of the answer
)

// Faults of the answer. Fault.Store says whether the file is kept all the same.
const (
	TruncatedJSON FaultKind = "truncated json"      // a whole answer with half the JSON; keeps the file
	EmptyAnswer   FaultKind = "empty answer"        // 200, JSON by its header, no byte
	TooMany       FaultKind = "too many requests"   // 429, with Retry-After if Fault.RetryAfter is set
	Unavailable   FaultKind = "unavailable"         // 503, with Retry-After if Fault.RetryAfter is set
	ServerError   FaultKind = "server error"        // 500 and the page "Something went wrong"
	SystemError   FaultKind = "system error"        // 200 and a page: the server's folder cannot be written
	Maintenance   FaultKind = "maintenance"         // 200 and a page
	Banned        FaultKind = "banned"              // 200 and Fault.Text, or 301 to Fault.Location
	LockedOut     FaultKind = "locked out"          // 403 without a body
	Elsewhere     FaultKind = "redirected"          // Fault.Status (or 302) to Fault.Location
	Portal        FaultKind = "portal"              // 200 and the login page of a network
	DiskFull      FaultKind = "disk full"           // code 0 and a PHP warning
	FolderLocked  FaultKind = "folder locked"       // code 632
	StorageFull   FaultKind = "storage full"        // code 104
	NotEncodable  FaultKind = "not encodable"       // 500, JSON with a null code
	SubdirError   FaultKind = "sub-directory error" // 500, JSON whose error is a text
	Custom        FaultKind = "custom"              // Fault.Status, Fault.Type and Fault.Text
)

// Fault is something that goes wrong with the next request that it is for.
type Fault struct {
	Kind FaultKind
	// Times is how many requests it is for; 0 means 1, a negative number all
	// until Host.Heal.
	Times int
	// Match is a pattern as of path.Match over the name of the uploaded file,
	// which is known only once its part of the body begins: such a fault
	// cannot be Early. Empty: any request to Path.
	Match string
	// Path is the beginning of the request's path; empty: "/api/". It is not
	// looked at when there is a Match.
	Path string

	After      int64         // bytes of the body (with Match: of the file) before it happens
	For        time.Duration // how long a stall lasts; 0: until Heal or Close
	RetryAfter time.Duration // whole seconds
	Status     int
	Location   string
	Type       string // Content-Type of Custom; empty: "text/html; charset=UTF-8"
	Text       string
	// Store keeps the file though the answer says otherwise. Early answers
	// before the body is read, as a proxy may; a real server reads it first.
	Store, Early bool
}

// inBody reports whether the fault happens while the body is read, as cutting
// before it does when the file's name has to be known first.
func (f Fault) inBody() bool { return f.Kind == StallBody || f.Kind == CutBody || f.Kind == CutBefore }

// keeps reports whether the request is processed as ever.
func (f Fault) keeps() bool {
	return f.Store || slices.Contains([]FaultKind{StallReply, LoseAnswer, CutAnswer, TruncatedJSON}, f.Kind)
}

// Inject arms a fault. Of several that fit a request the one injected first
// happens; one request meets one fault.
func (h *Host) Inject(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	if f.Path == "" {
		f.Path = "/api/"
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = append(h.faults, &f)
}

// Heal disarms all faults and lets stalled requests go on.
func (h *Host) Heal() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = nil
	close(h.healed)
	h.healed = make(chan struct{})
}

// takeFault takes one turn of the first armed fault that fits.
func (h *Host) takeFault(fits func(*Fault) bool) *Fault {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := slices.IndexFunc(h.faults, fits)
	if at < 0 {
		return nil
	}
	f := *h.faults[at]
	if h.faults[at].Times > 0 {
		if h.faults[at].Times--; h.faults[at].Times == 0 {
			h.faults = slices.Delete(h.faults, at, at+1)
		}
	}
	h.stats.Faults++
	h.wake()
	return &f
}

// arm looks for a fault that any request to this path meets.
func (x *exchange) arm() {
	x.meet(func(f *Fault) bool { return f.Match == "" && strings.HasPrefix(x.path, f.Path) })
}

// armFor looks for a fault that is meant for the name of the file.
func (x *exchange) armFor(name string) {
	if x.fault != nil {
		return
	}
	x.meet(func(f *Fault) bool {
		ok, err := path.Match(f.Match, name)
		return f.Match != "" && err == nil && ok
	})
}

func (x *exchange) meet(fits func(*Fault) bool) {
	if x.fault = x.host.takeFault(fits); x.fault != nil {
		x.host.note(x, func(r *Request) { r.Fault = x.fault.Kind })
	}
}

// faultReply is the answer of a fault that replaces the answer; nil if the
// fault's kind leaves it as it is.
func (x *exchange) faultReply(f *Fault) *reply {
	switch f.Kind {
	case EmptyAnswer:
		return &reply{status: http.StatusOK, kind: typeJSON}
	case TooMany, Unavailable:
		r := &reply{status: http.StatusTooManyRequests, kind: typeNginx, body: nginxPage(http.StatusTooManyRequests)}
		if f.Kind == Unavailable {
			r = &reply{status: http.StatusServiceUnavailable, kind: typeNginx, body: nginxPage(http.StatusServiceUnavailable)}
		}
		if f.RetryAfter > 0 {
			r.retryAfter = strconv.Itoa(int(f.RetryAfter.Seconds()))
		}
		return r
	case ServerError:
		return x.crash()
	case SystemError:
		return x.page(http.StatusOK, "System error", "The folder for uploads cannot be written. Check the permissions on the server.")
	case Maintenance:
		return x.maintenance()
	case Banned:
		if f.Location != "" {
			return &reply{status: http.StatusMovedPermanently, kind: typeHTML, location: f.Location}
		}
		return &reply{status: http.StatusOK, kind: typeHTML, body: f.Text}
	case LockedOut:
		return &reply{status: http.StatusForbidden, kind: typeHTML}
	case Elsewhere:
		status := f.Status
		if status == 0 {
			status = http.StatusFound
		}
		return &reply{status: status, kind: typeHTML, location: f.Location}
	case Portal:
		return x.page(http.StatusOK, "Welcome to our network", "Log in to go on to the internet.")
	case DiskFull:
		return x.refused(errReading("/var/www/chevereto/images/" + x.now.Format("2006/01/02") + "/f0f8bec629ffc8036.png"))
	case FolderLocked:
		return x.refused(&refusal{code: 632, message: "Can't write target destination dir"})
	case StorageFull:
		return x.refused(&refusal{code: 104, message: "No space left on storage"})
	case NotEncodable:
		return &reply{status: http.StatusInternalServerError, kind: typeJSON, body: object{
			{"status_code", 500},
			{"error", object{{"message", "data couldn't be encoded into json"}, {"code", nil}}},
			{"status_txt", "Internal Server Error"},
		}.json()}
	case SubdirError:
		return &reply{status: http.StatusInternalServerError, kind: typeJSON, body: object{
			{"status_code", 500},
			{"error", "Something went wrong"},
			{"errors", []string{fmt.Sprintf("** errorId #%s **", x.incident())}},
		}.json()}
	case Custom:
		r := &reply{status: f.Status, kind: f.Type, location: f.Location, body: f.Text}
		if r.status == 0 {
			r.status = http.StatusOK
		}
		if r.kind == "" {
			r.kind = typeHTML
		}
		return r
	}
	return nil
}
