package watcher

// Room is how much of what the system lets a person watch is in use.
type Room struct {
	Watches, MaxWatches     int // directories and files
	Instances, MaxInstances int // watchers
}

// Tight reports whether folders may soon have to be polled instead.
func (r Room) Tight() bool {
	return r.Watches*10 >= r.MaxWatches*9 || r.Instances*10 >= r.MaxInstances*9
}

// Command is what lifts the limits until the next start of the computer.
func (r Room) Command() string {
	return "sudo sysctl fs.inotify.max_user_watches=1048576 fs.inotify.max_user_instances=1024"
}
