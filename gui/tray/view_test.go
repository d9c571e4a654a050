package tray

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/words"
	"images-uploader.com/upshot/icons"
)

// english is what is said where no other language is asked for.
func english(t *testing.T) *words.Words {
	t.Helper()
	return speaking(t, "en")
}

func speaking(t *testing.T, tag string) *words.Words {
	t.Helper()
	w, err := words.Of(tag)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWhatTheTraySaysOfASnapshot(t *testing.T) {
	gate := func(g job.Gate, until time.Time) []uploader.AccountStatus {
		return []uploader.AccountStatus{{Name: "home", Gates: []uploader.GateStatus{{Gate: g, Until: until}}}}
	}
	soon := time.Now().Add(time.Hour)
	home := []uploader.AccountStatus{{Name: "home"}}
	noKey := uploader.ExplainGate(uploader.GateStatus{Gate: job.GateNoKey}).Headline
	for _, tt := range []struct {
		name   string
		snap   uploader.Snapshot
		unseen int
		icon   icons.State
		status string
		paused bool
		again  bool
	}{
		{name: "no account", icon: icons.Idle, status: "No host is set up yet"},
		{name: "nothing to do", snap: uploader.Snapshot{Accounts: home}, icon: icons.Idle, status: "Ready"},
		{
			name: "watching",
			snap: uploader.Snapshot{Accounts: home, Folders: []uploader.FolderStatus{{State: uploader.FolderWatching}, {State: uploader.FolderPolling}, {State: uploader.FolderPaused}}},
			icon: icons.Idle, status: "Ready, watching 2 folders",
		},
		{
			name: "one on the way, and more",
			snap: uploader.Snapshot{Accounts: home, Counts: map[job.State]int{job.Queued: 3}, Sending: []uploader.Progress{{Name: "a.png", Sent: 1, Size: 3}}},
			icon: icons.Busy, status: "Uploading a.png, 33 %, 3 waiting",
		},
		{
			name: "two on the way, one grown since",
			snap: uploader.Snapshot{Accounts: home, Sending: []uploader.Progress{{Sent: 10, Size: 5}, {Sent: 0, Size: 0}}},
			icon: icons.Busy, status: "Uploading 2 files, 100 %",
		},
		{
			name: "an empty size says no percentage",
			snap: uploader.Snapshot{Accounts: home, Sending: []uploader.Progress{{Name: "a"}}},
			icon: icons.Busy, status: "Uploading a",
		},
		{
			name: "a network that costs",
			snap: uploader.Snapshot{Accounts: home, Metered: true, Counts: map[job.State]int{job.Queued: 2}},
			icon: icons.Idle, status: "2 files waiting: this network is paid by volume",
		},
		{
			name: "the host works on a video",
			snap: uploader.Snapshot{Accounts: home, Sending: []uploader.Progress{{Name: "a.mp4", Sent: 9, Size: 9, Answer: true}}},
			icon: icons.Busy, status: "Uploading a.mp4, the host works on it",
		},
		{
			name: "paused with files", snap: uploader.Snapshot{Accounts: home, Paused: true, Counts: map[job.State]int{job.Queued: 1, job.Waiting: 1}},
			icon: icons.Paused, status: "Paused, 2 files waiting", paused: true,
		},
		{
			name: "paused while one ends", snap: uploader.Snapshot{Accounts: home, Paused: true, Sending: []uploader.Progress{{Name: "a"}}},
			icon: icons.Paused, status: "Paused", paused: true,
		},
		{
			name: "every account paused", snap: uploader.Snapshot{Accounts: gate(job.GatePaused, time.Time{})},
			icon: icons.Paused, status: "Paused", paused: true,
		},
		{
			name: "one of two accounts paused", snap: uploader.Snapshot{Accounts: append(gate(job.GatePaused, time.Time{}), home...)},
			icon: icons.Idle, status: "Ready",
		},
		{
			name: "flood limit", snap: uploader.Snapshot{Accounts: gate(job.GateThrottled, soon), Counts: map[job.State]int{job.Queued: 3}},
			icon: icons.Idle, status: "3 files waiting: upload limit of the host until " + soon.Format("15:04"),
		},
		{
			name: "offline", snap: uploader.Snapshot{Accounts: gate(job.GateOffline, soon), Counts: map[job.State]int{job.Waiting: 1}},
			icon: icons.Idle, status: "1 file waiting for the network", again: true,
		},
		{
			name: "offline with nothing to do", snap: uploader.Snapshot{Accounts: gate(job.GateOffline, soon)},
			icon: icons.Idle, status: "Ready", again: true,
		},
		{
			name: "no key", snap: uploader.Snapshot{Accounts: gate(job.GateNoKey, time.Time{})},
			icon: icons.Attention, status: noKey, again: true,
		},
		{
			name: "a locked keyring", snap: uploader.Snapshot{Accounts: []uploader.AccountStatus{{Name: "home", Gates: []uploader.GateStatus{
				{Gate: job.GateNoKey, Failure: &job.Failure{Kind: client.KindAuth, Code: job.CodeKeyring}},
			}}}},
			icon: icons.Attention, status: "Waiting for your keyring", again: true,
		},
		{
			name: "no key of one of two, with files", snap: uploader.Snapshot{Accounts: append(home, gate(job.GateNoKey, time.Time{})...), Counts: map[job.State]int{job.Queued: 2}},
			icon: icons.Attention, status: "home: 2 files waiting: " + english(t).LowerFirst(noKey), again: true,
		},
		{
			name: "no key weighs more than paused", snap: uploader.Snapshot{Paused: true, Accounts: gate(job.GateNoKey, time.Time{})},
			icon: icons.Attention, status: noKey, paused: true,
		},
		{
			name: "failed", snap: uploader.Snapshot{Accounts: home}, unseen: 2,
			icon: icons.Attention, status: "2 files failed: open Upshot to see why",
		},
		{
			name: "held", snap: uploader.Snapshot{Accounts: home, Counts: map[job.State]int{job.Held: 1}},
			icon: icons.Idle, status: "1 file held back",
		},
		{
			name: "waiting for another try", snap: uploader.Snapshot{Accounts: home, Counts: map[job.State]int{job.Waiting: 1}},
			icon: icons.Idle, status: "1 file waiting",
		},
		{
			name: "a folder that cannot be watched", snap: uploader.Snapshot{Accounts: home, Folders: []uploader.FolderStatus{{Folder: uploader.Folder{Path: "/home/me/Pic\ntures"}, State: uploader.FolderFailed, Reason: "it may not be read"}}},
			icon: icons.Attention, status: "Cannot watch Pic tures: it may not be read",
		},
		{
			name: "a notice", snap: uploader.Snapshot{Accounts: home, Notices: []uploader.Notice{{Headline: "Your settings were set aside"}}},
			icon: icons.Idle, status: "Your settings were set aside",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := look(english(t), tt.snap, tt.unseen)
			if v.icon != tt.icon || v.status != tt.status || v.paused != tt.paused || v.again != tt.again {
				t.Errorf("got %s %q paused %v again %v", v.icon, v.status, v.paused, v.again)
			}
		})
	}
}

func TestEveryClosedGateHasALineThatFits(t *testing.T) {
	kinds := []client.Kind{client.KindDenied, client.KindProtocol, client.KindTLS, client.KindAuth, client.KindNetwork}
	for _, g := range []job.Gate{job.GateNoKey, job.GateUnavailable, job.GateThrottled, job.GateOffline} {
		for _, k := range kinds {
			v := look(english(t), uploader.Snapshot{
				Accounts: []uploader.AccountStatus{{}, {Name: strings.Repeat("n", 100), Gates: []uploader.GateStatus{{Gate: g, Until: time.Now().AddDate(0, 0, 9), Failure: &job.Failure{Kind: k, Message: strings.Repeat("m", 1000)}}}}},
				Counts:   map[job.State]int{job.Queued: 123456},
			}, 0)
			if n := utf8.RuneCountInString(tooltip(v.status)); n > 127 || n < 20 {
				t.Errorf("%s, %s: %d characters: %q", g, k, n, v.status)
			}
		}
	}
}

func TestNamesInTheMenu(t *testing.T) {
	for in, want := range map[string]string{
		"a.png":                     "a.png",
		"a\tb\r\nc":                 "a b c",
		"\x1b]0;title\x07x":         "]0;titlex",
		"\u202eabc\u2066\u200f.png": "abc.png",
		"line\u2028end":             "line end",
		"\xff\x00\xfe":              "\ufffd\ufffd",
		"  spaces   between  ":      "spaces between",
		"日本語 👩‍👩‍👧.png":             "日本語 👩‍👩‍👧.png",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
	for _, tt := range []struct {
		in   string
		n    int
		want string
	}{
		{"short.png", 9, "short.png"},
		{"0123456789.png", 10, "012345…png"},
		{"Screenshot from 2026-01-02 10-20-30.png", 20, "Screenshot fr…30.png"},
		{"spaces here and here.png", 13, "spaces h….png"},
		{"aaaaae\u0301bbbbbbbbb", 10, "aaaaa…bbb"},
	} {
		if got := shorten(tt.in, tt.n); got != tt.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}

// The library keeps the menu in memory while there is no bus, so that what
// follows needs none.

func TestTheTrayLooksAtMostTwiceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		e := newEngine()
		tray := New(Config{Uploader: e})
		tray.build()
		go tray.follow(ctx)
		for i := range 100 {
			time.Sleep(100 * time.Millisecond)
			e.set(func(s *uploader.Snapshot) { s.Sending = []uploader.Progress{{Name: fmt.Sprint(i)}} })
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := e.looked(); got < 15 || got > 23 {
			t.Errorf("it looked %d times in ten seconds", got)
		}
		if want := "Uploading 99"; tray.drawn.status != want {
			t.Errorf("it shows %q, want %q", tray.drawn.status, want)
		}
		looked := e.looked()
		time.Sleep(10 * time.Hour)
		if got := e.looked(); got != looked {
			t.Errorf("it looked %d times while nothing happened", got-looked)
		}
		cancel()
	})
}

func TestAnEngineThatFailsIsAskedNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		e := newEngine()
		tray := New(Config{Uploader: e})
		tray.build()
		e.breakDown(uploader.ErrGone)
		go tray.follow(ctx)
		time.Sleep(time.Minute + time.Second)
		synctest.Wait()
		if got := e.looked(); got != 13 {
			t.Errorf("it asked %d times in a minute", got)
		}
		if want := uploader.Explain(uploader.ErrGone).Headline; tray.drawn.status != want || tray.drawn.icon != icons.Attention {
			t.Errorf("it shows %+v, want %q", tray.drawn, want)
		}
		e.breakDown(nil)
		time.Sleep(retry)
		synctest.Wait()
		if tray.drawn.status != "Ready" || tray.drawn.icon != icons.Idle {
			t.Errorf("afterwards it shows %+v", tray.drawn)
		}
		cancel()
	})
}

func TestOldFailuresCallForNobody(t *testing.T) {
	tray := New(Config{Uploader: newEngine()})
	tray.build()
	show := func(failed int) icons.State {
		tray.show(uploader.Snapshot{Counts: map[job.State]int{job.Failed: failed}})
		return tray.drawn.icon
	}
	for _, step := range []struct {
		failed int
		want   icons.State
	}{
		{5, icons.Idle}, // of another day
		{6, icons.Attention},
		{6, icons.Attention},
		{3, icons.Idle}, // removed from the list
		{4, icons.Attention},
	} {
		if got := show(step.failed); got != step.want {
			t.Errorf("with %d failed it is %s, want %s", step.failed, got, step.want)
		}
	}
	tray.looked()
	if tray.drawn.icon != icons.Idle {
		t.Error("the person has looked, and still it calls")
	}
}

func TestUndoNamesWhatItTakesBack(t *testing.T) {
	for want, offer := range map[string]*uploader.UndoOffer{
		"":                       nil,
		"Undo upload of a b.png": {IDs: []job.ID{1}, Name: "a\nb.png"},
		"Undo upload of 3 files": {IDs: []job.ID{1, 2, 3}, Name: "a.png"},
	} {
		if got := look(english(t), uploader.Snapshot{Undo: offer}, 0).undo; got != want {
			t.Errorf("undo of %+v is %q, want %q", offer, got, want)
		}
	}
}

func TestACountdownIsShownUntilTheScreenIsCaptured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := uploader.Snapshot{CaptureAt: time.Now().Add(2500 * time.Millisecond)}
		for _, want := range []string{"Capturing the screen in 3 s", "Capturing the screen in 2 s", "Capturing the screen in 1 s"} {
			if v := look(english(t), s, 0); v.status != want || v.icon != icons.Busy || !v.ticks {
				t.Errorf("it says %q with %v, want %q", v.status, v.icon, want)
			}
			time.Sleep(time.Second)
		}
		if v := look(english(t), s, 0); v.ticks || v.status != "No host is set up yet" {
			t.Errorf("after it, it says %q", v.status)
		}
	})
}

func TestWhatIsLeftInTheQueueIsSaidByQuit(t *testing.T) {
	if v := look(english(t), uploader.Snapshot{Counts: map[job.State]int{job.Done: 4}}, 0); v.left != 0 {
		t.Errorf("with nothing to send, %d are left", v.left)
	}
	if v := look(english(t), uploader.Snapshot{Counts: map[job.State]int{job.Queued: 1, job.Held: 1, job.Sending: 1, job.Failed: 9}}, 0); v.left != 3 {
		t.Errorf("%d are left, want 3", v.left)
	}
	var said []string
	tray := New(Config{
		Tell: func(headline, _ string) { said = append(said, headline) },
		Quit: func() { said = append(said, "quit") },
	})
	tray.quit()
	tray.drawn.left = 3
	tray.quit()
	if want := []string{"quit", "Upshot ends, with 3 files in the queue", "quit"}; !slices.Equal(said, want) {
		t.Errorf("it said %q", said)
	}
}

func TestADesktopWithoutAPlaceForTheIconIsToldOfOnce(t *testing.T) {
	for _, tt := range []struct {
		name  string
		shown bool
		err   error
		tells int
	}{{"a panel shows it", true, nil, 0}, {"nobody shows it", false, nil, 1}, {"it cannot be known", false, context.DeadlineExceeded, 0}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, told := time.Now(), 0
				tray := New(Config{
					NoHost: func() { told++ },
					Present: func(context.Context) (bool, error) {
						if time.Since(began) < 10*time.Second {
							t.Error("a panel that is coming up was not waited for")
						}
						return tt.shown, tt.err
					},
				})
				tray.lookForHost(t.Context())
				synctest.Wait()
				if told != tt.tells {
					t.Errorf("told %d times, want %d", told, tt.tells)
				}
			})
		})
	}
}

func TestARegionThatNobodyWantsIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine()
		e.answer(uploader.Receipt{}, uploader.ErrNoRegion)
		tray := New(Config{Uploader: e})
		if err := tray.capture(uploader.ShotRegion)(t.Context()); err != nil {
			t.Errorf("it says %v", err)
		}
	})
}

func TestEveryLineIsSaidInEveryLanguage(t *testing.T) {
	gate := func(g job.Gate) []uploader.AccountStatus {
		return []uploader.AccountStatus{{Name: "home", Gates: []uploader.GateStatus{{Gate: g, Until: time.Now().Add(time.Hour)}}}}
	}
	home := []uploader.AccountStatus{{Name: "home"}}
	waits := map[job.State]int{job.Queued: 2}
	snaps := map[string]uploader.Snapshot{
		"no account": {},
		"ready":      {Accounts: home},
		"watching":   {Accounts: home, Folders: []uploader.FolderStatus{{State: uploader.FolderWatching}}},
		"sending":    {Accounts: home, Sending: []uploader.Progress{{Name: "a.png", Sent: 1, Size: 2}}},
		"answering":  {Accounts: home, Sending: []uploader.Progress{{Answer: true}, {Answer: true}}},
		"metered":    {Accounts: home, Metered: true, Counts: waits},
		"paused":     {Accounts: home, Paused: true},
		"held up":    {Accounts: home, Paused: true, Counts: waits},
		"waiting":    {Accounts: home, Counts: waits},
		"held":       {Accounts: home, Counts: map[job.State]int{job.Held: 1}},
		"no key":     {Accounts: gate(job.GateNoKey), Counts: waits},
		"host away":  {Accounts: gate(job.GateUnavailable), Counts: waits},
		"too many":   {Accounts: gate(job.GateThrottled), Counts: waits},
		"offline":    {Accounts: gate(job.GateOffline), Counts: waits},
		"no folder":  {Accounts: home, Folders: []uploader.FolderStatus{{State: uploader.FolderFailed, Folder: uploader.Folder{Path: "/a/b"}}}},
		"notice":     {Accounts: home, Notices: []uploader.Notice{{Headline: "Links cannot be put on the clipboard"}}},
		"countdown":  {Accounts: home, CaptureAt: time.Now().Add(time.Hour)},
	}
	for _, l := range words.Languages() {
		if l.Tag == "en" {
			continue
		}
		t.Run(l.Name, func(t *testing.T) {
			said := map[string]string{}
			for name, snap := range snaps {
				synctest.Test(t, func(t *testing.T) {
					snap.CaptureAt = time.Time{}
					if name == "countdown" {
						snap.CaptureAt = time.Now().Add(time.Hour)
					}
					got, inEnglish := look(speaking(t, l.Tag), snap, 0).status, look(english(t), snap, 0).status
					if got == inEnglish || strings.Contains(got, "{{") || strings.Contains(got, "_") {
						t.Errorf("%s: it says %q", name, got)
					}
					if n := utf8.RuneCountInString(got); n > 80 {
						t.Errorf("%s: %q is long: %d characters", name, got, n)
					}
					if other, twice := said[got]; twice {
						t.Errorf("%s and %s are both %q", name, other, got)
					}
					said[got] = name
				})
			}
		})
	}
}

func TestALanguageThatIsChosenIsSpokenWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		e := newEngine()
		tray := New(Config{Uploader: e})
		tray.build()
		go tray.follow(ctx)
		for tag, want := range map[string]string{"de": "Bereit", "es": "Listo", "fr": "Prêt", "id": "Siap", "zh": "就绪", "": "Ready"} {
			e.speak(tag)
			time.Sleep(time.Second)
			synctest.Wait()
			if tray.drawn.status != want {
				t.Errorf("%s: it says %q, want %q", tag, tray.drawn.status, want)
			}
		}
		cancel()
		synctest.Wait()
	})
}
