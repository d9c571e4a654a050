package queue

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Limit is a flood limit of an account that its host has told: so many
// uploads in any period of that length.
type Limit struct {
	Uploads int
	Period  time.Duration
	Learned time.Time // zero: now
}

// SetLimit remembers a limit of the account, in place of one that it had for
// the same period. One without uploads is forgotten.
func (q *Queue) SetLimit(ctx context.Context, account string, l Limit) error {
	if account == "" || l.Period <= 0 {
		return errors.New("queue: set limit: no account or no period given")
	}
	if l.Learned.IsZero() {
		l.Learned = time.Now()
	}
	return q.change(ctx, "set limit", func(ctx context.Context, t *tx) error {
		if l.Uploads <= 0 {
			_, err := t.exec(ctx, "DELETE FROM limits WHERE account = ? AND period = ?", account, int64(l.Period))
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO limits (account, period, uploads, learned) VALUES (?, ?, ?, ?)
			ON CONFLICT (account, period) DO UPDATE SET uploads = excluded.uploads, learned = excluded.learned`,
			account, int64(l.Period), l.Uploads, toNano(l.Learned))
		return err
	})
}

// Limits returns the limits of the account, that of the shortest period first.
func (q *Queue) Limits(ctx context.Context, account string) ([]Limit, error) {
	rows, err := q.readers.QueryContext(ctx, "SELECT uploads, period, learned FROM limits WHERE account = ? ORDER BY period", account)
	if err != nil {
		return nil, q.failed(ctx, "limits", err)
	}
	var limits []Limit
	err = eachRow(rows, func(row scan) error {
		var l Limit
		var learned int64
		err := row(&l.Uploads, &l.Period, &learned)
		l.Learned = fromNano(learned)
		limits = append(limits, l)
		return err
	})
	if err != nil {
		return nil, q.failed(ctx, "limits", err)
	}
	return limits, nil
}

// ForgetLimits drops all limits of the account.
func (q *Queue) ForgetLimits(ctx context.Context, account string) error {
	return q.change(ctx, "forget limits", func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, "DELETE FROM limits WHERE account = ?", account)
		return err
	})
}

// sentLife is how long uploads are counted: longer than the longest period
// of a host's limits, a month.
const sentLife = 32 * 24 * time.Hour

// Sent counts the uploads that the account's host has stored since then and
// until now, also those whose jobs have been removed from history, and also
// those of other accounts. It knows those of the last 32 days. What a clock
// that was set back would place in the future is not counted.
func (q *Queue) Sent(ctx context.Context, account string, since time.Time, also ...string) (int, error) {
	of, args, err := ofAccounts(account, also)
	if err != nil {
		return 0, err
	}
	var n int
	err = q.readers.QueryRowContext(ctx, "SELECT count(*) FROM sent WHERE "+of+" AND at >= ? AND at <= ?",
		append(args, toNano(since), time.Now().UnixNano())...).Scan(&n)
	if err != nil {
		return 0, q.failed(ctx, "sent", err)
	}
	return n, nil
}

// ofAccounts is the term for rows of the accounts.
func ofAccounts(account string, also []string) (term string, args []any, err error) {
	if len(also) == 0 {
		return "account = ?", []any{account}, nil
	}
	list, err := encode(append([]string{account}, also...))
	return "account IN (SELECT value FROM json_each(?))", []any{list}, err
}

// NthSent returns when the host stored the n-th newest upload of the account,
// and of others, 1 being the last one; zero when there are fewer. An account
// with a limit may send again a period after its Uploads-th newest.
func (q *Queue) NthSent(ctx context.Context, account string, n int, also ...string) (time.Time, error) {
	if n < 1 {
		return time.Time{}, nil
	}
	of, args, err := ofAccounts(account, also)
	if err != nil {
		return time.Time{}, err
	}
	var at int64
	err = q.readers.QueryRowContext(ctx, "SELECT at FROM sent WHERE "+of+" AND at <= ? ORDER BY at DESC LIMIT 1 OFFSET ?",
		append(args, time.Now().UnixNano(), n-1)...).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, q.failed(ctx, "nth sent", err)
	}
	return fromNano(at), nil
}

// dropSent forgets some uploads that are past being counted. Rows are in the
// order in which they were written.
func (t *tx) dropSent(ctx context.Context, before time.Time) (dropped bool, err error) {
	const some = 64
	res, err := t.exec(ctx, "DELETE FROM sent WHERE at < ? AND rowid IN (SELECT rowid FROM sent ORDER BY rowid LIMIT ?)", toNano(before), some)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}
