package engine

import (
	"os"

	"images-uploader.com/upshot/client/job"
)

// openNoFollow opens path for reading; a link is refused.
func openNoFollow(path string) (*os.File, error) {
	if isLink(path) {
		return nil, errNotRegular
	}
	return os.Open(path)
}

// fingerprint tells what a file is now.
func fingerprint(info os.FileInfo) job.Fingerprint {
	return job.Fingerprint{Size: info.Size(), ModTime: info.ModTime()}
}
