package watcher

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain also is the door to the helper processes of the tests: writers and
// watchers that have to be processes of their own.
func TestMain(m *testing.M) {
	if role := os.Getenv("WATCHER_TEST_ROLE"); role != "" {
		os.Exit(play(role, os.Args[1:]))
	}
	// Most of these tests wait for writers that stall, not for the processor.
	if err := flag.Set("test.parallel", "12"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}
