package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
)

// systemPlaces are directories that belong to the system, with all below
// them: what appears there is no person's picture.
var systemPlaces = map[string][]string{
	"linux": {
		"/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/sbin", "/sys",
		"/usr/bin", "/usr/include", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/sbin", "/usr/share",
		"/var/lib/dpkg", "/var/lib/rpm", "/var/log",
	},
	"darwin": {
		"/bin", "/cores", "/dev", "/etc", "/private/etc", "/sbin", "/usr/bin", "/usr/lib", "/usr/libexec", "/usr/sbin", "/usr/share",
		"/Applications", "/Library", "/System",
	},
	"windows": {`\Windows`, `\Program Files`, `\Program Files (x86)`, `\ProgramData`, `\$Recycle.Bin`, `\System Volume Information`},
}

// userPlaces lie in system ones and are for everybody all the same.
var userPlaces = map[string][]string{"linux": {"/dev/shm", "/usr/share/backgrounds"}}

// broadPlaces are watched by themselves, but not with all below them: that is
// everything of all people and programs.
var broadPlaces = map[string][]string{
	"linux":   {"/home", "/media", "/mnt", "/opt", "/root", "/run", "/run/media", "/srv", "/tmp", "/usr", "/usr/local", "/var", "/var/lib", "/var/tmp"},
	"darwin":  {"/Users", "/Volumes", "/opt", "/private", "/private/tmp", "/private/var", "/tmp", "/usr", "/usr/local", "/var"},
	"windows": {`\Users`},
}

// CheckPlace refuses folders that nobody can mean: to watch them would upload
// what is not the person's, or more than they think of.
func CheckPlace(f uploader.Folder) error {
	refuse := func(format string, args ...any) error {
		return &client.Error{Kind: client.KindInvalid, Message: fmt.Sprintf(format, args...)}
	}
	path, drive := f.Path, filepath.VolumeName(f.Path)
	if runtime.GOOS == "windows" {
		path = strings.TrimPrefix(path, drive)
	}
	isRoot := path == string(filepath.Separator)
	if isRoot && (runtime.GOOS != "windows" || f.Recursive && strings.EqualFold(drive, os.Getenv("SystemDrive"))) {
		return refuse("%s is the whole computer; name the folder that your pictures are saved in", f.Path)
	}
	in := func(place string) bool { return inPlace(path, place) }
	if slices.ContainsFunc(systemPlaces[runtime.GOOS], in) && !slices.ContainsFunc(userPlaces[runtime.GOOS], in) {
		return refuse("%s belongs to the system, and no pictures of yours are saved there; name the folder that they are saved in", f.Path)
	}
	if !f.Recursive {
		return nil
	}
	const advice = "name a folder in it, such as Pictures, or watch it without the folders below it"
	if home, err := os.UserHomeDir(); err == nil && home != "" {
		if real, err := filepath.EvalSymlinks(home); err == nil {
			home = real
		}
		if inPlace(home, f.Path) {
			return refuse("%s holds all of your files, those that programs keep there too, and all pictures among them would be uploaded; %s", f.Path, advice)
		}
	}
	if slices.ContainsFunc(broadPlaces[runtime.GOOS], func(place string) bool { return inPlace(place, path) && in(place) }) {
		return refuse("%s holds the files of many people and programs, and all pictures among them would be uploaded; %s", f.Path, advice)
	}
	return nil
}

// driveLate is after how long a drive that says nothing is told of.
const driveLate = time.Second

// checkPlaces is checkPlaces of a folder's settings, but waits for its drive no
// longer than ctx: one that does not answer keeps a goroutine, and nobody else.
func (e *Engine) checkPlaces(ctx context.Context, f *folder) error {
	checked := make(chan error, 1)
	go func() { checked <- checkPlaces(f.conf) }()
	late := time.NewTimer(driveLate)
	defer late.Stop()
	for {
		select {
		case err := <-checked:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-late.C:
			if f.set(uploader.FolderMissing, "Its drive does not answer; the folder is taken up when it does") {
				e.changes.touch()
			}
		}
	}
}

// checkPlaces checks a folder where it stands and where links lead.
func checkPlaces(f uploader.Folder) error {
	if err := CheckPlace(f); err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(f.Path)
	if err != nil || real == f.Path {
		return nil //nolint:nilerr // not there: nothing to upload from
	}
	f.Path = real
	return CheckPlace(f)
}

// inPlace reports whether path is place or lies in it.
func inPlace(path, place string) bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		path, place = strings.ToLower(path), strings.ToLower(place)
	}
	place = strings.TrimSuffix(place, string(filepath.Separator))
	return path == place || strings.HasPrefix(path, place+string(filepath.Separator))
}
