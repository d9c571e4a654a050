package windowtest

import (
	"context"
	"slices"

	"images-uploader.com/upshot/client/uploader"
)

// FolderFiles tells of the files that the snapshot has as pending.
func (f *Fake) FolderFiles(ctx context.Context, r uploader.FolderFilesRequest) (uploader.FolderFilesPage, error) {
	leave, err := f.enter(ctx, "")
	if err != nil {
		return uploader.FolderFilesPage{}, err
	}
	defer leave()
	page := uploader.FolderFilesPage{Counts: map[uploader.FileState]int{}}
	for _, s := range f.snap.Folders {
		if s.Folder.Path != r.Folder {
			continue
		}
		page.State, page.Reason = s.State, s.Reason
		for _, p := range s.Pending {
			page.Counts[p.State]++
			if len(r.States) > 0 && !slices.Contains(r.States, p.State) {
				continue
			}
			page.Files = append(page.Files, uploader.FolderFile{
				Path: p.Path, State: p.State, Reason: p.Reason, ByHand: p.State == uploader.FileIncomplete,
			})
		}
	}
	page.Total = len(page.Files)
	first := min(max(r.From, 0), page.Total)
	n := r.N
	if n <= 0 {
		n = 100
	}
	page.Files = page.Files[first:min(first+n, page.Total)]
	return page, nil
}
