package queue

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"images-uploader.com/upshot/client/job"
)

// Job returns one job; fs.ErrNotExist if there is none.
func (q *Queue) Job(ctx context.Context, id job.ID) (job.Job, error) {
	j, err := q.images.oneJob(id, q.readers.QueryRowContext(ctx, "SELECT "+jobColumns+" FROM "+jobTables+" WHERE jobs.id = ?", int64(id)))
	if err = q.tolerate(j, err); err != nil {
		return job.Job{}, q.failed(ctx, "job", err)
	}
	return j, nil
}

// tolerate lets an ended job pass although its columns are damaged: the rest
// of history must not be lost to it meanwhile. The next start sees to it.
func (q *Queue) tolerate(j job.Job, err error) error {
	if errors.Is(err, ErrDamaged) && j.ID > 0 && !j.State.Open() {
		q.suspect("read", err)
		return nil
	}
	return err
}

// Filter selects jobs.
type Filter struct {
	States []job.State
	IDs    []job.ID // nil: all
	Batch  job.BatchID
	Search string // words that must all be found in name, title, tags, links or day
	From   int
	N      int // 0: 100; -1: all
	Oldest bool

	// Further conditions; empty: all. Type is the host's ("image", "video"),
	// Since and Until bound when a job ended, or was added if it is open.
	Account, Folder, Type string
	Since, Until          time.Time

	// ByEnded asks for the order in which the jobs ended, those that ended
	// last first unless Oldest; of equal times, by their numbers. Open jobs
	// come as if they had ended before all others. Behind then leaves out all
	// up to this one, which need not be there; they count still. Who goes on
	// behind the last job of each page, oldest first, gets none twice and
	// misses none, whatever ends meanwhile.
	ByEnded bool
	Behind  job.End

	// InOrder asks for the order in which the accounts will send, see
	// Reorder, instead of newest or oldest first. It is for open jobs: it
	// sorts all that the filter selects.
	InOrder bool
}

// Jobs returns a page of jobs, newest first unless Oldest, and how many there
// are. Newest is what was added last, whenever it ended, unless ByEnded. The
// count is exact.
func (q *Queue) Jobs(ctx context.Context, f Filter) ([]job.Job, int, error) {
	jobs, total, err := q.page(ctx, f)
	if err != nil {
		return nil, 0, q.failed(ctx, "jobs", err)
	}
	return jobs, total, nil
}

func (q *Queue) page(ctx context.Context, f Filter) (jobs []job.Job, total int, err error) {
	jobs = []job.Job{}
	words, ok := wordsIn(f.Search)
	if !ok {
		return jobs, 0, nil
	}
	var ids []job.ID
	bySearch := f.IDs == nil && f.Batch == "" && !f.InOrder && (len(words) > 0 || f.bySheets())
	if bySearch {
		if ids, total, err = q.pageBySearch(ctx, f, words); err != nil {
			return nil, 0, err
		}
	}
	err = q.read(ctx, func(r *sql.Tx) error {
		switch {
		case bySearch:
		case len(words) == 0 && f.IDs == nil && f.Batch == "" && !f.narrow():
			ids, total, err = pageByState(ctx, r, f)
		default:
			ids, total, err = pageOfFound(ctx, r, f)
		}
		if err != nil || len(ids) == 0 {
			return err
		}
		list, err := encode(ids)
		if err != nil {
			return err
		}
		// A job that has left the states since it was found is left out.
		where, args, err := Filter{States: f.States}.where()
		if err != nil {
			return err
		}
		rows, err := r.QueryContext(ctx, "SELECT "+jobColumns+" FROM (SELECT jobs.id AS found FROM jobs NOT INDEXED"+and(where, "id IN (SELECT value FROM json_each(?))")+
			") CROSS JOIN jobs ON jobs.id = found LEFT JOIN answers ON answers.job = jobs.id ORDER BY "+f.order(), append(args, list)...)
		if err != nil {
			return err
		}
		jobs, err = q.allJobs(rows)
		return err
	})
	return jobs, total, err
}

// deep is from which place of a list by numbers it is quicker to go through the
// sheets than through the jobs.
const deep = 5000

// bySheets reports whether the sheets answer f without words better than the
// jobs do: when it asks for ended ones, and for some of these or far back.
func (f Filter) bySheets() bool {
	ended := slices.ContainsFunc(f.States, func(state job.State) bool { return !state.Open() })
	return f.narrow() && (ended || len(f.States) == 0) || ended && f.From >= deep && !f.byEnded()
}

// and adds a term to a WHERE clause.
func and(where, term string) string {
	if where == "" {
		return " WHERE " + term
	}
	return where + " AND " + term
}

// order is what follows ORDER BY.
func (f Filter) order() string {
	switch {
	case f.InOrder:
		return turnOf + ", jobs.id"
	case f.ByEnded && f.Oldest:
		return "jobs.ended ASC, jobs.id ASC"
	case f.ByEnded:
		return "jobs.ended DESC, jobs.id DESC"
	case f.Oldest:
		return "jobs.id ASC"
	default:
		return "jobs.id DESC"
	}
}

// limits are the arguments of LIMIT ? OFFSET ?.
func (f Filter) limits() (n, from int) {
	n = f.N
	if n == 0 {
		n = 100
	}
	return n, max(f.From, 0)
}

// pageByState finds the ids of a page without reading over the others: the
// number of jobs is known. By when they ended, the index of states has them in
// order; else, where most jobs match, they are looked at in order until the
// page is full.
func pageByState(ctx context.Context, r *sql.Tx, f Filter) (ids []job.ID, total int, err error) {
	counts, err := countsIn(ctx, r)
	if err != nil {
		return nil, 0, err
	}
	all := 0
	for state, n := range counts {
		all += n
		if len(f.States) == 0 || slices.Contains(f.States, state) {
			total += n
		}
	}
	n, skip := f.limits()
	if f.byEnded() {
		ids, err = f.pageAlongEnds(ctx, r, nil, total)
		return ids, total, err
	}
	where, args, err := f.where()
	if err != nil {
		return nil, 0, err
	}
	from := "jobs"
	switch {
	case total > all/4:
		from = "jobs NOT INDEXED"
	case len(f.States) > 0 && !slices.ContainsFunc(f.States, func(state job.State) bool { return !state.Open() }):
		where = and(where, "jobs.ended = 0") // the index then has them in order
		from = "jobs INDEXED BY jobs_state"
	}
	rows, err := r.QueryContext(ctx, "SELECT id FROM "+from+where+" ORDER BY "+f.order()+" LIMIT ? OFFSET ?", append(args, n, skip)...)
	if err != nil {
		return nil, 0, err
	}
	ids, err = idsIn(rows)
	return ids, total, err
}

// pageAlongEnds goes along the ends of jobs until the page is full, beginning
// at the end that is nearer to it; there are total of these jobs.
func (f Filter) pageAlongEnds(ctx context.Context, r asked, words []string, total int) ([]job.ID, error) {
	n, skip := f.limits()
	if left := total - skip; n > 0 && f.Behind.IsZero() && left > 0 && left < skip {
		f.N = min(n, left)
		f.From, f.Oldest = left-f.N, !f.Oldest
		ids, err := f.pageAlongEnds(ctx, r, words, total)
		slices.Reverse(ids)
		return ids, err
	}
	query, args := f.alongEnds(words)
	rows, err := r.QueryContext(ctx, query+" LIMIT ? OFFSET ?", append(args, n, skip)...)
	if err != nil {
		return nil, err
	}
	all, err := foundIn(rows)
	return jobsOf(all), err
}

// pageOfFound finds the ids of a page and counts what is found in one go.
func pageOfFound(ctx context.Context, r *sql.Tx, f Filter) (ids []job.ID, total int, err error) {
	where, args, err := f.where()
	if err != nil {
		return nil, 0, err
	}
	return f.pageOf(ctx, r, "SELECT id FROM jobs"+where, args)
}

// pageOf takes the page out of what a query of ids finds, and counts it.
func (f Filter) pageOf(ctx context.Context, r *sql.Tx, query string, args []any) (ids []job.ID, total int, err error) {
	n, skip := f.limits()
	found, more := "SELECT id FROM found AS jobs", []any(nil)
	if f.InOrder || f.ByEnded {
		found = "SELECT found.id FROM found CROSS JOIN jobs ON jobs.id = found.id"
		var term string
		if term, more = f.behind(); term != "" {
			found += and("", term)
		}
	}
	rows, err := r.QueryContext(ctx, "WITH found AS MATERIALIZED ("+query+
		") SELECT 0, count(*) FROM found UNION ALL SELECT 1, id FROM ("+found+" ORDER BY "+f.order()+" LIMIT ? OFFSET ?)",
		append(slices.Concat(args, more), n, skip)...)
	if err != nil {
		return nil, 0, err
	}
	err = eachRow(rows, func(row scan) error {
		var isID bool
		var value int64
		if err := row(&isID, &value); err != nil {
			return err
		}
		if isID {
			ids = append(ids, job.ID(value))
		} else {
			total = int(value)
		}
		return nil
	})
	return ids, total, err
}

func idsIn(rows *sql.Rows) ([]job.ID, error) {
	var ids []job.ID
	err := eachRow(rows, func(row scan) error {
		var id job.ID
		err := row(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

func (q *Queue) allJobs(rows *sql.Rows) ([]job.Job, error) {
	jobs := []job.Job{}
	err := eachRow(rows, func(row scan) error {
		j, err := q.images.scanJob(row)
		jobs = append(jobs, j)
		return q.tolerate(j, err)
	})
	return jobs, err
}

// where is the WHERE clause of f, with a space before it, or nothing.
func (f Filter) where() (clause string, args []any, err error) {
	var terms []string
	if len(f.States) > 0 {
		terms = append(terms, "state IN (?"+strings.Repeat(", ?", len(f.States)-1)+")")
		for _, state := range f.States {
			args = append(args, string(state))
		}
	}
	narrow, bounds := f.narrowing()
	terms, args = append(terms, narrow...), append(args, bounds...)
	if f.IDs != nil {
		ids, err := encode(f.IDs)
		if err != nil {
			return "", nil, err
		}
		terms = append(terms, "id IN (SELECT value FROM json_each(?))")
		args = append(args, ids)
	}
	if f.Batch != "" {
		terms = append(terms, "id IN (SELECT job FROM batch_jobs WHERE batch = (SELECT n FROM batches WHERE batches.id = ?))")
		args = append(args, string(f.Batch))
	}
	if words, ok := wordsIn(f.Search); !ok {
		terms = append(terms, "0")
	} else if len(words) > 0 {
		like, more := holdsAll(words)
		terms = append(terms, "EXISTS (SELECT 1 FROM words WHERE words.job = jobs.id AND "+like+")")
		args = append(args, more...)
	}
	if len(terms) == 0 {
		return "", nil, nil
	}
	return " WHERE " + strings.Join(terms, " AND "), args, nil
}

// read runs several queries over one state of the database.
func (q *Queue) read(ctx context.Context, do func(*sql.Tx) error) error {
	r, err := q.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	err = do(r)
	// Nothing was written; ending a read cannot lose anything.
	if rerr := r.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
		err = errors.Join(err, rerr)
	}
	return err
}

// Counts returns how many jobs are in each state; every state is there.
func (q *Queue) Counts(ctx context.Context) (map[job.State]int, error) {
	var counts map[job.State]int
	err := q.read(ctx, func(r *sql.Tx) error {
		var err error
		counts, err = countsIn(ctx, r)
		return err
	})
	if err != nil {
		return nil, q.failed(ctx, "counts", err)
	}
	return counts, nil
}

func countsIn(ctx context.Context, r *sql.Tx) (map[job.State]int, error) {
	counts := make(map[job.State]int, len(job.States()))
	rows, err := r.QueryContext(ctx, "SELECT state, n FROM counts")
	if err != nil {
		return nil, err
	}
	err = eachRow(rows, func(row scan) error {
		var state job.State
		var n int
		err := row(&state, &n)
		counts[state] = n
		return err
	})
	return counts, err
}

// OpenOutside counts open jobs that belong to none of the batches.
func (q *Queue) OpenOutside(ctx context.Context, batches []job.BatchID) (int, error) {
	ids, err := encode(batches)
	if err != nil {
		return 0, err
	}
	var n int
	err = q.readers.QueryRowContext(ctx, `SELECT count(*) FROM jobs INDEXED BY jobs_path WHERE ended = 0
		AND NOT EXISTS (SELECT 1 FROM batch_jobs JOIN batches ON batches.n = batch_jobs.batch
			WHERE batch_jobs.job = jobs.id AND batches.id IN (SELECT value FROM json_each(?)))`, ids).Scan(&n)
	if err != nil {
		return 0, q.failed(ctx, "open outside", err)
	}
	return n, nil
}

// Remove deletes ended jobs from the list and returns those it deleted. It
// never touches their files.
func (q *Queue) Remove(ctx context.Context, ids []job.ID) ([]job.ID, error) {
	var removed []job.ID
	err := q.change(ctx, "remove", func(ctx context.Context, t *tx) error {
		removed = nil
		for _, id := range ids {
			res, err := t.exec(ctx, "DELETE FROM jobs WHERE id = ? AND ended <> 0", int64(id))
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			if n > 0 {
				removed = append(removed, id)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return removed, nil
}

// readJobs reads jobs only to see whether they can be read.
func readJobs(ctx context.Context, db *sql.DB, where string) error {
	rows, err := db.QueryContext(ctx, "SELECT "+jobColumns+" FROM "+jobTables+where)
	if err != nil {
		return err
	}
	return eachRow(rows, func(row scan) error {
		_, err := (*images)(nil).scanJob(row)
		return err
	})
}

// missing is the error for something that is not there.
func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fs.ErrNotExist
	}
	return err
}
