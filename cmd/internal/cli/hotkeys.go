package cli

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
	"images-uploader.com/upshot/platform/hotkey"
)

// shortcut is something that a hotkey can do.
type shortcut struct {
	what    uploader.Shortcut
	title   string // for people, where the desktop lists it
	command string // what to bind by hand where hotkeys do not work
}

// shortcuts are all of them, in the order in which they are shown.
func shortcuts() []shortcut {
	return []shortcut{
		{uploader.ShortcutRegion, "Capture a region", "upshot capture --region --detach --copy"},
		{uploader.ShortcutWindow, "Capture the active window", "upshot capture --window --detach --copy"},
		{uploader.ShortcutScreen, "Capture all screens", "upshot capture --all --detach --copy"},
		{uploader.ShortcutClipboard, "Upload the clipboard", "upshot clipboard --detach --copy"},
	}
}

// bindings are the hotkeys that the settings ask for, and those that cannot be
// read or contradict each other, as statuses with an error.
func bindings(s uploader.Settings) (good []hotkey.Binding, wrong []hotkey.Status) {
	taken := map[hotkey.Combination]bool{}
	for _, sc := range shortcuts() {
		text := s.Hotkeys[sc.what]
		if text == "" {
			continue
		}
		b := hotkey.Binding{Action: string(sc.what), Title: sc.title, Command: sc.command}
		var err error
		b.Combination, err = hotkey.Parse(text)
		switch {
		case err != nil:
			wrong = append(wrong, hotkey.Status{Binding: b, Err: err})
		case taken[b.Combination]:
			wrong = append(wrong, hotkey.Status{Binding: b, Err: errTwice})
		default:
			taken[b.Combination] = true
			good = append(good, b)
		}
	}
	return good, wrong
}

// errTwice says that the settings use a combination for two things.
var errTwice = errors.New("the settings use this key combination twice")

// hotkeyWords is why a hotkey does not work, and what to do.
func hotkeyWords(s hotkey.Status) uploader.Notice {
	n := uploader.Notice{ID: uploader.NoticeHotkey + s.Action, Headline: "The hotkey " + s.Combination.String() + " (" + lower(s.Title) + ") does not work"}
	if s.Combination.IsZero() {
		n.Headline = "The hotkey for: " + lower(s.Title) + " does not work"
	}
	set := "choose another: upshot settings set hotkey-" + s.Action + " COMBINATION"
	var none *hotkey.UnsupportedError
	switch {
	case errors.Is(s.Err, hotkey.ErrTaken):
		n.Hint = "another program has this key combination; " + set
	case errors.Is(s.Err, errTwice), errors.Is(s.Err, hotkey.ErrCombination):
		n.Hint = s.Err.Error() + "; " + set
	case errors.As(s.Err, &none):
		n.Hint = none.Why + "; bind " + s.Command + " to it in your desktop's own keyboard settings"
	case errors.Is(s.Err, context.DeadlineExceeded):
		n.Hint = "the desktop does not answer; it is tried again by itself"
	default:
		n.Hint = s.Err.Error() + "; " + set + ", or bind " + s.Command + " to it in your desktop's own keyboard settings"
	}
	return n
}

// hotkeys start captures and uploads wherever the person is.
type hotkeys struct {
	log     func(msg string, args ...any)
	attach  *wire.Attached
	tell    func(headline, hint string)
	keys    *hotkey.Hotkeys
	working sync.WaitGroup

	mu      sync.Mutex
	bound   []hotkey.Binding
	wrong   []hotkey.Status
	noticed map[string]bool // ids of the notices that stand
}

// Times of hotkeys: how long Bind is waited for (the desktop may ask the
// person first), and how often the settings are read at most.
const (
	bindTime    = 5 * time.Second
	settingsGap = 500 * time.Millisecond
)

// runHotkeys keeps the hotkeys of the settings until ctx ends.
func (p *program) runHotkeys(ctx context.Context, h *wire.House, a *wire.Attached, came <-chan struct{}) {
	k := &hotkeys{log: h.Log.Warn, attach: a, tell: p.teller(h), noticed: map[string]bool{}}
	k.keys = hotkey.New(hotkey.Config{
		Pressed: func(ctx context.Context, action string) { k.pressed(ctx, uploader.Shortcut(action)) },
		Changed: k.changed, Log: h.Log,
	})
	var running sync.WaitGroup
	running.Go(func() { _ = k.keys.Run(ctx) }) // ends with ctx
	running.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-came:
				k.keys.Again()
			}
		}
	})
	k.follow(ctx)
	running.Wait()
	k.working.Wait()
}

// follow binds what the settings say, now and whenever they change.
func (k *hotkeys) follow(ctx context.Context) {
	since := uploader.Since{}
	for ctx.Err() == nil {
		s, err := k.attach.Settings(ctx, uploader.None{})
		if err == nil {
			k.bind(ctx, s)
		}
		change, err := k.attach.Changes(ctx, since)
		if err != nil {
			return // the engine ends
		}
		since.Revision = change.Revision
		_ = rest(ctx, settingsGap)
	}
}

// bind replaces what is bound, if the settings ask for something else.
func (k *hotkeys) bind(ctx context.Context, s uploader.Settings) {
	all, wrong := bindings(s)
	k.mu.Lock()
	same := slices.Equal(all, k.bound) && slices.EqualFunc(wrong, k.wrong, func(a, b hotkey.Status) bool { return a.Action == b.Action })
	k.bound, k.wrong = all, wrong
	k.mu.Unlock()
	if same {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, bindTime)
	defer cancel()
	statuses, err := k.keys.Bind(ctx, all)
	if err != nil {
		k.log("hotkeys not bound", "error", err)
	}
	k.changed(statuses)
}

// changed tells of the hotkeys that do not work, and takes back what is true
// no more.
func (k *hotkeys) changed(statuses []hotkey.Status) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := map[string]bool{}
	for _, s := range slices.Concat(statuses, k.wrong) {
		if s.Err == nil || errors.Is(s.Err, hotkey.ErrIdle) {
			continue
		}
		n := hotkeyWords(s)
		now[n.ID] = true
		k.attach.Notice(n)
	}
	for id := range k.noticed {
		if !now[id] {
			k.attach.TakeBack(id)
		}
	}
	k.noticed = now
}

// pressed does what a hotkey is for. It does not wait for it: a region may be
// picked for minutes, and the clipboard be wanted meanwhile.
func (k *hotkeys) pressed(ctx context.Context, what uploader.Shortcut) {
	k.working.Go(func() {
		err := k.do(ctx, what)
		if err == nil || ctx.Err() != nil || errors.Is(err, uploader.ErrNoRegion) {
			return // the person pressed Esc: they know
		}
		k.log("hotkey failed", "shortcut", string(what), "error", err)
		x := uploader.Explain(err)
		k.tell(x.Headline, x.Hint)
	})
}

func (k *hotkeys) do(ctx context.Context, what uploader.Shortcut) error {
	order := uploader.Order{Batch: job.NewBatchID(), Via: job.ViaCapture, Copy: true, Notify: true}
	if what == uploader.ShortcutClipboard {
		order.Via, order.AskURL = job.ViaClipboard, true // nobody sees which address it is
		return k.received(k.attach.SubmitClipboard(ctx, order))
	}
	shot := uploader.CaptureOrder{Order: order, Shot: uploader.ShotAll}
	switch what {
	case uploader.ShortcutRegion:
		shot.Shot = uploader.ShotRegion
	case uploader.ShortcutWindow:
		shot.Shot = uploader.ShotWindow
	}
	return k.received(k.attach.Capture(ctx, shot))
}

// received tells about the first item that was not taken.
func (k *hotkeys) received(r uploader.Receipt, err error) error {
	for _, e := range r.Entries {
		if e.Failure != nil {
			x := uploader.ExplainFailure(*e.Failure)
			k.tell(e.Input+": "+lower(x.Headline), x.Hint)
			break
		}
	}
	return err
}

// lower is text within a sentence.
func lower(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	if n == 0 {
		return ""
	}
	return string(unicode.ToLower(r)) + text[n:]
}
