package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
	"images-uploader.com/upshot/platform/trayhost"
	"images-uploader.com/upshot/watcher"
)

// checkTime bounds each look of the doctor.
const checkTime = 15 * time.Second

// Verdicts of a finding.
const (
	good = "ok"   // as it should be
	note = "note" // not needed for everything; what does not work without it is said
	bad  = "bad"  // uploads do not work until it is cured
)

// finding is one line of the doctor.
type finding struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"`
	Found   string `json:"found"`
	Cure    string `json:"cure,omitempty"`

	// brief is what a report says instead of Found and Cure, which may name
	// files, hosts or accounts; empty: what they say names nobody.
	brief string
}

func (p *program) doctorCommand() *cobra.Command {
	asJSON, report := false, false
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look at everything Upshot needs, and say how to cure what is missing",
		Long: `Look at everything Upshot needs, and say how to cure what is missing.

Nothing is uploaded and nothing is changed. --report makes one text to paste
into a bug report: without keys, links, and names of hosts, accounts and you.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON && report {
				return usagef("--json and --report exclude each other")
			}
			h, err := p.open()
			if err != nil {
				return err
			}
			defer h.Close()
			findings, err := p.examine(cmd.Context(), h)
			if err != nil {
				return err
			}
			if report {
				return p.report(h, findings)
			}
			return p.tellFindings(findings, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	cmd.Flags().BoolVar(&report, "report", false, "one text to paste into a bug report")
	return cmd
}

func (p *program) tellFindings(findings []finding, asJSON bool) error {
	failed := false
	for _, f := range findings {
		failed = failed || f.Verdict == bad
		if asJSON {
			if err := p.printJSON(f); err != nil {
				return err
			}
			continue
		}
		line := fmt.Sprintf("%-4s  %-10s %s", f.Verdict, f.Name, plain(f.Found))
		if f.Cure != "" {
			line += ": " + plain(f.Cure)
		}
		if _, err := fmt.Fprintln(p.out, line); err != nil {
			return fmt.Errorf("write the findings: %w", err)
		}
	}
	if failed {
		return exitError{exitFailed}
	}
	return nil
}

// examine looks at everything, one finding a line.
func (p *program) examine(ctx context.Context, h *wire.House) ([]finding, error) {
	var list []finding
	err := p.attached(ctx, h, func(ctx context.Context, a *wire.Attached) error {
		list = []finding{agentFinding(a)}
		hosts, err := p.hostFindings(ctx, h, a)
		list = append(list, hosts...)
		return err
	})
	var silent silentError
	if errors.As(err, &silent) { // all else can be looked at without it
		list, err = []finding{{Name: "agent", Verdict: bad, Found: silentEngine(silent.pid), Cure: silentCure(silent.pid)}}, nil
	}
	if err != nil {
		return nil, err
	}
	for _, look := range []func(context.Context, *wire.House) finding{
		keyringFinding, clipboardFinding, trayFinding, notifyFinding, captureFinding, windowFinding, openerFinding,
		watchFinding, trashFinding, networkFinding, powerFinding, autostartFinding, integrationFinding, filesFinding,
	} {
		cctx, cancel := context.WithTimeout(ctx, checkTime)
		list = append(list, look(cctx, h))
		cancel()
	}
	// People show these to others: no secret is in them, and none gets through.
	home, _ := os.UserHomeDir()
	hide := homely(home)
	for i, f := range list {
		list[i].Found, list[i].Cure, list[i].brief = hide(h.Redact(f.Found)), hide(h.Redact(f.Cure)), hide(h.Redact(f.brief))
	}
	return list, nil
}

func agentFinding(a *wire.Attached) finding {
	if a.Serving {
		return finding{Name: "agent", Verdict: note, Found: "no agent runs", Cure: "start it with: upshot agent"}
	}
	return finding{Name: "agent", Verdict: good, Found: fmt.Sprintf("version %s runs as process %d", a.Welcome.Version, a.Welcome.PID)}
}

// hostFindings asks every host whether it is there and takes the key; nothing
// is uploaded.
func (p *program) hostFindings(ctx context.Context, h *wire.House, a *wire.Attached) ([]finding, error) {
	s, err := a.Settings(ctx, uploader.None{})
	if err != nil {
		return nil, err
	}
	var list []finding
	snap, err := a.Snapshot(ctx, uploader.None{})
	if err != nil {
		return nil, err
	}
	list = append(list, settingsFindings(h, snap)...)
	list = append(list, hotkeyFindings(s, snap)...)
	for _, n := range snap.Notices {
		if strings.HasPrefix(n.ID, uploader.NoticeHotkey) || strings.HasPrefix(n.ID, wire.NoticeSettings) {
			continue // told with the hotkeys and the settings
		}
		list = append(list, finding{Name: "notice", Verdict: note, Found: n.Headline, Cure: n.Hint, brief: "about: " + n.ID})
	}
	var candidates []uploader.Candidate
	if h.Server != nil {
		candidates = append(candidates, uploader.Candidate{Account: uploader.Account{Name: environment, Address: h.Server.Address}, Key: h.Server.Key})
	}
	for _, acc := range s.Accounts {
		candidates = append(candidates, uploader.Candidate{Account: acc})
	}
	list = append(list, environmentFindings(os.Getenv("UPSHOT_SERVER"), h.Key)...)
	if len(candidates) == 0 {
		x := uploader.Explain(uploader.ErrNoAccount)
		return append(list, finding{Name: "host", Verdict: bad, Found: x.Headline, Cure: x.Hint}), nil
	}
	for _, c := range candidates {
		cctx, cancel := context.WithTimeout(ctx, 2*checkTime)
		_, err := a.Check(cctx, c)
		cancel()
		list = append(list, hostFindingsOf(c.Account, err)...)
	}
	return list, nil
}

// environment stands where the name of an account would, for the one that
// UPSHOT_SERVER and UPSHOT_KEY make.
const environment = "UPSHOT_SERVER"

// environmentFindings tells of an address without a key, or a key without an
// address, neither of which makes an account.
func environmentFindings(server string, key client.Key) []finding {
	switch {
	case server != "" && key.IsZero():
		return []finding{{Name: "key", Verdict: note, Found: "UPSHOT_SERVER is set, but UPSHOT_KEY is not, so it is not used", Cure: "give both, or an account: upshot account add NAME ADDRESS"}}
	case server == "" && !key.IsZero():
		return []finding{{Name: "key", Verdict: note, Found: "UPSHOT_KEY is set, but UPSHOT_SERVER is not, so it is used with --server only", Cure: "give both"}}
	}
	return nil
}

// hostFindingsOf are two lines: the host is there, and it takes the key.
func hostFindingsOf(acc uploader.Account, err error) []finding {
	reached := finding{Name: "host", Verdict: good, Found: fmt.Sprintf("%s: %s answers", acc.Name, addressOf(acc)), brief: "answers"}
	key := finding{Name: "key", Verdict: good, Found: acc.Name + ": accepted (nothing was uploaded)", brief: "accepted"}
	var ce *client.Error
	if err == nil {
		return []finding{reached, key}
	}
	x := uploader.ExplainCheck(err)
	if errors.As(err, &ce) {
		account := acc.ID()
		if acc.Name == environment {
			account = acc.Address
		}
		x = forAccount(x, account, job.FailureOf(err))
	}
	switch {
	case errors.As(err, &ce) && ce.Kind == client.KindAuth && slices.Contains([]string{job.CodeKeyring, job.CodeNoKey}, ce.Code):
		found := []finding{
			{Name: "host", Verdict: note, Found: fmt.Sprintf("%s: %s was not asked, since its key is not at hand", acc.Name, addressOf(acc)), brief: "not asked"},
			{Name: "key", Verdict: bad, Found: acc.Name + ": " + x.Headline, Cure: x.Hint, brief: ce.Code},
		}
		if ce.Code == job.CodeKeyring {
			found[1].Found, found[1].Cure = acc.Name+": your keyring does not give it", "look what is said of the keyring below"
		}
		return found
	case errors.As(err, &ce) && ce.Kind == client.KindAuth:
		return []finding{reached, {Name: "key", Verdict: bad, Found: acc.Name + ": " + x.Headline, Cure: x.Hint, brief: "auth"}}
	default:
		return []finding{
			{Name: "host", Verdict: bad, Found: fmt.Sprintf("%s: %s: %s", acc.Name, addressOf(acc), x.Headline), Cure: x.Hint, brief: kindOf(err)},
			{Name: "key", Verdict: note, Found: acc.Name + ": not asked, since the host does not answer", brief: "not asked"},
		}
	}
}

// addressOf is the address of an account. One that cannot be used is not
// shown: it may hold a password.
func addressOf(acc uploader.Account) string {
	address, err := client.ParseAddress(acc.Address)
	if err != nil {
		return "its address"
	}
	return address
}

// kindOf is the kind of a failure, for a report.
func kindOf(err error) string {
	var ce *client.Error
	switch {
	case errors.As(err, &ce) && ce.Status != 0:
		return fmt.Sprintf("%s, HTTP status %d", ce.Kind, ce.Status)
	case errors.As(err, &ce):
		return string(ce.Kind)
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	default:
		return "failed"
	}
}

func keyringFinding(ctx context.Context, h *wire.House) finding {
	f := finding{Name: "keyring", Verdict: good, Found: "answers"}
	_, err := h.Services.Keys.Get(ctx, "upshot doctor looks whether you answer")
	switch {
	case err == nil || errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, context.DeadlineExceeded):
		f.Verdict, f.Found, f.Cure = bad, "it is locked, or does not answer", "unlock it: look for its password window, or log in again"
	case errors.Is(err, errors.ErrUnsupported):
		f.Verdict, f.Found, f.Cure = note, "there is none here", keyringCure()
	case errors.Is(err, fs.ErrPermission):
		f.Verdict, f.Found, f.Cure = bad, "it does not let Upshot in", "unlock it, and allow Upshot when your desktop asks"
	default:
		f.Verdict, f.Found, f.Cure, f.brief = bad, "it fails: "+err.Error(), "start it again, or log out and in again; without one, give UPSHOT_SERVER and UPSHOT_KEY in the environment", "fails"
	}
	return f
}

func keyringCure() string {
	if runtime.GOOS == "linux" {
		return "install gnome-keyring or KWallet and log in to a desktop; without one, give UPSHOT_SERVER and UPSHOT_KEY in the environment"
	}
	return "give UPSHOT_SERVER and UPSHOT_KEY in the environment"
}

// clipboardFinding reads the clipboard; it does not write, because what is on
// it is the person's.
func clipboardFinding(ctx context.Context, h *wire.House) finding {
	f := finding{Name: "clipboard", Verdict: good, Found: "can be read"}
	_, err := h.Services.Clipboard.Text(ctx)
	switch {
	case err == nil || errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, errors.ErrUnsupported) && os.Getenv("WAYLAND_DISPLAY") != "":
		f.Verdict, f.Found, f.Cure = note, "this desktop keeps it to its windows", "install Xwayland, by which it can be reached; or copy links from Upshot's window (upshot gui)"
	case errors.Is(err, errors.ErrUnsupported):
		f.Verdict, f.Found, f.Cure = note, "there is none here", "log in to a desktop; on the command line links go to standard output all the same"
	case errors.Is(err, context.DeadlineExceeded):
		f.Verdict, f.Found, f.Cure = note, "the program that owns it does not answer", "copy something from another program, then look again"
	default:
		f.Verdict, f.Found, f.Cure, f.brief = note, "it cannot be read: "+err.Error(), "copy something from another program, then look again", "cannot be read"
	}
	return f
}

func trayFinding(ctx context.Context, _ *wire.House) finding {
	f := finding{Name: "tray", Verdict: good, Found: "a panel shows tray icons"}
	present, err := trayhost.Present(ctx)
	switch {
	case err != nil:
		f.Verdict, f.Found, f.Cure = note, "no desktop session answers", "log in to a desktop; without a tray the window (upshot gui) and the command line do everything"
	case !present:
		f.Verdict, f.Found, f.Cure = note, "no panel shows tray icons", "use the window: upshot gui"
		if runtime.GOOS == "linux" {
			f.Cure = "on GNOME install the AppIndicator extension; or use the window: upshot gui"
		}
	}
	return f
}

func captureFinding(ctx context.Context, h *wire.House) finding {
	n, err := h.Services.Screen.Displays(ctx)
	if err != nil || n == 0 {
		return finding{Name: "capture", Verdict: note, Found: "the screen cannot be captured here", Cure: "log in to a desktop; on Wayland install xdg-desktop-portal"}
	}
	return finding{Name: "capture", Verdict: good, Found: count(n, "monitor") + " can be captured"}
}

// watchFinding looks how much room there is for watching folders.
func watchFinding(_ context.Context, _ *wire.House) finding {
	f := finding{Name: "watching", Verdict: good}
	room, err := watcher.Headroom()
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		f.Found = "this system sets no limit on watched folders"
	case err != nil:
		f.Verdict, f.Found, f.Cure = note, "the limits on watched folders cannot be read", "folders that cannot be watched are looked through now and then"
	default:
		f.Found = fmt.Sprintf("%d of %d folder watches and %d of %d watchers are in use", room.Watches, room.MaxWatches, room.Instances, room.MaxInstances)
		if room.Tight() {
			f.Verdict, f.Cure = note, "raise the limits: "+room.Command()
		}
	}
	return f
}
