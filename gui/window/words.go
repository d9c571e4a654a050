package window

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"fyne.io/fyne/v2/lang"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/presenter"
)

// clean makes a name from a file or a host fit for one line.
func clean(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || (r >= '\u202a' && r <= '\u202e') || (r >= '\u2066' && r <= '\u2069') {
			return ' '
		}
		return r
	}, name)
}

// bytesWord is a size for people.
func bytesWord(size int64) string {
	const unit = 1000
	if size < unit {
		return fmt.Sprintf("%d B", size)
	}
	value, prefix := float64(size), -1
	for value >= unit && prefix < 4 {
		value /= unit
		prefix++
	}
	if value >= 100 {
		return fmt.Sprintf("%.0f %cB", value, "kMGTP"[prefix])
	}
	return decimal(fmt.Sprintf("%.1f", value)) + " " + string("kMGTP"[prefix]) + "B"
}

// spanWord is a span of time for people, roughly.
func spanWord(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(1, int(d.Round(time.Second)/time.Second)))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute)/time.Minute))
	default:
		return fmt.Sprintf("%d h %d min", int(d/time.Hour), int(d%time.Hour/time.Minute))
	}
}

// clockWord is a moment: the time alone when it is today.
func clockWord(at, now time.Time) string {
	at, now = at.Local(), now.Local()
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04")
	}
	return at.Format(lang.L("2 Jan 15:04"))
}

// progressWord says how far a job on its way is.
func progressWord(p uploader.Progress, now time.Time) string {
	if p.Unwritten {
		return lang.L("The host has it; it is written down as soon as the disk allows")
	}
	if p.Answer {
		return lang.L("All sent, the host is working on it")
	}
	word := ofWord(p.Sent, p.Size)
	took := now.Sub(p.Since)
	if took < time.Second || p.Sent <= 0 {
		return word
	}
	speed := float64(p.Sent) / took.Seconds()
	left := time.Duration(float64(p.Size-p.Sent) / speed * float64(time.Second))
	return strings.Join([]string{
		word, bytesWord(int64(speed)) + "/s",
		lang.L("{{.Span}} left", map[string]any{"Span": spanWord(left)}),
	}, "  ·  ")
}

// jobWord says in words where a job stands, and why.
func jobWord(v presenter.View, j job.Job, now time.Time) string {
	switch j.State {
	case job.Sending:
		if p, ok := v.Sending[j.ID]; ok {
			return progressWord(p, now)
		}
		if v.Link != presenter.Live {
			return lang.L("On its way")
		}
		return lang.L("Starting")
	case job.Queued:
		if g, ok := v.Gate(j); ok {
			return lang.L("Waits: {{.Reason}}", map[string]any{"Reason": lowerFirst(gateWord(g))})
		}
		if v.Snapshot.Metered {
			return lang.L("Waits: this network is paid by volume")
		}
		return lang.L("Waits for its turn")
	case job.Waiting:
		word := lang.L("Tried again at {{.Time}}", map[string]any{"Time": clockWord(j.NotBefore, now)})
		if !now.Before(j.NotBefore) {
			word = lang.L("Tried again now")
		}
		if j.Failure != nil {
			word += "  ·  " + say(uploader.ExplainFailure(*j.Failure).Headline)
		}
		return word
	case job.Held:
		if j.MaybeSent {
			return lang.L("Held: the host may have it already; look there, then release or cancel it")
		}
		return lang.L("Held until you release it")
	case job.Failed:
		if j.Failure == nil {
			return lang.L("Failed")
		}
		e := uploader.ExplainFinal(*j.Failure)
		return joinHint(e)
	case job.Canceled:
		return lang.L("Canceled")
	default:
		var words []string
		if !j.Ended.IsZero() {
			words = append(words, clockWord(j.Ended, now))
		}
		if word := expiryWord(j, now); word != "" {
			words = append(words, word)
		}
		if word := doneWord(j); word != "" {
			words = append(words, word)
		}
		return strings.Join(words, "  ·  ")
	}
}

// expiryWord says how long the host keeps a file that it deletes by itself.
func expiryWord(j job.Job, now time.Time) string {
	if j.Image == nil || j.Image.Expires.IsZero() {
		return ""
	}
	left := j.Image.Expires.Sub(now)
	switch {
	case left <= 0:
		return lang.L("Expired")
	case left >= 48*time.Hour:
		return many("expires_days", int((left+12*time.Hour)/(24*time.Hour)))
	default:
		return lang.L("Expires in {{.Span}}", map[string]any{"Span": spanWord(left)})
	}
}

func doneWord(j job.Job) string {
	if !j.Deleted.IsZero() {
		return outcomeWord(j)
	}
	return joined(outcomeWord(j), clean(j.Text()))
}

// outcomeWord says how a job has ended, empty for an ordinary end.
func outcomeWord(j job.Job) string {
	switch {
	case !j.Deleted.IsZero():
		return lang.L("Deleted on the host")
	case j.Outcome == job.Duplicate && j.Text() == "":
		return say("The host has this file already, but does not tell its link")
	case j.Outcome == job.Unapproved:
		return lang.L("Waits for a moderator")
	case j.Outcome == job.Known:
		return lang.L("Uploaded before")
	default:
		return ""
	}
}

func gateWord(g uploader.GateStatus) string { return say(uploader.ExplainGate(g).Headline) }

func joinHint(e uploader.Explanation) string {
	if e.Hint == "" {
		return say(e.Headline)
	}
	return because(say(e.Headline), say(e.Hint))
}

// queueWord says how many files there are in each state, and of those on their
// way how far they are.
func queueWord(counts map[job.State]int, far string) string {
	var parts []string
	add := func(key string, count int) {
		if count > 0 {
			parts = append(parts, many(key, count))
		}
	}
	add("count_sending", counts[job.Sending])
	if far != "" && len(parts) > 0 {
		parts[0] = because(parts[0], far)
	}
	add("count_waiting", counts[job.Queued]+counts[job.Waiting])
	add("count_held", counts[job.Held])
	add("count_failed", counts[job.Failed])
	if len(parts) == 0 {
		return lang.L("Nothing on its way")
	}
	return strings.Join(parts, "  ·  ")
}

// folderStateWord says how a folder fares.
func folderStateWord(f uploader.FolderStatus) string {
	var word string
	switch f.State {
	case uploader.FolderWatching:
		word = lang.L("Watching")
	case uploader.FolderPolling:
		word = lang.L("Watching, by looking now and then")
	case uploader.FolderPaused:
		word = lang.L("Paused")
	case uploader.FolderMissing:
		word = lang.L("Not there now; taken up when it comes back")
	case uploader.FolderFailed:
		word = lang.L("Cannot be watched")
	}
	if f.Lent {
		word = lang.L("Watched for a command in a terminal")
	}
	if f.Reason != "" {
		word += ": " + clean(say(strings.TrimSuffix(f.Reason, ".")))
	}
	return word
}

// folderWord says how a folder fares, and what was seen in it last.
func folderWord(f uploader.FolderStatus) string {
	word := folderStateWord(f)
	first := slices.IndexFunc(f.Pending, func(p uploader.PendingFile) bool { return waits(p.State) })
	switch {
	case first >= 0:
		p := f.Pending[first]
		word += "  ·  " + clean(filepath.Base(p.Path)) + ": " + pendingWord(p)
	case f.Last != "":
		word += "  ·  " + lang.L("last: {{.Name}}", map[string]any{"Name": clean(filepath.Base(f.Last))})
	}
	return word
}

// waits reports whether a file that was not taken may still be: what is left
// out for good, or was sent by hand all the same, does not.
func waits(s uploader.FileState) bool {
	return s != uploader.FileFiltered && s != uploader.FileTooLarge
}

// pendingWord says why a file of a watched folder waits.
func pendingWord(p uploader.PendingFile) string {
	switch p.State {
	case uploader.FileSettling:
		return lang.L("it changed a moment ago")
	case uploader.FileWriting:
		if who, ok := strings.CutPrefix(p.Reason, "it is still being written by "); ok {
			return lang.L("still being written by {{.Name}}", map[string]any{"Name": clean(who)})
		}
		return lang.L("it is still being written")
	case uploader.FileIncomplete:
		if why, ok := strings.CutPrefix(p.Reason, "not complete: "); ok && ours(why) {
			return lang.L("not complete: {{.Reason}}", map[string]any{"Reason": clean(say(why))})
		}
		return lang.L("it is not complete")
	case uploader.FileTooLarge:
		if ours(p.Reason) {
			return clean(say(p.Reason))
		}
		return lang.L("larger than this folder allows")
	case uploader.FileUnreadable:
		return lang.L("it cannot be read")
	case uploader.FileFiltered:
		if ours(p.Reason) {
			return clean(say(p.Reason))
		}
		return lang.L("left out by this folder's settings")
	default:
		return clean(say(p.Reason))
	}
}
