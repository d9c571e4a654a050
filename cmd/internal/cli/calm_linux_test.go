package cli

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestOnlyUnchangedPartsOfTheProgramsFileAreLetGo(t *testing.T) {
	const smaps = `00400000-01000000 r-xp 00000000 fe:00 77                         /opt/my programs/upshot
Rss:                9804 kB
Anonymous:             0 kB
Swap:                  0 kB
01000000-01100000 r--p 00c00000 fe:00 77                         /opt/my programs/upshot
Anonymous:             4 kB
Swap:                  0 kB
01100000-01200000 r--p 00d00000 fe:00 77                         /opt/my programs/upshot
Anonymous:             0 kB
Swap:                  8 kB
01200000-01300000 rw-p 00e00000 fe:00 77                         /opt/my programs/upshot
Anonymous:             0 kB
Swap:                  0 kB
01300000-01400000 r--p 00f00000 fe:00 77                         /opt/my programs/upshot
Anonymous:             0 kB
Swap:                  0 kB
02000000-02100000 r-xp 00000000 fe:00 78                         /lib/libc.so
Anonymous:             0 kB
Swap:                  0 kB
03000000-03100000 rw-p 00000000 00:00 0
Anonymous:             0 kB
Swap:                  0 kB
`
	got := cleanParts(strings.NewReader(smaps), "/opt/my programs/upshot")
	if len(got) != 2 || got[0] != (part{0x400000, 0x1000000}) || got[1] != (part{0x1300000, 0x1400000}) {
		t.Errorf("got %x", got)
	}
}

func TestAProgramThatGaveItsMemoryBackTakesLessAndGoesOn(t *testing.T) {
	before := residentOfFiles(t)
	giveMemoryBack()
	after := residentOfFiles(t)
	if after >= before {
		t.Errorf("%d kB of files before, %d kB after", before, after)
	}
	t.Logf("%d kB of files before, %d kB after", before, after)
}

func residentOfFiles(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "\nRssFile:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
