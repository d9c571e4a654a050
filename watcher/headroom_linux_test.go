package watcher

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestHeadroomCountsAWatcherAndItsWatches(t *testing.T) {
	before, err := Headroom()
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for range 3 {
		if _, err := unix.InotifyAddWatch(fd, t.TempDir(), unix.IN_CREATE); err != nil {
			t.Fatal(err)
		}
	}
	after, err := Headroom()
	if err != nil {
		t.Fatal(err)
	}
	if after.Instances < 1 || after.Watches < 3 || after.MaxWatches < 1 || after.MaxInstances < 1 {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestRoomIsTightFromNineTenthsOn(t *testing.T) {
	for _, c := range []struct {
		room Room
		want bool
	}{
		{Room{Watches: 89, MaxWatches: 100, Instances: 1, MaxInstances: 128}, false},
		{Room{Watches: 90, MaxWatches: 100, Instances: 1, MaxInstances: 128}, true},
		{Room{Watches: 1, MaxWatches: 100, Instances: 127, MaxInstances: 128}, true},
	} {
		if got := c.room.Tight(); got != c.want {
			t.Errorf("%+v: tight %v, want %v", c.room, got, c.want)
		}
	}
}
