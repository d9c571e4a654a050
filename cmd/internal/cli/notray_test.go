package cli

import (
	"path/filepath"
	"testing"
)

func TestAPersonIsToldOnceThatNoPanelShowsTheIcon(t *testing.T) {
	mark := filepath.Join(t.TempDir(), noTrayTold)
	for _, want := range []bool{true, false, false} {
		if first, err := firstTime(mark); err != nil || first != want {
			t.Errorf("first is %v, %v, want %v", first, err, want)
		}
	}
	if first, err := firstTime(filepath.Join(mark, "below a file")); !first || err == nil {
		t.Errorf("where nothing can be kept first is %v, %v", first, err)
	}
}
