package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/watcher"
)

// folderAgain is how long a folder that is not there, or could not be
// looked through, is left alone before its first look.
const folderAgain = 5 * time.Second

// folder is a watched folder while it is watched.
type folder struct {
	conf   uploader.Folder
	key    string // under which its files are remembered as seen
	lent   bool
	server *uploader.Server
	stop   context.CancelFunc
	done   chan struct{}

	account atomic.Pointer[string] // id of the one its files go to; see assign

	mu      sync.Mutex
	taken   takenFiles       // in this run, whose file is there still
	watcher *watcher.Watcher // nil before the first look
	state   uploader.FolderState
	reason  string
}

// startFolders watches the folders of the settings.
func (e *Engine) startFolders(ctx context.Context) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		return
	}
	for _, f := range e.settings.Folders {
		if e.folders[f.Path] == nil {
			e.watch(ctx, &folder{conf: f, key: "folder:" + f.Path})
		}
	}
}

// restartFolders makes what is watched what the settings say.
func (e *Engine) restartFolders() {
	ctx := e.background()
	if e.cfg.Role != uploader.RoleAgent || ctx.Err() != nil {
		return
	}
	e.mu.Lock()
	var ended []*folder
	for path, f := range e.folders {
		i := slices.IndexFunc(e.settings.Folders, func(c uploader.Folder) bool { return c.Path == path })
		if !f.lent && (i < 0 || !reflect.DeepEqual(e.settings.Folders[i], f.conf)) {
			f.stop()
			ended = append(ended, f)
			delete(e.folders, path)
		}
	}
	e.mu.Unlock()
	for _, f := range ended {
		<-f.done
	}
	e.startFolders(ctx)
	e.changes.touch()
}

// watch starts a folder's goroutine. The caller holds mu.
func (e *Engine) watch(ctx context.Context, f *folder) {
	ctx, f.stop = context.WithCancel(ctx)
	f.done = make(chan struct{})
	f.state = uploader.FolderWatching
	if f.conf.Paused {
		f.state = uploader.FolderPaused
	}
	e.folders[f.conf.Path] = f
	if !e.learning {
		e.learning = true
		e.workers.Go(func() { e.watchRefusals(e.background()) })
	}
	e.workers.Go(func() {
		defer close(f.done)
		if f.conf.Paused {
			<-ctx.Done()
			return
		}
		for ctx.Err() == nil {
			if err := e.runFolder(ctx, f); err != nil && ctx.Err() == nil {
				if f.set(unwatched(err)) {
					e.log.Warn("folder not watched", "folder", f.conf.Path, "error", err)
					e.changes.touch()
				}
				select {
				case <-ctx.Done():
				case <-time.After(folderAgain):
				}
			}
		}
	})
}

// unwatched says how a folder stands that cannot be watched for err.
func unwatched(err error) (uploader.FolderState, string) {
	var ce *client.Error
	var bad *watcher.ConfigError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return uploader.FolderMissing, "The folder is not there; it is taken up when it comes back"
	case errors.Is(err, watcher.ErrIgnored):
		return uploader.FolderFailed, "This folder belongs to the program itself and is not watched"
	case errors.As(err, &ce) && ce.Kind == client.KindInvalid:
		return uploader.FolderFailed, notWatched + ce.Message
	case errors.As(err, &bad):
		return uploader.FolderFailed, notWatched + bad.Reason
	}
	return uploader.FolderFailed, "It could not be watched; it is tried again by itself"
}

const notWatched = "This folder is not watched: "

// set reports whether that is new.
func (f *folder) set(s uploader.FolderState, reason string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.state == s && f.reason == reason
	f.state, f.reason = s, reason
	return !old
}

// runFolder remembers what lies there already, then watches until ctx ends.
func (e *Engine) runFolder(ctx context.Context, f *folder) error {
	// One that stands in a settings file edited by hand was not checked before.
	if err := e.checkPlaces(ctx, f); err != nil {
		return err
	}
	cfg := e.watcherConfig(f)
	if err := e.baseline(ctx, f, cfg); err != nil {
		return err
	}
	e.readRefusals(ctx)
	e.assign(ctx, f)
	w, err := watcher.New(cfg)
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	f.mu.Lock()
	f.watcher, f.state, f.reason = w, uploader.FolderWatching, ""
	f.mu.Unlock()
	e.changes.touch()
	return w.Run(ctx)
}

func (e *Engine) watcherConfig(f *folder) watcher.Config {
	return watcher.Config{
		Dir: f.conf.Path, Recursive: f.conf.Recursive, Include: f.conf.Include, Exclude: f.conf.Exclude,
		Kinds: watcher.Kinds(f.conf.Kinds), MinSize: f.conf.MinSize, MaxSize: f.conf.MaxSize,
		Quiet: f.conf.Quiet, Ignore: e.notOurs(f.conf), Log: e.log,
		Changed: func() { e.changes.touch() },
		Refuse: func(file watcher.File) (watcher.FileState, string) {
			return e.refused.about(f.accountID(), file.Path, file.Size)
		},
		Known: func(ctx context.Context, file watcher.File) (bool, error) {
			known, err := e.isKnown(ctx, f, file)
			return known, spoken(err)
		},
		Gone: f.gone,
		// Only its times were set after it was taken (unzip and wget do so):
		// the same file, not a new one at the next start.
		Same: func(ctx context.Context, file watcher.File) error {
			return e.cfg.Queue.MarkSeen(ctx, f.key, []queue.Seen{seenOf(file)})
		},
		Take: func(ctx context.Context, files []watcher.File) error { return spoken(e.takeFiles(ctx, f, files)) },
	}
}

// spoken is err with a person's words for its text: the watcher shows it as
// the reason why a file waits.
func spoken(err error) error {
	if err == nil {
		return nil
	}
	return inWords{err}
}

type inWords struct{ error }

func (w inWords) Error() string { return uploader.Explain(w.error).String() }
func (w inWords) Unwrap() error { return w.error }

// baseline remembers the files that lie in a folder when it is added, so that
// they are not sent, unless that was asked for. A folder that is not there
// has no baseline yet: else a drive that is plugged in later would be sent whole.
func (e *Engine) baseline(ctx context.Context, f *folder, cfg watcher.Config) error {
	if has, err := e.cfg.Queue.Baseline(ctx, f.key); err != nil || has {
		return err
	}
	if info, err := os.Stat(f.conf.Path); err != nil {
		return fmt.Errorf("first look: %w", err)
	} else if !info.IsDir() {
		return fmt.Errorf("first look: not a directory: %w", fs.ErrNotExist)
	}
	var seen []queue.Seen
	if f.conf.Existing != uploader.ExistingUpload {
		// Whatever the filters say: a filter that is loosened later does not
		// make old files new.
		cfg.Include, cfg.Exclude, cfg.Kinds, cfg.MinSize, cfg.MaxSize, cfg.Refuse = nil, nil, "", 0, 0, nil
		files, err := watcher.Scan(ctx, cfg)
		if err != nil {
			return fmt.Errorf("first look: %w", err)
		}
		for _, file := range files {
			seen = append(seen, seenOf(file))
		}
	}
	return e.cfg.Queue.SetBaseline(ctx, f.key, seen)
}

// isKnown reports whether a version of a file is not to be sent: it was sent
// or skipped before, under this name or another one that is gone now, or the
// folder sends every file once and this one is there still.
func (e *Engine) isKnown(ctx context.Context, f *folder, file watcher.File) (bool, error) {
	if file.Rewritten { // another content, though it looks as what was handled
		return f.once(file.Path), nil
	}
	// To watch whether ctx ends costs a goroutine for each of these short
	// questions: in a burst thousands of them at once.
	ctx = context.WithoutCancel(ctx)
	seen := seenOf(file)
	if known, err := e.cfg.Queue.IsSeen(ctx, f.key, seen); err != nil || known {
		return known, err
	}
	known := f.once(file.Path)
	if !known {
		others, err := e.cfg.Queue.SeenElsewhere(ctx, f.key, seen)
		if err != nil {
			return false, err
		}
		known = slices.ContainsFunc(others, func(path string) bool { return isMove(path, seen) })
	}
	if !known {
		return false, nil
	}
	return true, e.cfg.Queue.MarkSeen(ctx, f.key, []queue.Seen{seen})
}

// isMove reports whether to is what was seen at from, and has left there. Where
// inodes do not last or there are none, two files may share size and time by
// chance, if times are as coarse as FAT's two seconds: then the name must have
// stayed.
func isMove(from string, to queue.Seen) bool {
	coarse := to.File.ModTime.Nanosecond() == 0
	if to.File.Inode == 0 && coarse && filepath.Base(from) != filepath.Base(to.Path) {
		return false
	}
	return hasLeft(from, to.File.Inode)
}

// hasLeft reports whether the file with this inode is no longer at path: it was
// moved, or changed places with another one.
func hasLeft(path string, inode uint64) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	is := fingerprint(info).Inode
	return inode != 0 && is != 0 && is != inode
}

// once reports whether the file at path was taken already and no other
// version of it is wanted.
func (f *folder) once(path string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.conf.Versions && f.taken.has(path)
}

// took remembers files that were taken.
func (f *folder) took(files []watcher.File) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, file := range files {
		f.taken.add(file.Path)
	}
}

// gone hears that what had a path is there no more: what comes there is new.
func (f *folder) gone(path string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.taken.forget(path)
}

// seenOf is what is remembered of a file. An inode that does not last is not.
func seenOf(f watcher.File) queue.Seen {
	if f.Fleeting {
		f.Inode = 0
	}
	return queue.Seen{Path: f.Path, File: job.Fingerprint{Size: f.Size, ModTime: f.ModTime, Inode: f.Inode}}
}

// takeFiles makes finished files that settled together one durable batch.
func (e *Engine) takeFiles(ctx context.Context, f *folder, files []watcher.File) error {
	a, err := e.resolve(ctx, f.conf.Account, f.server)
	if err != nil {
		return fmt.Errorf("account of the folder: %w", err)
	}
	f.account.Store(&a.id)
	params := over(a.conf().Params, f.conf.Params)
	link := e.linkFor(f.conf.Link, a)
	items := make([]queue.New, len(files))
	for i, file := range files {
		items[i] = queue.New{
			Account: a.id, Via: job.ViaFolder, Folder: f.conf.Path, SeenKey: f.key,
			Transfer: job.Transfer{As: f.conf.As, Format: f.conf.Format},
			Path:     file.Path, Input: file.Path, Name: filepath.Base(file.Path),
			File: fileOf(file), Params: titled(params, f.conf, file), Link: link,
		}
	}
	e.mu.Lock()
	b := job.Batch{ID: job.NewBatchID(), Copy: !e.settings.NoCopy, Notify: !e.settings.NoNotify, Added: time.Now()}
	e.mu.Unlock()
	if _, err = e.add(ctx, b, uploader.Order{Batch: b.ID}, items); err != nil {
		return err
	}
	f.took(files)
	return nil
}

// fileOf is what the worker compares before it sends.
func fileOf(f watcher.File) job.Fingerprint {
	return job.Fingerprint{Size: f.Size, ModTime: f.ModTime, Inode: f.Inode}
}

// titled fills the folder's title template in.
func titled(p client.Params, conf uploader.Folder, file watcher.File) client.Params {
	if conf.Title == "" || p.Title != "" {
		return p
	}
	name := filepath.Base(file.Path)
	taken := file.ModTime.Local()
	p.Title = strings.NewReplacer(
		"{name}", strings.TrimSuffix(name, filepath.Ext(name)), "{folder}", filepath.Base(filepath.Dir(file.Path)),
		"{date}", taken.Format(time.DateOnly), "{time}", taken.Format("15:04"),
	).Replace(conf.Title)
	if runes := []rune(p.Title); len(runes) > titleMost {
		p.Title = string(runes[:titleMost])
	}
	if p.Validate() != nil { // a file's name of bytes that are no text
		p.Title = ""
	}
	return p
}

// titleMost is how many characters a host keeps of a title.
const titleMost = 100

// notOurs are directories that are never watched: our own, and where
// uploaded files of this folder are moved to.
func (e *Engine) notOurs(f uploader.Folder) []string {
	list := slices.Clone(e.cfg.Ours)
	if dir, ok := strings.CutPrefix(string(f.After), "move="); ok && dir != "" {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(f.Path, dir)
		}
		list = append(list, dir)
	}
	return list
}

// status is how the folder fares.
func (f *folder) status() uploader.FolderStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := uploader.FolderStatus{Folder: f.conf, Lent: f.lent, State: f.state, Reason: f.reason}
	if f.watcher == nil {
		s.Starting = f.state == uploader.FolderWatching
		return s
	}
	w := f.watcher.Status()
	s.State, s.Reason, s.Last = uploader.FolderState(w.State), w.Reason, w.Last
	for _, p := range w.Pending {
		s.Pending = append(s.Pending, uploader.PendingFile{Path: p.Path, State: uploader.FileState(p.State), Reason: p.Reason})
	}
	s.Waiting, s.Filtered = w.Waiting, w.Filtered
	return s
}

// checkFolder mends and checks a folder before it is watched.
func (e *Engine) checkFolder(f uploader.Folder) (uploader.Folder, error) {
	invalid := func(format string, args ...any) error {
		return &client.Error{Kind: client.KindInvalid, Message: fmt.Sprintf(format, args...)}
	}
	if !filepath.IsAbs(f.Path) {
		return f, invalid("%s: a folder needs its whole path", f.Path)
	}
	f.Path = filepath.Clean(f.Path)
	if real, err := filepath.EvalSymlinks(f.Path); err == nil {
		f.Path = real
	}
	info, err := os.Stat(f.Path)
	if err != nil {
		return f, &client.Error{Kind: client.KindLocalFile, Code: job.CodeMissing, Message: f.Path + " is not there", Err: err}
	}
	if !info.IsDir() {
		return f, invalid("%s is not a folder", f.Path)
	}
	if err := CheckPlace(f); err != nil {
		return f, err
	}
	switch f.Existing {
	case "", uploader.ExistingSkip, uploader.ExistingUpload:
	default:
		return f, invalid("existing: %q is neither skip nor upload", f.Existing)
	}
	if a := string(f.After); a != "" && f.After != uploader.AfterKeep && f.After != uploader.AfterTrash && !strings.HasPrefix(a, "move=") {
		return f, invalid("after: %q is none of keep, trash and move=DIR", a)
	}
	switch f.Kinds {
	case "", "pictures", "videos":
	default:
		return f, invalid("kinds: %q is neither pictures nor videos", f.Kinds)
	}
	if f.MinSize < 0 || f.MaxSize < 0 || f.MaxSize > 0 && f.MaxSize < f.MinSize {
		return f, invalid("sizes: from %d to %d bytes is no range", f.MinSize, f.MaxSize)
	}
	if err := errors.Join(checkTemplate(f.Link), f.Params.Validate()); err != nil {
		return f, err
	}
	switch _, err := watcher.New(e.watcherConfig(&folder{conf: f})); {
	case errors.Is(err, watcher.ErrIgnored):
		return f, &client.Error{Kind: client.KindInvalid, Message: f.Path + " is Upshot's own directory, or where uploaded files go; choose another folder", Err: err}
	case err != nil:
		return f, &client.Error{Kind: client.KindInvalid, Message: err.Error(), Err: err}
	}
	return f, nil
}

// AddFolder watches a folder from now on, also after a restart.
func (e *Engine) AddFolder(ctx context.Context, f uploader.Folder) (uploader.None, error) {
	f, err := e.checkFolder(f)
	if err != nil {
		return uploader.None{}, err
	}
	if _, err := e.resolve(ctx, f.Account, nil); err != nil {
		return uploader.None{}, err
	}
	// Before it is said to be watched: what is saved from now on is new.
	first := &folder{conf: f, key: "folder:" + f.Path}
	if err := e.forgetOld(ctx, f.Path); err != nil {
		return uploader.None{}, err
	}
	if err := e.baseline(ctx, first, e.watcherConfig(first)); err != nil {
		return uploader.None{}, err
	}
	err = e.edit(func(s *uploader.Settings) {
		i := slices.IndexFunc(s.Folders, func(have uploader.Folder) bool { return have.Path == f.Path })
		if i < 0 {
			s.Folders = append(s.Folders, f)
		} else {
			s.Folders[i] = f
		}
	})
	if err != nil {
		return uploader.None{}, err
	}
	e.restartFolders()
	return uploader.None{}, nil
}

// forgetOld drops what is remembered of a folder that is not in the settings:
// somebody took it out of the file by hand, and what was saved since is not
// to be sent now.
func (e *Engine) forgetOld(ctx context.Context, path string) error {
	if err := e.reload(); err != nil {
		return err
	}
	e.mu.Lock()
	watched := slices.ContainsFunc(e.settings.Folders, func(f uploader.Folder) bool { return f.Path == path })
	e.mu.Unlock()
	if watched {
		return nil
	}
	return e.cfg.Queue.Forget(ctx, "folder:"+path)
}

// RemoveFolder no longer watches a folder and forgets its files.
func (e *Engine) RemoveFolder(ctx context.Context, r uploader.FolderRequest) (uploader.None, error) {
	found := false
	err := e.edit(func(s *uploader.Settings) {
		n := len(s.Folders)
		s.Folders = slices.DeleteFunc(s.Folders, func(f uploader.Folder) bool { return f.Path == r.Path })
		found = n != len(s.Folders)
	})
	if err != nil {
		return uploader.None{}, err
	}
	if !found {
		return uploader.None{}, fmt.Errorf("folder: %w", fs.ErrNotExist)
	}
	e.restartFolders()
	return uploader.None{}, e.cfg.Queue.Forget(ctx, "folder:"+r.Path)
}

// PauseFolder stops or goes on looking at a folder.
func (e *Engine) PauseFolder(ctx context.Context, r uploader.PauseFolderRequest) (uploader.None, error) {
	found := false
	err := e.edit(func(s *uploader.Settings) {
		for i := range s.Folders {
			if s.Folders[i].Path == r.Path {
				s.Folders[i].Paused, found = r.Paused, true
			}
		}
	})
	if err != nil {
		return uploader.None{}, err
	}
	if !found {
		return uploader.None{}, fmt.Errorf("folder: %w", fs.ErrNotExist)
	}
	e.restartFolders()
	return uploader.None{}, nil
}

// Lend watches a folder for as long as ctx lives. Lent again under the same
// ID (the command has found another engine), it goes on where it was: what
// came meanwhile is found.
func (e *Engine) Lend(ctx context.Context, l uploader.Lent) (uploader.None, error) {
	conf, err := e.checkFolder(l.Folder)
	if err != nil {
		return uploader.None{}, err
	}
	if _, err := e.resolve(ctx, conf.Account, l.Server); err != nil {
		return uploader.None{}, err
	}
	f := &folder{conf: conf, key: "lent:" + conf.Path, lent: true, server: l.Server}
	select {
	case <-e.running:
	case <-ctx.Done():
		return uploader.None{}, ctx.Err()
	}
	run := e.background()
	e.mu.Lock()
	switch {
	case run.Err() != nil || e.draining || e.ended:
		e.mu.Unlock()
		return uploader.None{}, uploader.ErrGone
	case e.folders[conf.Path] != nil:
		e.mu.Unlock()
		return uploader.None{}, &client.Error{Kind: client.KindInvalid, Message: conf.Path + " is watched already"}
	}
	e.folders[conf.Path] = f // ours before anything that is remembered of it changes
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		delete(e.folders, conf.Path)
		e.mu.Unlock()
		e.restartFolders() // the settings may have it too
		e.changes.touch()
	}()
	if err := e.lendBaseline(ctx, f, l.ID); err != nil {
		return uploader.None{}, err
	}
	e.mu.Lock()
	if e.ended {
		e.mu.Unlock()
		return uploader.None{}, uploader.ErrGone
	}
	e.watch(run, f)
	e.mu.Unlock()
	e.changes.touch()
	gone := false
	select {
	case <-ctx.Done():
	case <-f.done:
		gone = true
	}
	f.stop()
	<-f.done
	if gone {
		return uploader.None{}, uploader.ErrGone
	}
	return uploader.None{}, ctx.Err()
}

// lendBaseline remembers what lies in a lent folder, anew for a new loan.
func (e *Engine) lendBaseline(ctx context.Context, f *folder, loan string) error {
	last, err := e.cfg.Queue.Meta(ctx, f.key)
	if err != nil {
		return fmt.Errorf("look the folder up: %w", err)
	}
	if last != loan {
		if err := e.cfg.Queue.Forget(ctx, f.key); err != nil {
			return fmt.Errorf("forget the last run: %w", err)
		}
		if err := e.cfg.Queue.SetMeta(ctx, f.key, loan); err != nil {
			return fmt.Errorf("remember the run: %w", err)
		}
	}
	return e.baseline(ctx, f, e.watcherConfig(f))
}
