package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
	mu   sync.Mutex
	last []byte    // of the file when it was whole
	odd  time.Time // since when it is not, zero: it is
}

// saving is how long an editor may take to write the file anew. As long as it
// may be at it, a file that is gone, empty or broken is not what the person
// wants: accounts and folders would go, and come back without their state.
const saving = 2 * time.Second

// NewStore returns the settings kept in the TOML file at path.
func NewStore(path string) *store { return &store{path: path} }

func (s *store) good() string { return s.path + ".good" }

// Load reads the file. A broken one is set aside and the last good copy, or
// the defaults, are used instead; that and words that mean nothing are told.
func (s *store) Load() (uploader.Settings, []uploader.Notice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, err := os.ReadFile(s.path)
	gone := errors.Is(err, fs.ErrNotExist)
	if err != nil && !gone {
		return uploader.Settings{}, nil, fmt.Errorf("config: %w", err)
	}
	settings, unknown, err := parse(data)
	if (gone || err != nil || len(data) == 0) && s.beingSaved() {
		settings, _, err = parse(s.last)
		return settings, nil, err
	}
	if gone {
		return uploader.Settings{}, nil, nil
	}
	if err != nil {
		return s.setAside(err)
	}
	s.last, s.odd = data, time.Time{}
	if len(unknown) > 0 {
		return settings, []uploader.Notice{{
			ID:       "config-unknown",
			Headline: "The settings file has names that mean nothing: " + strings.Join(unknown, ", "),
			Hint:     "look for typing mistakes in " + s.path,
		}}, nil
	}
	return settings, nil, nil
}

// beingSaved reports whether a file that is not whole may be so only because
// somebody is just saving it.
func (s *store) beingSaved() bool {
	if len(s.last) == 0 {
		return false
	}
	if s.odd.IsZero() {
		s.odd = time.Now()
	}
	return time.Since(s.odd) < saving
}

// setAside keeps a broken file under another name and goes on with the last
// good copy.
func (s *store) setAside(why error) (uploader.Settings, []uploader.Notice, error) {
	stem := s.path + ".broken-" + time.Now().Format("20060102-150405")
	aside := stem
	for n := 2; exists(aside); n++ {
		aside = fmt.Sprintf("%s-%d", stem, n)
	}
	if err := os.Rename(s.path, aside); err != nil {
		return uploader.Settings{}, nil, fmt.Errorf("config: set the broken file aside: %w", err)
	}
	n := uploader.Notice{ID: "config-broken", Headline: "The settings file could not be read" + whereIn(why) + " and is kept as " + aside}
	good, err := os.ReadFile(s.good())
	if err != nil {
		n.Hint = "default settings are used; correct that file and move it back to " + s.path
		return uploader.Settings{}, []uploader.Notice{n}, nil
	}
	settings, _, err := parse(good)
	if err != nil {
		return uploader.Settings{}, []uploader.Notice{n}, nil
	}
	n.Hint = "the last good settings are used; correct that file and move it back to " + s.path
	return settings, []uploader.Notice{n}, write(s.path, good)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// whereIn tells the line of a parse error.
func whereIn(err error) string {
	var pe toml.ParseError
	if errors.As(err, &pe) {
		return fmt.Sprintf(" (line %d)", pe.Position.Line)
	}
	return ""
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

// Save writes the file atomically and keeps a good copy beside it. A file that
// holds more than its settings (a person's comments, names of a newer Upshot)
// is kept as config.toml.before.
func (s *store) Save(settings uploader.Settings) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, err := format(settings)
	if err != nil {
		return err
	}
	old, err := os.ReadFile(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("config: %w", err)
	case !ours(old):
		if err := write(s.path+".before", old); err != nil {
			return err
		}
	}
	if err := write(s.path, data); err != nil {
		return err
	}
	s.last, s.odd = data, time.Time{}
	return write(s.good(), data)
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

// ours reports whether a file holds nothing but its settings, as we would
// write them: nothing is lost with it.
func ours(data []byte) bool {
	settings, _, err := parse(data)
	if err != nil {
		return false
	}
	same, err := format(settings)
	return err == nil && bytes.Equal(data, same)
}

// write replaces a file as a whole, for its owner alone, on disk before it
// returns.
func write(path string, data []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-*.part") // 0600
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	if _, err = tmp.Write(data); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	if err = tmp.Sync(); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	if err = tmp.Close(); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	if err = os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	syncDir(filepath.Dir(path))
	return nil
}

// syncDir makes a rename in dir survive a power cut, where the system can
// sync a directory (Windows cannot, and need not).
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}
