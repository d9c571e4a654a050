package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// settingsEvents gives a value when something may have become of the settings
// file, until ctx ends; then the channel is closed. Where the system does not
// tell (no more watchers, a network drive) it gives none.
func settingsEvents(ctx context.Context, path string) <-chan struct{} {
	events := make(chan struct{}, 1)
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		close(events)
		return events
	}
	f := os.NewFile(uintptr(fd), "inotify")
	names := map[string]bool{}
	places := []string{path}
	if to, err := target(path); err == nil {
		places = append(places, to) // where a link leads to
	}
	for _, place := range places {
		const what = unix.IN_CLOSE_WRITE | unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO
		names[filepath.Base(place)] = true
		_, _ = unix.InotifyAddWatch(fd, filepath.Dir(place), what) // not told, so looked at now and then
	}
	stop := context.AfterFunc(ctx, func() { f.Close() })
	go func() {
		defer close(events)
		defer f.Close()
		defer stop()
		buf := make([]byte, 4096)
		for {
			n, err := f.Read(buf)
			if err != nil {
				return
			}
			if !concerns(buf[:n], names) {
				continue
			}
			select {
			case events <- struct{}{}:
			default:
			}
		}
	}()
	return events
}

// concerns reports whether one of the events, as inotify(7) lays them out, is
// about a file of these names.
func concerns(events []byte, names map[string]bool) bool {
	for len(events) >= unix.SizeofInotifyEvent {
		size := int(binary.NativeEndian.Uint32(events[12:16]))
		end := min(unix.SizeofInotifyEvent+size, len(events))
		name := bytes.TrimRight(events[unix.SizeofInotifyEvent:end], "\x00")
		if size == 0 || names[string(name)] { // without a name: the queue ran over, or the directory went
			return true
		}
		events = events[end:]
	}
	return false
}
