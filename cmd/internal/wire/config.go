package wire

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"images-uploader.com/upshot/client/uploader"
)

// configHead opens every config.toml that we write.
const configHead = `# Upshot's settings. Change them by hand as you like: Upshot reads this file
# again before it writes it. Keys are not here; they are in your system's keyring.

`

// store keeps the settings in config.toml.
type store struct {
	path string
	log  *slog.Logger // of what is wrong with the file, once; nil: nowhere
	mu   sync.Mutex
	last []byte    // of the file when it was whole
	good []byte    // what the good copy holds, as far as we know
	odd  time.Time // since when the file is not whole, zero: it is

	seen   fileState // of the file when we read or wrote it last
	judged bool      // what was found then will be found again as long as it stays so

	notices []uploader.Notice // what is wrong with the file, or with what it says
	kept    []uploader.Notice // what we have kept of a file that we wrote anew; until a person changes it, or a day has passed
	keptAt  time.Time
}

// saving is how long an editor may take to write the file anew. As long as it
// may be at it, a file that is gone, empty or broken is not what the person
// wants: accounts and folders would go, and come back without their state.
const saving = 2 * time.Second

// keptFor is how long it is said where a copy lies: a tray shows the word to
// who has nothing else to see.
const keptFor = 24 * time.Hour

// NewStore returns the settings kept in the TOML file at path.
func NewStore(path string) *store { return &store{path: path} }

// goodPath is where the last good copy lies.
func (s *store) goodPath() string { return s.path + ".good" }

// Load reads the file. One that says nothing (broken, emptied, unreadable) is
// left to the person, a broken one with a copy beside it, and the last good
// copy or the defaults are used meanwhile; that and words that mean nothing
// are told. A file that was removed is a wish: everything begins anew.
func (s *store) Load() (uploader.Settings, []uploader.Notice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, at := readConfig(s.path)
	if !s.judged || !at.same(s.seen) {
		s.kept = nil // what was kept of an older file was said
	}
	if s.judged && !at.same(s.seen) {
		s.odd = time.Time{} // it changes again: perhaps somebody is just saving it
	}
	s.seen, s.judged = at, true
	if at.info != nil && at.why == nil && !blank(data) {
		settings, unknown, err := parse(data)
		if err == nil {
			s.whole(data)
			notices := aboutNames(s.path, unknown)
			s.tell(append(notices, sift(s.path, &settings)...))
			return settings, s.all(), nil
		}
		if s.beingSaved() {
			return s.meanwhile()
		}
		return s.broken(data, err)
	}
	if s.beingSaved() {
		return s.meanwhile()
	}
	good, found := s.lastGood()
	switch {
	case at.why != nil:
		s.tell([]uploader.Notice{unreadable(s.path, at.why, found)})
		return good, s.all(), nil
	case at.info == nil && found:
		s.tell([]uploader.Notice{removed(s.path, exists(s.goodPath()))})
		return uploader.Settings{}, s.all(), nil
	case found:
		s.tell([]uploader.Notice{emptied(s.path)})
		return good, s.all(), nil
	}
	s.tell(nil) // there never were any
	return uploader.Settings{}, s.all(), nil
}

// whole remembers a file that can be used, also beside it. The caller holds mu.
func (s *store) whole(data []byte) {
	s.last, s.odd = data, time.Time{}
	if s.good == nil {
		s.good, _ = os.ReadFile(s.goodPath()) // none, or none that can be read: written
	}
	if bytes.Equal(s.good, data) {
		return
	}
	if _, err := write(s.goodPath(), data); err != nil {
		s.good = nil
		return // nothing is lost yet, and it is tried again
	}
	s.good = data
}

// meanwhile is what counts while a file is being saved. The caller holds mu.
func (s *store) meanwhile() (uploader.Settings, []uploader.Notice, error) {
	s.judged = false
	settings, found := s.lastGood()
	if !found {
		return uploader.Settings{}, s.all(), nil
	}
	return settings, s.all(), nil
}

// lastGood is what was read last, or lies beside the file. The caller holds mu.
func (s *store) lastGood() (uploader.Settings, bool) {
	data := s.last
	if len(data) == 0 {
		data, _ = os.ReadFile(s.goodPath())
	}
	if blank(data) {
		return uploader.Settings{}, false
	}
	settings, _, err := parse(data)
	if err != nil {
		return uploader.Settings{}, false
	}
	sift(s.path, &settings)
	return settings, true
}

// beingSaved reports whether a file that is not whole may be so only because
// somebody is just saving it. The caller holds mu.
func (s *store) beingSaved() bool {
	if len(s.last) == 0 {
		return false
	}
	if s.odd.IsZero() {
		s.odd = time.Now()
	}
	return time.Since(s.odd) < saving
}

// broken keeps a copy of a file that cannot be read, and goes on with the last
// good one. The caller holds mu.
func (s *store) broken(data []byte, why error) (uploader.Settings, []uploader.Notice, error) {
	settings, found := s.lastGood()
	aside, err := keepAside(s.path, data)
	if err != nil {
		aside = s.path // it is there still, and is not written over
	}
	s.tell([]uploader.Notice{brokenFile(s.path, aside, why, found)})
	return settings, s.all(), nil
}

// Notices are what is to be said of the settings file now.
func (s *store) Notices() []uploader.Notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all()
}

// all is what is to be said. The caller holds mu.
func (s *store) all() []uploader.Notice {
	var list []uploader.Notice
	list = append(list, s.notices...)
	if time.Since(s.keptAt) < keptFor {
		list = append(list, s.kept...)
	}
	return list
}

// Changed reports whether the file is another than when it was read or written
// last, or has to be looked at again because it may be whole by now.
func (s *store) Changed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.judged || !stateOf(s.path).same(s.seen)
}

// Saving reports whether the file was not whole when it was looked at, perhaps
// because somebody was just saving it.
func (s *store) Saving() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.judged && !s.odd.IsZero()
}

// tell makes these what is wrong with the file, and has the log say what is
// new. The caller holds mu.
func (s *store) tell(notices []uploader.Notice) {
	s.record(s.notices, notices)
	s.notices = notices
}

// record has the log say what was not said before, and what is over.
func (s *store) record(before, now []uploader.Notice) {
	if s.log == nil {
		return
	}
	standing := map[uploader.Notice]bool{}
	for _, n := range before {
		standing[n] = true
	}
	for _, n := range now {
		if !standing[n] {
			s.log.Warn("settings file", "what", n.Headline, "cure", n.Hint)
		}
	}
	if len(before) > 0 && len(now) == 0 {
		s.log.Info("settings file is in order again")
	}
}

func parse(data []byte) (uploader.Settings, []string, error) {
	var s uploader.Settings
	md, err := toml.Decode(string(data), &s)
	if err != nil {
		return uploader.Settings{}, nil, err
	}
	var unknown []string
	for _, key := range md.Undecoded() {
		unknown = append(unknown, key.String())
	}
	return s, unknown, nil
}

// Save writes the file atomically and keeps a good copy beside it. What the
// file holds beyond its settings (a person's comments, names of a newer
// Upshot) is kept as config.toml.before, a file that cannot be read as
// config.toml.broken-DATE. A link is followed, a file that may not be written
// is not.
func (s *store) Save(settings uploader.Settings) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, err := format(settings)
	if err != nil {
		return err
	}
	to, err := s.place()
	if err != nil {
		return err
	}
	kept, err := s.keepOld()
	if err != nil {
		return err
	}
	if _, err := write(s.goodPath(), data); err != nil {
		return err
	}
	s.good = data
	info, err := write(to, data)
	if err != nil {
		return err
	}
	s.last, s.odd = data, time.Time{}
	s.seen, s.judged = fileState{info: info}, true
	s.record(nil, kept)
	s.notices, s.kept = nil, append(without(s.kept, kept), kept...)
	if len(kept) > 0 {
		s.keptAt = time.Now()
	}
	return nil
}

// place is the file to be written. The caller holds mu.
func (s *store) place() (string, error) {
	if err := writable(s.path); err != nil {
		return "", refused(s.path, err)
	}
	to, err := target(s.path)
	if err != nil {
		return "", refused(s.path, err)
	}
	return to, nil
}

// keepOld keeps what would be lost with the file as it is. The caller holds mu.
func (s *store) keepOld() ([]uploader.Notice, error) {
	data, at := readConfig(s.path)
	before := s.path + ".before"
	switch {
	case at.why != nil && at.info != nil:
		return nil, refused(s.path, at.why)
	case at.info == nil && (s.odd.IsZero() || time.Since(s.odd) >= saving):
		// The person removed it. What they had lies beside it, until now.
		good, err := os.ReadFile(s.goodPath())
		if err != nil || blank(good) || at.why != nil {
			return nil, nil //nolint:nilerr // there is none
		}
		return []uploader.Notice{keptRemoved(before)}, keep(before, good)
	case at.info == nil || blank(data):
		return nil, nil
	}
	if _, _, err := parse(data); err != nil {
		aside, kerr := keepAside(s.path, data)
		return []uploader.Notice{keptBroken(aside, err)}, kerr
	}
	if ours(data) {
		return nil, nil
	}
	return []uploader.Notice{keptMore(before)}, keep(before, data)
}

// without is list without the notices that have an id of gone.
func without(list, gone []uploader.Notice) []uploader.Notice {
	var left []uploader.Notice
	for _, n := range list {
		again := false
		for _, g := range gone {
			again = again || g.ID == n.ID
		}
		if !again {
			left = append(left, n)
		}
	}
	return left
}

// format is the file of settings as we write it.
func format(settings uploader.Settings) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(configHead)
	enc := toml.NewEncoder(&b)
	enc.Indent = ""
	if err := enc.Encode(settings); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	return b.Bytes(), nil
}

// ours reports whether a file holds nothing but its settings: nothing is lost
// when it is written anew. Blanks, the order of its lines and how they end are
// nothing.
func ours(data []byte) bool {
	settings, _, err := parse(data)
	if err != nil {
		return false
	}
	sift("", &settings)
	same, err := format(settings)
	if err != nil {
		return false
	}
	have := map[string]int{}
	for line := range strings.Lines(string(same)) {
		have[squeezed(line)]++
	}
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\uFEFF")) {
		line = squeezed(line)
		if have[line]--; have[line] < 0 && line != "" {
			return false
		}
	}
	return true
}

// squeezed is a line without its blanks.
func squeezed(line string) string { return strings.Join(strings.Fields(line), "") }
