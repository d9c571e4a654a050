//go:build !linux

package cli

import "runtime/debug"

// giveMemoryBack is what an agent gives back.
func giveMemoryBack() { debug.FreeOSMemory() }
