package engine

import (
	"cmp"
	"maps"
	"slices"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// gateOrder is the order in which closed gates are told: the person's own
// wish first.
var gateOrder = []job.Gate{job.GatePaused, job.GateNoKey, job.GateUnavailable, job.GateThrottled, job.GateOffline}

// fill puts what is in memory into a snapshot. The caller holds mu.
func (e *Engine) fill(s *uploader.Snapshot) {
	s.Paused = e.paused
	s.Notices = slices.Clone(e.notices)
	s.CaptureAt = e.captureAt
	s.Undo, s.Metered, s.Limit = e.undoOffer(), e.costly(), e.limited
	def, _ := e.settings.Account("")
	for _, id := range slices.Sorted(maps.Keys(e.accounts)) {
		a := e.accounts[id]
		st := uploader.AccountStatus{
			ID: id, Name: a.conf().Name, Address: a.conf().Address, Key: a.keyState,
			Default: !a.ephemeral && a.conf().Name == def.Name,
		}
		if a.ephemeral && st.Key == uploader.KeyUnknown {
			st.Key = uploader.KeyMemory
		}
		for _, g := range gateOrder {
			if closed := a.gates[g]; closed != nil {
				st.Gates = append(st.Gates, uploader.GateStatus{Gate: g, Until: closed.until, Failure: closed.failure})
			}
		}
		st.Limits = a.floodLimits()
		s.Accounts = append(s.Accounts, st)
	}
	for _, snd := range e.sending {
		s.Sending = append(s.Sending, uploader.Progress{
			ID: snd.job.ID, Name: snd.job.Name, Account: snd.job.Account,
			Sent: snd.sent.Load(), Size: snd.job.File.Size, Since: snd.since, Answer: snd.answer.Load(),
		})
	}
	e.fillTrouble(s)
	slices.SortFunc(s.Sending, func(a, b uploader.Progress) int { return cmp.Compare(a.ID, b.ID) })
	for _, path := range slices.Sorted(maps.Keys(e.folders)) {
		if e.folders[path].done == nil {
			continue // about to be lent: what lies there is still being looked at
		}
		s.Folders = append(s.Folders, e.folders[path].status())
	}
}
