package queue

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// place is where the database lies, while Open makes it ready.
type place struct {
	path    string
	schema  schema
	log     *slog.Logger
	notices []string
	small   int64 // see Config
	later   bool  // the database is to be looked through while it is open
}

// ready returns the writer's database: there, whole, and of our schema.
func (p *place) ready(ctx context.Context) (*sql.DB, error) {
	if real, err := filepath.EvalSymlinks(p.path); err == nil {
		p.path = real // what is set aside is the file, not the link to it
	}
	if err := p.resumeSalvage(ctx); err != nil {
		return nil, err
	}
	if err := p.found(ctx); err != nil {
		return nil, err
	}
	db, version, err := p.whole(ctx)
	if isDamage(err) {
		p.log.Error("database is damaged", "path", p.path, "err", err)
		if err := p.beginSalvage(ctx); err != nil {
			return nil, fmt.Errorf("salvage: %w", err)
		}
		db, version, err = p.whole(ctx)
	}
	if err != nil {
		return nil, err
	}
	if err := p.migrate(ctx, db, version); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := p.sweepCopies(); err != nil {
		p.log.Warn("old copies could not be removed", "err", err)
	}
	return db, nil
}

// found makes sure that there is a database. A new one is built beside and
// put in place when it is whole, so that an empty file is never one of ours.
func (p *place) found(ctx context.Context) error {
	ok, err := exists(p.path)
	if err != nil {
		return err
	}
	if ok {
		return private(p.path)
	}
	for _, side := range sides() {
		left, err := exists(p.path + side)
		if err != nil {
			return err
		}
		if left {
			// A log without its database: laid beside a new one, SQLite
			// would take it for that one's own.
			return p.beginSalvage(ctx)
		}
	}
	if err := p.build(ctx, len(p.schema)); err != nil {
		return err
	}
	return p.putInPlace()
}

// build makes a database of a schema version at path.new.
func (p *place) build(ctx context.Context, version int) error {
	path := p.path + suffixNew
	if err := makeEmpty(path); err != nil {
		return err
	}
	db, _, err := openWriter(ctx, path)
	if err != nil {
		return err
	}
	// The disk is waited for once, at the end: nobody has the file before.
	_, err = db.ExecContext(ctx, fmt.Sprintf("PRAGMA synchronous = OFF; PRAGMA application_id = %d", applicationID))
	for v := 0; v < version && err == nil; v++ {
		err = p.schema.step(ctx, db, v)
	}
	// Closing writes the log back and removes it.
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return syncFile(path)
}

// putInPlace makes path.new the database.
func (p *place) putInPlace() error {
	if err := os.Remove(p.path + suffixSHM); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return rename(p.path+suffixNew, p.path)
}

// whole opens the database and looks at whether it is one of ours, of a
// version that we know, and undamaged.
func (p *place) whole(ctx context.Context) (db *sql.DB, version int, err error) {
	if err := checkHead(p.path); err != nil {
		return nil, 0, err
	}
	unclean := isLeft(p.path + suffixWAL)
	db, wal, err := openWriter(ctx, p.path)
	if err != nil {
		return nil, 0, err
	}
	version, err = p.examine(ctx, db, unclean)
	if err != nil {
		return nil, 0, errors.Join(err, db.Close())
	}
	if !wal {
		p.notices = append(p.notices, fmt.Sprintf("The queue %s lies on a drive that cannot keep its log, such as a network drive. It is slower there and not safe when the network breaks. Move it to a drive of this computer.", p.path))
	}
	return db, version, private(p.path)
}

// isLeft reports whether there is a log that the last program did not take
// back into the database: it did not end well.
func isLeft(log string) bool {
	info, err := os.Stat(log)
	return err == nil && info.Size() > 0
}

// headSize is the size of the head of a database file
// (https://www.sqlite.org/fileformat2.html#the_database_header).
const headSize = 100

const headMagic = "SQLite format 3\x00"

// checkHead looks at what SQLite would take for an empty or a foreign file.
func checkHead(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", path)
	}
	head := make([]byte, headSize)
	if _, err := io.ReadFull(f, head); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("%w: the file ends after %d bytes", ErrDamaged, info.Size())
		}
		return err
	}
	if string(head[:len(headMagic)]) != headMagic {
		return fmt.Errorf("%w: the file does not begin as a database does", ErrDamaged)
	}
	if binary.BigEndian.Uint32(head[68:]) != applicationID {
		return fmt.Errorf("%w: it is not marked as a queue of Upshot", ErrDamaged)
	}
	return nil
}

// examine returns the schema version.
func (p *place) examine(ctx context.Context, db *sql.DB, unclean bool) (version int, err error) {
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	if version < 1 {
		return 0, fmt.Errorf("%w: it has no version", ErrDamaged)
	}
	if version > len(p.schema) {
		return 0, newer(ctx, db)
	}
	return version, p.check(ctx, db, unclean)
}

// newer says which program version the database asks for.
func newer(ctx context.Context, db *sql.DB) error {
	var needs string
	err := db.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = ?", needsName).Scan(&needs)
	if err != nil || needs == "" {
		return fmt.Errorf("%w, use the newest version", ErrNewer)
	}
	return fmt.Errorf("%w, use version %s or later", ErrNewer, needs)
}

// explain names an error of Open. When SQLite says only that it cannot open
// the file, the reason is asked of the system.
func (p *place) explain(ctx context.Context, err error) error {
	err = named(ctx, err)
	var e *sqlite.Error
	if !errors.As(err, &e) || e.Code()&0xff != sqlite3.SQLITE_CANTOPEN {
		return err
	}
	if f, ferr := os.OpenFile(p.path, os.O_RDWR, 0); ferr != nil {
		return fmt.Errorf("%w (%w)", named(ctx, ferr), err)
	} else if ferr := f.Close(); ferr != nil {
		return errors.Join(err, ferr)
	}
	f, ferr := os.CreateTemp(filepath.Dir(p.path), ".write-test-*")
	if ferr != nil {
		return fmt.Errorf("%w (%w)", named(ctx, ferr), err)
	}
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}
