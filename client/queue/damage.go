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
// that takes a few hundredths of a second.
const checkSize = 16 << 20

// check looks through the database, if it is small or if damage was seen
// when it was last open. A larger one is looked at where it matters first:
// at what is still to be sent. Damage elsewhere shows when it is read, and
// is seen to at the next start.
func (p *place) check(ctx context.Context, db *sql.DB) error {
	info, err := os.Stat(p.path)
	if err != nil {
		return err
	}
	suspect, err := exists(p.path + suffixCheck)
	if err != nil {
		return err
	}
	if info.Size() > checkSize && !suspect {
		return readOpen(ctx, db)
	}
	pragma := "PRAGMA quick_check(1)"
	if suspect {
		pragma = "PRAGMA integrity_check(1)"
	}
	var said string
	if err := db.QueryRowContext(ctx, pragma).Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, said)
	}
	if err := readOpen(ctx, db); err != nil {
		return err
	}
	if suspect {
		if err := os.Remove(p.path + suffixCheck); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
