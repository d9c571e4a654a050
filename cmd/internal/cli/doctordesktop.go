package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
	"images-uploader.com/upshot/platform/hotkey"
	"images-uploader.com/upshot/platform/instance"
	"images-uploader.com/upshot/platform/network"
	"images-uploader.com/upshot/platform/notify"
	"images-uploader.com/upshot/platform/opener"
	"images-uploader.com/upshot/platform/power"
)

// hotkeyFindings are a line for each hotkey that is set; the notices tell of
// those that do not work.
func hotkeyFindings(s uploader.Settings, snap uploader.Snapshot) []finding {
	broken := map[string]uploader.Notice{}
	for _, n := range snap.Notices {
		if action, ok := strings.CutPrefix(n.ID, uploader.NoticeHotkey); ok {
			broken[action] = n
		}
	}
	bound, wrong := bindings(s)
	var list []finding
	for _, b := range bound {
		list = append(list, hotkeyFinding(b, broken[b.Action], snap.Role))
	}
	for _, w := range wrong {
		n := hotkeyWords(w)
		list = append(list, finding{Name: "hotkeys", Verdict: note, Found: n.Headline, Cure: n.Hint, brief: "one is not usable"})
	}
	if len(list) == 0 {
		return []finding{{Name: "hotkeys", Verdict: good, Found: "none are set; set one with: upshot settings set hotkey-region Ctrl+Shift+4"}}
	}
	return list
}

func hotkeyFinding(b hotkey.Binding, broken uploader.Notice, role uploader.Role) finding {
	does := b.Combination.String() + ": " + lower(b.Title)
	switch {
	case broken.ID != "":
		return finding{Name: "hotkeys", Verdict: note, Found: broken.Headline, Cure: broken.Hint, brief: does + ", does not work"}
	case role != uploader.RoleAgent:
		return finding{Name: "hotkeys", Verdict: note, Found: does + ", while the agent runs", Cure: "start it with: upshot agent"}
	}
	return finding{Name: "hotkeys", Verdict: good, Found: does}
}

// autostartFinding says whether the agent starts at login.
func autostartFinding(ctx context.Context, h *wire.House) finding {
	f := finding{Name: "autostart", Verdict: good}
	if h.Services.Autostart == nil {
		f.Found = "off: this Upshot keeps its things in one directory (UPSHOT_HOME), and what starts at login does not know of it"
		return f
	}
	on, err := h.Services.Autostart.Enabled(ctx)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		f.Verdict, f.Found = note, "this system has no list of what starts at login"
	case err != nil:
		f.Verdict, f.Found, f.Cure = note, "whether the agent starts at login cannot be read: "+err.Error(), "set it again: upshot settings set autostart true"
		f.brief = "cannot be read"
	case on:
		f.Found = "the agent starts when you log in"
	default:
		f.Found = "the agent does not start when you log in; have it start with: upshot settings set autostart true"
	}
	return f
}

// powerFinding says whether files on their way can end before the computer sleeps.
func powerFinding(ctx context.Context, _ *wire.House) finding {
	f := finding{Name: "power", Verdict: good, Found: "before the computer sleeps or shuts down, files on their way may end"}
	if err := power.New(power.Config{}).Announced(ctx); err != nil {
		f.Verdict, f.Found = note, "when the computer sleeps or shuts down, files on their way are cut off"
		f.Cure = "nothing is lost, they are sent again"
		if runtime.GOOS == "linux" {
			f.Cure += "; where systemd-logind or elogind runs, they may end first"
		}
	}
	return f
}

// notifyFinding says whether the desktop would show a notification; none is
// shown.
func notifyFinding(ctx context.Context, _ *wire.House) finding {
	f := finding{Name: "notify", Verdict: good, Found: "notifications are shown, with buttons"}
	n := notify.New(notify.Config{})
	defer n.Close()
	buttons, err := n.Ready(ctx)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		f.Verdict, f.Found = note, "nothing here shows notifications"
		f.Cure = "log in to a desktop, or start a program that shows them (dunst, mako); the links are on the clipboard and in the history all the same"
	case err != nil:
		f.Verdict, f.Found, f.Cure = note, "what shows notifications does not answer", "start it again, or log out and in again"
	case !buttons:
		f.Found = "notifications are shown, without buttons: Copy link, Open and Undo are in the tray and the window"
	}
	return f
}

// windowFinding says whether the window's program is there: it also lets
// files be chosen, and regions of the screen be picked.
func windowFinding(context.Context, *wire.House) finding {
	if _, err := instance.Sibling("upshot-gui"); err != nil {
		return finding{
			Name: "window", Verdict: note, Found: "the window's program, upshot-gui, is neither beside this one nor in PATH",
			Cure: "install it beside this one; without it there is no window, and a region to capture must be given as X,Y,W,H",
		}
	}
	return finding{Name: "window", Verdict: good, Found: "its program is there"}
}

// openerFinding says whether links can be opened.
func openerFinding(context.Context, *wire.House) finding {
	if err := opener.New(opener.Config{}).Ready(); err != nil {
		return finding{
			Name: "open", Verdict: note, Found: "nothing here opens links or shows files",
			Cure: "log in to a desktop and install xdg-utils; the links can be copied all the same",
		}
	}
	return finding{Name: "open", Verdict: good, Found: "links open in the browser, files are shown in their folder"}
}

// networkFinding says whether there is a network, and whether it is paid by volume.
func networkFinding(ctx context.Context, _ *wire.House) finding {
	f := finding{Name: "network", Verdict: good}
	n := network.New(network.Config{})
	up, err := n.Up(ctx)
	if err != nil || !up {
		f.Verdict, f.Found, f.Cure = note, "no network leads outside", "connect to one; what is queued then goes with the agent, or with: upshot queue run"
		return f
	}
	metered, err := n.Metered(ctx)
	switch {
	case err != nil:
		f.Found = "up; whether it is paid by volume this system does not tell, so that pause-metered has no effect"
	case metered:
		f.Found = "up, and paid by volume; hold uploads back on such with: upshot settings set pause-metered true"
	default:
		f.Found = "up, and not paid by volume"
	}
	return f
}

// integrationFinding says whether file managers and "Open with" know Upshot.
func integrationFinding(_ context.Context, h *wire.House) finding {
	f := finding{Name: "integrate", Verdict: good}
	data, err := os.ReadFile(integrationList(h))
	var list json.RawMessage
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.Found = "file managers do not know Upshot; put it into their menus with: upshot integrate"
	case err != nil || json.Unmarshal(data, &list) != nil:
		f.Verdict, f.Found, f.Cure = note, "the list of what was installed cannot be read", "install it again: upshot integrate"
	default:
		f.Found = "Upshot is in the menus of the file managers, for you"
	}
	return f
}
