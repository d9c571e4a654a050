package autostart

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
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
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("start at login: %w", err)
	}
	if err := replaceFile(path, a.desktopEntry()); err != nil {
		return fmt.Errorf("start at login: %w", err)
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

func (a *Autostart) look(context.Context) (state, error) {
	path, err := a.entry()
	if err != nil {
		return absent, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return absent, nil
	}
	if err != nil {
		return absent, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	found := stale
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), "=")
		switch key, value = strings.TrimSpace(key), strings.TrimSpace(value); {
		case key == "Hidden" && value == "true", key == "X-GNOME-Autostart-enabled" && value == "false":
			return off, nil
		case key == "Exec":
			if _, err := exec.LookPath(program(value)); err == nil {
				found = on
			}
		}
	}
	return found, lines.Err()
}

func (a *Autostart) entry() (string, error) {
	dir := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("start at login: %w", err)
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "autostart", a.c.ID+".desktop"), nil
}

// desktopEntry is the text of the entry.
func (a *Autostart) desktopEntry() string {
	command := a.c.Command
	if strings.Contains(command[0], "%") {
		// GLib looks for the program before it reads %% as %.
		command = append([]string{"/bin/sh", "-c", `exec "$@"`, a.c.Name}, command...)
	}
	var line []string
	for _, arg := range command {
		line = append(line, quote(arg))
	}
	var b strings.Builder
	b.WriteString("[Desktop Entry]\nType=Application\n")
	for _, key := range [][2]string{
		{"Name", escape(a.c.Name)},
		{"Comment", escape(a.c.Comment)},
		{"Icon", escape(a.c.Icon)},
		{"Exec", escape(strings.Join(line, " "))},
		{"Terminal", "false"},
		{"X-GNOME-Autostart-enabled", "true"},
	} {
		if key[1] != "" {
			b.WriteString(key[0] + "=" + key[1] + "\n")
		}
	}
	return b.String()
}

// quote makes one argument of a command line (Desktop Entry Specification, the
// Exec key).
func quote(arg string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`, `%`, `%%`).Replace(arg) + `"`
}

// escape makes a value of a string; it comes on top of quote.
func escape(value string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(value)
}

// program is the first word of an Exec line: what quote and escape have made,
// or somebody has written by hand.
func program(line string) string {
	line = strings.NewReplacer(`\\`, `\`, `\s`, " ", `\n`, "\n", `\t`, "\t", `\r`, "\r").Replace(line)
	if !strings.HasPrefix(line, `"`) {
		word, _, _ := strings.Cut(line, " ")
		return strings.ReplaceAll(word, "%%", "%")
	}
	var b strings.Builder
	for i := 1; i < len(line) && line[i] != '"'; i++ {
		if line[i] == '\\' && i+1 < len(line) {
			i++
		}
		b.WriteByte(line[i])
	}
	return strings.ReplaceAll(b.String(), "%%", "%")
}
