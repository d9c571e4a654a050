package queue

// schema is the list of steps that lead from an empty file to the layout
// this program uses. The schema version of a database is the number of steps
// it has taken.
type schema []migration

// migration leads from one schema version to the next. Once released it is
// never changed: another step is added behind it.
type migration struct {
	// needs is the first program version that knows the layout after this
	// step. It is kept in the database, for an older program to name.
	needs string
	sql   string
}

// current is the schema of this program.
func current() schema {
	return schema{
		{needs: "0.1.0", sql: schema1},
		{needs: "0.2.0", sql: schema2},
		{needs: "0.3.0", sql: schema3},
	}
}

// applicationID marks the file as ours ("Upsh"), for file(1) and for Open.
const applicationID = 0x55707368

// needsName is the row of table meta that holds the last migration.needs.
// Table meta and this row are in every version, so that any program can read
// them in a database of any other.
const needsName = "needs_version"

// schema1 follows from these thoughts:
//   - Times are Unix nanoseconds, 0 for none. A file's own time is kept as
//     seconds and nanoseconds: it may lie outside of what nanoseconds can
//     count (NTFS begins in 1601) or be 0, and must compare equal afterwards.
//   - A job is open exactly as long as ended is 0; SQLite checks that.
//   - What the host answered lies in a table of its own, so that lists and
//     searches do not read over it. The delete link has a column there which
//     only DeleteLink selects.
//   - Table words holds what is searched, folded to lower case; a trigram
//     index lies over it since schema2.
//   - Table counts is kept by SQLite itself: faces ask for it all the time.
//   - batch_jobs does not refer to jobs: giving a batch again returns what it
//     returned the first time, also when jobs were removed since.
//   - Every table has a rowid, which the salvage goes along, and columns of
//     types in an order that no other table has, by which it knows rows whose
//     table is lost.
//
// The salvage does not copy words and counts: they follow from jobs.
const schema1 = `
CREATE TABLE meta (
	name  TEXT NOT NULL UNIQUE,
	value TEXT NOT NULL
) STRICT;

CREATE TABLE batches (
	n      INTEGER PRIMARY KEY,
	id     TEXT    NOT NULL UNIQUE,
	copy   INTEGER NOT NULL,
	notify INTEGER NOT NULL,
	told   INTEGER NOT NULL,
	added  INTEGER NOT NULL
) STRICT;
CREATE INDEX batches_untold ON batches (n) WHERE told = 0;

CREATE TABLE jobs (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	account      TEXT    NOT NULL,
	via          TEXT    NOT NULL,
	folder       TEXT    NOT NULL,
	path         TEXT    NOT NULL,
	spooled      INTEGER NOT NULL,
	input        TEXT    NOT NULL,
	name         TEXT    NOT NULL,
	size         INTEGER NOT NULL,
	mtime        INTEGER NOT NULL,
	mtime_ns     INTEGER NOT NULL,
	inode        INTEGER NOT NULL,
	params       TEXT    NOT NULL,
	link         TEXT    NOT NULL,
	max_attempts INTEGER NOT NULL,
	added        INTEGER NOT NULL,
	state        TEXT    NOT NULL,
	outcome      TEXT    NOT NULL DEFAULT '',
	maybe_sent   INTEGER NOT NULL DEFAULT 0,
	attempts     INTEGER NOT NULL DEFAULT 0,
	changes      INTEGER NOT NULL DEFAULT 0,
	not_before   INTEGER NOT NULL DEFAULT 0,
	failure      TEXT    NOT NULL DEFAULT '',
	sha256       TEXT    NOT NULL DEFAULT '',
	md5          TEXT    NOT NULL DEFAULT '',
	verified     TEXT    NOT NULL DEFAULT '',
	warnings     TEXT    NOT NULL DEFAULT '',
	ended        INTEGER NOT NULL DEFAULT 0,
	CHECK (state IN ('queued', 'held', 'sending', 'waiting', 'done', 'failed', 'canceled')),
	CHECK ((state IN ('done', 'failed', 'canceled')) = (ended <> 0)),
	CHECK (outcome IN ('', 'uploaded', 'known', 'duplicate', 'unapproved')),
	CHECK ((state = 'done') = (outcome <> ''))
) STRICT;
CREATE INDEX jobs_state   ON jobs (state);
CREATE INDEX jobs_queued  ON jobs (account) WHERE state = 'queued';
CREATE INDEX jobs_waiting ON jobs (not_before) WHERE state = 'waiting';
CREATE INDEX jobs_path    ON jobs (path) WHERE ended = 0;
CREATE INDEX jobs_bytes   ON jobs (account, size, sha256) WHERE state = 'done';

CREATE TABLE counts (
	state TEXT    NOT NULL UNIQUE,
	n     INTEGER NOT NULL
) STRICT;
INSERT INTO counts (state, n) VALUES
	('queued', 0), ('held', 0), ('sending', 0), ('waiting', 0), ('done', 0), ('failed', 0), ('canceled', 0);
CREATE TRIGGER jobs_added AFTER INSERT ON jobs BEGIN
	UPDATE counts SET n = n + 1 WHERE state = new.state;
END;
CREATE TRIGGER jobs_moved AFTER UPDATE OF state ON jobs WHEN old.state <> new.state BEGIN
	UPDATE counts SET n = n - 1 WHERE state = old.state;
	UPDATE counts SET n = n + 1 WHERE state = new.state;
END;
CREATE TRIGGER jobs_removed AFTER DELETE ON jobs BEGIN
	UPDATE counts SET n = n - 1 WHERE state = old.state;
END;

CREATE TABLE answers (
	job         INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
	image       TEXT    NOT NULL,
	raw         TEXT    NOT NULL,
	delete_link TEXT    NOT NULL,
	deleted     INTEGER NOT NULL
) STRICT;
CREATE INDEX answers_image ON answers (image);

CREATE TABLE words (
	job  INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
	text TEXT NOT NULL
) STRICT;

CREATE TABLE batch_jobs (
	batch  INTEGER NOT NULL REFERENCES batches (n) ON DELETE CASCADE,
	place  INTEGER NOT NULL,
	job    INTEGER NOT NULL,
	joined INTEGER NOT NULL,
	UNIQUE (batch, place)
) STRICT;
CREATE INDEX batch_jobs_job ON batch_jobs (job);

CREATE TABLE baselines (
	key   TEXT    NOT NULL UNIQUE,
	files INTEGER NOT NULL,
	made  INTEGER NOT NULL
) STRICT;

CREATE TABLE seen (
	key      TEXT    NOT NULL,
	path     TEXT    NOT NULL,
	size     INTEGER NOT NULL,
	mtime    INTEGER NOT NULL,
	mtime_ns INTEGER NOT NULL,
	inode    INTEGER NOT NULL,
	UNIQUE (key, path)
) STRICT;
`

// schema2 adds the order that a person gives, the index that searches go by,
// and what pacing needs after a restart:
//   - turn is where a job stands in its account's order; NULL, as almost
//     always, stands for id << 20. Rows written before have no such column:
//     SQLite and the salvage take it for NULL.
//   - waiting_since tells a wait that is long from a clock that was set back.
//   - words.state is the job's state once it has ended, empty before: a search
//     that finds half of history is then answered out of this one table.
//   - words_index holds, for words with indexed = 1, which trigrams are in a
//     text, not where (detail=none: a third of the size); what it finds is
//     looked at again in words. It is filled behind the writer's changes, see
//     index.go, so merges are not left to SQLite, which does them at once.
//   - sent has a row for each upload that the host stored. It outlives the
//     job: removing history must not make an account send faster.
//   - limits are the flood limits that hosts have told.
const schema2 = `
ALTER TABLE jobs ADD COLUMN turn INTEGER;
ALTER TABLE jobs ADD COLUMN waiting_since INTEGER;
DROP INDEX jobs_queued;
CREATE INDEX jobs_queued  ON jobs (account, ifnull(turn, id << 20)) WHERE state = 'queued';
DROP INDEX jobs_waiting;
CREATE INDEX jobs_waiting ON jobs (not_before, waiting_since) WHERE state = 'waiting';

CREATE INDEX seen_file ON seen (key, size, mtime, inode);

ALTER TABLE words ADD COLUMN state   TEXT    NOT NULL DEFAULT '';
ALTER TABLE words ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
UPDATE words SET state = jobs.state FROM jobs WHERE jobs.id = words.job AND jobs.ended <> 0;
CREATE INDEX words_fresh ON words (job) WHERE indexed = 0 AND state <> '';
CREATE VIRTUAL TABLE words_index USING fts5 (text, content='', contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1');
INSERT INTO words_index (words_index, rank) VALUES ('automerge', 0);
INSERT INTO words_index (words_index, rank) VALUES ('crisismerge', 1999);
INSERT INTO words_index (words_index, rank) VALUES ('usermerge', 8);

CREATE TRIGGER jobs_ended AFTER UPDATE OF state ON jobs
	WHEN old.state <> new.state AND (old.ended <> 0 OR new.ended <> 0) BEGIN
	UPDATE words SET state = CASE new.ended WHEN 0 THEN '' ELSE new.state END WHERE job = new.id;
END;
CREATE TRIGGER words_added AFTER INSERT ON words
	WHEN EXISTS (SELECT 1 FROM jobs WHERE id = new.job AND ended <> 0) BEGIN
	UPDATE words SET state = (SELECT state FROM jobs WHERE id = new.job) WHERE job = new.job;
END;
CREATE TRIGGER words_changed AFTER UPDATE OF text ON words WHEN old.indexed = 1 BEGIN
	DELETE FROM words_index WHERE rowid = old.job;
	UPDATE words SET indexed = 0 WHERE job = old.job;
END;
CREATE TRIGGER words_removed AFTER DELETE ON words WHEN old.indexed = 1 BEGIN
	DELETE FROM words_index WHERE rowid = old.job;
END;

CREATE TABLE sent (
	at      INTEGER NOT NULL,
	account TEXT    NOT NULL,
	job     INTEGER NOT NULL,
	UNIQUE (account, at, job)
) STRICT;
CREATE TRIGGER jobs_sent AFTER UPDATE OF state ON jobs
	WHEN old.state <> 'done' AND new.state = 'done' AND new.outcome IN ('uploaded', 'unapproved') BEGIN
	INSERT OR IGNORE INTO sent (at, account, job) VALUES (new.ended, new.account, new.id);
END;
INSERT INTO sent (at, account, job)
	SELECT ended, account, id FROM jobs
	WHERE state = 'done' AND outcome IN ('uploaded', 'unapproved') AND ended > (unixepoch() - 2764800) * 1000000000
	ORDER BY ended;

CREATE TABLE limits (
	account TEXT    NOT NULL,
	period  INTEGER NOT NULL,
	uploads INTEGER NOT NULL,
	learned INTEGER NOT NULL,
	UNIQUE (account, period)
) STRICT;
`

// schema3 adds sheets, which hold what is searched of many ended jobs in one
// row, see sheet.go: SQLite takes a microsecond for each row that it goes
// through, and most searches must look at all.
//   - A job with indexed = 1 is in words_index and on one sheet. They are
//     filled together, so what was indexed before is indexed anew.
//   - words_gone are jobs that are on a sheet no more, though they still stand
//     there, until the sheet is written again.
//   - A sheet is never changed, and its number never given again: several
//     readers can share the work.
//   - The salvage does not copy either: they follow from jobs.
//
// And history is listed by when its jobs ended: jobs_state has them in that
// order. Of open ones, all with ended = 0, it has the order of their numbers.
const schema3 = `
DROP INDEX jobs_state;
CREATE INDEX jobs_state ON jobs (state, ended);

CREATE TABLE words_sheets (
	n     INTEGER PRIMARY KEY AUTOINCREMENT,
	first INTEGER NOT NULL,
	last  INTEGER NOT NULL,
	small INTEGER NOT NULL,
	facts BLOB    NOT NULL,
	texts BLOB    NOT NULL
) STRICT;
CREATE INDEX words_sheets_small ON words_sheets (n) WHERE small = 1;
CREATE TABLE words_gone (
	job INTEGER PRIMARY KEY
) STRICT;

DROP TRIGGER words_changed;
DROP TRIGGER words_removed;
UPDATE words SET indexed = 0 WHERE indexed <> 0;
INSERT INTO words_index (words_index) VALUES ('delete-all');

CREATE TRIGGER words_changed AFTER UPDATE OF text, state ON words WHEN old.indexed = 1 BEGIN
	DELETE FROM words_index WHERE rowid = old.job;
	INSERT OR IGNORE INTO words_gone (job) VALUES (old.job);
	UPDATE words SET indexed = 0 WHERE job = old.job;
END;
CREATE TRIGGER words_removed AFTER DELETE ON words WHEN old.indexed = 1 BEGIN
	DELETE FROM words_index WHERE rowid = old.job;
	INSERT OR IGNORE INTO words_gone (job) VALUES (old.job);
END;
CREATE TRIGGER jobs_reassigned AFTER UPDATE OF account, folder, added ON jobs WHEN old.ended <> 0 BEGIN
	UPDATE words SET state = state WHERE job = old.id;
END;
`
