package window

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/gui/window/parts"
)

// fact is a line of a job's details.
type fact struct{ name, text string }

// details shows all that is known of a job.
func (w *Window) details(j job.Job) {
	var rows []fyne.CanvasObject
	for _, f := range w.facts(j, time.Now()) {
		name := widget.NewLabelWithStyle(f.name, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
		name.SizeName = theme.SizeNameCaptionText
		text := parts.NewText(f.text, fyne.TextStyle{})
		text.SizeName = theme.SizeNameCaptionText
		text.Wrapping = fyne.TextWrapBreak
		rows = append(rows, container.NewBorder(nil, nil, container.NewGridWrap(fyne.NewSize(150, name.MinSize().Height), name), nil, text))
	}
	body := container.NewVBox(container.New(layout.NewCustomPaddedVBoxLayout(-8), rows...))
	if answer := answerText(j); answer != "" {
		text := parts.NewText(answer, fyne.TextStyle{Monospace: true})
		text.SizeName = theme.SizeNameCaptionText
		text.Wrapping = fyne.TextWrapBreak
		body.Add(fieldLabel(lang.L("What the host answered")))
		body.Add(container.NewStack(parts.NewGround(theme.ColorNameInputBackground, 8), text))
	}
	var buttons []fyne.CanvasObject
	offer := func(word string, act parts.Act) *parts.Button {
		b := parts.NewButton(word, func() { w.act(j, act, body) })
		buttons = append(buttons, b)
		return b
	}
	if ownFile(j) {
		offer(lang.L("Show in its folder"), actShow)
	}
	if j.State == job.Done && j.Text() != "" {
		offer(lang.L("Open"), actOpen)
		offer(lang.L("Copy link"), actCopy).Importance = widget.HighImportance
	}
	w.note(clean(jobName(j)), parts.Column(520, body), buttons...)
}

func jobName(j job.Job) string {
	if j.Name != "" {
		return j.Name
	}
	return filepath.Base(j.Path)
}

// facts are the lines of a job's details.
func (w *Window) facts(j job.Job, now time.Time) []fact {
	var out []fact
	add := func(name, text string) {
		if text = clean(text); text != "" {
			out = append(out, fact{name, text})
		}
	}
	if j.State == job.Done {
		add(lang.L("State"), joined(cmp.Or(outcomeWord(j), lang.L("Uploaded")), expiryWord(j, now)))
	} else {
		add(lang.L("State"), jobWord(w.view, j, now))
	}
	switch {
	case ownFile(j):
		add(lang.L("File"), j.Path)
	case j.Path == "":
		add(lang.L("File"), j.Transfer.URL)
	}
	add(lang.L("Size"), bytesWord(j.File.Size))
	add(lang.L("Account"), w.accountWord(j.Account))
	add(lang.L("Given by"), viaWord(j))
	add(lang.L("Added"), momentWord(j.Added))
	add(lang.L("Ended"), momentWord(j.Ended))
	if j.Attempts > 0 {
		add(lang.L("Tries"), fmt.Sprint(j.Attempts))
	}
	if im := j.Image; im != nil {
		add(lang.L("Link"), j.Text())
		if im.Width > 0 {
			add(lang.L("On the host"), fmt.Sprintf("%d × %d  ·  %s", im.Width, im.Height, bytesWord(im.Size)))
		}
		add(lang.L("Deleted by the host"), momentWord(im.Expires))
		add(lang.L("Compared"), verifiedWord(j.Verified))
	}
	add(lang.L("Tags"), strings.Join(j.Params.Tags, ", "))
	add(lang.L("Album"), j.Params.Album)
	for _, warning := range j.Warnings {
		add(lang.L("To note"), sentence(warning))
	}
	add("SHA-256", j.SHA256)
	add("MD5", j.MD5)
	return out
}

// accountWord is an account by its name.
func (w *Window) accountWord(id string) string {
	for _, a := range w.view.Snapshot.Accounts {
		if a.ID == id {
			return a.Name
		}
	}
	name, _, _ := strings.Cut(id, "@")
	return name
}

func viaWord(j job.Job) string {
	switch j.Via {
	case job.ViaFolder:
		return lang.L("the folder {{.Path}}", map[string]any{"Path": j.Folder})
	case job.ViaCapture:
		return lang.L("a capture of the screen")
	case job.ViaClipboard:
		return lang.L("the clipboard")
	case job.ViaCommand:
		return lang.L("the command line")
	case job.ViaWindow:
		return lang.L("this window")
	default:
		return ""
	}
}

func momentWord(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Local().Format("2006-01-02 15:04:05")
}

func verifiedWord(v client.Verified) string {
	switch v {
	case client.VerifiedIdentical:
		return lang.L("The host has exactly what was sent")
	case client.VerifiedChanged:
		return lang.L("The host has stored it changed: resized or encoded anew")
	default:
		return lang.L("The host does not tell a checksum to compare")
	}
}

// answerText is the host's answer, or what it said when it refused, without
// what must stay secret.
func answerText(j job.Job) string {
	if j.Image != nil && len(j.Image.Raw) > 0 && (j.Failure == nil || j.State == job.Done) {
		return redacted(j.Image.Raw)
	}
	f := j.Failure
	if f == nil || f.Status == 0 && f.Code == "" && f.Message == "" {
		return ""
	}
	var lines []string
	if f.Status != 0 {
		lines = append(lines, fmt.Sprintf("HTTP %d", f.Status))
	}
	if f.Code != "" {
		lines = append(lines, "code "+clean(f.Code))
	}
	if f.Message != "" {
		lines = append(lines, clean(f.Message))
	}
	return strings.Join(lines, "\n")
}

// redacted writes an answer for eyes: indented, and without what deletes or
// opens anything.
func redacted(raw json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var answer any
	if d.Decode(&answer) != nil {
		return ""
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if enc.Encode(withoutSecrets(answer)) != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

func withoutSecrets(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			low := strings.ToLower(key)
			if strings.Contains(low, "delete") || strings.Contains(low, "key") || strings.Contains(low, "token") || strings.Contains(low, "password") {
				v[key] = "redacted"
				continue
			}
			v[key] = withoutSecrets(value)
		}
	case []any:
		for i := range v {
			v[i] = withoutSecrets(v[i])
		}
	case string:
		return clean(v)
	}
	return v
}
