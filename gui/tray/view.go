package tray

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/words"
	"images-uploader.com/upshot/icons"
)

// view is what the tray shows.
type view struct {
	icon   icons.State
	status string // the first line of the menu, and the tooltip
	paused bool
	again  bool   // "Try again now" makes sense
	undo   string // the offer to take something back, "" for none
	left   int    // files that are still in the queue
	ticks  bool   // it counts down: drawn again every second
	recent []uploader.Recent
}

const maxRecent = 10

// failures is how many jobs have failed.
func failures(s uploader.Snapshot) int { return s.Counts[job.Failed] }

// look is what the tray shows of s, of which the person has not seen so many
// failures yet.
func look(w *words.Words, s uploader.Snapshot, unseen int) view {
	v := view{
		icon:   icons.Idle,
		paused: s.Paused || allPaused(s.Accounts),
		left:   s.Open(),
		recent: s.Recent[:min(len(s.Recent), maxRecent)],
	}
	account, gate, closed := worstGate(s.Accounts)
	needy := closed && (gate.Gate == job.GateNoKey || gate.Gate == job.GateUnavailable)
	v.again = closed && !v.paused && gate.Gate != job.GateThrottled // a host's limit ends when it ends
	switch {
	case needy || unseen > 0 || brokenFolder(w, s.Folders) != "":
		v.icon = icons.Attention
	case v.paused:
		v.icon = icons.Paused
	case len(s.Sending) > 0:
		v.icon = icons.Busy
	}
	if s.Undo != nil {
		v.undo = undoable(w, *s.Undo)
	}
	if left := time.Until(s.CaptureAt); left > 0 {
		v.icon, v.ticks = icons.Busy, true
		v.status = w.Many("capturing_in", int((left+time.Second-1)/time.Second))
		return v
	}
	waiting := s.Counts[job.Queued] + s.Counts[job.Waiting]
	switch {
	case needy:
		v.status = behindGate(w, s, account, gate, waiting)
	case s.Metered && waiting > 0 && !v.paused:
		v.status = w.Because(w.Many("waiting_files", waiting), w.L("this network is paid by volume"))
	case v.paused && waiting > 0:
		v.status = w.Many("paused_waiting", waiting)
	case v.paused:
		v.status = w.L("Paused")
	case len(s.Sending) > 0:
		v.status = sending(w, s.Sending, waiting)
	case closed && waiting > 0:
		v.status = behindGate(w, s, account, gate, waiting)
	case unseen > 0:
		v.status = w.Many("failed_unseen", unseen)
	case waiting > 0:
		v.status = w.Many("waiting_files", waiting)
	case brokenFolder(w, s.Folders) != "":
		v.status = brokenFolder(w, s.Folders)
	case s.Counts[job.Held] > 0:
		v.status = w.Many("files_held", s.Counts[job.Held])
	case len(s.Notices) > 0:
		v.status = w.Say(s.Notices[0].Headline)
	default:
		v.status = ready(w, s)
	}
	v.status = shorten(clean(v.status), maxStatus)
	return v
}

// troubled is v of an engine that fails.
func (v view) troubled(w *words.Words, err error) view {
	v.icon = icons.Attention
	v.status = shorten(clean(w.Say(uploader.Explain(err).Headline)), maxStatus)
	return v
}

func allPaused(accounts []uploader.AccountStatus) bool {
	for _, a := range accounts {
		if !slices.ContainsFunc(a.Gates, func(g uploader.GateStatus) bool { return g.Gate == job.GatePaused }) {
			return false
		}
	}
	return len(accounts) > 0
}

// worstGate is the closed gate that matters most, but for paused ones.
func worstGate(accounts []uploader.AccountStatus) (uploader.AccountStatus, uploader.GateStatus, bool) {
	for _, kind := range []job.Gate{job.GateNoKey, job.GateUnavailable, job.GateThrottled, job.GateOffline} {
		for _, a := range accounts {
			for _, g := range a.Gates {
				if g.Gate == kind {
					return a, g, true
				}
			}
		}
	}
	return uploader.AccountStatus{}, uploader.GateStatus{}, false
}

// behindGate says why files wait: "3 files waiting: upload limit of the host
// until 14:05".
func behindGate(w *words.Words, s uploader.Snapshot, a uploader.AccountStatus, g uploader.GateStatus, waiting int) string {
	headline := uploader.ExplainGate(g).Headline
	why := w.Say(headline)
	switch {
	case waiting == 0:
	case headline == waitingForNetwork:
		why = w.Many("waiting_network", waiting)
	default:
		why = w.Because(w.Many("waiting_files", waiting), w.LowerFirst(why))
	}
	if len(s.Accounts) > 1 {
		why = w.Because(shorten(clean(a.Name), maxName), why)
	}
	return why
}

// waitingForNetwork is what uploader.ExplainGate says of an account that is
// offline. With a count it is one sentence.
const waitingForNetwork = "Waiting for the network"

// sending says how far the files on the way are.
func sending(w *words.Words, now []uploader.Progress, waiting int) string {
	text := w.Many("uploading_files", len(now))
	if len(now) == 1 {
		text = w.L("Uploading {{.Name}}", map[string]any{"Name": shorten(clean(now[0].Name), maxName)})
	}
	var sent, size int64
	answers := true
	for _, p := range now {
		sent, size = sent+p.Sent, size+p.Size
		answers = answers && p.Answer
	}
	and := func(more string) {
		text = w.L("{{.What}}, {{.More}}", map[string]any{"What": text, "More": more})
	}
	switch {
	case answers:
		and(w.L("the host works on it"))
	case size > 0:
		and(fmt.Sprintf("%d %%", min(sent, size)*100/size))
	}
	if waiting > 0 {
		and(w.Many("count_waiting", waiting))
	}
	return text
}

// brokenFolder says what is wrong with the first folder that cannot be watched.
func brokenFolder(w *words.Words, folders []uploader.FolderStatus) string {
	for _, f := range folders {
		if f.State == uploader.FolderFailed {
			text := w.L("Cannot watch {{.Name}}", map[string]any{"Name": shorten(clean(filepath.Base(f.Folder.Path)), maxName)})
			if f.Reason != "" {
				text = w.Because(text, w.Say(strings.TrimSuffix(f.Reason, ".")))
			}
			return text
		}
	}
	return ""
}

func ready(w *words.Words, s uploader.Snapshot) string {
	watched := 0
	for _, f := range s.Folders {
		if f.State == uploader.FolderWatching || f.State == uploader.FolderPolling {
			watched++
		}
	}
	switch {
	case len(s.Accounts) == 0:
		return w.L("No host is set up yet")
	case watched > 0:
		return w.Many("watching_folders", watched)
	default:
		return w.L("Ready")
	}
}

// undoable offers to take an upload back.
func undoable(w *words.Words, o uploader.UndoOffer) string {
	if len(o.IDs) > 1 {
		return w.Many("undo_files", len(o.IDs))
	}
	return w.L("Undo upload of {{.Name}}", map[string]any{"Name": shorten(clean(o.Name), maxName)})
}
