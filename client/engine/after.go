package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// afterUpload does what shall follow a durable answer with the file itself:
// a spooled one goes, one from a folder is kept, moved or trashed.
func (e *Engine) afterUpload(j job.Job) {
	if j.Spooled {
		e.keepThumb(j)
		if e.inSpool(j.Path) {
			removeSpooled(j.Path, e.log)
		}
		return
	}
	if after := e.afterOf(j.Folder); after != "" && after != uploader.AfterKeep {
		e.endWith(j, after)
	}
}

// endWith puts the file of a job away, if it may be.
func (e *Engine) endWith(j job.Job, after uploader.After) {
	defer e.setAway(j.ID, "")
	if why := mustKeep(j); why != "" {
		e.log.Info("file stays where it is", "job", int64(j.ID), "why", why)
		return
	}
	e.keepThumb(j)
	if err := e.putAway(j, after); err != nil {
		e.log.Warn("file stays where it is", "job", int64(j.ID), "error", err)
		e.addNotice(uploader.Notice{
			ID:       "after:" + j.Folder,
			Headline: "Uploaded files of " + j.Folder + " could not be put away",
			Hint:     "they stay where they are; check the folder's permissions",
		})
	}
}

// awayName is the name under which it is kept that a job's file is to be put
// away once its answer is durable.
const awayName = "away:"

// setAway remembers it, or with nothing forgets it.
func (e *Engine) setAway(id job.ID, after uploader.After) {
	name := awayName + strconv.FormatInt(int64(id), 10)
	if err := e.cfg.Queue.SetMeta(context.WithoutCancel(e.background()), name, string(after)); err != nil {
		e.log.Error("what becomes of a file is not kept", "job", int64(id), "error", err)
	}
}

// putLeftAway does what a program that died after the answer has not done:
// files of done jobs are put away, and spooled ones removed.
func (e *Engine) putLeftAway(ctx context.Context) {
	left, err := e.cfg.Queue.Metas(ctx, awayName)
	if err != nil && ctx.Err() == nil {
		e.log.Error("what is left to put away cannot be read", "error", err)
	}
	for name, after := range left {
		id, _ := strconv.ParseInt(strings.TrimPrefix(name, awayName), 10, 64)
		j, err := e.cfg.Queue.Job(ctx, job.ID(id))
		switch {
		case err == nil && j.State == job.Done:
			e.endWith(j, uploader.After(after))
		case errors.Is(err, fs.ErrNotExist) || err == nil && !j.State.Open():
			e.setAway(job.ID(id), "")
		}
	}
	entries, err := os.ReadDir(e.cfg.Spool)
	if err != nil {
		return // no spool, nothing left
	}
	var paths []string
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			paths = append(paths, filepath.Join(e.cfg.Spool, entry.Name()))
		}
	}
	spent, err := e.cfg.Queue.Spent(ctx, paths)
	if err != nil && ctx.Err() == nil {
		e.log.Error("spool not looked through", "error", err)
	}
	for _, path := range spent {
		removeSpooled(path, e.log)
	}
}

// mustKeep says why a file must not be moved or trashed, "" if it may be:
// the answer is durable (the caller knows), and the host surely has these
// very bytes, approved, for good; and the file is still the one that was sent.
func mustKeep(j job.Job) string {
	if why := uploader.ExplainStays(j); why != "" {
		return why
	}
	info, err := os.Lstat(j.Path)
	if err != nil || !info.Mode().IsRegular() || !fingerprint(info).Same(j.File) {
		return uploader.StaysChanged
	}
	return ""
}

func (e *Engine) afterOf(path string) uploader.After {
	e.mu.Lock()
	defer e.mu.Unlock()
	if f := e.folders[path]; f != nil {
		return f.conf.After
	}
	return ""
}

// putAway trashes a file or moves it.
func (e *Engine) putAway(j job.Job, after uploader.After) error {
	if after == uploader.AfterTrash {
		if e.cfg.Trash == nil {
			return unsupported("trash")
		}
		ctx, stop := context.WithTimeout(context.WithoutCancel(e.background()), 30*time.Second)
		defer stop()
		return e.cfg.Trash.Trash(ctx, j.Path)
	}
	dir, ok := strings.CutPrefix(string(after), "move=")
	if !ok || dir == "" {
		return fmt.Errorf("after=%s: %w", after, errors.ErrUnsupported)
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(j.Folder, dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("move: %w", err)
	}
	return moveNew(j.Path, dir, j.File)
}

// errReplaced says that a file is not the one any more that was sent.
var errReplaced = errors.New("another file has taken its place")

// moveNew moves a file into dir, if it still is the one that was sent, and
// never over another: it takes the next free name.
func moveNew(path, dir string, sent job.Fingerprint) error {
	ext := filepath.Ext(path)
	stem := strings.TrimSuffix(filepath.Base(path), ext)
	for n := 0; n < 1000; n++ {
		name := stem + ext
		if n > 0 {
			name = fmt.Sprintf("%s (%d)%s", stem, n, ext)
		}
		to := filepath.Join(dir, name)
		err := os.Link(path, to)
		switch {
		case err == nil:
			return letGo(path, to, sent)
		case errors.Is(err, fs.ErrExist):
			continue
		}
		// No hard links here (another file system, FAT): copy, then remove.
		err = copyNew(path, to)
		switch {
		case errors.Is(err, fs.ErrExist):
			continue
		case err != nil:
			return err
		}
		return replaceBy(path, to, sent)
	}
	return fmt.Errorf("move: no free name in %s: %w", dir, fs.ErrExist)
}

// letGo removes the old name of a file that has a new one. Somebody may have
// put another file there meanwhile: that one stays.
func letGo(path, to string, sent job.Fingerprint) error {
	moved, err := os.Lstat(to)
	if err != nil {
		return fmt.Errorf("move: %w", err)
	}
	if !fingerprint(moved).Same(sent) {
		return errors.Join(fmt.Errorf("move: %w", errReplaced), os.Remove(to))
	}
	if there, err := os.Lstat(path); err != nil || !os.SameFile(there, moved) {
		return nil //nolint:nilerr // the name is not ours any more
	}
	return os.Remove(path)
}

// copyNew copies a file to a new one, on disk before it returns.
func copyNew(from, to string) (err error) {
	src, err := openNoFollow(from)
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	defer func() {
		if err != nil {
			dst.Close()
			os.Remove(to)
		}
	}()
	if _, err = io.Copy(dst, src); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	if err = dst.Sync(); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	return dst.Close()
}

// replaceBy removes a file that has been copied, if it was the one that was
// sent all the time: the copy then has its times and permissions.
func replaceBy(path, to string, sent job.Fingerprint) error {
	info, err := os.Lstat(path)
	if err == nil && !fingerprint(info).Same(sent) {
		err = errReplaced
	}
	if err == nil {
		_ = os.Chmod(to, info.Mode().Perm())            // FAT has none
		_ = os.Chtimes(to, time.Time{}, info.ModTime()) // some network drives keep none
		err = syncDir(filepath.Dir(to))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("move: %w", err), os.Remove(to))
	}
	return os.Remove(path)
}

// removeSpooled removes a file of ours that is no longer needed.
func removeSpooled(path string, log *slog.Logger) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Warn("spooled file stays", "error", err)
	}
}
