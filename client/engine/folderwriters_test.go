//go:build linux

package engine_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/uploader"
)

// storedSums are the hashes of all that the host has, sorted.
func (h *house) storedSums() []string {
	h.t.Helper()
	var sums []string
	for _, f := range h.host.Stored() {
		data, err := h.host.Content(f.ID)
		if err != nil {
			h.t.Fatal(err)
		}
		sums = append(sums, fmt.Sprintf("%x", sha256.Sum256(data)))
	}
	slices.Sort(sums)
	return sums
}

// Programs write as badly as they can, names are no text, files and directories
// move about: the host has every picture once, whole, and nothing else, also
// after a restart.
func TestWhatNastyWritersLeaveIsOnTheHostOnceAndWhole(t *testing.T) {
	for _, tool := range []string{"tar", "dd", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	h := newHouse(t, chevtest.Config{}).start()
	dir, aside, src := h.folder("shots"), h.folder("aside"), h.folder("src")
	var want []string
	for n := 1; n <= 16; n++ {
		h.save(filepath.Join(src, fmt.Sprintf("%d.png", n)), n)
		want = append(want, fmt.Sprintf("%x", sha256.Sum256(picture(n))))
	}
	slices.Sort(want)
	h.addFolder(uploader.Folder{Path: dir, Recursive: true})
	run := func(script string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "sh", "-ec", script)
		cmd.Env = append(os.Environ(), "W="+dir, "T="+aside, "S="+src)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	run(`
	half() { head -c 300 $S/$1.png; }
	rest() { tail -c +301 $S/$1.png; }
	mkdir $W/d
	(half 1 > $W/a.png; sleep 0.9; rest 1 >> $W/a.png) &
	(exec 3> $W/b.png; half 2 >&3; sleep 0.9; rest 2 >&3; sleep 0.5) &
	(: > $T/c.png; ln $T/c.png $W/c.png; sleep 0.3; half 3 >> $T/c.png; sleep 0.6; rest 3 >> $T/c.png) &
	(exec 3> $W/d/d.png; half 4 >&3; sleep 0.4; mv $W/d $W/e; sleep 0.4; rest 4 >&3) &
	(exec 3> $W/f.png; half 5 >&3; sleep 0.3; mv $W/f.png $W/g.png; sleep 0.3; rest 5 >&3) &
	(half 6 > $W/h.png; sleep 0.5; rest 6 | dd status=none of=$W/h.png bs=1 seek=300 conv=notrunc) &
	cp $S/7.png "$W/$(printf 'two\nlines').png"; cp $S/8.png "$W/$(printf 'no \377 text').png"; cp $S/9.png "$W/-rf *?%s\\.png"
	cp $S/10.png $T/old.png; touch -d 2001-01-01 $T/old.png; tar -C $T -cf - old.png | tar -C $W -xf -
	cp $S/11.png $W/x.png; cp $S/12.png $W/y.png
	cp $S/13.png $W/.i.png.part; mv $W/.i.png.part $W/i.png
	half 14 > $W/never.png
	ln -s $S/14.png $W/link.png
	cp $S/15.png $W/j.png
	wait`)
	sent := func(n int) func() bool {
		return func() bool { return len(h.host.Stored()) >= n }
	}
	h.await("fourteen pictures on the host", sent(14)) // 14 is cut, 16 comes later
	soon(t, "each has its state", func() bool {
		counts := map[uploader.FileState]int{}
		for _, f := range h.filesOf(dir) {
			counts[f.State]++
		}
		return counts[uploader.FileSent] == 14 && counts[uploader.FileIncomplete] == 1
	})
	// What is done to files that were sent: other names, places changed, a
	// second name, written over, other times.
	run(`
	mkdir $W/sub; mv $W/i.png $W/sub/k.png; mv $W/e $W/sub/e
	mv $W/x.png $T/x; mv $W/y.png $W/x.png; mv $T/x $W/y.png
	ln $W/a.png $W/again.png
	touch -d 2005-05-05 $W/b.png; chmod 600 $W/c.png
	(: > $W/j.png; sleep 1.2; cat $S/1.png > $W/j.png)
	(tail -c +301 $S/14.png >> $W/never.png)`)
	h.await("the fifteenth", sent(15))
	h.stop()
	h.start()
	run(`cp $S/16.png $W/last.png`)
	h.await("the last", sent(16))
	soon(t, "nothing is on its way", func() bool {
		for _, f := range h.filesOf(dir) {
			switch f.State {
			case uploader.FileSent, uploader.FileSkipped, uploader.FileFiltered:
			default:
				return false
			}
		}
		return true
	})
	if err := h.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := h.storedSums(); !slices.Equal(got, want) {
		t.Errorf("the host has\n%v\nwant\n%v", got, want)
	}
	if s := h.host.Stats(); s.Stored != len(want) || s.Deleted != 0 {
		t.Errorf("it has taken in %d files and deleted %d", s.Stored, s.Deleted)
	}
}
