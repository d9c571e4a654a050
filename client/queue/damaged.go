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
	bare    bool // its list of tables is lost: rows can only be looked for page by page
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
	for _, repair := range []func([]byte) []byte{nil, headOf, pageOf, barePage} {
		// Copied anew each time: SQLite removes the log of a database that
		// it takes for empty.
		if err := p.workCopy(work, aside); err != nil {
			return nil, err
		}
		if repair != nil {
			if err := p.graft(ctx, work, repair); err != nil {
				return nil, err
			}
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

// headOf and pageOf are the parts of a new database that may take the place
// of damaged ones: its head, or its first page, where the list of tables
// begins. The same program lays out the same tables in the same places.
func headOf(fresh []byte) []byte { return fresh[:headSize] }
func pageOf(fresh []byte) []byte { return fresh[:pageSize] }

// barePage is the first page of a database without tables. It lets SQLite
// hand out the pages behind it when the list of tables is lost.
func barePage(fresh []byte) []byte {
	page := make([]byte, pageSize)
	copy(page, fresh[:headSize])
	page[headSize] = tableLeaf
	binary.BigEndian.PutUint16(page[headSize+5:], pageSize) // no row: they would begin at the end
	return page
}

// graft writes a part of a new database over the beginning of the work copy.
func (p *place) graft(ctx context.Context, work string, part func(fresh []byte) []byte) error {
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
	if _, err := f.WriteAt(part(fresh), 0); err != nil {
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
	d.bare = err == nil && tables == 0 && p.isBare(ctx, db)
	if err != nil || tables < 2 && !d.bare {
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

// isBare reports whether the list of tables is empty and there are pages all
// the same.
func (p *place) isBare(ctx context.Context, db *sql.DB) bool {
	var tables, pages int
	err := db.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM sqlite_schema), (SELECT count(*) FROM pragma_page_count() WHERE page_count > 1)").Scan(&tables, &pages)
	return err == nil && tables == 0 && pages > 0
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
