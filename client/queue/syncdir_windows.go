package queue

// syncDir does nothing: Windows cannot open a directory to sync it, NTFS
// keeps a journal of renames.
func syncDir(string) error { return nil }
