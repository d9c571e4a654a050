//go:build !linux

package cli

import "github.com/rogpeppe/go-internal/testscript"

func smallDisks() bool { return false }

func diskCommand(ts *testscript.TestScript, _ bool, _ []string) { ts.Fatalf("no small disks here") }
