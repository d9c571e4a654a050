package platformtest

import (
	"bufio"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed panel.xml
var panelConfig []byte

// startScreen starts an X server of the test's own on a number that is free.
func (d *Desktop) startScreen(c DesktopConfig) {
	d.t.Helper()
	Need(d.t, "Xvfb")
	screen := c.Screen
	if screen == "" {
		screen = "1280x800x24"
	}
	// Without -noreset the server starts over whenever its last client goes.
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", screen, "-noreset", "-nolisten", "tcp")
	if p, err := d.serveScreen(cmd); err != nil {
		d.t.Fatalf("Xvfb did not start: %v\n%s", err, p.Log())
	}
}

// serveScreen starts an X server that writes the number of its display to its
// descriptor 3. The process is there with an error, too.
func (d *Desktop) serveScreen(cmd *exec.Cmd) (*Process, error) {
	d.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Close()
	cmd.ExtraFiles = []*os.File{w}
	cmd.Env = d.Env()
	p := d.Start(cmd)
	w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		return p, err
	}
	d.display = ":" + strings.TrimSpace(number)
	d.setenv("DISPLAY", d.display)
	d.screen = p
	return p, nil
}

// KillScreen ends the X server under everybody's feet.
func (d *Desktop) KillScreen() { d.screen.Kill() }

// Screenshot writes the screen as a PNG, by a program that is not ours.
func (d *Desktop) Screenshot(path string) {
	d.t.Helper()
	Need(d.t, "import")
	abs, err := filepath.Abs(path)
	if err != nil {
		d.t.Fatal(err)
	}
	d.Run("import", "-window", "root", "png:"+abs)
}

// startWindowManager starts openbox and waits until it manages: a program
// that looks for one too early would behave as if there were none.
func (d *Desktop) startWindowManager() {
	d.t.Helper()
	Need(d.t, "openbox", "xprop")
	d.Start(d.Command("openbox"))
	Eventually(d.t, "openbox manages the screen", func() bool {
		out, err := d.Command("xprop", "-root", "_NET_SUPPORTING_WM_CHECK").Output()
		return err == nil && strings.Contains(string(out), "window id")
	})
}

// preparePanel puts the panel's settings where xfconfd will look, and lets the
// bus start xfconfd.
func (d *Desktop) preparePanel() {
	d.t.Helper()
	Need(d.t, "xfce4-panel")
	dir := filepath.Join(d.Home(), ".config/xfce4/xfconf/xfce-perchannel-xml")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "xfce4-panel.xml"), panelConfig, 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.AllowService("org.xfce.Xfconf")
}

// startPanel starts a panel with a tray and waits until it takes icons.
func (d *Desktop) startPanel() {
	d.t.Helper()
	d.Start(d.Command("xfce4-panel", "--disable-wm-check"))
	Eventually(d.t, "the panel's tray is there", func() bool {
		v, err := d.Bus().Object("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher").
			GetProperty("org.kde.StatusNotifierWatcher.IsStatusNotifierHostRegistered")
		if err != nil {
			return false
		}
		registered, _ := v.Value().(bool)
		return registered
	})
}
