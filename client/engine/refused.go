package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/watcher"
)

// refusedFor is how long it is remembered that a host has refused something:
// its settings may be changed meanwhile.
const refusedFor = 30 * 24 * time.Hour

// guessedFor is refusedFor for a size of which the host does not say how large
// a file may be: such an answer may stand for other trouble.
const guessedFor = 24 * time.Hour

// refusedEvery is the least time between two looks at what has failed.
const refusedEvery = 500 * time.Millisecond

// metaRefused begins the names under which refusals are kept, by account id.
const metaRefused = "refused:"

// refusedBook is what hosts never take, learned from their answers, so that a
// watched folder does not send them such files again and again.
type refusedBook struct {
	mu   sync.Mutex // never held while anything waits
	read bool
	of   map[string]refusal // by account id; nothing in it is ever changed
	keys map[string]int     // by account id: the number of the key it has
	// Since is when a key was replaced: what had ended before tells nothing of
	// the new one.
	since map[string]time.Time
}

// refusal is what one account's host does not take.
type refusal struct {
	Size  *refusedSize         `json:"size,omitempty"`
	Kinds map[string]time.Time `json:"kinds,omitempty"` // by extension: when it was learned
}

// refusedSize is the least size that is known to be too large.
type refusedSize struct {
	From    int64     `json:"from"`
	Most    int64     `json:"most,omitempty"` // as the host says; 0: it does not
	Learned time.Time `json:"learned"`
}

// fresh reports whether it still counts.
func (s refusedSize) fresh() bool {
	return fresh(s.Learned) && (s.Most > 0 || time.Since(s.Learned) < guessedFor)
}

func fresh(learned time.Time) bool { return time.Since(learned) < refusedFor }

// about says why a file is not for that account's host.
func (r *refusedBook) about(account, path string, size int64) (watcher.FileState, string) {
	r.mu.Lock()
	known := r.of[account]
	r.mu.Unlock()
	if s := known.Size; s != nil && size >= s.From && s.fresh() {
		return watcher.FileTooLarge, uploader.RefusedSize(s.Most)
	}
	if learned, ok := known.Kinds[suffixOf(path)]; ok && fresh(learned) {
		return watcher.FileFiltered, uploader.RefusedKind(suffixOf(path))
	}
	return "", ""
}

func suffixOf(path string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
}

// set changes what is known of an account and reports whether it differs.
func (r *refusedBook) set(account string, next refusal) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	was, had := r.of[account]
	if had && was.same(next) || !had && next.empty() {
		return false
	}
	if r.of == nil {
		r.of = map[string]refusal{}
	}
	if next.empty() {
		delete(r.of, account)
	} else {
		r.of[account] = next
	}
	return true
}

// replaced remembers that an account has another key now.
func (r *refusedBook) replaced(account string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since == nil {
		r.since = map[string]time.Time{}
	}
	r.since[account] = time.Now()
}

func (r refusal) empty() bool { return r.Size == nil && len(r.Kinds) == 0 }

func (r refusal) same(o refusal) bool {
	if (r.Size == nil) != (o.Size == nil) || r.Size != nil && *r.Size != *o.Size {
		return false
	}
	return maps.EqualFunc(r.Kinds, o.Kinds, time.Time.Equal)
}

// readRefusals loads what earlier runs have learned, once.
func (e *Engine) readRefusals(ctx context.Context) {
	e.refused.mu.Lock()
	read := e.refused.read
	e.refused.mu.Unlock()
	if read {
		return
	}
	kept, err := e.cfg.Queue.Metas(ctx, metaRefused)
	if err != nil {
		e.log.Warn("what hosts have refused cannot be read", "error", err)
		return
	}
	for name, text := range kept {
		var known refusal
		if json.Unmarshal([]byte(text), &known) == nil {
			e.refused.set(strings.TrimPrefix(name, metaRefused), known)
		}
	}
	e.refused.mu.Lock()
	e.refused.read = true
	e.refused.mu.Unlock()
}

// watchRefusals learns from the jobs that end, until ctx does.
func (e *Engine) watchRefusals(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for seen := e.changes.at(); ; {
		if _, err := e.changes.since(ctx, seen); err != nil {
			return
		}
		timer.Reset(refusedEvery)
		select {
		case <-timer.C: // what comes together is looked at together
		case <-ctx.Done():
			return
		}
		ch, err := e.changes.since(ctx, seen)
		if err != nil {
			return
		}
		seen = ch.Revision
		if err := e.learnRefused(ctx, ch); err != nil && ctx.Err() == nil {
			e.log.Warn("what hosts have refused cannot be looked at", "error", err)
		}
	}
}

// learnRefused looks at the jobs that were touched, and has the folders of an
// account looked through again whose host is known to take other files now.
func (e *Engine) learnRefused(ctx context.Context, ch uploader.Change) error {
	e.readRefusals(ctx)
	again := e.forgetRefused(ctx)
	jobs, err := e.endedOf(ctx, ch)
	if err != nil {
		return err
	}
	next := map[string]refusal{}
	for _, j := range jobs {
		known, ok := next[j.Account]
		if !ok {
			e.refused.mu.Lock()
			known = e.refused.of[j.Account]
			e.refused.mu.Unlock()
		}
		if next[j.Account], err = e.taught(ctx, known, j); err != nil {
			return err
		}
	}
	for id, known := range next {
		if !e.refused.set(id, known) {
			continue
		}
		again[id] = true
		if err := e.keepRefused(ctx, id, known); err != nil {
			return err
		}
	}
	e.lookAgain(ctx, again)
	return nil
}

// endedOf are the failed jobs of a change, and those that have arrived where
// something to be taken back is known.
func (e *Engine) endedOf(ctx context.Context, ch uploader.Change) ([]job.Job, error) {
	if len(ch.Jobs) == 0 && !ch.All {
		return nil, nil
	}
	states := []job.State{job.Failed}
	e.refused.mu.Lock()
	if len(e.refused.of) > 0 {
		states = append(states, job.Done)
	}
	e.refused.mu.Unlock()
	f := queue.Filter{States: states, IDs: ch.Jobs, N: -1}
	if ch.All {
		f.IDs, f.N, f.ByEnded = nil, 100, true
	}
	jobs, _, err := e.cfg.Queue.Jobs(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("look at what has failed: %w", err)
	}
	return jobs, nil
}

// taught is what is known of an account's host after one more job has ended.
func (e *Engine) taught(ctx context.Context, known refusal, j job.Job) (refusal, error) {
	e.refused.mu.Lock()
	since := e.refused.since[j.Account]
	e.refused.mu.Unlock()
	if j.Transfer.URL != "" || j.Transfer.As != client.AsFile || !fresh(j.Ended) || j.Ended.Before(since) {
		return known, nil
	}
	switch {
	case j.State == job.Done && (j.Outcome == job.Uploaded || j.Outcome == job.Unapproved):
		if s := known.Size; s != nil && j.File.Size >= s.From && j.Ended.After(s.Learned) {
			known.Size = nil
		}
		if learned, ok := known.Kinds[suffixOf(j.Name)]; ok && j.Ended.After(learned) {
			known.Kinds = maps.Clone(known.Kinds)
			delete(known.Kinds, suffixOf(j.Name))
		}
	case j.State != job.Failed || j.Failure == nil:
	case j.Failure.Kind == client.KindTooLarge:
		return e.taughtSize(ctx, known, j)
	default:
		if kind := refusedKind(j); kind != "" {
			known.Kinds = maps.Clone(known.Kinds)
			if known.Kinds == nil {
				known.Kinds = map[string]time.Time{}
			}
			known.Kinds[kind] = j.Ended
		}
	}
	return known, nil
}

// taughtSize learns from a file that was too large. Where the host does not
// say what it takes, larger files that it has taken before speak against it:
// some of these answers stand for other trouble as well.
func (e *Engine) taughtSize(ctx context.Context, known refusal, j job.Job) (refusal, error) {
	next := &refusedSize{From: j.File.Size, Learned: j.Ended}
	if most, surely := mostTaken(j.Failure.Message); surely > 0 && most < j.File.Size {
		next.Most, next.From = most, min(surely+1, j.File.Size)
	} else {
		largest, err := e.cfg.Queue.LargestSent(ctx, j.Account)
		if err != nil {
			return known, fmt.Errorf("look for larger files: %w", err)
		}
		if largest >= j.File.Size {
			return known, nil
		}
	}
	if s := known.Size; s != nil && s.fresh() && s.From <= next.From && (s.Most == next.Most || next.Most == 0) {
		return known, nil
	}
	known.Size = next
	return known, nil
}

var (
	spokenSize = regexp.MustCompile(`(?i)([0-9]+(?:\.[0-9]+)?)[\s\x{a0}\x{202f}]*([kmgt]?)i?[bo](?:[^\p{L}]|$)`)
	spokenKind = regexp.MustCompile(`\(([a-z0-9]{2,5})\)`)
)

// mostTaken reads how large a file may be out of "File too big - max 1 MB". A
// real Chevereto means 1,000,000 bytes by that, others 1,048,576: what is
// larger than surely is too large either way.
func mostTaken(message string) (most, surely int64) {
	found := spokenSize.FindStringSubmatch(message)
	if found == nil {
		return 0, 0
	}
	n, err := strconv.ParseFloat(found[1], 64)
	if err != nil || n <= 0 || n > 1e6 {
		return 0, 0
	}
	decimal, binary := n, n
	for range strings.Index("kmgt", strings.ToLower(found[2])) + 1 {
		decimal, binary = decimal*1000, binary*1024
	}
	if found[2] == "" {
		decimal, binary = n, n
	}
	return int64(decimal), int64(binary)
}

// codeDisabledKind is a real Chevereto's code for a kind of pictures that the
// administrator has switched off: "Disabled image format (webp)". Its other
// codes say as well that one file is broken.
const codeDisabledKind = "614"

// refusedKind is the extension of files that the host refuses for their kind,
// "" if it refused this one for another reason.
func refusedKind(j job.Job) string {
	if j.Failure.Kind != client.KindRejected || j.Failure.Code != codeDisabledKind {
		return ""
	}
	if named := spokenKind.FindStringSubmatch(strings.ToLower(j.Failure.Message)); named != nil {
		return named[1]
	}
	return suffixOf(j.Name)
}

// keepRefused remembers it for later runs.
func (e *Engine) keepRefused(ctx context.Context, id string, known refusal) error {
	text := ""
	if !known.empty() {
		data, err := json.Marshal(known)
		if err != nil {
			return fmt.Errorf("write what a host has refused: %w", err)
		}
		text = string(data)
	}
	if err := e.cfg.Queue.SetMeta(ctx, metaRefused+id, text); err != nil {
		return fmt.Errorf("keep what a host has refused: %w", err)
	}
	return nil
}

// forgetRefused drops what was learned under a key that has been replaced:
// another person's limits may be others. It returns those accounts.
func (e *Engine) forgetRefused(ctx context.Context) map[string]bool {
	now := map[string]int{}
	e.mu.Lock()
	for id, a := range e.accounts {
		now[id] = a.changed
	}
	e.mu.Unlock()
	e.refused.mu.Lock()
	was := e.refused.keys
	e.refused.keys = now
	e.refused.mu.Unlock()
	again := map[string]bool{}
	for id, number := range now {
		if old, ok := was[id]; !ok || old == number {
			continue
		}
		e.refused.replaced(id)
		if !e.refused.set(id, refusal{}) {
			continue
		}
		again[id] = true
		if err := e.keepRefused(ctx, id, refusal{}); err != nil && ctx.Err() == nil {
			e.log.Warn("what hosts have refused is not forgotten", "error", err)
		}
	}
	return again
}

// lookAgain has the folders of those accounts looked through, and those that
// go to another account now.
func (e *Engine) lookAgain(ctx context.Context, accounts map[string]bool) {
	e.mu.Lock()
	folders := make([]*folder, 0, len(e.folders))
	for _, f := range e.folders {
		folders = append(folders, f)
	}
	e.mu.Unlock()
	for _, f := range folders {
		was := f.accountID()
		e.assign(ctx, f)
		if id := f.accountID(); id == was && !accounts[id] {
			continue
		}
		f.mu.Lock()
		w := f.watcher
		f.mu.Unlock()
		if w != nil {
			_ = w.Again(ctx) // one that does not run now looks at everything when it does
		}
	}
}

// assign remembers which account a folder's files go to now.
func (e *Engine) assign(ctx context.Context, f *folder) {
	if a, err := e.resolve(ctx, f.conf.Account, f.server); err == nil {
		f.account.Store(&a.id)
	}
}

// accountID is that account, "" if it is not known.
func (f *folder) accountID() string {
	if id := f.account.Load(); id != nil {
		return *id
	}
	return ""
}
