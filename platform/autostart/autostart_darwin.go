package autostart

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Enable writes the entry.
func (a *Autostart) Enable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	path, err := a.entry()
	if err != nil {
		return err
	}
	text, err := a.agent()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("start at login: %w", err)
	}
	if err := replaceFile(path, text); err != nil {
		return fmt.Errorf("start at login: %w", err)
	}
	if off, err := a.switchedOff(ctx); err != nil || !off {
		return nil // one that launchd does not know of is not switched off
	}
	if err := launchctl(ctx, "enable", a.target()).Run(); err != nil {
		return fmt.Errorf("start at login: it is switched off (launchctl enable %s): %w", a.target(), err)
	}
	return nil
}

// Disable takes the entry away; it need not be there.
func (a *Autostart) Disable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	path, err := a.entry()
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no longer start at login: %w", err)
	}
	return nil
}

func (a *Autostart) look(ctx context.Context) (state, error) {
	path, err := a.entry()
	if err != nil {
		return absent, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return absent, nil
	}
	if err != nil {
		return absent, err
	}
	if muted, err := a.switchedOff(ctx); err == nil && muted {
		return off, nil
	}
	if _, err := os.Stat(program(text)); errors.Is(err, fs.ErrNotExist) {
		return stale, nil
	}
	return on, nil
}

// program is the first of an entry's arguments, empty if it has none.
func program(text []byte) string {
	var entry struct {
		Arguments []string `xml:"dict>array>string"`
	}
	if xml.Unmarshal(text, &entry) != nil || len(entry.Arguments) == 0 {
		return ""
	}
	return entry.Arguments[0]
}

// switchedOff says whether the person has switched the entry off without
// taking it away: launchd keeps a list of those.
func (a *Autostart) switchedOff(ctx context.Context) (bool, error) {
	out, err := launchctl(ctx, "print-disabled", domain()).Output()
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(string(out)) {
		// "com.example.Program" => disabled; "=> true" before macOS 13.
		name, state, _ := strings.Cut(strings.TrimSpace(line), " => ")
		if name == strconv.Quote(a.c.ID) {
			return state == "disabled" || state == "true", nil
		}
	}
	return false, nil
}

func launchctl(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "/bin/launchctl", args...)
}

// domain is the person's session, as launchd names it.
func domain() string { return "gui/" + strconv.Itoa(os.Getuid()) }

func (a *Autostart) target() string { return domain() + "/" + a.c.ID }

func (a *Autostart) entry() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("start at login: %w", err)
	}
	return filepath.Join(home, "Library", "LaunchAgents", a.c.ID+".plist"), nil
}

// agent is the text of the entry; it counts from the next login on.
func (a *Autostart) agent() (string, error) {
	var b strings.Builder
	str := func(s string) error {
		b.WriteString("<string>")
		err := xml.EscapeText(&b, []byte(s))
		b.WriteString("</string>\n")
		return err
	}
	b.WriteString(xml.Header + `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` +
		"\n<plist version=\"1.0\"><dict>\n<key>Label</key>")
	err := str(a.c.ID)
	b.WriteString("<key>ProgramArguments</key><array>\n")
	for _, arg := range a.c.Command {
		err = errors.Join(err, str(arg))
	}
	b.WriteString("</array>\n<key>RunAtLoad</key><true/>\n<key>LimitLoadToSessionType</key><string>Aqua</string>\n</dict></plist>\n")
	return b.String(), err
}
