package job

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"images-uploader.com/upshot/client"
)

// Exported is a job as a line of an export: what a line of --json has, and
// what is needed to find it again. It never has a delete link.
type Exported struct {
	ID          ID                         `json:"id"`
	Account     string                     `json:"account"`
	Via         Via                        `json:"via,omitempty"`
	Folder      string                     `json:"folder,omitempty"`
	Input       string                     `json:"input"`
	Name        string                     `json:"name"`
	Path        string                     `json:"path,omitempty"` // of the person's own file
	State       State                      `json:"state"`
	Outcome     Outcome                    `json:"outcome,omitempty"`
	Attempts    int                        `json:"attempts"`
	MaybeSent   bool                       `json:"maybe_sent"`
	Title       string                     `json:"title,omitempty"`
	Description string                     `json:"description,omitempty"`
	Tags        []string                   `json:"tags,omitempty"`
	Album       string                     `json:"album,omitempty"`
	Size        int64                      `json:"size"`
	SHA256      string                     `json:"sha256,omitempty"`
	MD5         string                     `json:"md5,omitempty"`
	Verified    client.Verified            `json:"verified"`
	Links       map[client.LinkKind]string `json:"links"`
	Image       json.RawMessage            `json:"image,omitempty"` // the host's answer
	Error       *Failure                   `json:"error,omitempty"`
	Warnings    []string                   `json:"warnings,omitempty"`
	Added       time.Time                  `json:"added"`
	Ended       time.Time                  `json:"ended,omitzero"`
	Gone        time.Time                  `json:"gone,omitzero"` // when Upshot deleted it on the host: the links lead to nothing
}

// linkKinds are the links of an export, each with a column of its own in CSV.
func linkKinds() []client.LinkKind {
	return []client.LinkKind{client.LinkDirect, client.LinkViewer, client.LinkShort, client.LinkThumb, client.LinkMedium}
}

// Export returns what an export tells of j. The path of our own copy is no
// file of the person's, and soon none at all: the input says what was given.
func (j Job) Export() Exported {
	x := Exported{
		ID: j.ID, Account: j.Account, Via: j.Via, Folder: j.Folder, Input: j.Input, Name: j.Name, Path: j.Path,
		State: j.State, Outcome: j.Outcome, Attempts: j.Attempts, MaybeSent: j.MaybeSent,
		Title: j.Params.Title, Description: j.Params.Description, Tags: j.Params.Tags, Album: j.Params.Album,
		Size: j.File.Size, SHA256: j.SHA256, MD5: j.MD5, Verified: j.Verified,
		Links: make(map[client.LinkKind]string), Error: j.Failure, Warnings: j.Warnings,
		Added: j.Added.UTC(), Ended: j.Ended.UTC(), Gone: j.Deleted.UTC(),
	}
	if j.Spooled {
		x.Path = ""
	}
	if x.Verified == "" {
		x.Verified = client.VerifiedUnknown
	}
	for _, kind := range linkKinds() {
		x.Links[kind] = ""
		if j.Image != nil {
			x.Links[kind] = j.Image.Link(kind)
		}
	}
	if j.Image != nil {
		x.Image = withoutDelete(j.Image.Raw)
	}
	return x
}

// withoutDelete drops members whose name speaks of deleting, at any depth:
// DecodeImage has done so with the one that hosts are known to send.
func withoutDelete(raw json.RawMessage) json.RawMessage {
	if !json.Valid(raw) {
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) == nil && members != nil {
		changed := false
		for name, value := range members {
			if strings.Contains(strings.ToLower(name), "delete") {
				delete(members, name)
				changed = true
			} else if kept := withoutDelete(value); !bytes.Equal(kept, value) {
				members[name] = kept
				changed = true
			}
		}
		if !changed {
			return raw // in the host's own order
		}
		kept, err := json.Marshal(members)
		if err != nil {
			return nil
		}
		return kept
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && list != nil {
		changed := false
		for i, value := range list {
			if kept := withoutDelete(value); !bytes.Equal(kept, value) {
				list[i], changed = kept, true
			}
		}
		if !changed {
			return raw
		}
		kept, err := json.Marshal(list)
		if err != nil {
			return nil
		}
		return kept
	}
	return raw
}

// WriteJSONLines writes jobs as JSON Lines: UTF-8, an object of Exported a
// line, each ended by a line feed. It returns how many it wrote, also with an
// error, and holds one job at a time.
func WriteJSONLines(w io.Writer, jobs iter.Seq2[Job, error]) (n int, err error) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for j, err := range jobs {
		if err != nil {
			return n, err
		}
		if err := enc.Encode(j.Export()); err != nil {
			return n, fmt.Errorf("export job %d: %w", j.ID, err)
		}
		n++
	}
	return n, nil
}

// CSVColumns are the columns of WriteCSV, in order. They are a contract: new
// ones are added behind, none is renamed, moved or dropped.
func CSVColumns() []string {
	return []string{
		"id", "added", "ended", "account", "state", "outcome", "name", "input", "path", "size", "sha256", "md5", "verified",
		"direct", "viewer", "short", "thumb", "medium",
		"title", "description", "tags", "album", "via", "folder", "attempts", "maybe_sent",
		"error_kind", "error_status", "error_code", "error_message",
		"gone",
	}
}

// WriteCSV writes jobs as CSV (RFC 4180): UTF-8 without a byte order mark, a
// line of CSVColumns first, lines ended by CR LF, fields with commas, quotes
// or line breaks quoted. Times are RFC 3339 in UTC; tags are joined by ", ".
//
// A text that a spreadsheet would take for a formula (it begins with = + - @,
// their full-width forms, a tab or a line break) has a ' before it, as OWASP
// advises: names and titles may come from others. It returns how many jobs it
// wrote, also with an error, and holds one at a time.
func WriteCSV(w io.Writer, jobs iter.Seq2[Job, error]) (n int, err error) {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(CSVColumns()); err != nil {
		return 0, fmt.Errorf("export: %w", err)
	}
	for j, err := range jobs {
		if err != nil {
			out.Flush()
			return n, err
		}
		if err := out.Write(record(j.Export())); err != nil {
			return n, fmt.Errorf("export job %d: %w", j.ID, err)
		}
		n++
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return n, fmt.Errorf("export: %w", err)
	}
	return n, nil
}

// record are the values of CSVColumns.
func record(x Exported) []string {
	failure := Failure{}
	if x.Error != nil {
		failure = *x.Error
	}
	status := ""
	if failure.Status != 0 {
		status = strconv.Itoa(failure.Status)
	}
	return []string{
		strconv.FormatInt(int64(x.ID), 10), timeField(x.Added), timeField(x.Ended), text(x.Account), text(string(x.State)), text(string(x.Outcome)),
		text(x.Name), text(x.Input), text(x.Path), strconv.FormatInt(x.Size, 10), text(x.SHA256), text(x.MD5), text(string(x.Verified)),
		text(x.Links[client.LinkDirect]), text(x.Links[client.LinkViewer]), text(x.Links[client.LinkShort]), text(x.Links[client.LinkThumb]), text(x.Links[client.LinkMedium]),
		text(x.Title), text(x.Description), text(strings.Join(x.Tags, ", ")), text(x.Album), text(string(x.Via)), text(x.Folder),
		strconv.Itoa(x.Attempts), strconv.FormatBool(x.MaybeSent),
		text(string(failure.Kind)), status, text(failure.Code), text(failure.Message),
		timeField(x.Gone),
	}
}

func timeField(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// text makes a field of a text that is not ours.
func text(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}
