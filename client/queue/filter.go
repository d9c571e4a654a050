package queue

// narrow reports whether f has conditions that no count is kept for.
func (f Filter) narrow() bool {
	return f.Account != "" || f.Folder != "" || f.Type != "" || !f.Since.IsZero() || !f.Until.IsZero()
}

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
	add(!f.Since.IsZero(), "jobs.added >= ?", toNano(f.Since))
	add(!f.Until.IsZero(), "jobs.added < ?", toNano(f.Until))
	return terms, args
}
