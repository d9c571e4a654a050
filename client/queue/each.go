package queue

import (
	"context"
	"database/sql"
	"iter"

	"images-uploader.com/upshot/client/job"
)

// eachPage is how many jobs Each holds at a time.
const eachPage = 200

// Each goes through all jobs that f selects, newest first unless Oldest, in
// constant memory: From, N and InOrder are not looked at. It reads page by
// page and holds nothing in between, so whoever takes the jobs may be slow,
// and stop. Jobs added, or ByEnded ended, meanwhile come when they are ahead;
// none comes twice. An error is the last that comes.
func (q *Queue) Each(ctx context.Context, f Filter) iter.Seq2[job.Job, error] {
	return func(yield func(job.Job, error) bool) {
		last, f := job.ID(0), f
		f.From, f.N, f.InOrder = 0, eachPage, false
		for {
			var jobs []job.Job
			var err error
			if f.ByEnded {
				jobs, _, err = q.page(ctx, f)
			} else {
				jobs, err = q.pageBehind(ctx, f, last)
			}
			if err != nil {
				yield(job.Job{}, q.failed(ctx, "each", err))
				return
			}
			for _, j := range jobs {
				if !yield(j, nil) {
					return
				}
				last, f.Behind = j.ID, j.End()
			}
			// A search's page that is not full need not be the last: what was
			// removed since it was found is not on it.
			if len(jobs) == 0 || len(jobs) < eachPage && !f.ByEnded {
				return
			}
		}
	}
}

// pageBehind reads the jobs that follow on last, or the first ones when that
// is 0. It goes along the ids, so that all pages together read over each job
// once.
func (q *Queue) pageBehind(ctx context.Context, f Filter, last job.ID) (jobs []job.Job, err error) {
	where, args, err := f.where()
	if err != nil {
		return nil, err
	}
	if last > 0 {
		where = and(where, "id "+map[bool]string{false: "<", true: ">"}[f.Oldest]+" ?")
		args = append(args, int64(last))
	}
	err = q.read(ctx, func(r *sql.Tx) error {
		rows, err := r.QueryContext(ctx, "SELECT "+jobColumns+" FROM (SELECT id AS found FROM jobs NOT INDEXED"+where+
			" ORDER BY "+f.order()+" LIMIT ?) CROSS JOIN jobs ON jobs.id = found LEFT JOIN answers ON answers.job = jobs.id ORDER BY "+f.order(),
			append(args, eachPage)...)
		if err != nil {
			return err
		}
		jobs, err = q.allJobs(rows)
		return err
	})
	return jobs, err
}
