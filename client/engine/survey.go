package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	if errors.Is(err, watcher.ErrWriting) {
		return uploader.None{}, &client.Error{Kind: client.KindInvalid, Message: "a program is still writing the file; wait until it is done", Err: err}
	}
	return uploader.None{}, err
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
