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

// Metas returns all values whose name begins so, by their whole names.
func (q *Queue) Metas(ctx context.Context, prefix string) (map[string]string, error) {
	rows, err := q.readers.QueryContext(ctx, "SELECT substr(name, ?), value FROM meta WHERE substr(name, 1, ?) = ?",
		len(metaPrefix)+1, len(metaPrefix)+len(prefix), metaPrefix+prefix)
	if err != nil {
		return nil, q.failed(ctx, "metas", err)
	}
	values := map[string]string{}
	err = eachRow(rows, func(row scan) error {
		var name, value string
		err := row(&name, &value)
		values[name] = value
		return err
	})
	if err != nil {
		return nil, q.failed(ctx, "metas", err)
	}
	return values, nil
}

// SetMeta keeps a small value with the database; "" drops it. Never a secret.
func (q *Queue) SetMeta(ctx context.Context, name, value string) error {
	return q.changeAs(ctx, "set meta", wish{must: true, do: func(ctx context.Context, t *tx) error {
		if value == "" {
			_, err := t.exec(ctx, "DELETE FROM meta WHERE name = ?", metaPrefix+name)
			return err
		}
		_, err := t.exec(ctx, "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
			metaPrefix+name, value)
		return err
	}})
}
