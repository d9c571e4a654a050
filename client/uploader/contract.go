package uploader

import (
	"context"
	"errors"
	"image"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// ErrGone is returned by a client of an engine that has ended, is ending or
// has handed over: attach again and ask again.
var ErrGone = errors.New("the engine has gone")

// ErrNoAccount says that no account is set up, or none by that name.
var ErrNoAccount = errors.New("no such account")

// ErrNothing says that there is nothing to upload: an empty clipboard, an
// empty order.
var ErrNothing = errors.New("nothing to upload")

// ErrNoRegion says that the person did not pick a region of the screen.
var ErrNoRegion = errors.New("no region was picked")

// None is the request or response of a method that needs none.
type None struct{}

// Uploader is everything an engine does. A face takes only the parts it uses.
type Uploader interface {
	Submit
	Control
	History
	Folders
	Accounts
	Preferences
	Watch
	Process
}

// Submit gives files.
type Submit interface {
	// Submit makes every item of the order durable and returns. It refuses
	// the whole order (KindInvalid, ErrNoAccount, KindAuth for a server
	// without key) before anything is queued; a single file that cannot be
	// taken is told in its Entry. Giving the same Order.Batch again returns
	// the first receipt.
	Submit(ctx context.Context, o Order) (Receipt, error)
	// SubmitClipboard submits what is on the clipboard: files, a picture, or
	// text that is one URL, for which Order.AskURL has a notification ask
	// first; the receipt is then empty. Order.Items is ignored. ErrNothing when it holds
	// none of these.
	SubmitClipboard(ctx context.Context, o Order) (Receipt, error)
	// Capture takes a picture of the screen, spools it and, unless NoUpload,
	// submits it. A picture that cannot be submitted is kept, and a notice
	// (NoticeCapture) says where.
	Capture(ctx context.Context, c CaptureOrder) (Receipt, error)
}

// Control steers jobs.
type Control interface {
	// Pause closes the account's gate, or all accounts' when Account is
	// empty; files on the way end.
	Pause(ctx context.Context, r AccountRequest) (None, error)
	// Resume opens it again and asks unavailable hosts at once.
	Resume(ctx context.Context, r AccountRequest) (None, error)
	// Steer applies a verb to jobs; with no IDs and no Batch, to all jobs
	// the verb can apply to.
	Steer(ctx context.Context, r SteerRequest) (Steered, error)
}

// History reads jobs and their links.
type History interface {
	Jobs(ctx context.Context, r JobsRequest) (JobsPage, error)
	Batch(ctx context.Context, r BatchRequest) (BatchView, error)
	// CopyLinks puts the links of done jobs on the clipboard, one a line,
	// and reads the clipboard back before it says so.
	CopyLinks(ctx context.Context, r CopyRequest) (Copied, error)
	// OpenLink opens the viewer link of a done job in the browser.
	OpenLink(ctx context.Context, r JobRequest) (None, error)
	// ShowFile shows the job's own file in the file manager. fs.ErrNotExist
	// when it is there no more, or never was a file of the person's.
	ShowFile(ctx context.Context, r JobRequest) (None, error)
	// DeleteLink returns the delete link of a done job, for who asks for it by
	// name. fs.ErrNotExist when there is none.
	DeleteLink(ctx context.Context, r JobRequest) (client.DeleteLink, error)
	// DeleteOnHost deletes the job's file on the host. It cannot be undone.
	DeleteOnHost(ctx context.Context, r JobRequest) (None, error)
	// Undo takes an upload back: deleted on the host, and what was on the
	// clipboard before is there again as long as our link still is. It cannot
	// be undone. ErrNothing when there is nothing to take back.
	Undo(ctx context.Context, r UndoRequest) (Undone, error)
	// Thumb returns a small JPEG of the job's picture. fs.ErrNotExist when
	// there is none.
	Thumb(ctx context.Context, r JobRequest) (Thumb, error)
}

// Folders are watched.
type Folders interface {
	AddFolder(ctx context.Context, f Folder) (None, error)
	RemoveFolder(ctx context.Context, r FolderRequest) (None, error)
	// PauseFolder stops or goes on looking at a folder.
	PauseFolder(ctx context.Context, r PauseFolderRequest) (None, error)
	// Preview tells what would be uploaded if a folder's files that lie there
	// already were to go. Nothing is changed.
	Preview(ctx context.Context, f Folder) (Preview, error)
	// FolderFiles tells of every file in a folder where it stands and why, a
	// page at a time. fs.ErrNotExist when no folder of that path is known.
	FolderFiles(ctx context.Context, r FolderFilesRequest) (FolderFilesPage, error)
	// GiveFile sends a file that a folder holds back (FolderFile.ByHand),
	// because the person wants it so: one that is incomplete, or that a rule or
	// the host's limit keeps out. fs.ErrNotExist when it waits no more.
	GiveFile(ctx context.Context, r FileRequest) (None, error)
	// Lend watches a folder for as long as ctx lives.
	Lend(ctx context.Context, l Lent) (None, error)
}

// Accounts are the hosts with their keys.
type Accounts interface {
	// Check tests address and key without uploading anything and returns the
	// mended address.
	Check(ctx context.Context, c Candidate) (Checked, error)
	// AddAccount stores the account in the settings and its key in the
	// keyring. An account of that name is replaced.
	AddAccount(ctx context.Context, c Candidate) (None, error)
	RemoveAccount(ctx context.Context, r AccountRequest) (None, error)
	DefaultAccount(ctx context.Context, r AccountRequest) (None, error)
}

// Preferences are read from disk again before they are written: a file the
// person changed by hand wins.
type Preferences interface {
	Settings(ctx context.Context, _ None) (Settings, error)
	// ChangeSettings takes over everything but Accounts, Default and
	// Folders, which have methods of their own.
	ChangeSettings(ctx context.Context, s Settings) (None, error)
	// Autostart tells whether the agent starts when the person logs in;
	// SetAutostart changes it. errors.ErrUnsupported where there is no such
	// thing.
	Autostart(ctx context.Context, _ None) (Autostart, error)
	SetAutostart(ctx context.Context, a Autostart) (None, error)
}

// Watch follows what happens.
type Watch interface {
	Snapshot(ctx context.Context, _ None) (Snapshot, error)
	// Changes blocks until the revision is past s.Revision, or ctx ends.
	// It only says "look again"; a slow caller misses nothing that matters.
	Changes(ctx context.Context, s Since) (Change, error)
}

// Process is about the engine's process itself.
type Process interface {
	Hello(ctx context.Context, h Hello) (Welcome, error)
	// HandOver asks a serving command to give the engine up; it returns when
	// that is agreed. Files in flight end first, then the lock is free.
	// errors.ErrUnsupported from an agent.
	HandOver(ctx context.Context, _ None) (None, error)
	// Quit asks an agent to end after the files in flight; what is queued
	// stays queued.
	Quit(ctx context.Context, _ None) (None, error)
}

// Server is an account for as long as somebody who has its key says so: the
// address and key from the environment. The key stays in memory.
type Server struct {
	Address   string     `json:"address"`
	Key       client.Key `json:"-"`
	AllowHTTP bool       `json:"allow_http,omitempty"`
	KeyInForm bool       `json:"key_in_form,omitempty"` // as old V3 hosts want it
	PinSHA256 string     `json:"pin_sha256,omitempty"`  // of the one certificate that is taken
}

// Order is what is given together. It becomes one batch.
type Order struct {
	Batch   job.BatchID `json:"batch"`             // made by the face; empty: the engine makes one
	Account string      `json:"account,omitempty"` // by name; empty: the default account
	Server  *Server     `json:"server,omitempty"`  // instead of Account

	Items  []Item         `json:"items"`
	Params client.Params  `json:"params"` // over the account's defaults
	Link   job.LinkChoice `json:"link"`   // empty: the account's, then the settings'

	As     client.Encoding `json:"as,omitempty"`     // how files travel
	Format client.Format   `json:"format,omitempty"` // what the host is asked to answer with

	Via         job.Via `json:"via"`
	Copy        bool    `json:"copy,omitempty"`         // links to the clipboard when all has ended
	Notify      bool    `json:"notify,omitempty"`       // and a notification
	MaxAttempts int     `json:"max_attempts,omitempty"` // 0: the engine's default
	Jobs        int     `json:"jobs,omitempty"`         // at most so many of the batch at once; 0: as the account is set
	Limit       int64   `json:"limit,omitempty"`        // bytes a second for the batch; 0: as the settings say
	HandOff     bool    `json:"hand_off,omitempty"`     // the giver goes: files under temp are spooled first
	AskURL      bool    `json:"ask_url,omitempty"`      // the person has not seen which address would be fetched
	Attended    bool    `json:"attended,omitempty"`     // a command waits for this batch; a serving command stays for it
}

// Item is one file of an order.
type Item struct {
	Path string `json:"path,omitempty"` // absolute, links resolved by the sender
	URL  string `json:"url,omitempty"`  // instead of Path: fetched here, public addresses only
	// ByHost has the host fetch URL, asked by GET if Get; one that takes no
	// addresses is sent what is fetched here.
	ByHost bool   `json:"by_host,omitempty"`
	Get    bool   `json:"get,omitempty"`
	Input  string `json:"input,omitempty"` // as the person named it; empty: Path
	Name   string `json:"name,omitempty"`  // for the host; empty: the path's last part
	// Adopt says the file lies in our spool and is the job's own from now
	// on: it is removed once the job has ended well.
	Adopt bool `json:"adopt,omitempty"`
}

// Entry is what became of one item: a job, or a failure.
type Entry struct {
	Job     job.ID       `json:"job,omitempty"`
	Input   string       `json:"input"`
	Joined  bool         `json:"joined,omitempty"` // an open job of the same file and parameters was joined
	Failure *job.Failure `json:"failure,omitempty"`
}

// Receipt says that an order is durable. Entries are in the order's order.
type Receipt struct {
	Batch   job.BatchID `json:"batch"`
	Entries []Entry     `json:"entries"`
	Saved   string      `json:"saved,omitempty"` // where a capture was saved
}

// ShotKind says what to capture.
type ShotKind string

// What can be captured.
const (
	ShotAll    ShotKind = "all"    // all monitors in one picture
	ShotScreen ShotKind = "screen" // one monitor
	ShotWindow ShotKind = "window" // the active window
	ShotRegion ShotKind = "region" // CaptureOrder.Region, or what the person picks on the screen
	ShotLast   ShotKind = "last"   // the region that was captured last
)

// Formats of captures.
const (
	CapturePNG  = "png"
	CaptureJPEG = "jpeg"
)

// NoDelay is a CaptureOrder.Delay of nothing, whatever the settings say.
const NoDelay time.Duration = -1

// CaptureOrder asks for a picture of the screen.
type CaptureOrder struct {
	Order  Order    `json:"order"`
	Shot   ShotKind `json:"shot"`
	Screen int      `json:"screen,omitempty"` // from 1, for ShotScreen
	// Region is for ShotRegion, in pixels of the plane that the monitors
	// share; empty: the person picks one on the frozen screen, ErrNoRegion
	// when they do not.
	Region   image.Rectangle `json:"region,omitzero"`
	Format   string          `json:"format,omitempty"` // CapturePNG or CaptureJPEG; empty: as the settings say
	Delay    time.Duration   `json:"delay,omitempty"`  // before the picture is taken; 0: as the settings say
	Save     string          `json:"save,omitempty"`   // absolute path of a copy
	NoUpload bool            `json:"no_upload,omitempty"`
}

// AccountRequest names an account; empty: all, or the default, as the method says.
type AccountRequest struct {
	Account string `json:"account,omitempty"`
}

// JobRequest names a job.
type JobRequest struct {
	ID job.ID `json:"id"`
}

// BatchRequest names a batch.
type BatchRequest struct {
	Batch job.BatchID `json:"batch"`
}

// Verb is what Steer does to jobs.
type Verb string

// The verbs.
const (
	VerbHold    Verb = "hold"
	VerbRelease Verb = "release"
	VerbRetry   Verb = "retry" // failed, canceled or waiting: now
	VerbCancel  Verb = "cancel"
	VerbRemove  Verb = "remove" // takes an ended job off the list; never its file
	VerbRun     Verb = "run"    // a serving command takes these older jobs on
	// Where a job stands in the order in which its account sends.
	VerbTop    Verb = "top"
	VerbUp     Verb = "up"
	VerbDown   Verb = "down"
	VerbBottom Verb = "bottom"
	VerbMove   Verb = "move" // to SteerRequest.Account
	// VerbMark sends a duplicate again, with a harmless mark in the file's
	// metadata, so that the host takes it for another file.
	VerbMark Verb = "mark"
)

// SteerRequest applies Verb to IDs, or to the open jobs of Batch.
type SteerRequest struct {
	Verb  Verb        `json:"verb"`
	IDs   []job.ID    `json:"ids,omitempty"`
	Batch job.BatchID `json:"batch,omitempty"`
	// Unsent leaves jobs alone that are on the way.
	Unsent  bool   `json:"unsent,omitempty"`
	Account string `json:"account,omitempty"` // by name, of VerbMove
	// Server gives, with VerbRun, the key of an earlier run's account again.
	Server *Server `json:"server,omitempty"`
}

// Steered tells which jobs took it.
type Steered struct {
	IDs []job.ID `json:"ids"`
}

// JobsRequest asks for a page of jobs, newest first: what was given last,
// whenever it ended, or with ByEnded what ended last.
type JobsRequest struct {
	States []job.State `json:"states,omitempty"` // empty: all
	IDs    []job.ID    `json:"ids,omitempty"`
	Search string      `json:"search,omitempty"` // words in name, title, tags, link
	// Further filters; empty: all. Account is an id, Folder the watched one,
	// Type "image" or "video". Since (on) and Until (before) bound when a job
	// ended; when it was given, if it is open.
	Account string    `json:"account,omitempty"`
	Folder  string    `json:"folder,omitempty"`
	Type    string    `json:"type,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	Until   time.Time `json:"until,omitzero"`
	From    int       `json:"from,omitempty"`
	N       int       `json:"n,omitempty"` // 0: 100
	// Oldest turns the order round.
	Oldest bool `json:"oldest,omitempty"`
	// ByEnded asks for the order in which jobs ended; open ones come as if
	// they had ended before all others. Behind is then the last job of an
	// earlier page: what comes up to it is left out, though counted. Pages that
	// go on so, oldest first, repeat and skip nothing, whatever ends meanwhile;
	// see EachEnded.
	ByEnded bool    `json:"by_ended,omitempty"`
	Behind  job.End `json:"behind,omitzero"`
	// InOrder asks for open jobs in the order in which their accounts send.
	InOrder bool `json:"in_order,omitempty"`
}

// JobsPage is a page of jobs and how many there are in all.
type JobsPage struct {
	Jobs  []job.Job `json:"jobs"`
	Total int       `json:"total"`
}

// BatchView is a batch with its jobs in the order they were given.
type BatchView struct {
	Batch job.Batch `json:"batch"`
	Jobs  []job.Job `json:"jobs"`
}

// CopyRequest asks for links on the clipboard.
type CopyRequest struct {
	IDs  []job.ID       `json:"ids"`
	Link job.LinkChoice `json:"link"` // empty: each job's own choice
}

// Copied is what is on the clipboard now.
type Copied struct {
	Text string `json:"text"`
}

// UndoRequest names what is to be taken back: an upload by its id, or, with
// 0, what was given last, as long as Snapshot.Undo offers it.
type UndoRequest struct {
	ID job.ID `json:"id,omitempty"`
}

// Undone tells what was taken back.
type Undone struct {
	IDs      []job.ID `json:"ids"`
	Restored bool     `json:"restored,omitempty"` // the clipboard holds again what it held before
}

// Preview is what lies in a folder and passes its filters.
type Preview struct {
	Files      int       `json:"files"`
	Bytes      int64     `json:"bytes"`
	Located    int       `json:"located,omitempty"`    // of them tell where they were taken
	Unreadable int       `json:"unreadable,omitempty"` // of them cannot be read
	Newest     string    `json:"newest,omitempty"`     // path
	NewestTime time.Time `json:"newest_time,omitzero"`
	Sample     []string  `json:"sample,omitempty"` // paths, newest first, at most 100
}

// FileRequest names a file of a watched folder.
type FileRequest struct {
	Folder string `json:"folder"`
	Path   string `json:"path"`
}

// Autostart says whether the agent starts when the person logs in.
type Autostart struct {
	On bool `json:"on"`
}

// Thumb is a small JPEG.
type Thumb struct {
	JPEG []byte `json:"jpeg"`
}

// FolderRequest names a folder.
type FolderRequest struct {
	Path string `json:"path"`
}

// PauseFolderRequest pauses a folder or goes on.
type PauseFolderRequest struct {
	Path   string `json:"path"`
	Paused bool   `json:"paused"`
}

// Lent is a folder that a command lends to the engine while it runs.
type Lent struct {
	// ID stays the same when the command lends again to another engine, so
	// that what came meanwhile is found.
	ID     string  `json:"id"`
	Folder Folder  `json:"folder"`
	Server *Server `json:"server,omitempty"`
}

// Candidate is an account with its key.
type Candidate struct {
	Account Account    `json:"account"`
	Key     client.Key `json:"-"`
	Default bool       `json:"default,omitempty"`
	// SessionOnly keeps the key in memory, for a system without a keyring.
	SessionOnly bool `json:"session_only,omitempty"`
}

// Checked is the mended address of a host that answered.
type Checked struct {
	Address string `json:"address"`
}

// Protocol is the number of this contract. A client of a newer one asks the
// agent to end its files and start again as the newer program.
const Protocol = 1

// Hello is what a client says first. Its environment is used only where the
// engine has none or its own has died.
type Hello struct {
	Protocol int               `json:"protocol"`
	Env      map[string]string `json:"env,omitempty"` // DISPLAY, WAYLAND_DISPLAY, XAUTHORITY, DBUS_SESSION_BUS_ADDRESS
}

// Role says which program runs the engine.
type Role string

// The roles.
const (
	RoleAgent   Role = "agent"
	RoleCommand Role = "command" // a serving command: works on given batches only
)

// Welcome is the answer to Hello.
type Welcome struct {
	Protocol int    `json:"protocol"`
	Version  string `json:"version"`
	PID      int    `json:"pid"`
	Role     Role   `json:"role"`
}
