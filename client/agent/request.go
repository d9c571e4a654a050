package agent

import (
	"fmt"
	"path/filepath"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
)

// keySlot returns where a request (by pointer) holds its key, nil when it
// holds none. The key is in no body (json:"-"); a test proves that every
// client.Key in a request of the table is found here.
func keySlot(req any) *client.Key {
	switch r := req.(type) {
	case *uploader.Order:
		return serverKey(r.Server)
	case *uploader.CaptureOrder:
		return serverKey(r.Order.Server)
	case *uploader.SteerRequest:
		return serverKey(r.Server)
	case *uploader.Lent:
		return serverKey(r.Server)
	case *uploader.Candidate:
		return &r.Key
	default:
		return nil
	}
}

func serverKey(s *uploader.Server) *client.Key {
	if s == nil {
		return nil
	}
	return &s.Key
}

// checkPaths refuses paths in a request (by pointer) that are not absolute:
// the sender's working directory is not ours, so that another file than meant
// would be taken.
func checkPaths(req any) error {
	switch r := req.(type) {
	case *uploader.Order:
		return itemPaths(r.Items)
	case *uploader.CaptureOrder:
		if r.Save == "" {
			return nil
		}
		return absolute(r.Save)
	case *uploader.Folder:
		return absolute(r.Path)
	case *uploader.FileRequest:
		if err := absolute(r.Folder); err != nil {
			return err
		}
		return absolute(r.Path)
	case *uploader.FolderFilesRequest:
		return absolute(r.Folder)
	case *uploader.FolderRequest:
		return absolute(r.Path)
	case *uploader.PauseFolderRequest:
		return absolute(r.Path)
	case *uploader.Lent:
		return absolute(r.Folder.Path)
	default:
		return nil
	}
}

func itemPaths(items []uploader.Item) error {
	for _, item := range items {
		if item.URL != "" && item.Path == "" {
			continue
		}
		if err := absolute(item.Path); err != nil {
			return err
		}
	}
	return nil
}

func absolute(path string) error {
	if filepath.IsAbs(path) {
		return nil
	}
	return &client.Error{Kind: client.KindInvalid, Message: fmt.Sprintf("%q is not an absolute path", path)}
}
