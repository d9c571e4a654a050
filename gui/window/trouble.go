package window

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2/lang"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
)

// trouble is what stands between the person and their links, and what they
// have put away already.
type trouble struct {
	failure *failure        // of the last order that failed
	away    map[string]bool // keys of banners put away
}

type failure struct {
	explanation uploader.Explanation
	again       func()
}

// Keys of banners; those of gates and notices carry their owner's after a slash.
const (
	keyLost    = "lost"
	keyFailure = "failure"
	keyGate    = "gate/"
	keyNotice  = "notice/"
	keyMetered = "metered"
)

// fail tells that an order failed. again gives it once more.
func (w *Window) fail(err error, again func()) {
	if errors.Is(err, context.Canceled) {
		return
	}
	if errors.Is(err, uploader.ErrNothing) {
		w.say(sentence(uploader.Explain(err).Headline))
		return
	}
	w.cfg.Log.Warn("an order failed", "error", err)
	w.failed(uploader.Explain(err), again)
}

func (w *Window) failed(e uploader.Explanation, again func()) {
	w.stopPicking()
	w.trouble.failure = &failure{e, again}
	w.shell.update(w.view)
}

// banners are what is to be said now, the most pressing first.
func (w *Window) banners(v presenter.View) []parts.BannerModel {
	var out []parts.BannerModel
	if v.Link == presenter.Lost && (v.Tries > 1 || v.Snapshot.Revision == 0) {
		out = append(out, lostBanner(v))
	}
	if f := w.trouble.failure; f != nil {
		out = append(out, parts.BannerModel{
			Key: keyFailure, Weight: parts.Accuses, Close: true,
			Headline: sentence(f.explanation.Headline), Hint: sentence(f.explanation.Hint),
			Button: actionWord(f.explanation.Action),
		})
	}
	for _, a := range v.Snapshot.Accounts {
		if len(a.Gates) > 0 { // the first gate is the one to open
			out = append(out, gateBanner(a, len(v.Snapshot.Accounts) > 1))
		}
	}
	if v.Snapshot.Metered && v.Snapshot.Open() > 0 {
		out = append(out, parts.BannerModel{
			Key: keyMetered, Weight: parts.Tells, Headline: lang.L("Held back: this network is paid by volume"),
			Hint: lang.L("It goes on by itself on another network"), Button: lang.L("Open settings"),
		})
	}
	if v.Snapshot.Paused && len(out) == 0 {
		out = append(out, parts.BannerModel{
			Key: keyGate, Weight: parts.Tells, Headline: lang.L("Uploads are paused"),
			Hint: lang.L("What you add waits here"), Button: lang.L("Resume"),
		})
	}
	for _, notice := range v.Snapshot.Notices {
		if key := keyNotice + notice.ID; !w.trouble.away[key] {
			headline, more := sentences(notice.Headline)
			out = append(out, parts.BannerModel{
				Key: key, Weight: parts.Tells, Close: true,
				Headline: headline, Hint: cmp.Or(sentence(notice.Hint), more),
			})
		}
	}
	return out
}

// gateBanner says what holds an account's files back.
func gateBanner(a uploader.AccountStatus, named bool) parts.BannerModel {
	e := uploader.ExplainGate(a.Gates[0])
	b := parts.BannerModel{
		Key: keyGate + a.Name, Weight: parts.Warns,
		Headline: sentence(e.Headline), Hint: sentence(e.Hint), Button: actionWord(e.Action),
	}
	if a.Gates[0].Gate == job.GatePaused {
		b.Weight = parts.Tells
	}
	if named {
		b.Headline = clean(a.Name) + ": " + b.Headline
	}
	return b
}

func lostBanner(v presenter.View) parts.BannerModel {
	b := parts.BannerModel{
		Key: keyLost, Weight: parts.Warns, Button: lang.L("Try now"),
		Headline: lang.L("Upshot's uploader does not answer"),
		Hint:     lang.L("It is started again by itself. Nothing you gave it is lost"),
	}
	if !errors.Is(v.Err, uploader.ErrGone) {
		if e := uploader.Explain(v.Err); e.Headline != "" {
			b.Headline, b.Hint = sentence(e.Headline), sentence(e.Hint)
		}
	}
	return b
}

// actionWord is what stands on the button of an explanation.
func actionWord(a uploader.Action) string {
	switch a {
	case uploader.ActionRetry:
		return lang.L("Try again")
	case uploader.ActionAccount:
		return lang.L("Look at the account")
	case uploader.ActionResume:
		return lang.L("Resume")
	case uploader.ActionSettings:
		return lang.L("Open settings")
	default: // the doctor lives in the terminal
		return ""
	}
}

// onBanner does what the button of a banner says.
func (w *Window) onBanner(key string) {
	switch {
	case key == keyLost:
		w.present.Retry()
	case key == keyMetered:
		w.shell.open(placeSettings)
	case key == keyFailure:
		f := w.trouble.failure
		w.closeBanner(key)
		if f != nil {
			w.follow(f.explanation.Action, "", f.again)
		}
	case strings.HasPrefix(key, keyGate):
		account := strings.TrimPrefix(key, keyGate)
		w.follow(w.gateAction(account), account, nil)
	}
}

func (w *Window) gateAction(account string) uploader.Action {
	for _, a := range w.view.Snapshot.Accounts {
		if a.Name == account && len(a.Gates) > 0 {
			return uploader.ExplainGate(a.Gates[0]).Action
		}
	}
	return uploader.ActionResume
}

// follow does what an explanation advises.
func (w *Window) follow(a uploader.Action, account string, again func()) {
	switch a {
	case uploader.ActionAccount:
		w.shell.open(placeSettings)
		w.shell.settings.accounts.edit(account)
	case uploader.ActionSettings:
		w.shell.open(placeSettings)
	case uploader.ActionRetry:
		if again != nil {
			again()
			return
		}
		w.resume(account)
	case uploader.ActionResume:
		w.resume(account)
	}
}

// closeBanner puts a banner away.
func (w *Window) closeBanner(key string) {
	if key == keyFailure {
		w.trouble.failure = nil
	} else {
		if w.trouble.away == nil {
			w.trouble.away = make(map[string]bool)
		}
		w.trouble.away[key] = true
	}
	w.shell.update(w.view)
}

func (w *Window) resume(account string) {
	w.order(func(ctx context.Context, up uploader.Uploader) error {
		_, err := up.Resume(ctx, uploader.AccountRequest{Account: account})
		return err
	}, nil)
}

func (w *Window) pause() { w.pauseAccount("") }

// pauseAccount pauses an account, or all of them.
func (w *Window) pauseAccount(name string) {
	w.order(func(ctx context.Context, up uploader.Uploader) error {
		_, err := up.Pause(ctx, uploader.AccountRequest{Account: name})
		return err
	}, nil)
}
