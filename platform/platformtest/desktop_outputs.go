package platformtest

import (
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// startOutputs starts an X server with monitors as a real one has them: Xvfb
// knows only one, whatever xrandr says of it, and a program asks for outputs.
func (d *Desktop) startOutputs(outputs []image.Rectangle) {
	d.t.Helper()
	for _, p := range []string{"Xorg", "xrandr"} {
		if !present(p) {
			d.t.Skipf("this test needs %s, which is not installed", p)
		}
	}
	config := filepath.Join(d.dir, "xorg.conf")
	if err := os.WriteFile(config, []byte(dummyConfig(outputs)), 0o600); err != nil {
		d.t.Fatal(err)
	}
	cmd := exec.Command("Xorg", "-displayfd", "3", "-config", config, "-configdir", filepath.Join(d.dir, "none"),
		"-logfile", filepath.Join(d.dir, "xorg.log"), "-noreset", "-nolisten", "tcp", "-novtswitch", "-sharevts")
	if p, err := d.serveScreen(cmd); err != nil {
		d.t.Skipf("Xorg does not run here with its driver dummy (it may need to be root): %v\n%s", err, p.Log())
	}
	args := []string{"--fb", fmt.Sprintf("%dx%d", area(outputs).Max.X, area(outputs).Max.Y)}
	for i, o := range outputs {
		name := fmt.Sprintf("DUMMY%d", i)
		if i > 0 {
			d.Run("xrandr", "--addmode", name, modeName(o))
		}
		args = append(args, "--output", name, "--mode", modeName(o), "--pos", fmt.Sprintf("%dx%d", o.Min.X, o.Min.Y))
		if i == 0 {
			args = append(args, "--primary")
		}
	}
	d.Run("xrandr", args...)
}

func area(all []image.Rectangle) image.Rectangle {
	var whole image.Rectangle
	for _, r := range all {
		whole = whole.Union(r)
	}
	return whole
}

func modeName(r image.Rectangle) string { return fmt.Sprintf("upt%dx%d", r.Dx(), r.Dy()) }

// dummyConfig is an Xorg without any hardware.
func dummyConfig(outputs []image.Rectangle) string {
	var lines, names strings.Builder
	for _, o := range outputs {
		// Times like those of a real monitor, sixty times a second.
		w, h := o.Dx(), o.Dy()
		fmt.Fprintf(&lines, "\tModeline %q %.2f %d %d %d %d %d %d %d %d\n", modeName(o),
			float64((w+200)*(h+40)*60)/1e6, w, w+40, w+80, w+200, h, h+3, h+6, h+40)
		fmt.Fprintf(&names, " %q", modeName(o))
	}
	whole := area(outputs)
	return fmt.Sprintf(`Section "Device"
	Identifier "none"
	Driver "dummy"
	VideoRam 256000
EndSection
Section "Monitor"
	Identifier "monitor"
	HorizSync 5-1000
	VertRefresh 5-200
%sEndSection
Section "Screen"
	Identifier "screen"
	Device "none"
	Monitor "monitor"
	DefaultDepth 24
	SubSection "Display"
		Depth 24
		Virtual %d %d
		Modes%s
	EndSubSection
EndSection
Section "ServerFlags"
	Option "AutoAddDevices" "false"
	Option "DontVTSwitch" "true"
EndSection
`, lines.String(), whole.Max.X, whole.Max.Y, names.String())
}
