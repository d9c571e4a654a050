package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/watcher"
)

// listed is a file of a folder while its folder's files are listed.
type listed struct {
	path, reason string
	state        uploader.FileState
	taken        bool // the watcher is done with it: what became of it is its job's to tell
	out          bool // a rule keeps it out
	job          job.ID
}

// FolderFiles tells of every file in a folder where it stands and why: the
// watcher of those it has not taken, the queue of the others.
func (e *Engine) FolderFiles(ctx context.Context, r uploader.FolderFilesRequest) (uploader.FolderFilesPage, error) {
	f, err := e.folderAt(r.Folder)
	if err != nil {
		return uploader.FolderFilesPage{}, err
	}
	s := f.status()
	page := uploader.FolderFilesPage{State: s.State, Reason: s.Reason, Counts: map[uploader.FileState]int{}}
	files, watched, err := e.filesIn(ctx, f, s.State)
	if errors.Is(err, fs.ErrNotExist) { // a drive that is not there: the folder's state says so
		return page, nil
	}
	if err != nil {
		return page, fmt.Errorf("look through the folder: %w", err)
	}
	held := e.heldBack()
	if files, err = e.addJobs(ctx, f, files, watched, held); err != nil {
		return page, err
	}
	slices.SortFunc(files, func(a, b listed) int { return cmp.Compare(a.path, b.path) })
	var shown []listed
	for _, l := range files {
		page.Counts[l.state]++
		if len(r.States) == 0 || slices.Contains(r.States, l.state) {
			shown = append(shown, l)
		}
	}
	page.Total = len(shown)
	first := min(max(r.From, 0), len(shown))
	last := min(first+min(cmp.Or(max(r.N, 0), 100), uploader.FolderFilesMost), len(shown))
	page.Files, err = e.describe(ctx, f.conf, shown[first:last], held)
	return page, err
}

// folderAt is the folder of that path: watched, or only in the settings.
func (e *Engine) folderAt(path string) (*folder, error) {
	path = filepath.Clean(path)
	e.mu.Lock()
	defer e.mu.Unlock()
	if f := e.folders[path]; f != nil {
		return f, nil
	}
	for _, conf := range e.settings.Folders {
		if conf.Path == path {
			f := &folder{conf: conf, key: "folder:" + path}
			if conf.Paused {
				f.state = uploader.FolderPaused
			}
			return f, nil
		}
	}
	return nil, fmt.Errorf("folder: %w", fs.ErrNotExist)
}

// filesIn lists the files of a folder as far as its watcher knows them, if it
// has one that does.
func (e *Engine) filesIn(ctx context.Context, f *folder, state uploader.FolderState) (files []listed, watched bool, err error) {
	f.mu.Lock()
	w := f.watcher
	f.mu.Unlock()
	if w == nil {
		files, err = e.filesUnwatched(ctx, f, state)
		return files, false, err
	}
	err = w.Files(ctx, func(part []watcher.Pending) bool {
		for _, p := range part {
			l := listed{path: p.Path, state: uploader.FileState(p.State), reason: p.Reason}
			switch p.State {
			case watcher.FileHandled:
				l.taken, l.state = true, uploader.FileSkipped
				l.reason = uploader.ExplainIdle(l.state, state)
			case watcher.FileFiltered, watcher.FileTooLarge:
				l.out = true
			case watcher.FileSettling, watcher.FileWriting, watcher.FileIncomplete, watcher.FileUnreadable, watcher.FileWaiting:
			}
			files = append(files, l)
		}
		return true
	})
	if errors.Is(err, watcher.ErrNotRunning) && ctx.Err() == nil { // it is about to begin, or has ended
		files, err = e.filesUnwatched(ctx, f, state)
		return files, false, err
	}
	return files, true, err
}

// filesUnwatched lists the files of a folder that nobody looks at now: what
// would be taken, and what would not because it is known.
func (e *Engine) filesUnwatched(ctx context.Context, f *folder, state uploader.FolderState) ([]listed, error) {
	found, err := watcher.Scan(ctx, e.watcherConfig(f))
	if err != nil {
		return nil, err
	}
	files := make([]listed, len(found))
	for i, file := range found {
		known, err := e.cfg.Queue.IsSeen(ctx, f.key, seenOf(file))
		if err != nil {
			return nil, err
		}
		files[i] = listed{path: file.Path, state: uploader.FileWaiting, taken: known}
		if known {
			files[i].state = uploader.FileSkipped
		}
		files[i].reason = uploader.ExplainIdle(files[i].state, state)
	}
	return files, nil
}

// addJobs gives the files that were taken their newest jobs' states. One that
// a rule keeps out may have been taken all the same: by hand, or before there
// was that rule; where nobody watches the folder, it is not among files yet.
func (e *Engine) addJobs(ctx context.Context, f *folder, files []listed, watched bool, held func(string) uploader.Explanation) ([]listed, error) {
	at := make(map[string]int, len(files))
	for i, l := range files {
		at[l.path] = i
	}
	newest := map[string]queue.FolderJob{}
	left := 0 // files that were taken and may have another name now
	e.taking.RLock()
	waiting := e.waitingIDs()
	err := e.cfg.Queue.FolderJobs(ctx, f.conf.Path, func(j queue.FolderJob) {
		i, ok := at[j.Path]
		if _, older := newest[j.Path]; older || !ok {
			left++
		}
		if ok && (files[i].taken || files[i].out) || !ok && !watched {
			newest[j.Path] = j
		}
	})
	e.taking.RUnlock() // before the disk is looked at, which may take long
	if err != nil {
		return nil, fmt.Errorf("look for the files' uploads: %w", err)
	}
	stands := func(l *listed, j queue.FolderJob) {
		l.job = j.ID
		full := job.Job{State: j.State}
		if waiting[j.ID] && j.State == job.Sending {
			full.State = job.Queued
		}
		if j.State == job.Failed {
			full.Failure = &job.Failure{Kind: j.Failed}
		}
		l.state, _ = uploader.ExplainFile(full, held(j.Account))
	}
	for path, j := range newest {
		i, ok := at[path]
		if (!ok || files[i].out) && !sameOnDisk(j) {
			continue
		}
		if !ok {
			i, files = len(files), append(files, listed{path: path})
		}
		stands(&files[i], j)
	}
	if left > 0 {
		if err := e.addMoved(ctx, f, files, stands); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// addMoved gives files the jobs that they became under other names.
func (e *Engine) addMoved(ctx context.Context, f *folder, files []listed, stands func(*listed, queue.FolderJob)) error {
	// Times as numbers: equal ones may differ as values.
	type version struct {
		size, sec int64
		nano      int
		inode     uint64
	}
	of := func(p job.Fingerprint) version {
		return version{p.Size, p.ModTime.Unix(), p.ModTime.Nanosecond(), p.Inode}
	}
	moved := map[version]int{}
	for i, l := range files {
		if !l.taken || l.job != 0 {
			continue
		}
		if info, err := os.Lstat(l.path); err == nil {
			moved[of(fingerprint(info))] = i
		}
	}
	if len(moved) == 0 {
		return nil
	}
	err := e.cfg.Queue.FolderJobs(ctx, f.conf.Path, func(j queue.FolderJob) {
		if i, ok := moved[of(j.File)]; ok {
			stands(&files[i], j)
		}
	})
	if err != nil {
		return fmt.Errorf("look for the uploads of moved files: %w", err)
	}
	return nil
}

func sameOnDisk(j queue.FolderJob) bool {
	info, err := os.Lstat(j.Path)
	return err == nil && fingerprint(info).Same(j.File)
}

// describe tells all of the files of a page.
func (e *Engine) describe(ctx context.Context, conf uploader.Folder, page []listed, held func(string) uploader.Explanation) ([]uploader.FolderFile, error) {
	ids := []job.ID{}
	for _, l := range page {
		if l.job != 0 {
			ids = append(ids, l.job)
		}
	}
	jobs := map[job.ID]job.Job{}
	if len(ids) > 0 {
		e.taking.RLock()
		found, _, err := e.cfg.Queue.Jobs(ctx, queue.Filter{IDs: ids, N: -1})
		found = asShown(found, e.waitingIDs())
		e.taking.RUnlock()
		if err != nil {
			return nil, fmt.Errorf("look at the files' uploads: %w", err)
		}
		for _, j := range found {
			jobs[j.ID] = j
		}
	}
	putsAway := conf.After != "" && conf.After != uploader.AfterKeep
	out := make([]uploader.FolderFile, len(page))
	for i, l := range page {
		f := uploader.FolderFile{Path: l.path, State: l.state, Reason: l.reason, Job: l.job}
		if j, ok := jobs[l.job]; ok {
			f.State, f.Reason = uploader.ExplainFile(j, held(j.Account))
		}
		info, err := os.Lstat(l.path)
		if j, ok := jobs[l.job]; ok && err == nil && j.State == job.Done && putsAway {
			// A file that is about to be put away, or could not be, has no such reason.
			if why := mustKeep(j); why != "" {
				f.Reason += "; " + why
			}
		}
		if err == nil {
			f.Dir = info.IsDir()
			if !f.Dir {
				f.Size = info.Size()
			}
			f.ModTime = info.ModTime()
			f.ByHand = l.job == 0 && info.Mode().IsRegular() && (l.state == uploader.FileIncomplete || l.out)
		}
		out[i] = f
	}
	return out, nil
}

// heldBack tells of an account what keeps all its jobs from being sent now.
func (e *Engine) heldBack() func(account string) uploader.Explanation {
	var s uploader.Snapshot
	e.mu.Lock()
	e.fill(&s)
	e.mu.Unlock()
	by := map[string]uploader.Explanation{}
	for _, a := range s.Accounts {
		switch {
		case s.Paused:
			by[a.ID] = uploader.ExplainGate(uploader.GateStatus{Gate: job.GatePaused})
		case len(a.Gates) > 0:
			by[a.ID] = uploader.ExplainGate(a.Gates[0])
		case s.Metered:
			by[a.ID] = uploader.ExplainMetered()
		default:
			by[a.ID] = uploader.Explanation{}
		}
	}
	return func(account string) uploader.Explanation {
		x, ok := by[account]
		if !ok {
			x = uploader.ExplainFailure(job.Failure{Kind: client.KindAuth, Code: job.CodeNoAccount})
		}
		return x
	}
}
