package queue

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"io/fs"
	"net/url"
	"os"
)

// damaged is a damaged database that SQLite can at least begin to read.
type damaged struct {
	db      *sql.DB
	path    string
	work    bool // path is a copy of ours, to be removed
	version int  // schema version, as far as known
}

// openDamaged opens what was set aside without changing it. If SQLite cannot
// read it so, a copy with its first page repaired is opened instead. It
// returns nil when that does not help either.
func (p *place) openDamaged(ctx context.Context, aside string) (*damaged, error) {
	if checkHead(aside) == nil {
		src, err := p.tryDamaged(ctx, aside, "ro")
		if src != nil || err != nil {
			return src, err
		}
	}
	work := p.path + suffixWork
	for _, repair := range []int{0, headSize, pageSize} {
		// Copied anew each time: SQLite removes the log of a database that
		// it takes for empty.
		if err := p.workCopy(work, aside); err != nil {
			return nil, err
		}
		if err := p.graft(ctx, work, repair); err != nil {
			return nil, err
		}
		src, err := p.tryDamaged(ctx, work, "rw")
		if err != nil {
			return nil, err
		}
		if src != nil {
			src.work = true
			return src, nil
		}
	}
	return nil, removeDatabase(work)
}

// workCopy copies what was set aside. The database itself may be missing:
// its log may still hold all of it.
func (p *place) workCopy(work, aside string) error {
	if err := makeEmpty(work); err != nil {
		return err
	}
	for _, suffix := range append(sides(), "") {
		err := copyFile(work+suffix, aside+suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// pageSize is SQLite's own and so ours.
const pageSize = 4096

// graft writes the first n bytes of a new database over those of the work
// copy: its head (100 bytes), or its first page, where the list of tables
// lies. The same program lays out the same tables in the same places.
func (p *place) graft(ctx context.Context, work string, n int) error {
	if n == 0 {
		return nil
	}
	if err := p.build(ctx, len(p.schema)); err != nil {
		return err
	}
	fresh, err := os.ReadFile(p.path + suffixNew)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(work, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	pages := max(info.Size(), pageSize) / pageSize
	binary.BigEndian.PutUint32(fresh[28:], uint32(pages))
	if _, err := f.WriteAt(fresh[:n], 0); err != nil {
		return err
	}
	if info.Size() < pageSize {
		err = f.Truncate(pageSize)
	}
	return err
}

// tryDamaged returns nil without an error when SQLite cannot read the list
// of tables.
func (p *place) tryDamaged(ctx context.Context, path, mode string) (*damaged, error) {
	// writable_schema lets SQLite go on with a file that is shorter than its
	// head says.
	db, err := connect(path, 1, url.Values{"mode": {mode}, "_pragma": {"writable_schema(1)"}})
	if err != nil {
		return nil, err
	}
	d := &damaged{db: db, path: path}
	var tables int
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('jobs', 'meta')").Scan(&tables)
	if err != nil || tables < 2 {
		if cerr := ctx.Err(); cerr != nil {
			return nil, errors.Join(cerr, d.close())
		}
		return nil, d.close()
	}
	err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&d.version)
	if err != nil || d.version < 1 || d.version > len(p.schema) {
		d.version = len(p.schema)
	}
	return d, nil
}

// close ends it and removes what only we have made.
func (d *damaged) close() error {
	err := d.db.Close()
	if d.work {
		return errors.Join(err, removeDatabase(d.path))
	}
	if err := os.Remove(d.path + suffixSHM); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// A connection that may only read makes an empty log where there was none.
	if info, err := os.Stat(d.path + suffixWAL); err == nil && info.Size() == 0 {
		return os.Remove(d.path + suffixWAL)
	}
	return err
}
