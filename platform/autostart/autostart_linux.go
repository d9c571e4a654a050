package autostart

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
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

// Enabled says whether it starts at the next login.
func (a *Autostart) Enabled(ctx context.Context) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	path, err := a.entry()
	if err != nil {
		return false, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), "=")
		switch key, value = strings.TrimSpace(key), strings.TrimSpace(value); {
		case key == "Hidden" && value == "true", key == "X-GNOME-Autostart-enabled" && value == "false":
			return false, nil // switched off in the desktop's own settings
		}
	}
	return true, lines.Err()
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
	var exec []string
	for _, arg := range a.c.Command {
		exec = append(exec, quote(arg))
	}
	var b strings.Builder
	b.WriteString("[Desktop Entry]\nType=Application\n")
	for _, line := range [][2]string{
		{"Name", escape(a.c.Name)},
		{"Comment", escape(a.c.Comment)},
		{"Icon", escape(a.c.Icon)},
		{"Exec", escape(strings.Join(exec, " "))},
		{"Terminal", "false"},
		{"X-GNOME-Autostart-enabled", "true"},
	} {
		if line[1] != "" {
			b.WriteString(line[0] + "=" + line[1] + "\n")
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
