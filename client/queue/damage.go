package queue

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// checkSize is up to which size a database is looked through at each start:
// that takes less than a tenth of a second.
const checkSize = 32 << 20

const whereOpen = " WHERE jobs.ended = 0"

// check looks through the database, if it is small, or damage was seen when it
// was last open. Otherwise it looks at what is still to be sent; damage
// elsewhere shows when it is read, or is found by lookThrough, and is seen to
// at the next start.
func (p *place) check(ctx context.Context, db *sql.DB, unclean bool) error {
	info, err := os.Stat(p.path)
	if err != nil {
		return err
	}
	suspect, err := exists(p.path + suffixCheck)
	if err != nil {
		return err
	}
	if info.Size() > p.small && !suspect {
		return errors.Join(p.postpone(unclean), readJobs(ctx, db, whereOpen))
	}
	jobs := whereOpen
	var said string
	if suspect {
		jobs = ""
		err = db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&said)
	} else {
		said, err = quickCheck(ctx, db)
	}
	if err != nil {
		return err
	}
	if said != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, said)
	}
	if err := readJobs(ctx, db, jobs); err != nil {
		return err
	}
	for _, suffix := range []string{suffixCheck, suffixLater} {
		if err := os.Remove(p.path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// postpone has a large database looked through while it is open, when the last
// program did not close it, or could not look through it.
func (p *place) postpone(unclean bool) (err error) {
	if unclean {
		p.later = true
		if err := leaveWord(p.path + suffixLater); err != nil { // a full disk: it is looked through all the same
			p.log.Warn("mark of a database to look through not left", "err", err)
		}
		return nil
	}
	p.later, err = exists(p.path + suffixLater)
	return err
}

// lookThrough looks through a large database that was not closed when it was
// last open. It takes seconds, so nobody waits for it.
func (q *Queue) lookThrough(ctx context.Context) {
	const doing = "look through"
	var said string
	err := q.readers.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said)
	switch {
	case ctx.Err() != nil:
	case err != nil && isDamage(err):
		q.suspect(doing, err)
	case err != nil:
		q.log.Warn("database not looked through", "err", err)
	case said != "ok":
		q.suspect(doing, fmt.Errorf("%w: %s", ErrDamaged, said))
	default:
		if err := os.Remove(q.path + suffixLater); err != nil && !errors.Is(err, fs.ErrNotExist) {
			q.log.Warn("mark of a database to look through not removed", "err", err)
		}
	}
}

// checkedIndex is up to how many pages the index of searches is looked into
// at a start. That of 100,000 jobs would take more than a second.
const checkedIndex = 100

// quickCheck is PRAGMA quick_check, with the pages of a large index of
// searches, but not what is in them: damage there shows when it is used, and
// the index can be made anew from the rest.
func quickCheck(ctx context.Context, db *sql.DB) (said string, err error) {
	const check = "PRAGMA quick_check(1)"
	large, err := hasLargeIndex(ctx, db)
	if err != nil {
		return "", err
	}
	if !large {
		err = db.QueryRowContext(ctx, check).Scan(&said)
		return said, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return "", err
	}
	// SQLite looks into every index of this sort that it knows of. So it is
	// made to forget this one, in a transaction that is never committed.
	for _, text := range []string{
		"BEGIN IMMEDIATE",
		"PRAGMA writable_schema = ON",
		"DELETE FROM sqlite_schema WHERE type = 'table' AND name = 'words_index'",
		"PRAGMA writable_schema = RESET",
	} {
		if err == nil {
			_, err = conn.ExecContext(ctx, text)
		}
	}
	if err == nil {
		err = conn.QueryRowContext(ctx, check).Scan(&said)
	}
	// Ending the connection ends the transaction, and what it was made to
	// forget is forgotten with it.
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = conn.Close() // it says that it is ended
	return said, err
}

func hasLargeIndex(ctx context.Context, db *sql.DB) (large bool, err error) {
	var there bool
	err = db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'words_index_data')").Scan(&there)
	if err != nil || !there {
		return false, err
	}
	var pages int
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM words_index_data LIMIT ?)", checkedIndex+1).Scan(&pages)
	return pages > checkedIndex, err
}
