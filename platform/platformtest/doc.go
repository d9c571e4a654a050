// Package platformtest is what the tests of Upshot stand on: platform
// services in memory, the contract suites that the memory and the real ones
// must both pass, and Desktop, a real desktop that lives as long as one test.
//
// A test that needs a screen, a bus, a keyring, a tray or notifications:
//
//	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{
//		Keyring: platformtest.UnlockedKeyring, Panel: true, Notifications: true,
//	})
//	cmd := d.Command("upshot", "agent") // environment set, ended with the test
//	d.Start(cmd)
//	d.Screenshot("shot.png")
//	n := d.WaitNotification(1)[0]
//	d.Choose(n.ID, "copy")
//	d.ClickTray(cmd.Process.Pid, "Pause")
//
// Env gives the desktop's environment for a command, Setenv sets it for the
// test's own process. Everything is fresh for each Desktop (X server, bus,
// home), and ended by process id when the test ends. Need says which programs
// a test cannot do without: with CI=true their absence fails the test,
// elsewhere it is skipped.
//
// It imports the packages of platform whose words its contracts speak, the
// standard library and godbus; it is for tests only. The
// goroutines of a Desktop end with its test.
package platformtest
