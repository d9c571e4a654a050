package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// mostConfig bounds the settings file: hundreds of accounts and folders fit
// in a tenth of it.
const mostConfig = 4 << 20

// mostLinks is how many links may lead from one to the next, as on Linux.
const mostLinks = 40

// Why a settings file cannot be read, in words that go on with what to do.
var (
	errDirectory = errors.New("it is a directory; move it away")
	errIrregular = errors.New("it is not a regular file; move it away")
	errTooLarge  = errors.New("it is larger than 4 MB, which settings never are; move it away")
	errDangling  = errors.New("it is a link to a file that is not there; bring that file back, or remove the link")
	errLoop      = errors.New("it is a link that leads back to itself; remove it")
	errForbidden = errors.New("its permissions forbid it; make it yours to read and write")
	errNoRead    = errors.New("its drive does not give it; look at the drive, or move the file away")
)

// Why a settings file is not written although it can be read.
var errReadOnly = errors.New("it is read-only; make it writable, or change it where it comes from")

// fileState tells one state of a file from the next.
type fileState struct {
	info fs.FileInfo // nil: not there
	why  error       // it cannot be read
}

func (f fileState) same(g fileState) bool {
	if f.info == nil || g.info == nil {
		return f.info == nil && g.info == nil && errors.Is(f.why, g.why)
	}
	return os.SameFile(f.info, g.info) && f.info.Size() == g.info.Size() && f.info.ModTime().Equal(g.info.ModTime()) &&
		f.info.Mode() == g.info.Mode()
}

// target is the file that path leads to: settings may be a link to where a
// person keeps such files. It need not be there.
func target(path string) (string, error) {
	for range mostLinks {
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return path, nil //nolint:nilerr // who reads or writes it says why not
		}
		to, err := os.Readlink(path)
		if err != nil {
			return "", errForbidden
		}
		if filepath.IsAbs(to) {
			path = to
			continue
		}
		dir, err := filepath.EvalSymlinks(filepath.Dir(path)) // .. is of the directory meant
		if err != nil {
			return "", errDangling
		}
		path = filepath.Join(dir, to)
	}
	return "", errLoop
}

// stateOf looks at the settings file without reading it. A file that is not
// there has neither an info nor a reason.
func stateOf(path string) fileState {
	to, err := target(path)
	if err != nil {
		return fileState{why: err}
	}
	info, err := os.Stat(to)
	switch {
	case errors.Is(err, fs.ErrNotExist) && to != path:
		return fileState{why: errDangling}
	case errors.Is(err, fs.ErrNotExist):
		return fileState{}
	case errors.Is(err, fs.ErrPermission):
		return fileState{why: errForbidden}
	case err != nil:
		return fileState{why: errNoRead}
	case info.IsDir():
		return fileState{info: info, why: errDirectory}
	case !info.Mode().IsRegular():
		return fileState{info: info, why: errIrregular}
	case info.Size() > mostConfig:
		return fileState{info: info, why: errTooLarge}
	}
	return fileState{info: info}
}

// readConfig reads the settings file as stateOf has found it.
func readConfig(path string) ([]byte, fileState) {
	at := stateOf(path)
	if at.why != nil || at.info == nil {
		return nil, at
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unread(at, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostConfig+1))
	if err != nil {
		return nil, unread(at, err)
	}
	if len(data) > mostConfig {
		at.why = errTooLarge
		return nil, at
	}
	return data, at
}

func unread(at fileState, err error) fileState {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fileState{}
	case errors.Is(err, fs.ErrPermission):
		at.why = errForbidden
	default:
		at.why = errNoRead
	}
	return at
}

// blank reports whether nothing at all stands in a file. A crash or a full
// disk leaves such files, and some file systems fill them with zeros.
func blank(data []byte) bool {
	return len(bytes.Trim(bytes.TrimPrefix(data, []byte("\uFEFF")), " \t\r\n\x00")) == 0
}

// writable says why the settings file could not be written; nil: it could, as
// far as one can see.
func writable(path string) error {
	at := stateOf(path)
	switch {
	case errors.Is(at.why, errDangling):
		to, err := target(path)
		if err == nil && exists(filepath.Dir(to)) {
			return nil // it is made there
		}
		return errDangling
	case at.why != nil:
		return at.why
	case at.info != nil && at.info.Mode().Perm()&0o200 == 0:
		return errReadOnly
	}
	return nil
}

// refused is the error of a settings file that is not written, in words for
// the person.
func refused(path string, why error) error {
	return &client.Error{Kind: client.KindInvalid, Message: fmt.Sprintf("the settings cannot be kept in %s: %v", path, why), Err: why}
}

// keep keeps a copy of what a person wrote as path, unless one that holds the
// same is there. What stood under that name stays, under another.
func keep(path string, data []byte) error {
	old, err := os.ReadFile(path)
	if err == nil && bytes.Equal(old, data) {
		return nil
	}
	if err == nil {
		if err := os.Rename(path, unused(path)); err != nil {
			return fmt.Errorf("config: %w", err)
		}
	}
	_, err = write(path, data)
	return err
}

// keepAside keeps a copy of a file that nobody can read for its settings,
// once, and tells where.
func keepAside(path string, data []byte) (string, error) {
	have, _ := filepath.Glob(literal(path) + ".broken-*")
	for _, name := range have {
		if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, data) {
			return name, nil
		}
	}
	aside := unused(path + ".broken")
	_, err := write(aside, data)
	return aside, err
}

// literal is path as a pattern that only it fits.
func literal(path string) string {
	var b []rune
	for _, r := range path {
		if r == '*' || r == '?' || r == '[' {
			b = append(b, '[', r, ']')
			continue
		}
		b = append(b, r)
	}
	return string(b)
}

// unused is a name with the time in it that no file has.
func unused(stem string) string {
	stem += "-" + time.Now().Format("20060102-150405")
	name := stem
	for n := 2; exists(name); n++ {
		name = fmt.Sprintf("%s-%d", stem, n)
	}
	return name
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// write is replace; a full disk is job.ErrFull.
func write(path string, data []byte) (fs.FileInfo, error) {
	info, err := replace(path, data)
	if errors.Is(err, syscall.ENOSPC) {
		err = errors.Join(job.ErrFull, err) // every face has words for that
	}
	return info, err
}

// replace replaces a file as a whole, for its owner alone, on disk before it
// returns.
func replace(path string, data []byte) (info fs.FileInfo, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-*.part") // 0600
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	if _, err = tmp.Write(data); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	if err = tmp.Sync(); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	if info, err = tmp.Stat(); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	if err = tmp.Close(); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	if err = os.Rename(tmp.Name(), path); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	syncDir(filepath.Dir(path))
	return info, nil
}

// syncDir makes a rename in dir survive a power cut, where the system can
// sync a directory (Windows cannot, and need not).
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}
