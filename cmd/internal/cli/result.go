package cli

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// line is the JSON line of one file: a contract with scripts.
type line struct {
	Input     string            `json:"input"`
	Job       job.ID            `json:"job,omitempty"`
	State     job.State         `json:"state"`
	Outcome   job.Outcome       `json:"outcome,omitempty"`
	Attempts  int               `json:"attempts"`
	Link      string            `json:"link,omitempty"` // as chosen by --link or --template
	Links     map[string]string `json:"links"`
	Image     json.RawMessage   `json:"image,omitempty"` // the host's object, without delete_url
	Size      int64             `json:"size"`
	SHA256    string            `json:"sha256,omitempty"`
	MD5       string            `json:"md5,omitempty"`
	Verified  client.Verified   `json:"verified"`
	MaybeSent bool              `json:"maybe_sent"`
	Warnings  []string          `json:"warnings,omitempty"`
	DeleteURL string            `json:"delete_url,omitempty"` // asked for with --with-delete-url
	Error     *lineError        `json:"error,omitempty"`
}

type lineError struct {
	Kind    client.Kind `json:"kind"`
	Status  int         `json:"status"`
	Code    string      `json:"code"`
	Message string      `json:"message"`
	Hint    string      `json:"hint"`
}

// lineOf is the JSON line of a job.
func lineOf(input string, j job.Job) line {
	l := line{
		Input: input, Job: j.ID, State: j.State, Outcome: j.Outcome, Attempts: j.Attempts, Link: j.Text(),
		Links: map[string]string{}, Size: j.File.Size, SHA256: j.SHA256, MD5: j.MD5,
		Verified: j.Verified, MaybeSent: j.MaybeSent, Warnings: j.Warnings, Error: errorOf(j),
	}
	if l.Verified == "" {
		l.Verified = client.VerifiedUnknown
	}
	for _, kind := range []client.LinkKind{client.LinkDirect, client.LinkViewer, client.LinkShort, client.LinkThumb, client.LinkMedium} {
		l.Links[string(kind)] = ""
		if j.Image != nil {
			l.Links[string(kind)] = j.Image.Link(kind)
		}
	}
	if j.Image != nil {
		l.Image = j.Image.Raw
	}
	if answered(j) {
		l.Link = linkOf(j)
		l.Error = &lineError{Kind: client.KindLocalFile, Code: job.CodeFull, Message: notWritten, Hint: "make room on the disk, and keep the link"}
	}
	return l
}

// notWritten says what answered means.
const notWritten = "It is on the host, but that cannot be written down: the disk is full"

// answered reports whether the host has answered, and the engine cannot write
// the answer down: the link is good, but nothing remembers it.
func answered(j job.Job) bool { return j.State == job.Sending && j.Outcome != "" }

// linkOf is the chosen link of a job, also of one that is answered.
func linkOf(j job.Job) string {
	if answered(j) {
		j.State = job.Done
	}
	return j.Text()
}

func errorOf(j job.Job) *lineError {
	f := j.Failure
	if f == nil {
		return nil
	}
	x := uploader.ExplainFinal(*f)
	if j.State.Open() {
		x = uploader.ExplainCheck(f.Err()) // whether anybody tries again by itself is not known
	}
	x = forAccount(x, j.Account, f)
	message := f.Message
	if message == "" || f.Status == 0 && (f.Kind == client.KindLocalFile || f.Kind == client.KindAuth) {
		message = x.Headline // what the system says of a file or a keyring is for the log
	}
	return &lineError{Kind: f.Kind, Status: f.Status, Code: f.Code, Message: message, Hint: x.Hint}
}

// results gathers what became of the files of a run and writes it as the
// contract says: links in input order, JSON lines as each ends.
type results struct {
	p         *program
	json      bool
	deleteURL bool // the delete link in the JSON line
	entries   []uploader.Entry
	jobs      map[job.ID]job.Job
	said      map[int]bool
	warned    map[job.ID]bool // that its answer cannot be written down
	next      int             // the first entry whose link is not printed
	clear     func()          // takes the progress bar away before anything is written
	broken    error           // standard output takes nothing more
	unwritten int             // links that it did not take
}

func newResults(p *program, json bool, r uploader.Receipt) *results {
	return &results{p: p, json: json, entries: r.Entries, jobs: map[job.ID]job.Job{}, said: map[int]bool{}, warned: map[job.ID]bool{}, clear: func() {}}
}

// see takes the jobs of the batch as they are now and prints what has ended.
// A job that is not there any more was given up and taken off the list
// elsewhere.
func (r *results) see(jobs []job.Job) error {
	there := make(map[job.ID]bool, len(jobs))
	for _, j := range jobs {
		r.jobs[j.ID], there[j.ID] = j, true
	}
	for _, e := range r.entries {
		if j := r.jobs[e.Job]; e.Job != 0 && !there[e.Job] && (j.State == "" || j.State.Open()) {
			j.State = job.Canceled
			r.jobs[e.Job] = j
		}
	}
	for i, e := range r.entries {
		if r.said[i] || !r.ended(e) {
			continue
		}
		r.said[i] = true
		r.clear()
		r.complain(e)
		if r.json {
			r.put(e, r.printJSON)
		}
	}
	r.warn()
	for !r.json && r.next < len(r.entries) && (r.ended(r.entries[r.next]) || answered(r.jobs[r.entries[r.next].Job])) {
		r.clear()
		r.put(r.entries[r.next], r.printLink)
		r.next++
	}
	return r.broken
}

// warn says of what is on the host that it cannot be written down: before its
// link, which nobody else has.
func (r *results) warn() {
	for _, e := range r.entries {
		if e.Job == 0 || !answered(r.jobs[e.Job]) || r.warned[e.Job] {
			continue
		}
		r.warned[e.Job] = true
		r.clear()
		if link := linkOf(r.jobs[e.Job]); link != "" {
			r.p.say("%s: %s; keep the link: %s", plain(e.Input), notWritten, plain(link))
		} else {
			r.p.say("%s: %s", plain(e.Input), notWritten)
		}
	}
}

// put writes an entry. Once standard output has failed, the links that it
// would have got are only counted.
func (r *results) put(e uploader.Entry, write func(uploader.Entry) error) {
	if r.broken == nil {
		r.broken = write(e)
	}
	if r.broken != nil && linkOf(r.jobs[e.Job]) != "" {
		r.unwritten++
	}
}

func (r *results) printLink(e uploader.Entry) error {
	if _, err := fmt.Fprintln(r.p.out, linkOf(r.jobs[e.Job])); err != nil {
		return fmt.Errorf("write the link: %w", err)
	}
	return nil
}

// ended reports whether nothing more comes of an entry.
func (r *results) ended(e uploader.Entry) bool {
	if e.Failure != nil {
		return true
	}
	j, ok := r.jobs[e.Job]
	return ok && !j.State.Open()
}

// complain says on stderr why an entry has no link, or what to look at.
func (r *results) complain(e uploader.Entry) {
	j := r.jobs[e.Job]
	f := e.Failure
	if f == nil && j.State == job.Failed {
		f = j.Failure
	}
	input := plain(e.Input)
	switch {
	case f != nil && f.Code == job.CodeEmpty && e.Input == "-":
		r.p.say("-: Nothing came on standard input: check the program that writes it")
	case f != nil:
		r.p.say("%s: %s", input, plain(uploader.ExplainFinal(*f).String()))
	case j.State == job.Canceled:
		r.p.say("%s: canceled", input)
	case j.Outcome == job.Duplicate:
		advice := ""
		if markable(j) {
			advice = fmt.Sprintf(", or get a link by sending it again with a harmless mark in the file: upshot queue mark %d", j.ID)
		}
		r.p.say("%s: %s%s", input, uploader.ExplainFailure(job.Failure{Kind: client.KindDuplicate}), advice)
	case !j.Deleted.IsZero():
		r.p.say("%s: uploaded, and deleted on the host since", input)
	case j.State == job.Done && j.Text() == "":
		r.p.say("%s: uploaded, but the chosen link or template gives nothing for it; see upshot history copy %d --link viewer", input, j.ID)
	case j.Outcome == job.Unapproved:
		r.p.say("%s: stored; it waits for a moderator, so this is the link of its page", input)
	}
	for _, w := range j.Warnings {
		r.p.say("%s: %s", input, plain(w))
	}
	if j.MaybeSent && j.State == job.Failed {
		r.p.say("%s: it may be on the host all the same; look there before you send it again", input)
	}
}

// markable reports whether a duplicate can be sent again with a mark: its file
// is of a kind that takes one, and is the person's own, so that it lasts.
func markable(j job.Job) bool {
	switch strings.ToLower(filepath.Ext(j.Path)) {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".mp4":
		return !j.Spooled
	default:
		return false
	}
}

func (r *results) printJSON(e uploader.Entry) error {
	l := lineOf(e.Input, job.Job{State: job.Failed, Failure: e.Failure})
	if e.Failure == nil {
		l = lineOf(e.Input, r.jobs[e.Job])
		if im := r.jobs[e.Job].Image; r.deleteURL && im != nil {
			l.DeleteURL, _ = im.Template("{{.DeleteURL}}")
		}
	}
	return r.p.printJSON(l)
}

func (p *program) printJSON(v any) error {
	enc := json.NewEncoder(p.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write the line: %w", err)
	}
	return nil
}

// finish prints what has not ended as the contract says: an empty line, or a
// JSON line with the open state.
func (r *results) finish() error {
	for i, e := range r.entries {
		if r.json && !r.said[i] {
			r.put(e, r.printJSON)
		}
	}
	for ; !r.json && r.next < len(r.entries); r.next++ {
		r.put(r.entries[r.next], r.printLink)
	}
	return r.broken
}

// open counts entries that have not ended.
func (r *results) open() int {
	n := 0
	for _, e := range r.entries {
		if !r.ended(e) {
			n++
		}
	}
	return n
}

// standing counts open entries by how they stand: those that the host has
// though that is not written down, those that are held, and the others.
func (r *results) standing() (onHost, held, others int) {
	for _, e := range r.entries {
		switch j := r.jobs[e.Job]; {
		case r.ended(e):
		case answered(j):
			onHost++
		case j.State == job.Held:
			held++
		default:
			others++
		}
	}
	return onHost, held, others
}

// keptBack notes what was held just now.
func (r *results) keptBack(ids []job.ID) {
	if r == nil {
		return // nothing was asked to be printed
	}
	for _, id := range ids {
		if j, ok := r.jobs[id]; ok && j.State.Open() && !answered(j) {
			j.State = job.Held
			r.jobs[id] = j
		}
	}
}

// links counts entries that have a link, and those that ended without one.
func (r *results) links() (with, without int) {
	for _, e := range r.entries {
		switch {
		case !r.ended(e):
		case r.jobs[e.Job].Text() != "", !r.jobs[e.Job].Deleted.IsZero():
			with++
		default:
			without++
		}
	}
	return with, without
}

// code is the exit code of the run; blocked is why what is open does not go
// on, "" when all has ended. A link that nobody was handed counts as none.
func (r *results) code(blocked client.Kind) error {
	with, without := r.links()
	with, without = with-r.unwritten, without+r.unwritten
	switch {
	case r.open() > 0 && blocked == client.KindAuth:
		return exitError{exitKey}
	case r.open() > 0:
		return exitError{exitUnfinished}
	case without == 0:
		return nil
	case with > 0:
		return exitError{exitPartly}
	default:
		return exitError{exitFailed}
	}
}
