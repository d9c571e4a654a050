package queue

import (
	"database/sql"
	"slices"
	"strings"

	"images-uploader.com/upshot/client/job"
)

// byEnded reports whether f asks for the order in which jobs ended.
func (f Filter) byEnded() bool { return f.ByEnded && !f.InOrder }

// behind is the term for what comes behind Behind, empty when all does.
func (f Filter) behind() (term string, args []any) {
	switch {
	case !f.byEnded() || f.Behind.IsZero():
		return "", nil
	case f.Oldest:
		term = "(jobs.ended, jobs.id) > (?, ?)"
	default:
		term = "(jobs.ended, jobs.id) < (?, ?)"
	}
	return term, []any{toNano(f.Behind.At), int64(f.Behind.ID)}
}

// alongEnds is the query for jobs of some states whose texts hold all of the
// words, with the times they ended, in that order. SQLite goes along the index
// of each state and merges what it finds there.
func (f Filter) alongEnds(words []string) (query string, args []any) {
	term, bounds := f.behind()
	from := "SELECT jobs.id AS id, jobs.ended AS ended FROM jobs INDEXED BY jobs_state"
	if len(words) > 0 {
		from += " CROSS JOIN words ON words.job = jobs.id"
	}
	holds, holdsArgs := holdsAll(words)
	var parts []string
	for _, state := range job.States() {
		if len(f.States) > 0 && !slices.Contains(f.States, state) {
			continue
		}
		where := " WHERE jobs.state = ?"
		args = append(args, string(state))
		if term != "" {
			where = and(where, term)
			args = append(args, bounds...)
		}
		parts = append(parts, from+and(where, holds))
		args = append(args, holdsArgs...)
	}
	if len(parts) == 0 { // of no state that there is
		parts = append(parts, "SELECT jobs.id AS id, jobs.ended AS ended FROM jobs WHERE 0")
	}
	return strings.Join(parts, " UNION ALL ") + " ORDER BY " + strings.ReplaceAll(f.order(), "jobs.", ""), args
}

// found is a job that a search has found. What is listed by number has no
// ended here, so that all is in the order of before.
type found struct {
	id    job.ID
	ended int64
}

func (f found) before(other found) bool {
	return f.ended < other.ended || f.ended == other.ended && f.id < other.id
}

func foundIn(rows *sql.Rows) (all []found, err error) {
	err = eachRow(rows, func(row scan) error {
		var f found
		err := row(&f.id, &f.ended)
		all = append(all, f)
		return err
	})
	return all, err
}

func jobsOf(all []found) []job.ID {
	ids := make([]job.ID, len(all))
	for i, f := range all {
		ids[i] = f.id
	}
	return ids
}

// pageIn takes the page out of all that was found, whose order it changes.
func (f Filter) pageIn(all []found) []job.ID {
	if f.byEnded() && !f.Behind.IsZero() {
		last := found{f.Behind.ID, toNano(f.Behind.At)}
		all = slices.DeleteFunc(all, func(one found) bool { return one == last || one.before(last) == f.Oldest })
	}
	n, skip := f.limits()
	skip = min(skip, len(all))
	if n < 0 {
		n = len(all)
	}
	n = min(n, len(all)-skip)
	if f.Oldest {
		sortPart(all, skip, skip+n)
		return jobsOf(all[skip : skip+n])
	}
	first := len(all) - skip - n
	sortPart(all, first, first+n)
	ids := jobsOf(all[first : first+n])
	slices.Reverse(ids)
	return ids
}

// sortPart moves what belongs from place lo to before hi there, in order. It
// is a quicksort that leaves the rest alone: of 100,000 jobs a page is wanted.
func sortPart(all []found, lo, hi int) {
	for len(all) > sortWhole && lo < hi {
		n := len(all)
		pivot := median(median(all[0], all[n/8], all[n/4]), median(all[3*n/8], all[n/2], all[5*n/8]), median(all[3*n/4], all[7*n/8], all[n-1]))
		i, k := 0, n-1
		for i <= k {
			for all[i].before(pivot) {
				i++
			}
			for pivot.before(all[k]) {
				k--
			}
			if i <= k {
				all[i], all[k] = all[k], all[i]
				i, k = i+1, k-1
			}
		}
		// Between k and i lies the pivot, if anything does.
		sortPart(all[:k+1], min(lo, k+1), min(hi, k+1))
		all, lo, hi = all[i:], max(lo-i, 0), max(hi-i, 0)
	}
	if lo < hi {
		slices.SortFunc(all, func(a, b found) int {
			if a.before(b) {
				return -1
			}
			return 1
		})
	}
}

// sortWhole is how few are sorted as a whole.
const sortWhole = 64

// median is the one of three that stands between the others.
func median(a, b, c found) found {
	if b.before(a) {
		a, b = b, a
	}
	if c.before(b) {
		b = c
		if b.before(a) {
			b = a
		}
	}
	return b
}

// narrow reports whether f has conditions that no count is kept for.
func (f Filter) narrow() bool {
	return f.Account != "" || f.Folder != "" || f.Type != "" || !f.Since.IsZero() || !f.Until.IsZero()
}

// endedOrAdded is the time that Since and Until bound.
const endedOrAdded = "CASE jobs.ended WHEN 0 THEN jobs.added ELSE jobs.ended END"

// narrowing are the terms of those conditions.
func (f Filter) narrowing() (terms []string, args []any) {
	add := func(asked bool, term string, arg any) {
		if asked {
			terms, args = append(terms, term), append(args, arg)
		}
	}
	add(f.Account != "", "jobs.account = ?", f.Account)
	add(f.Folder != "", "jobs.folder = ?", f.Folder)
	add(f.Type != "", "EXISTS (SELECT 1 FROM answers WHERE answers.job = jobs.id AND json_extract(answers.raw, '$.type') = ?)", f.Type)
	add(!f.Since.IsZero(), endedOrAdded+" >= ?", toNano(f.Since))
	add(!f.Until.IsZero(), endedOrAdded+" < ?", toNano(f.Until))
	return terms, args
}
