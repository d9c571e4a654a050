package notify_test

import (
	"context"
	"errors"
	"html"
	"testing"
	"time"

	"images-uploader.com/upshot/platform/notify"
	"images-uploader.com/upshot/platform/platformtest"
)

func TestNotifierKeepsTheContract(t *testing.T) {
	platformtest.TestNotifier(t, func(t *testing.T) (platformtest.NotifierPort, platformtest.NotifierPeer) {
		d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true, Notifications: true})
		d.Setenv()
		return open(t, notify.Config{}), person{d}
	})
}

func open(t *testing.T, c notify.Config) *notify.Notifier {
	n := notify.New(c)
	t.Cleanup(func() { n.Close() })
	return n
}

// person sees what the recorder was sent, markup undone.
type person struct{ *platformtest.Desktop }

func (p person) Shown() []platformtest.Shown {
	var all []platformtest.Shown
	for _, n := range p.Notifications() {
		all = append(all, platformtest.Shown{ID: n.ID, Title: n.Title, Body: html.UnescapeString(n.Body), Actions: n.Actions})
	}
	return all
}

func TestTextsOfOthersCannotBeMarkup(t *testing.T) {
	nasty := "<b>bold</b> & <a href=\"https://evil.example/\">click</a>\x1b[31m\u202egnp.exe"
	cases := []struct {
		name         string
		capabilities []string
		body         string
	}{
		{
			"where bodies may have markup",
			[]string{"body", "body-markup"},
			"&lt;b&gt;bold&lt;/b&gt; &amp; &lt;a href=&quot;https://evil.example/&quot;&gt;click&lt;/a&gt;[31mgnp.exe",
		},
		{
			"where they are plain",
			[]string{"body"},
			"<b>bold</b> & <a href=\"https://evil.example/\">click</a>[31mgnp.exe",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := platformtest.NewDesktop(t, platformtest.DesktopConfig{
				Headless: true, Notifications: true, Capabilities: c.capabilities,
			})
			d.Setenv()
			if err := open(t, notify.Config{}).Notify(t.Context(), "a\nb\x07\t<i>", nasty, nil, nil); err != nil {
				t.Fatal(err)
			}
			n := d.Notifications()[0]
			if n.Title != "a b <i>" {
				t.Errorf("title: %q", n.Title)
			}
			if n.Body != c.body {
				t.Errorf("body: %q, want %q", n.Body, c.body)
			}
		})
	}
}

func TestNotificationsCarryOurNameAndIcon(t *testing.T) {
	const id = "com.images_uploader.Upshot" // as the entry and the icon are installed
	for name, c := range map[string]struct {
		config           notify.Config
		app, icon, entry string
	}{
		"Upshot's":  {notify.Config{}, "Upshot", id, id},
		"another's": {notify.Config{App: "Other", Icon: "/a.png", Entry: "org.example.Other"}, "Other", "/a.png", "org.example.Other"},
	} {
		t.Run(name, func(t *testing.T) {
			d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true, Notifications: true})
			d.Setenv()
			if err := open(t, c.config).Notify(t.Context(), "title", "body", nil, nil); err != nil {
				t.Fatal(err)
			}
			got := d.Notifications()[0]
			if got.App != c.app || got.Icon != c.icon || got.Hints["desktop-entry"].Value() != c.entry {
				t.Errorf("shown: %+v", got)
			}
		})
	}
}

func TestDesktopWithoutButtonsGetsNone(t *testing.T) {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{
		Headless: true, Notifications: true, Capabilities: []string{"body"},
	})
	d.Setenv()
	if err := open(t, notify.Config{}).Notify(t.Context(), "title", "", [][2]string{{"a", "A"}}, func(string) {}); err != nil {
		t.Fatal(err)
	}
	if n := d.Notifications()[0]; len(n.Actions) != 0 {
		t.Errorf("actions: %v", n.Actions)
	}
}

func TestWhatIsReadyIsToldWithoutShowingAnything(t *testing.T) {
	for name, c := range map[string]struct {
		capabilities []string
		buttons      bool
	}{
		"with buttons":    {[]string{"actions", "body"}, true},
		"without buttons": {[]string{"body"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := platformtest.NewDesktop(t, platformtest.DesktopConfig{
				Headless: true, Notifications: true, Capabilities: c.capabilities,
			})
			d.Setenv()
			if buttons, err := open(t, notify.Config{}).Ready(t.Context()); err != nil || buttons != c.buttons {
				t.Errorf("Ready: %v, %v, want %v", buttons, err, c.buttons)
			}
			if all := d.Notifications(); len(all) != 0 {
				t.Errorf("shown: %+v", all)
			}
		})
	}
}

func TestNothingThatShowsNotifications(t *testing.T) {
	for name, config := range map[string]platformtest.DesktopConfig{
		"a bus without the service": {Headless: true},
		"a bus that has gone":       {Headless: true, NoBus: true},
	} {
		t.Run(name, func(t *testing.T) {
			platformtest.NewDesktop(t, config).Setenv()
			if config.NoBus {
				t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
			}
			if err := open(t, notify.Config{}).Notify(t.Context(), "a", "b", nil, nil); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("Notify: %v, want errors.ErrUnsupported", err)
			}
			if _, err := open(t, notify.Config{}).Ready(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("Ready: %v, want errors.ErrUnsupported", err)
			}
		})
	}
}

func TestServiceThatDoesNotAnswerEndsWithTheContext(t *testing.T) {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true})
	d.Setenv()
	d.OwnMute("org.freedesktop.Notifications")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := open(t, notify.Config{}).Notify(ctx, "a", "b", nil, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Notify: %v, want context.DeadlineExceeded", err)
	}
}

func TestBusThatDiesAndAnotherThatComes(t *testing.T) {
	config := platformtest.DesktopConfig{Headless: true, Notifications: true}
	first := platformtest.NewDesktop(t, config)
	first.Setenv()
	n := open(t, notify.Config{})
	if err := n.Notify(t.Context(), "on the first", "", nil, nil); err != nil {
		t.Fatal(err)
	}
	first.KillBus()
	platformtest.Eventually(t, "the bus has gone", func() bool {
		return errors.Is(n.Notify(t.Context(), "nowhere", "", nil, nil), errors.ErrUnsupported)
	})
	second := platformtest.NewDesktop(t, config)
	second.Setenv()
	clicked := make(chan string, 1)
	if err := n.Notify(t.Context(), "on the second", "", [][2]string{{"a", "A"}}, func(key string) { clicked <- key }); err != nil {
		t.Fatal(err)
	}
	second.Choose(second.WaitNotification(1)[0].ID, "a")
	select {
	case <-clicked:
	case <-time.After(20 * time.Second):
		t.Error("the click was not told")
	}
}
