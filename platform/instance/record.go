package instance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Record is engine.json: who runs the engine and where it listens. It is
// written after locking, so a reader that finds it stale tries again briefly.
type Record struct {
	PID      int    `json:"pid"`
	Socket   string `json:"socket"`
	Protocol int    `json:"protocol"`
}

// WriteRecord writes the record atomically, for its owner alone.
func WriteRecord(path string, r Record) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("engine record: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "engine-*.part") // 0600
	if err != nil {
		return fmt.Errorf("engine record: %w", err)
	}
	_, err = tmp.Write(append(data, '\n'))
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		os.Remove(tmp.Name())
		return fmt.Errorf("engine record: %w", err)
	}
	return nil
}

// ReadRecord reads it; fs.ErrNotExist when nobody runs the engine.
func ReadRecord(path string) (Record, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Record{}, fmt.Errorf("engine record: %w", err)
	}
	var r Record
	if err := json.Unmarshal(data, &r); err != nil {
		return Record{}, fmt.Errorf("engine record: %w", err)
	}
	return r, nil
}
