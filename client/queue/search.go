package queue

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// wordsOf is the text that a search looks through: names, title, tags,
// links and the day, folded to lower case.
func wordsOf(name, input string, p client.Params, im *client.Image, added time.Time) string {
	parts := []string{name}
	if input != name {
		parts = append(parts, input)
	}
	parts = append(parts, p.Title)
	parts = append(parts, p.Tags...)
	if im != nil {
		parts = append(parts, im.Title, im.URL, im.ViewerURL, im.ShortURL)
	}
	parts = append(parts, added.Local().Format(time.DateOnly))
	var b strings.Builder
	last := ""
	for _, part := range parts {
		if part == "" || part == last {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(part)
		last = part
	}
	return fold(b.String())
}

// fold is what texts and searches have in common. SQLite's functions of text
// end at a zero byte.
func fold(s string) string {
	return strings.ToLower(strings.ReplaceAll(s, "\x00", " "))
}

// Bounds of a search. SQLite refuses longer ones; they find nothing.
const (
	searchMaxBytes = 4096
	searchMaxWords = 100
)

// wordsIn are the words of a search, folded, the longest first, without those
// that are found wherever another one is. ok is false for a search that finds
// nothing because it is too long.
func wordsIn(search string) (words []string, ok bool) {
	if len(search) > searchMaxBytes {
		return nil, false
	}
	all := strings.Fields(fold(search))
	slices.SortStableFunc(all, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, word := range all {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, word) }) {
			words = append(words, word)
		}
	}
	return words, len(words) <= searchMaxWords
}

// holdsAll is the condition that words.text holds all of the words, and its
// arguments. Both are folded: LIKE, which would fold once more, takes twice as
// long.
func holdsAll(words []string) (condition string, args []any) {
	var terms []string
	for _, word := range words {
		terms = append(terms, "instr(words.text, ?) > 0")
		args = append(args, word)
	}
	if len(terms) == 0 {
		return "1", nil
	}
	return strings.Join(terms, " AND "), args
}

// pageBySearch finds the ids of a page of a search over all jobs, or those of
// some states, and counts what is found. Words of three characters and more
// go by the index when it excludes most; other searches, and what asks for
// facts alone, go through the sheets. What is in neither yet is looked through
// one by one, and when that is much, all texts are.
func (q *Queue) pageBySearch(ctx context.Context, f Filter, words []string) (ids []job.ID, total int, err error) {
	s := newSearching(f, words)
	done := false
	err = q.read(ctx, func(r *sql.Tx) error {
		if done, err = s.prepared(ctx, r); err != nil || !done {
			return err
		}
		match := ""
		if len(s.ended) > 0 && len(words) > 0 {
			if match, err = matchOf(ctx, r, words); err != nil {
				return err
			}
		}
		if match != "" {
			ids, total, err = s.byIndex(ctx, r, match)
			if !isDamage(err) {
				return err
			}
			// What is damaged may be the index alone: do without it.
			q.suspect("search", err)
		}
		ids, total, err = q.bySheets(ctx, r, s)
		return err
	})
	if isDamage(err) {
		q.doWithoutSheets(ctx, err)
		done, err = false, nil
	}
	if err != nil || done {
		return ids, total, err
	}
	if len(words) > 0 && !s.narrow() && (len(s.open) == 0 || s.everyState()) {
		return q.readOver(ctx, s)
	}
	err = q.read(ctx, func(r *sql.Tx) error {
		switch {
		case len(words) > 0:
			ids, total, err = s.overAll(ctx, r)
		case f.narrow():
			ids, total, err = pageOfFound(ctx, r, f)
		default:
			ids, total, err = pageByState(ctx, r, f)
		}
		return err
	})
	return ids, total, err
}

// doWithoutSheets notes that they are damaged. If no more is damaged than what
// stands on them, they are made anew.
func (q *Queue) doWithoutSheets(ctx context.Context, err error) {
	if !errors.Is(err, errSheet) {
		q.suspect("search", err)
		return
	}
	q.log.Error("history's sheets cannot be read and are made anew", "err", err)
	if err := q.change(ctx, "forget sheets", func(ctx context.Context, t *tx) error { return t.forgetSheets(ctx) }); err != nil {
		q.log.Warn("history's sheets could not be forgotten", "err", err)
	}
}

// searching is a search in the making.
type searching struct {
	Filter
	words       []string
	open, ended []string // states asked for
	stretch     part     // the open jobs lie in it, if last is not 0
}

func newSearching(f Filter, words []string) searching {
	s := searching{Filter: f, words: words}
	for _, state := range job.States() {
		switch {
		case len(f.States) > 0 && !slices.Contains(f.States, state):
		case state.Open():
			s.open = append(s.open, string(state))
		default:
			s.ended = append(s.ended, string(state))
		}
	}
	return s
}

// prepared finds out where the open jobs lie, and whether few enough jobs are
// on no sheet.
func (s *searching) prepared(ctx context.Context, r *sql.Tx) (few bool, err error) {
	if err := s.stretched(ctx, r); err != nil || len(s.ended) == 0 {
		return err == nil, err
	}
	var fresh int
	err = r.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM words INDEXED BY words_fresh WHERE indexed = 0 AND state <> '' LIMIT ?)", freshMax+1).Scan(&fresh)
	return fresh <= freshMax, err
}

// stretchMost is how many jobs a stretch may have for each open one in it: to
// look through all of them one after the other is quicker than to look each
// open one up.
const stretchMost = 4

// stretched finds the stretch of jobs that all open ones lie in: what is still
// to be sent came last, mostly.
func (s *searching) stretched(ctx context.Context, r *sql.Tx) error {
	if slices.ContainsFunc(job.States(), func(state job.State) bool { return state.Open() && !slices.Contains(s.open, string(state)) }) {
		return nil // words does not tell open states apart
	}
	var n int64
	for _, state := range s.open {
		var first, last, count *int64
		err := r.QueryRowContext(ctx, `SELECT (SELECT min(id) FROM jobs INDEXED BY jobs_state WHERE state = ?1 AND ended = 0),
			(SELECT max(id) FROM jobs INDEXED BY jobs_state WHERE state = ?1 AND ended = 0), (SELECT n FROM counts WHERE state = ?1)`, state).Scan(&first, &last, &count)
		if err != nil {
			return err
		}
		if first == nil || last == nil || count == nil {
			continue
		}
		if s.stretch.last == 0 {
			s.stretch.first = *first
		}
		s.stretch.first, s.stretch.last = min(s.stretch.first, *first), max(s.stretch.last, *last)
		n += *count
	}
	if s.stretch.last-s.stretch.first >= stretchMost*n {
		s.stretch = part{}
	}
	return nil
}

func (s searching) everyState() bool {
	return len(s.open)+len(s.ended) == len(job.States())
}

// ofState is the condition that a job of words has ended as asked for.
func (s searching) ofState() (term string, args []any) {
	for _, state := range s.ended {
		args = append(args, state)
	}
	return "words.state IN (" + marks(len(s.ended)) + ")", args
}

// marks are n question marks.
func marks(n int) string {
	return strings.TrimSuffix(strings.Repeat("?, ", n), ", ")
}

// besides are the queries for what is neither in the index nor on a sheet:
// ended jobs that are not there yet, and open ones.
func (s searching) besides() (parts []string, args []any) {
	if len(s.ended) > 0 {
		ofState, states := s.ofState()
		holds, holdsArgs := holdsAll(s.words)
		parts = append(parts, "SELECT words.job AS id FROM words INDEXED BY words_fresh WHERE words.indexed = 0 AND words.state <> '' AND "+ofState+" AND "+holds)
		args = slices.Concat(states, holdsArgs)
	}
	open, more := s.ofOpen()
	return append(parts, open...), append(args, more...)
}

// ofOpen is the query for open jobs.
func (s searching) ofOpen() (parts []string, args []any) {
	if len(s.open) == 0 {
		return nil, nil
	}
	holds, holdsArgs := holdsAll(s.words)
	if s.stretch.last > 0 {
		return []string{"SELECT words.job AS id FROM words NOT INDEXED WHERE words.job BETWEEN ? AND ? AND words.state = '' AND " + holds},
			append([]any{s.stretch.first, s.stretch.last}, holdsArgs...)
	}
	for _, state := range s.open {
		args = append(args, state)
	}
	return []string{"SELECT jobs.id AS id FROM jobs INDEXED BY jobs_state CROSS JOIN words ON words.job = jobs.id WHERE jobs.state IN (" + marks(len(s.open)) + ") AND " + holds},
		append(args, holdsArgs...)
}

// ofParts is the query for what the parts find and is as f says besides; it is
// empty without parts.
func (s searching) ofParts(parts []string, args []any) (string, []any) {
	query := strings.Join(parts, " UNION ALL ")
	if terms, more := s.narrowing(); len(terms) > 0 && len(parts) > 0 {
		query = "SELECT jobs.id FROM (" + query + ") AS hits CROSS JOIN jobs ON jobs.id = hits.id WHERE " + strings.Join(terms, " AND ")
		args = slices.Concat(args, more)
	}
	return query, args
}

// byIndex asks the index for ended jobs. What it finds is looked at again.
func (s searching) byIndex(ctx context.Context, r *sql.Tx, match string) ([]job.ID, int, error) {
	ofState, states := s.ofState()
	holds, holdsArgs := holdsAll(s.words)
	found := "SELECT words.job AS id FROM words_index CROSS JOIN words ON words.job = words_index.rowid WHERE words_index MATCH ? AND " + ofState + " AND " + holds
	parts, args := s.besides()
	query, args := s.ofParts(append([]string{found}, parts...), slices.Concat([]any{match}, states, holdsArgs, args))
	return s.pageOf(ctx, r, query, args)
}

// overAll looks for ended jobs in all texts.
func (s searching) overAll(ctx context.Context, r *sql.Tx) ([]job.ID, int, error) {
	parts, args := s.ofOpen()
	if len(s.ended) > 0 {
		ofState, states := s.ofState()
		holds, holdsArgs := holdsAll(s.words)
		parts = append([]string{"SELECT words.job AS id FROM words NOT INDEXED WHERE " + ofState + " AND " + holds}, parts...)
		args = slices.Concat(states, holdsArgs, args)
	}
	query, args := s.ofParts(parts, args)
	return s.pageOf(ctx, r, query, args)
}

// sharedMax is up to which place of what is found several readers share the
// work: each hands out as many ids.
const sharedMax = 1000

// readOver looks through all texts, several readers each through a part of
// them. What ends between their looks may be counted or not.
func (q *Queue) readOver(ctx context.Context, s searching) (ids []job.ID, total int, err error) {
	if s.byEnded() {
		return q.readOverByEnded(ctx, s)
	}
	n, skip := s.limits()
	return q.readOverTo(ctx, s, n, skip)
}

// readOverByEnded looks through all texts for what is found and, when that is
// much, once more for the page, by when the jobs ended.
func (q *Queue) readOverByEnded(ctx context.Context, s searching) (ids []job.ID, total int, err error) {
	ids, total, err = q.readOverTo(ctx, s, sharedMax, 0)
	if err != nil || total == 0 {
		return nil, total, err
	}
	if total > sharedMax {
		ids, err = s.pageAlongEnds(ctx, q.readers, s.words, total)
		return ids, total, err
	}
	list, err := encode(ids)
	if err != nil {
		return nil, 0, err
	}
	rows, err := q.readers.QueryContext(ctx, "SELECT id, ended FROM jobs NOT INDEXED WHERE id IN (SELECT value FROM json_each(?))", list)
	if err != nil {
		return nil, 0, err
	}
	all, err := foundIn(rows)
	return s.pageIn(all), total, err
}

// readOverTo is readOver to a page of so many from a place on.
func (q *Queue) readOverTo(ctx context.Context, s searching, n, skip int) (ids []job.ID, total int, err error) {
	var first, last int64
	err = q.readers.QueryRowContext(ctx, "SELECT ifnull(min(job), 1), ifnull(max(job), 0) FROM words").Scan(&first, &last)
	if err != nil || last < first {
		return nil, 0, err
	}
	count := int64(1)
	if n >= 0 && n+skip <= sharedMax {
		count = int64(min(readerCount, runtime.GOMAXPROCS(0)))
	}
	parts := make([]part, count)
	for i := range parts {
		parts[i].first = first + (last-first+1)*int64(i)/count
		parts[i].last = first + (last-first+1)*int64(i+1)/count - 1
	}
	if !s.Oldest {
		slices.Reverse(parts)
	}
	if count == 1 {
		err = s.readPart(ctx, q.readers.DB, &parts[0], n, skip)
		return parts[0].ids, parts[0].total, err
	}
	var wg sync.WaitGroup
	for i := range parts {
		wg.Go(func() { parts[i].err = s.readPart(ctx, q.readers.DB, &parts[i], n+skip, 0) })
	}
	wg.Wait()
	for _, p := range parts {
		ids = append(ids, p.ids...)
		total += p.total
		err = errors.Join(err, p.err)
	}
	ids = ids[min(skip, len(ids)):]
	return ids[:min(n, len(ids))], total, err
}

// part is a stretch of jobs and what is found there.
type part struct {
	first, last int64
	ids         []job.ID
	total       int
	err         error
}

// readPart looks through texts in order until the page is full, and then
// only counts.
func (s searching) readPart(ctx context.Context, db *sql.DB, p *part, n, skip int) error {
	where, args := holdsAll(s.words)
	if !s.everyState() {
		ofState, states := s.ofState()
		where, args = ofState+" AND "+where, slices.Concat(states, args)
	}
	query := " FROM words NOT INDEXED WHERE words.job BETWEEN ? AND ? AND " + where
	between := func(first, last int64) []any { return slices.Concat([]any{first, last}, args) }
	direction := " ORDER BY words.job DESC"
	if s.Oldest {
		direction = " ORDER BY words.job ASC"
	}
	rows, err := db.QueryContext(ctx, "SELECT words.job"+query+direction+" LIMIT ? OFFSET ?", append(between(p.first, p.last), n, skip)...)
	if err != nil {
		return err
	}
	p.ids, err = idsIn(rows)
	if err != nil {
		return err
	}
	rest := between(p.first, p.last)
	switch {
	case len(p.ids) != n && (len(p.ids) > 0 || skip == 0):
		p.total = skip + len(p.ids)
		return nil
	case len(p.ids) == n && n > 0 && s.Oldest:
		p.total, rest = skip+n, between(int64(p.ids[n-1])+1, p.last)
	case len(p.ids) == n && n > 0:
		p.total, rest = skip+n, between(p.first, int64(p.ids[n-1])-1)
	}
	var more int
	err = db.QueryRowContext(ctx, "SELECT count(*)"+query, rest...).Scan(&more)
	p.total += more
	return err
}

// freshMax is up to how many ended jobs that are not in the index yet are
// looked through one by one.
const freshMax = 10_000

// A sample of history tells which trigrams of a search are rare, and whether
// the search finds so much that the index is of no use.
const (
	sampleSize  = 64
	sampleCount = 4  // trigrams that the index is asked for
	searchMuch  = 32 // the index is of no use when it leaves more than this part of all
)

// matchOf is what to ask of the index, empty when it is of no use: the few
// trigrams of the words that together leave the least. Common ones, as in the
// host's address, would have it read long lists that exclude nothing.
func matchOf(ctx context.Context, r *sql.Tx, words []string) (string, error) {
	trigrams := trigramsOf(words)
	if len(trigrams) == 0 {
		return "", nil
	}
	sample, err := sampleOf(ctx, r)
	if err != nil {
		return "", err
	}
	most := len(sample) / searchMuch
	var terms []string
	for len(terms) < sampleCount && len(trigrams) > 0 {
		best, left := 0, len(sample)+1
		for i, trigram := range trigrams {
			n := 0
			for _, text := range sample {
				if strings.Contains(text, trigram) {
					n++
				}
			}
			if n < left {
				best, left = i, n
			}
		}
		terms = append(terms, `"`+strings.ReplaceAll(trigrams[best], `"`, `""`)+`"`)
		sample = slices.DeleteFunc(sample, func(text string) bool { return !strings.Contains(text, trigrams[best]) })
		trigrams = slices.Delete(trigrams, best, best+1)
	}
	if len(sample) > most {
		return "", nil
	}
	return strings.Join(terms, " AND "), nil
}

// trigramsOf are the different three characters in a row that the words have.
func trigramsOf(words []string) []string {
	var trigrams []string
	for _, word := range words {
		if !utf8.ValidString(word) {
			continue
		}
		runes := []rune(word)
		for i := 0; i+3 <= len(runes); i++ {
			if trigram := string(runes[i : i+3]); !slices.Contains(trigrams, trigram) {
				trigrams = append(trigrams, trigram)
			}
		}
	}
	return trigrams
}

// sampleOf returns texts of jobs from all over history, at uneven distances:
// names may repeat at even ones.
func sampleOf(ctx context.Context, r *sql.Tx) (texts []string, err error) {
	rows, err := r.QueryContext(ctx, `WITH RECURSIVE
		last (id) AS (SELECT max(job) FROM words),
		step (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM step WHERE n < ?1)
		SELECT words.text FROM step CROSS JOIN last CROSS JOIN words ON words.job = (last.id * (step.n - 1) + step.n * 40503 % last.id) / ?1 + 1`, sampleSize)
	if err != nil {
		return nil, err
	}
	err = eachRow(rows, func(row scan) error {
		var text string
		err := row(&text)
		texts = append(texts, text)
		return err
	})
	return texts, err
}
