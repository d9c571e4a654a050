package watcher

import (
	"slices"

	"golang.org/x/sys/unix"
)

// remoteKinds are file systems on which files appear that no event tells of:
// other machines and other layers write there.
var remoteKinds = map[uint32]string{
	unix.NFS_SUPER_MAGIC:       "a network drive (NFS)",
	unix.SMB_SUPER_MAGIC:       "a network drive (SMB)",
	unix.CIFS_SUPER_MAGIC:      "a network drive (SMB)",
	unix.SMB2_SUPER_MAGIC:      "a network drive (SMB)",
	unix.CEPH_SUPER_MAGIC:      "a network drive (Ceph)",
	unix.AFS_SUPER_MAGIC:       "a network drive (AFS)",
	unix.CODA_SUPER_MAGIC:      "a network drive (Coda)",
	unix.V9FS_MAGIC:            "a folder shared with another system (9p)",
	0x786f4256:                 "a folder shared with another system (VirtualBox)",
	unix.FUSE_SUPER_MAGIC:      "a drive run by a program (FUSE)",
	unix.OVERLAYFS_SUPER_MAGIC: "an overlay file system",
}

// remoteKind says what the folder lies on if events do not tell everything.
func remoteKind(dir string) string {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return ""
	}
	return remoteKinds[uint32(st.Type)]
}

// fleetings are file systems whose inode numbers last no longer than the
// kernel's cache or the next mount.
var fleetings = []uint32{
	unix.MSDOS_SUPER_MAGIC, unix.EXFAT_SUPER_MAGIC, unix.FUSE_SUPER_MAGIC, unix.V9FS_MAGIC,
	unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC,
	0x786f4256, // VirtualBox
}

func fleeting(dir string) bool {
	var st unix.Statfs_t
	return unix.Statfs(dir, &st) == nil && slices.Contains(fleetings, uint32(st.Type))
}
