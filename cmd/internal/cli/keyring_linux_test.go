package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"images-uploader.com/upshot/platform/platformtest"
)

// TestScriptsWithAKeyring runs scripts as TestScripts does, on a desktop
// without a screen but with an open keyring.
func TestScriptsWithAKeyring(t *testing.T) {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true, Keyring: platformtest.UnlockedKeyring})
	testscript.RunT(quiet{t}, testscript.Params{
		Dir:                 "testdata/keyring",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			if err := withHost(t, env); err != nil {
				return err
			}
			env.Setenv("DISPLAY", "")
			env.Setenv("WAYLAND_DISPLAY", "")
			env.Setenv("DBUS_SESSION_BUS_ADDRESS", d.Address())
			for i, name := range []string{"a.png", "b.png"} {
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), picture(i), 0o600); err != nil {
					return err
				}
			}
			return os.Mkdir(filepath.Join(env.WorkDir, "tmp"), 0o700)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits, "host": hostCommand},
	})
}
