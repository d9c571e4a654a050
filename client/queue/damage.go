package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// checkSize is up to which size a database is looked through at each start:
// that takes less than a tenth of a second.
const checkSize = 32 << 20

const whereOpen = " WHERE jobs.ended = 0"

// check looks through the database, if it is small, or was not closed when
// it was last open, or if damage was seen then. Otherwise it looks at what
// is still to be sent; damage elsewhere shows when it is read, and is seen to
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
	if info.Size() > checkSize && !suspect && !unclean {
		return readJobs(ctx, db, whereOpen)
	}
	pragma, jobs := "PRAGMA quick_check(1)", whereOpen
	if suspect {
		pragma, jobs = "PRAGMA integrity_check(1)", ""
	}
	var said string
	if err := db.QueryRowContext(ctx, pragma).Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, said)
	}
	if err := readJobs(ctx, db, jobs); err != nil {
		return err
	}
	if suspect {
		if err := os.Remove(p.path + suffixCheck); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
