package job

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"syscall"
	"time"

	"images-uploader.com/upshot/client"
)

// ID names a job in the queue, for ever.
type ID int64

// BatchID names what was given together. The face that gives makes it, so
// that giving again after a broken connection finds the same batch.
type BatchID string

// NewBatchID makes a batch id that no other has.
func NewBatchID() BatchID {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return BatchID(hex.EncodeToString(b[:]))
}

// Via says how a file came to us.
type Via string

// The ways in.
const (
	ViaCommand   Via = "command"
	ViaWindow    Via = "window"
	ViaClipboard Via = "clipboard"
	ViaCapture   Via = "capture"
	ViaFolder    Via = "folder"
)

// Fingerprint tells whether a file still is the one that was given.
type Fingerprint struct {
	Size    int64     `json:"size"`
	ModTime time.Time `json:"mtime"`
	Inode   uint64    `json:"inode,omitempty"` // 0 where the system has none
}

// Same reports whether f and g are of the same unchanged file.
func (f Fingerprint) Same(g Fingerprint) bool {
	return f.Size == g.Size && f.ModTime.Equal(g.ModTime) && f.Inode == g.Inode
}

// LinkChoice is what of an answer is handed back: a kind of link, or a
// template when that is not empty.
type LinkChoice struct {
	Kind     client.LinkKind `json:"kind,omitempty" toml:"kind,omitempty"` // empty: direct
	Template string          `json:"template,omitempty" toml:"template,omitempty"`
}

// WantsDeleteLink reports whether the person asked for the delete link, by
// name: nothing else leads to it.
func (l LinkChoice) WantsDeleteLink() bool { return strings.Contains(l.Template, "DeleteURL") }

// Of returns the chosen link of im. A job that has no direct link yet
// (moderated) gives its viewer link.
func (l LinkChoice) Of(im client.Image) string {
	if l.Template != "" {
		if text, err := im.Template(l.Template); err == nil {
			return text
		}
	}
	kind := l.Kind
	if kind == "" {
		kind = client.LinkDirect
	}
	if link := im.Link(kind); link != "" {
		return link
	}
	return im.Link(client.LinkViewer)
}

// Transfer is how a file travels, for those who ask for it by name. The zero
// value is what fits all: the file itself, an answer in JSON.
type Transfer struct {
	As     client.Encoding `json:"as,omitempty"`
	Format client.Format   `json:"format,omitempty"`
	// URL is fetched by the host, and the job has no Path. A host that takes
	// no addresses is sent what we fetch there.
	URL string `json:"url,omitempty"`
	Get bool   `json:"get,omitempty"` // URL goes by GET
}

// Failures of the store, shared by all who know jobs. They cross the socket.
var (
	// ErrFull says that the disk is full.
	ErrFull = errors.New("the disk is full")
	// ErrReadOnly says that the place for jobs cannot be written.
	ErrReadOnly = errors.New("the database cannot be written")
	// ErrBusy says that another program holds the database: one that copies it
	// or looks into it.
	ErrBusy = errors.New("another program holds the database")
)

// Codes of failures with a file of our own side (client.KindLocalFile). The
// host never saw such a file.
const (
	CodeMissing    = "missing"    // there is no such file
	CodeUnreadable = "unreadable" // it may not be read
	CodeDirectory  = "directory"  // it is a directory
	CodeFull       = "full"       // it was to be kept in our spool, and the disk is full
	CodeIrregular  = "irregular"  // a device, a socket, a pipe
	CodeEmpty      = "empty"      // no byte in it
	CodeChanging   = "changing"   // it kept changing while it was read
	CodeNoAccount  = "no_account" // the account it was given to is no longer set up
	CodeKeyring    = "keyring"    // the keyring is locked, absent or does not answer (client.KindAuth)
	CodeNoKey      = "no_key"     // the keyring has no key for the account (client.KindAuth)
	CodeFetch      = "fetch"      // what an address names could not be fetched here (any kind); no host has a part in it
	CodePaced      = "paced"      // a limit that the host told before is kept (client.KindThrottled)
)

// Failure is why a job failed or waits, kept with it. Message is the
// host's own text, for details; faces speak through uploader.Explain.
type Failure struct {
	Kind       client.Kind `json:"kind"`
	Status     int         `json:"status,omitempty"`
	Code       string      `json:"code,omitempty"` // the host's, or one of the Code constants
	Message    string      `json:"message,omitempty"`
	NoSuchHost bool        `json:"no_such_host,omitempty"` // the address has no host behind it
	Connected  bool        `json:"connected,omitempty"`    // a connection to the host stood
}

// FailureOf keeps what matters of an error. What is no *client.Error is a
// matter of this side.
func FailureOf(err error) *Failure {
	var e *client.Error
	if !errors.As(err, &e) {
		f := &Failure{Kind: client.KindLocalFile, Message: err.Error()}
		if errors.Is(err, ErrFull) || errors.Is(err, syscall.ENOSPC) {
			f.Code = CodeFull
		}
		return f
	}
	f := &Failure{Kind: e.Kind, Status: e.Status, Code: e.Code, Message: e.Message, NoSuchHost: e.NoSuchHost, Connected: e.Connected}
	if f.Message == "" && e.Err != nil {
		f.Message = e.Err.Error()
	}
	return f
}

// Err returns the failure as an error again.
func (f Failure) Err() error {
	return &client.Error{Kind: f.Kind, Status: f.Status, Code: f.Code, Message: f.Message, NoSuchHost: f.NoSuchHost, Connected: f.Connected}
}

// Job is one file on its way. Account, parameters and link choice are
// frozen when it is given.
type Job struct {
	ID      ID     `json:"id"`
	Account string `json:"account"` // account id, see uploader.Account
	Via     Via    `json:"via"`
	Folder  string `json:"folder,omitempty"`  // watched folder it came from
	Path    string `json:"path"`              // absolute path of the bytes to send; empty: Transfer.URL
	Spooled bool   `json:"spooled,omitempty"` // Path lies in our spool and goes when the job has ended well
	Input   string `json:"input"`             // as the person named it
	Name    string `json:"name"`              // file name for the host

	File     Fingerprint   `json:"file"`
	Params   client.Params `json:"params"`
	Link     LinkChoice    `json:"link"`
	Transfer Transfer      `json:"transfer,omitzero"`

	State       State     `json:"state"`
	Outcome     Outcome   `json:"outcome,omitempty"`
	MaxAttempts int       `json:"max_attempts,omitempty"` // give up after so many tries, 0: the engine's default
	MaybeSent   bool      `json:"maybe_sent,omitempty"`   // an earlier try may have been stored without our hearing so
	Attempts    int       `json:"attempts"`
	Changes     int       `json:"changes,omitempty"` // how often the file changed under us
	NotBefore   time.Time `json:"not_before,omitzero"`
	Failure     *Failure  `json:"failure,omitempty"`

	SHA256   string          `json:"sha256,omitempty"`
	MD5      string          `json:"md5,omitempty"`
	Verified client.Verified `json:"verified,omitempty"`
	Image    *client.Image   `json:"image,omitempty"`
	Warnings []string        `json:"warnings,omitempty"`

	Added   time.Time `json:"added"`
	Ended   time.Time `json:"ended,omitzero"`
	Deleted time.Time `json:"deleted,omitzero"` // its file was deleted on the host, by us
}

// End is when a job ended, and which it was: its place in a list by that.
type End struct {
	At time.Time `json:"at,omitzero"`
	ID ID        `json:"id,omitzero"`
}

// IsZero reports whether e is no job's.
func (e End) IsZero() bool { return e.At.IsZero() && e.ID == 0 }

// Before reports whether e stands before other in a list of what ended first.
// Of equal times, what was given first does.
func (e End) Before(other End) bool {
	return e.At.Before(other.At) || e.At.Equal(other.At) && e.ID < other.ID
}

// End is j's place in a list by when jobs ended.
func (j Job) End() End { return End{At: j.Ended, ID: j.ID} }

// Text returns the chosen link of a done job, empty when it has none or leads
// to nothing any more.
func (j Job) Text() string {
	if j.State != Done || j.Image == nil || !j.Deleted.IsZero() {
		return ""
	}
	return j.Link.Of(*j.Image)
}

// Batch is what was given together, and what shall follow when it has ended.
type Batch struct {
	ID     BatchID   `json:"id"`
	Copy   bool      `json:"copy"`   // its links go to the clipboard together, in order
	Notify bool      `json:"notify"` // a notification follows
	Told   bool      `json:"told"`   // both have been done
	Added  time.Time `json:"added"`
}
