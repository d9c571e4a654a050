package watcher

import "os"

// mounts tells that something was mounted or unmounted. An inotify watch does
// not notice that: its folder is unmounted without a word, and a drive mounted
// over a watched folder hides it. The kernel reports an exceptional condition
// on mountinfo, which wakes whoever waits for it to be readable.
func (disk) mounts() (<-chan struct{}, func()) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, func() {}
	}
	conn, err := f.SyscallConn()
	if err != nil {
		_ = f.Close()
		return nil, func() {}
	}
	changed, done := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(done)
		for {
			waited := false
			err := conn.Read(func(uintptr) bool {
				defer func() { waited = true }()
				return waited
			})
			if err != nil {
				return
			}
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	}()
	return changed, func() {
		_ = f.Close()
		<-done
	}
}
