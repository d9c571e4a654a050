// Package export writes history as JSON Lines or CSV, for other programs and
// other computers. Neither has a delete link in it: who has that can delete.
//
// Of ours it imports client and client/job. It starts no goroutine.
package export

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// Format says how it is written.
type Format string

// The formats. Each is the ending of a file's name too.
const (
	JSONLines Format = "jsonl"
	CSV       Format = "csv"
)

// Writer writes jobs. Close it before what it has written is used.
type Writer struct {
	lines *json.Encoder
	table *csv.Writer
}

// New makes a Writer; a table gets its head.
func New(w io.Writer, f Format) (*Writer, error) {
	if f == CSV {
		table := csv.NewWriter(w)
		if err := table.Write(columns); err != nil {
			return nil, fmt.Errorf("export: %w", err)
		}
		return &Writer{table: table}, nil
	}
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	return &Writer{lines: lines}, nil
}

// line has the names that the command line's --json has.
type line struct {
	Input    string            `json:"input"`
	Job      job.ID            `json:"job"`
	Name     string            `json:"name"`
	Account  string            `json:"account"`
	Folder   string            `json:"folder,omitempty"`
	State    job.State         `json:"state"`
	Outcome  job.Outcome       `json:"outcome,omitempty"`
	Attempts int               `json:"attempts"`
	Added    time.Time         `json:"added"`
	Ended    time.Time         `json:"ended,omitzero"`
	Expires  time.Time         `json:"expires,omitzero"`
	Link     string            `json:"link,omitempty"`
	Links    map[string]string `json:"links"`
	Image    json.RawMessage   `json:"image,omitempty"` // the host's object, without delete_url
	Size     int64             `json:"size"`
	SHA256   string            `json:"sha256,omitempty"`
	MD5      string            `json:"md5,omitempty"`
	Verified client.Verified   `json:"verified"`
}

// kinds are the links that are addresses, in the order of the table's columns.
func kinds() []client.LinkKind {
	return []client.LinkKind{client.LinkDirect, client.LinkViewer, client.LinkShort, client.LinkThumb, client.LinkMedium}
}

var columns = []string{
	"job", "input", "name", "account", "state", "outcome", "added", "ended", "expires", "size", "md5", "sha256", "verified",
	"direct", "viewer", "short", "thumb", "medium",
}

// Write writes a job.
func (w *Writer) Write(j job.Job) error {
	l := line{
		Input: j.Input, Job: j.ID, Name: j.Name, Account: j.Account, Folder: j.Folder, State: j.State, Outcome: j.Outcome,
		Attempts: j.Attempts, Added: j.Added, Ended: j.Ended, Links: make(map[string]string), Size: j.File.Size,
		SHA256: j.SHA256, MD5: j.MD5, Verified: j.Verified,
	}
	if !j.Link.WantsDeleteLink() {
		l.Link = j.Text()
	}
	if l.Name == "" {
		l.Name = filepath.Base(j.Path)
	}
	if l.Verified == "" {
		l.Verified = client.VerifiedUnknown
	}
	if j.Image != nil {
		l.Image, l.Expires = j.Image.Raw, j.Image.Expires
		for _, kind := range kinds() {
			l.Links[string(kind)] = j.Image.Link(kind)
		}
	}
	if w.lines != nil {
		if err := w.lines.Encode(l); err != nil {
			return fmt.Errorf("export: %w", err)
		}
		return nil
	}
	cells := []string{
		strconv.FormatInt(int64(l.Job), 10), l.Input, l.Name, l.Account, string(l.State), string(l.Outcome),
		moment(l.Added), moment(l.Ended), moment(l.Expires), strconv.FormatInt(l.Size, 10), l.MD5, l.SHA256, string(l.Verified),
	}
	for _, kind := range kinds() {
		cells = append(cells, l.Links[string(kind)])
	}
	for i := range cells {
		cells[i] = harmless(cells[i])
	}
	if err := w.table.Write(cells); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// Close writes what is left.
func (w *Writer) Close() error {
	if w.table == nil {
		return nil
	}
	w.table.Flush()
	if err := w.table.Error(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// harmless keeps a spreadsheet from taking a file's name for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
