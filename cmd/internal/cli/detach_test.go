package cli

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAProgramByAnotherNameStartsItselfAsTheAgent(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // and beside a test's program is no upshot
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	got, err := agentProgram()
	if err != nil || filepath.Base(got) != filepath.Base(self) {
		t.Errorf("the agent is started from %q, %v; want %s", got, err, self)
	}
}
