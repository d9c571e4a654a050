package cli

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vbauerster/mpb/v8/decor"

	"images-uploader.com/upshot/client/uploader"
)

func TestTheBarSaysThatTheHostWorksOnceAllBytesAreOut(t *testing.T) {
	for name, c := range map[string]struct {
		sending []uploader.Progress
		works   bool
	}{
		"nothing is on the way":                {nil, false},
		"one file still moves":                 {[]uploader.Progress{{Answer: true}, {Sent: 5, Size: 9}}, false},
		"all that is on the way waits":         {[]uploader.Progress{{Answer: true}, {Answer: true}}, true},
		"the last byte is on its way, not out": {[]uploader.Progress{{Sent: 9, Size: 9}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var working atomic.Bool
			working.Store(hostWorks(c.sending))
			d := pace{decor.AverageSpeed(decor.SizeB1024(0), " % .1f"), &working}
			text, width := d.Decor(decor.Statistics{Current: 4096, Total: 8192})
			if got := text == " the host is working on it"; got != c.works || strings.Contains(text, "/s") == c.works || width != len(text) {
				t.Errorf("the bar says %q", text)
			}
		})
	}
}
