package watcher

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// closeWatch waits for IN_CLOSE_WRITE of single files, and for directories to
// be moved or deleted, with one inotify instance for all of them. fsnotify has
// no event of the first kind, and takes all events of what it watches.
type closeWatch struct {
	file *os.File
	fd   int
	out  chan string
	gone chan struct{}
	done chan struct{}

	mu    sync.Mutex
	paths map[int32][]string // several where a file has several names
	wds   map[string]int32
}

func (disk) closes() (closes, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	w := &closeWatch{
		file: os.NewFile(uintptr(fd), "inotify"), fd: fd, out: make(chan string),
		gone: make(chan struct{}), done: make(chan struct{}),
		paths: map[int32][]string{}, wds: map[string]int32{},
	}
	go w.read()
	return w, nil
}

// add waits for path once: the kernel drops the watch with its first event.
func (w *closeWatch) add(path string) error { return w.once(path, unix.IN_CLOSE_WRITE) }

func (w *closeWatch) leave(dir string) error {
	return w.once(dir, unix.IN_MOVE_SELF|unix.IN_DELETE_SELF|unix.IN_ONLYDIR)
}

func (w *closeWatch) once(path string, events uint32) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.wds[path]; ok {
		return nil
	}
	wd, err := unix.InotifyAddWatch(w.fd, path, events|unix.IN_ONESHOT|unix.IN_DONT_FOLLOW)
	if err != nil {
		return os.NewSyscallError("inotify_add_watch", err)
	}
	w.wds[path] = int32(wd)
	w.paths[int32(wd)] = append(w.paths[int32(wd)], path)
	return nil
}

func (w *closeWatch) remove(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	wd, ok := w.wds[path]
	if !ok {
		return
	}
	delete(w.wds, path)
	rest := slices.DeleteFunc(w.paths[wd], func(p string) bool { return p == path })
	if len(rest) > 0 {
		w.paths[wd] = rest
		return
	}
	delete(w.paths, wd)
	_, _ = unix.InotifyRmWatch(w.fd, uint32(wd)) // it may have fired meanwhile
}

func (w *closeWatch) closed() <-chan string { return w.out }

func (w *closeWatch) close() {
	close(w.gone)
	_ = w.file.Close()
	<-w.done
}

func (w *closeWatch) read() {
	defer close(w.done)
	buf := make([]byte, 256*unix.SizeofInotifyEvent)
	for {
		n, err := w.file.Read(buf)
		if err != nil {
			return
		}
		for b := buf[:n]; len(b) >= unix.SizeofInotifyEvent; {
			var e unix.InotifyEvent
			if err := binary.Read(bytes.NewReader(b), binary.NativeEndian, &e); err != nil {
				return
			}
			b = b[min(len(b), unix.SizeofInotifyEvent+int(e.Len)):]
			if !w.tell(e) {
				return
			}
		}
	}
}

// tell passes on for which paths an event came. Closed and dropped (the file
// was deleted, its file system unmounted) both mean: look again. After an
// overflow of the queue everybody looks again.
func (w *closeWatch) tell(e unix.InotifyEvent) bool {
	w.mu.Lock()
	var paths []string
	if e.Mask&unix.IN_Q_OVERFLOW != 0 {
		for p := range w.wds {
			paths = append(paths, p)
		}
		clear(w.wds)
		clear(w.paths)
	} else {
		paths = w.paths[e.Wd]
		delete(w.paths, e.Wd)
		for _, p := range paths {
			delete(w.wds, p)
		}
	}
	w.mu.Unlock()
	for _, p := range paths {
		select {
		case w.out <- p:
		case <-w.gone:
			return false
		}
	}
	return true
}
