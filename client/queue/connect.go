package queue

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
)

// busyTimeout is how long, in milliseconds, a connection waits for another
// process (a backup program, a look with sqlite3) to let go. Who has more to
// lose than a wait tries again: what it holds up meanwhile may be a window.
const busyTimeout = "5000"

// readerCount is how many reads run at the same time.
const readerCount = 4

// connect opens path, which must exist. The pool has no connection yet.
func connect(path string, conns int, params url.Values) (*sql.DB, error) {
	for _, p := range []struct{ key, value string }{
		{"_busy_timeout", busyTimeout},
		{"_foreign_keys", "on"},
		{"_synchronous", "FULL"},
		{"_dqs", "0"},
		{"_pragma", "temp_store(MEMORY)"},
		{"_pragma", "trusted_schema(0)"},
	} {
		params.Add(p.key, p.value)
	}
	if !params.Has("mode") {
		params.Set("mode", "rw")
	}
	c, err := sqlite.NewConnector(fileURI(path) + "?" + params.Encode())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func openReaders(path string) (*readers, error) {
	db, err := connect(path, readerCount, url.Values{"_query_only": {"on"}})
	if err != nil {
		return nil, err
	}
	return newReaders(db), nil
}

// openWriter opens the writer's connection and turns on write-ahead logging.
// wal is false where the file system cannot do that.
func openWriter(ctx context.Context, path string) (db *sql.DB, wal bool, err error) {
	db, err = connect(path, 1, url.Values{"_pragma": {"cell_size_check(1)"}})
	if err != nil {
		return nil, false, err
	}
	want := "WAL"
	if onNetwork(path) {
		want = "DELETE"
	}
	var mode string
	if err := db.QueryRowContext(ctx, "PRAGMA journal_mode="+want).Scan(&mode); err != nil {
		_ = db.Close()
		return nil, false, err
	}
	return db, strings.EqualFold(mode, "WAL"), nil
}

// fileURI writes path as SQLite reads it, whatever characters it holds.
func fileURI(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/... becomes file:///C:/...
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}
