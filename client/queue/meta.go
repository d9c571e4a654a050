package queue

import (
	"context"
	"database/sql"
	"errors"
)

// metaPrefix keeps the names of callers apart from our own.
const metaPrefix = "value:"

// Meta returns a small value kept with the database, "" when not set.
func (q *Queue) Meta(ctx context.Context, name string) (string, error) {
	var value string
	err := q.readers.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = ?", metaPrefix+name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", q.failed(ctx, "meta", err)
	}
	return value, nil
}

// SetMeta keeps a small value with the database; "" drops it. Never a secret.
func (q *Queue) SetMeta(ctx context.Context, name, value string) error {
	return q.change(ctx, "set meta", func(ctx context.Context, t *tx) error {
		if value == "" {
			_, err := t.exec(ctx, "DELETE FROM meta WHERE name = ?", metaPrefix+name)
			return err
		}
		_, err := t.exec(ctx, "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
			metaPrefix+name, value)
		return err
	})
}
