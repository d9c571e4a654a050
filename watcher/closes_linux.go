package watcher

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// closings is the one inotify instance of this process that waits for
// IN_CLOSE_WRITE of single files, and for directories and links to be moved or
// deleted; fsnotify has no event of the first kind, and takes all events of
// what it watches. It is there while a watcher runs: the system gives a person
// no more than 128 instances, and every watched folder takes one already.
type closings struct {
	mu    sync.Mutex
	users int
	now   *inotify
}

// ofProcess has no settings; it is here because inotify's limit is a person's,
// and watchers are made one by one.
var ofProcess closings

// inotify is an open instance and who waits for what.
type inotify struct {
	file *os.File
	done chan struct{} // closed when its reader has ended

	mu    sync.Mutex
	waits map[int32][]waiting // several where a file has several names or watchers
	// Asking the kernel for a watch takes as long as the file system does, and
	// a dead network drive for ever, so it is done without the lock. Events may
	// come before what they are for is known: they are kept meanwhile.
	asking int
	early  map[int32]bool
}

type waiting struct {
	who  *closeWatch
	path string
}

// closeWatch is what one watcher waits for.
type closeWatch struct {
	in   *inotify
	wds  map[string]int32 // guarded by in.mu, like told
	told []string
	wake chan struct{}
}

func (disk) closes() (closes, error) {
	ofProcess.mu.Lock()
	defer ofProcess.mu.Unlock()
	if ofProcess.users == 0 {
		in, err := openInotify()
		if err != nil {
			return nil, err
		}
		ofProcess.now = in
	}
	ofProcess.users++
	return &closeWatch{in: ofProcess.now, wds: map[string]int32{}, wake: make(chan struct{}, 1)}, nil
}

func openInotify() (*inotify, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	in := &inotify{
		file: os.NewFile(uintptr(fd), "inotify"), done: make(chan struct{}),
		waits: map[int32][]waiting{}, early: map[int32]bool{},
	}
	go in.read()
	return in, nil
}

// add waits for path once: the kernel drops the watch with its first event.
func (w *closeWatch) add(path string) error { return w.once(path, unix.IN_CLOSE_WRITE) }

func (w *closeWatch) leave(path string) error {
	return w.once(path, unix.IN_MOVE_SELF|unix.IN_DELETE_SELF)
}

func (w *closeWatch) once(path string, events uint32) error {
	in := w.in
	in.mu.Lock()
	_, old := w.wds[path]
	if !old {
		in.asking++
	}
	in.mu.Unlock()
	if old {
		return nil
	}
	wd, err := in.watch(path, events)

	in.mu.Lock()
	defer in.mu.Unlock()
	if in.asking--; in.asking == 0 {
		defer clear(in.early)
	}
	if err != nil {
		return err
	}
	if in.early[wd] {
		w.tell(path)
		return nil
	}
	w.wds[path] = wd
	in.waits[wd] = append(in.waits[wd], waiting{w, path})
	return nil
}

// watch asks for events of path, beside those that others may wait for at the
// same file.
func (in *inotify) watch(path string, events uint32) (int32, error) {
	conn, err := in.file.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("watch: %w", err)
	}
	wd := 0
	if e := conn.Control(func(fd uintptr) {
		wd, err = unix.InotifyAddWatch(int(fd), path, events|unix.IN_ONESHOT|unix.IN_DONT_FOLLOW|unix.IN_MASK_ADD)
	}); e != nil {
		return 0, fmt.Errorf("watch: %w", e)
	}
	return int32(wd), os.NewSyscallError("inotify_add_watch", err)
}

func (w *closeWatch) remove(path string) {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	w.removeLocked(path)
}

func (w *closeWatch) removeLocked(path string) {
	wd, ok := w.wds[path]
	if !ok {
		return
	}
	delete(w.wds, path)
	rest := slices.DeleteFunc(w.in.waits[wd], func(o waiting) bool { return o == waiting{w, path} })
	if len(rest) > 0 {
		w.in.waits[wd] = rest
		return
	}
	delete(w.in.waits, wd)
	if conn, err := w.in.file.SyscallConn(); err == nil {
		_ = conn.Control(func(fd uintptr) {
			_, _ = unix.InotifyRmWatch(int(fd), uint32(wd)) // it may have fired meanwhile
		})
	}
}

func (w *closeWatch) woken() <-chan struct{} { return w.wake }

func (w *closeWatch) closed() []string {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	list := w.told
	w.told = nil
	return list
}

// tell remembers that something happened to path. It never waits: the watcher
// of another folder may be busy.
func (w *closeWatch) tell(path string) {
	w.told = append(w.told, path)
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *closeWatch) close() {
	w.in.mu.Lock()
	for path := range w.wds {
		w.removeLocked(path)
	}
	w.in.mu.Unlock()
	ofProcess.mu.Lock()
	defer ofProcess.mu.Unlock()
	if ofProcess.users--; ofProcess.users == 0 {
		ofProcess.now = nil
		_ = w.in.file.Close()
		<-w.in.done
	}
}

func (in *inotify) read() {
	defer close(in.done)
	buf := make([]byte, 256*unix.SizeofInotifyEvent)
	for {
		n, err := in.file.Read(buf)
		if err != nil {
			return
		}
		for b := buf[:n]; len(b) >= unix.SizeofInotifyEvent; {
			// struct inotify_event: wd, mask, cookie, len, and a name that only
			// what lies in a directory has.
			u := binary.NativeEndian
			in.event(int32(u.Uint32(b)), u.Uint32(b[4:]))
			b = b[min(len(b), unix.SizeofInotifyEvent+int(u.Uint32(b[12:]))):]
		}
	}
}

// event passes an event on. Closed and dropped (the file was deleted, its file
// system unmounted) both mean: look again. After an overflow of the queue
// everybody looks again.
func (in *inotify) event(wd int32, mask uint32) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if mask&unix.IN_Q_OVERFLOW != 0 {
		for wd := range in.waits {
			in.fire(wd)
		}
		return
	}
	if in.asking > 0 {
		in.early[wd] = true
	}
	in.fire(wd)
}

func (in *inotify) fire(wd int32) {
	for _, o := range in.waits[wd] {
		delete(o.who.wds, o.path)
		o.who.tell(o.path)
	}
	delete(in.waits, wd)
}
