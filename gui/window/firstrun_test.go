package window

import (
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/windowtest"
)

func TestFirstRunOffersTheHostAndPutsTheKeyboardWhereTheKeyGoes(t *testing.T) {
	sit(t, &windowtest.Fake{}, func(d *desk) {
		d.sees("Welcome to Upshot")
		if got := d.first.form.address.Text; got != "https://images-uploader.com" {
			t.Errorf("the address offered is %q", got)
		}
		if d.win.Canvas().Focused() != d.first.form.key {
			t.Error("the keyboard is not at the key")
		}
		if !d.first.form.key.Password {
			t.Error("the key can be read by everybody")
		}
		if !d.button("Check").Disabled() || !d.button("Save").Disabled() {
			t.Error("without a key there is nothing to check or save")
		}
	})
}

func TestFirstRunChecksSavesAndEndsInTheQueue(t *testing.T) {
	fake := &windowtest.Fake{}
	sit(t, fake, func(d *desk) {
		test.Type(d.first.form.key, windowtest.GoodKey)
		d.press("Check")
		d.sees("Address and key are good")
		d.asked("check https://images-uploader.com")
		d.press("Save")
		d.asked("check https://images-uploader.com", "add account images-uploader.com https://images-uploader.com")
		d.sees("What shall be copied?")
		d.choose("Markdown")
		d.sees("![Sunset](https://images-uploader.com/i/sunset.png)")
		d.press("Next")
		if got := fake.KeptSettings().Link.Kind; got != client.LinkMarkdown {
			t.Errorf("copied is %q", got)
		}
		d.sees("Watch a folder?")
		d.press("Not now")
		d.sees("Drop pictures or videos here")
	})
}

func TestFirstRunGoesByEnterAlone(t *testing.T) {
	fake := &windowtest.Fake{}
	sit(t, fake, func(d *desk) {
		test.Type(d.first.form.key, windowtest.GoodKey)
		d.key(fyne.KeyReturn)
		d.sees("Address and key are good")
		d.key(fyne.KeyReturn)
		d.sees("What shall be copied?")
		d.key(fyne.KeyReturn)
		d.sees("Watch a folder?")
	})
}

func TestAWrongKeyIsSaidInWordsAndCannotBeSaved(t *testing.T) {
	sit(t, &windowtest.Fake{}, func(d *desk) {
		test.Type(d.first.form.key, "wrong")
		d.press("Check")
		d.sees("The API key is missing or not accepted")
		if !d.button("Save").Disabled() {
			t.Error("a key that was not accepted can be saved")
		}
	})
}

func TestWhatIsTypedAfterACheckHasToBeCheckedAgain(t *testing.T) {
	sit(t, &windowtest.Fake{}, func(d *desk) {
		test.Type(d.first.form.key, windowtest.GoodKey)
		d.press("Check")
		test.Type(d.first.form.key, "x")
		if !d.button("Save").Disabled() {
			t.Error("another key than the checked one can be saved")
		}
		d.win.Canvas().Focus(d.first.form.key)
		d.key(fyne.KeyReturn)
		d.sees("The API key is missing or not accepted")
	})
}

func TestTheAddressIsMendedByTheCheck(t *testing.T) {
	sit(t, &windowtest.Fake{}, func(d *desk) {
		d.first.form.address.SetText(" pics.example.org/ ")
		test.Type(d.first.form.key, windowtest.GoodKey)
		d.press("Check")
		if got := d.first.form.address.Text; got != "https://pics.example.org" {
			t.Errorf("the address is now %q", got)
		}
	})
}

func TestHTTPHasToBeAllowed(t *testing.T) {
	sit(t, &windowtest.Fake{}, func(d *desk) {
		d.doesNotSee("Allow http")
		d.first.form.address.SetText("http://pics.example.org")
		d.sees("Allow http")
		if c, _ := d.first.form.candidate("http://pics.example.org"); c.Account.AllowHTTP {
			t.Error("http is allowed unasked")
		}
		d.first.form.plain.SetChecked(true)
		if c, _ := d.first.form.candidate("http://pics.example.org"); !c.Account.AllowHTTP {
			t.Error("http was allowed, but the account says no")
		}
	})
}

func TestTheFirstRunCanBeLeftAndDoesNotComeBackByItself(t *testing.T) {
	fake := &windowtest.Fake{}
	sit(t, fake, func(d *desk) {
		d.press("Later")
		d.sees("Drop pictures or videos here")
		add(fake, job.Job{Name: "a.png", State: job.Queued})
		d.wait()
		d.doesNotSee("Welcome")
	})
}

func TestAnAccountSetUpElsewhereEndsTheFirstRun(t *testing.T) {
	fake := &windowtest.Fake{}
	sit(t, fake, func(d *desk) {
		fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) { s.Accounts = []uploader.AccountStatus{{Name: "cli"}} })
		d.wait()
		d.doesNotSee("Welcome")
	})
}

func TestTheScreenshotsFolderIsOfferedIfItIsThere(t *testing.T) {
	home := t.TempDir()
	shots := filepath.Join(home, "Pictures", "Screenshots")
	if err := os.MkdirAll(shots, 0o700); err != nil {
		t.Fatal(err)
	}
	fake := &windowtest.Fake{}
	sitWith(t, fake, Config{Home: home}, func(d *desk) {
		test.Type(d.first.form.key, windowtest.GoodKey)
		d.press("Check")
		d.press("Save")
		d.press("Later")
		d.press("Watch ~/Pictures/Screenshots")
		d.asked("check https://images-uploader.com", "add account images-uploader.com https://images-uploader.com", "add folder "+shots)
		d.sees("Watching Screenshots")
	})
}
