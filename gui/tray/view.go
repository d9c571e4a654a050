package tray

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/icons"
)

// view is what the tray shows.
type view struct {
	icon   icons.State
	status string // the first line of the menu, and the tooltip
	paused bool
	again  bool   // "Try again now" makes sense
	undo   string // what can be taken back, "" for nothing
	left   string // what is still in the queue, "" for nothing
	ticks  bool   // it counts down: drawn again every second
	recent []uploader.Recent
}

const maxRecent = 10

// failures is how many jobs have failed.
func failures(s uploader.Snapshot) int { return s.Counts[job.Failed] }

// look is what the tray shows of s, of which the person has not seen so many
// failures yet.
func look(s uploader.Snapshot, unseen int) view {
	v := view{
		icon:   icons.Idle,
		paused: s.Paused || allPaused(s.Accounts),
		recent: s.Recent[:min(len(s.Recent), maxRecent)],
	}
	account, gate, closed := worstGate(s.Accounts)
	needy := closed && (gate.Gate == job.GateNoKey || gate.Gate == job.GateUnavailable)
	v.again = closed && !v.paused && gate.Gate != job.GateThrottled // a host's limit ends when it ends
	switch {
	case needy || unseen > 0 || brokenFolder(s.Folders) != "":
		v.icon = icons.Attention
	case v.paused:
		v.icon = icons.Paused
	case len(s.Sending) > 0:
		v.icon = icons.Busy
	}

	if s.Undo != nil {
		v.undo = undoable(*s.Undo)
	}
	if n := s.Open(); n > 0 {
		v.left = files(n)
	}
	waiting := s.Counts[job.Queued] + s.Counts[job.Waiting]
	if left := time.Until(s.CaptureAt); left > 0 {
		v.icon, v.ticks = icons.Busy, true
		v.status = fmt.Sprintf("Capturing the screen in %d s", int((left+time.Second-1)/time.Second))
		return v
	}
	switch {
	case needy:
		v.status = behindGate(s, account, gate, waiting)
	case s.Metered && waiting > 0 && !v.paused:
		v.status = files(waiting) + " waiting: this network is paid by volume"
	case v.paused && waiting > 0:
		v.status = "Paused, " + files(waiting) + " waiting"
	case v.paused:
		v.status = "Paused"
	case len(s.Sending) > 0:
		v.status = sending(s.Sending, waiting)
	case closed && waiting > 0:
		v.status = behindGate(s, account, gate, waiting)
	case unseen > 0:
		v.status = files(unseen) + " failed: open Upshot to see why"
	case waiting > 0:
		v.status = files(waiting) + " waiting"
	case brokenFolder(s.Folders) != "":
		v.status = brokenFolder(s.Folders)
	case s.Counts[job.Held] > 0:
		v.status = files(s.Counts[job.Held]) + " held back"
	case len(s.Notices) > 0:
		v.status = s.Notices[0].Headline
	default:
		v.status = ready(s)
	}
	v.status = shorten(clean(v.status), maxStatus)
	return v
}

// troubled is v of an engine that fails.
func (v view) troubled(err error) view {
	v.icon = icons.Attention
	v.status = shorten(clean(uploader.Explain(err).Headline), maxStatus)
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
func behindGate(s uploader.Snapshot, a uploader.AccountStatus, g uploader.GateStatus, waiting int) string {
	why := uploader.ExplainGate(g).Headline
	if waiting > 0 {
		if rest, ok := strings.CutPrefix(why, "Waiting "); ok {
			why = files(waiting) + " waiting " + rest
		} else {
			why = files(waiting) + " waiting: " + lowerFirst(why)
		}
	}
	if len(s.Accounts) > 1 {
		why = shorten(clean(a.Name), maxName) + ": " + why
	}
	return why
}

// sending says how far the files on the way are.
func sending(now []uploader.Progress, waiting int) string {
	what := files(len(now))
	if len(now) == 1 {
		what = shorten(clean(now[0].Name), maxName)
	}
	var sent, size int64
	answers := true
	for _, p := range now {
		sent, size = sent+p.Sent, size+p.Size
		answers = answers && p.Answer
	}
	text := "Uploading " + what
	switch {
	case answers:
		text += ", the host works on it"
	case size > 0:
		text += fmt.Sprintf(", %d %%", min(sent, size)*100/size)
	}
	if waiting > 0 {
		text += fmt.Sprintf(", %d waiting", waiting)
	}
	return text
}

// brokenFolder says what is wrong with the first folder that cannot be watched.
func brokenFolder(folders []uploader.FolderStatus) string {
	for _, f := range folders {
		if f.State == uploader.FolderFailed {
			text := "Cannot watch " + shorten(clean(filepath.Base(f.Folder.Path)), maxName)
			if f.Reason != "" {
				text += ": " + f.Reason
			}
			return text
		}
	}
	return ""
}

func ready(s uploader.Snapshot) string {
	watched := 0
	for _, f := range s.Folders {
		if f.State == uploader.FolderWatching || f.State == uploader.FolderPolling {
			watched++
		}
	}
	switch {
	case len(s.Accounts) == 0:
		return "No host is set up yet"
	case watched == 1:
		return "Ready, watching 1 folder"
	case watched > 1:
		return fmt.Sprintf("Ready, watching %d folders", watched)
	default:
		return "Ready"
	}
}

// undoable names what an offer takes back.
func undoable(o uploader.UndoOffer) string {
	if len(o.IDs) > 1 {
		return files(len(o.IDs))
	}
	return shorten(clean(o.Name), maxName)
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}
