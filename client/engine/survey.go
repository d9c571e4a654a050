package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/watcher"
)

// sampleMost bounds how many files of a preview are named.
const sampleMost = 100

// Preview looks through a folder as if it were added.
func (e *Engine) Preview(ctx context.Context, f uploader.Folder) (uploader.Preview, error) {
	f, err := e.checkFolder(f)
	if err != nil {
		return uploader.Preview{}, err
	}
	s, err := watcher.LookThrough(ctx, e.watcherConfig(&folder{conf: f}))
	if err != nil {
		return uploader.Preview{}, fmt.Errorf("look through the folder: %w", err)
	}
	p := uploader.Preview{Files: len(s.Files), Bytes: s.Bytes, Located: s.Located, Unreadable: s.Unreadable}
	if newest, ok := s.Newest(); ok {
		p.Newest, p.NewestTime = newest.Path, newest.ModTime
	}
	for _, file := range slices.Backward(s.Files) {
		if len(p.Sample) == sampleMost {
			break
		}
		p.Sample = append(p.Sample, file.Path)
	}
	return p, nil
}

// GiveFile sends a file that its folder holds back.
func (e *Engine) GiveFile(ctx context.Context, r uploader.FileRequest) (uploader.None, error) {
	e.mu.Lock()
	f := e.folders[r.Folder]
	e.mu.Unlock()
	if f == nil {
		return uploader.None{}, fmt.Errorf("folder: %w", fs.ErrNotExist)
	}
	f.mu.Lock()
	w := f.watcher
	f.mu.Unlock()
	if w == nil {
		return uploader.None{}, fmt.Errorf("folder: %w", fs.ErrNotExist)
	}
	err := w.Give(ctx, r.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return uploader.None{}, e.giveLeftOut(ctx, f, w, r.Path)
	}
	if errors.Is(err, watcher.ErrWriting) {
		return uploader.None{}, &client.Error{Kind: client.KindInvalid, Message: "a program is still writing the file; wait until it is done", Err: err}
	}
	return uploader.None{}, err
}

// giveLeftOut sends a file that a rule of its folder or a refusal of the host
// keeps out: the watcher has no part in it.
func (e *Engine) giveLeftOut(ctx context.Context, f *folder, w *watcher.Watcher, path string) error {
	var out bool
	err := w.Files(ctx, func(part []watcher.Pending) bool {
		for _, p := range part {
			if p.Path == path {
				out = p.State == watcher.FileFiltered || p.State == watcher.FileTooLarge
				return false
			}
		}
		return true
	})
	if err != nil {
		return fmt.Errorf("look for the file: %w", err)
	}
	info, err := os.Lstat(path)
	if err == nil && (!out || !info.Mode().IsRegular()) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return fmt.Errorf("give a file by hand: %w", err)
	}
	now := fingerprint(info)
	return e.takeFiles(ctx, f, []watcher.File{{Path: path, Size: now.Size, ModTime: now.ModTime, Inode: now.Inode}})
}

// Autostart tells whether the agent starts at login.
func (e *Engine) Autostart(ctx context.Context, _ uploader.None) (uploader.Autostart, error) {
	if e.cfg.Autostart == nil {
		return uploader.Autostart{}, unsupported("start at login")
	}
	on, err := e.cfg.Autostart.Enabled(ctx)
	return uploader.Autostart{On: on}, err
}

// SetAutostart changes it.
func (e *Engine) SetAutostart(ctx context.Context, a uploader.Autostart) (uploader.None, error) {
	switch {
	case e.cfg.Autostart == nil:
		return uploader.None{}, unsupported("start at login")
	case a.On:
		return uploader.None{}, e.cfg.Autostart.Enable(ctx)
	default:
		return uploader.None{}, e.cfg.Autostart.Disable(ctx)
	}
}
