package queue

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// A sheet holds what is searched of some ended jobs in two pieces: facts and
// texts. To read it takes a third of the processor time, or less, that SQLite
// needs to go through as many rows.
//
// Facts are: their version; how many sorts of jobs there are, and these, each
// as four strings with their lengths before them; how many jobs there are, and
// these. Of each job: by how much its number, the time it was added and the
// time it ended are above those of the one before it, of which sort it is, and
// how long its text is. All numbers are varints of encoding/binary. Texts
// follow on each other, each with a line feed behind it, which no word of a
// search holds.
const sheetVersion = 1

// fact is what a sheet says of a job beside its text.
type fact struct {
	job, added, ended int64
	sort              int // in facts.sorts
	size              int // of its text
}

// sort is what many jobs have in common.
type sort struct{ state, account, folder, kind string }

// facts are those of a sheet.
type facts struct {
	sorts []sort
	jobs  []fact
}

// errSheet says that a sheet cannot be read. It can be made anew from the rest.
var errSheet = fmt.Errorf("%w: a sheet of history's texts cannot be read", ErrDamaged)

// sheet is a sheet in the making.
type sheet struct {
	facts
	texts []byte
}

// add puts a job onto the sheet. Its sort is s, whatever f says.
func (s *sheet) add(f fact, of sort, text []byte) {
	if f.sort = slices.Index(s.sorts, of); f.sort < 0 {
		f.sort = len(s.sorts)
		s.sorts = append(s.sorts, of)
	}
	f.size = len(text)
	s.jobs = append(s.jobs, f)
	s.texts = append(append(s.texts, text...), '\n')
}

// briefly is a text without the lines that others of it hold: a search finds
// the same in it. Names and titles are often parts of each other.
func briefly(text []byte) []byte {
	lines := bytes.Split(text, []byte("\n"))
	if len(lines) > briefLines {
		return text
	}
	var kept [][]byte
	for i, line := range lines {
		held := false
		for k, other := range lines {
			held = held || k != i && bytes.Contains(other, line) && (len(other) > len(line) || k < i)
		}
		if !held {
			kept = append(kept, line)
		}
	}
	return bytes.Join(kept, []byte("\n"))
}

// briefLines is up to how many lines are compared with each other.
const briefLines = 32

// each goes through the jobs with their texts.
func (s *sheet) each(do func(f fact, text []byte)) {
	at := 0
	for _, f := range s.jobs {
		do(f, s.texts[at:at+f.size])
		at += f.size + 1
	}
}

// bounds are the lowest and the highest number of a job.
func (f *facts) bounds() (first, last int64) {
	first, last = f.jobs[0].job, f.jobs[0].job
	for _, j := range f.jobs {
		first, last = min(first, j.job), max(last, j.job)
	}
	return first, last
}

func (f *facts) encode() []byte {
	b := binary.AppendUvarint([]byte{sheetVersion}, uint64(len(f.sorts)))
	for _, s := range f.sorts {
		for _, name := range []string{s.state, s.account, s.folder, s.kind} {
			b = append(binary.AppendUvarint(b, uint64(len(name))), name...)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(f.jobs)))
	var last fact
	for _, j := range f.jobs {
		b = binary.AppendVarint(b, j.job-last.job)
		b = binary.AppendVarint(b, j.added-last.added)
		b = binary.AppendVarint(b, j.ended-last.ended)
		b = binary.AppendUvarint(b, uint64(j.sort))
		b = binary.AppendUvarint(b, uint64(j.size))
		last = j
	}
	return b
}

// decode reads facts into f, whose room is used again.
func (f *facts) decode(b []byte) error {
	d := varints{b: b}
	f.sorts, f.jobs = f.sorts[:0], f.jobs[:0]
	if d.unsigned() != sheetVersion {
		return errSheet
	}
	for range d.count() {
		f.sorts = append(f.sorts, sort{state: d.text(), account: d.text(), folder: d.text(), kind: d.text()})
	}
	n := d.count()
	f.jobs = slices.Grow(f.jobs, n)
	var j fact
	for range n {
		j.job += d.signed()
		j.added += d.signed()
		j.ended += d.signed()
		sort, size := d.unsigned(), d.unsigned()
		if d.failed || sort >= uint64(len(f.sorts)) || size > maxText {
			return errSheet
		}
		j.sort, j.size = int(sort), int(size)
		f.jobs = append(f.jobs, j)
	}
	if d.at < len(b) || d.failed {
		return errSheet
	}
	return nil
}

// maxText is more than a text can be long.
const maxText = 1<<30 - 1

// varints reads one after the other, until one cannot be read.
type varints struct {
	b      []byte
	at     int
	failed bool
}

func (d *varints) fail() {
	d.failed, d.at = true, len(d.b)
}

func (d *varints) unsigned() uint64 {
	if d.at < len(d.b) && d.b[d.at] < 0x80 {
		d.at++
		return uint64(d.b[d.at-1])
	}
	v, n := binary.Uvarint(d.b[d.at:])
	if n <= 0 {
		d.fail()
		return 0
	}
	d.at += n
	return v
}

func (d *varints) signed() int64 {
	v := d.unsigned()
	return int64(v>>1) ^ -int64(v&1)
}

func (d *varints) text() string {
	n := d.count()
	d.at += n
	return string(d.b[d.at-n : d.at])
}

// count is a number of things that take a byte each at least.
func (d *varints) count() int {
	n := d.unsigned()
	if n > uint64(len(d.b)-d.at) {
		d.fail()
		return 0
	}
	return int(n)
}

// decodeSheet reads both pieces. No sheet is empty.
func decodeSheet(facts, texts []byte) (*sheet, error) {
	s := &sheet{texts: texts}
	if err := s.decode(facts); err != nil {
		return nil, err
	}
	at := 0
	for _, f := range s.jobs {
		if at += f.size + 1; at > len(texts) || texts[at-1] != '\n' {
			return nil, errSheet
		}
	}
	if at != len(texts) || at == 0 {
		return nil, errSheet
	}
	return s, nil
}

// find calls hit for each job of a sheet that is as wanted and whose text
// holds all of the words.
func (f *facts) find(texts []byte, words [][]byte, wanted *wanted, hit func(*fact)) error {
	wanted.of(f.sorts)
	if len(words) == 0 {
		for i := range f.jobs {
			if wanted.is(&f.jobs[i]) {
				hit(&f.jobs[i])
			}
		}
		return nil
	}
	begin, i := 0, 0 // text i begins there
	for at := 0; ; {
		found := bytes.Index(texts[at:], words[0])
		if found < 0 {
			return nil
		}
		at += found
		for i < len(f.jobs) && begin+f.jobs[i].size < at {
			begin += f.jobs[i].size + 1
			i++
		}
		if i == len(f.jobs) || begin+f.jobs[i].size >= len(texts) {
			return errSheet
		}
		end := begin + f.jobs[i].size
		if wanted.is(&f.jobs[i]) && holdsEach(texts[begin:end], words[1:]) {
			hit(&f.jobs[i])
		}
		begin, i, at = end+1, i+1, end+1
	}
}

func holdsEach(text []byte, words [][]byte) bool {
	for _, word := range words {
		if !bytes.Contains(text, word) {
			return false
		}
	}
	return true
}

// wanted is what a filter asks of a job beside words.
type wanted struct {
	Filter
	states       []string
	since, until int64
	sorts        []bool // of a sheet: asked for
}

func (f Filter) wanted(states []string) *wanted {
	w := &wanted{Filter: f, states: states, since: math.MinInt64, until: math.MaxInt64}
	if !f.Since.IsZero() {
		w.since = toNano(f.Since)
	}
	if !f.Until.IsZero() {
		w.until = toNano(f.Until) - 1
	}
	return w
}

func (w *wanted) of(sorts []sort) {
	w.sorts = w.sorts[:0]
	for _, s := range sorts {
		w.sorts = append(w.sorts, slices.Contains(w.states, s.state) &&
			(w.Account == "" || s.account == w.Account) && (w.Folder == "" || s.folder == w.Folder) && (w.Type == "" || s.kind == w.Type))
	}
}

func (w *wanted) is(f *fact) bool {
	return w.sorts[f.sort] && f.ended >= w.since && f.ended <= w.until
}

// bytesOf are the words as find takes them.
func bytesOf(words []string) [][]byte {
	all := make([][]byte, len(words))
	for i, word := range words {
		all[i] = []byte(word)
	}
	return all
}
