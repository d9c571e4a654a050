package watcher

import (
	"context"
	"fmt"
)

// Survey is what lies in a folder and passes its filters: what would go if
// files that are there already were to be sent.
type Survey struct {
	Files []Surveyed // newest last
	Bytes int64
	// Located counts those that tell where they were taken, Unreadable those
	// that cannot be asked.
	Located, Unreadable int
}

// Surveyed is one file of a survey.
type Surveyed struct {
	File
	Located bool  // it tells where it was taken
	Err     error // it cannot be read
}

// Newest is the file that was changed last, if there is any.
func (s Survey) Newest() (File, bool) {
	if len(s.Files) == 0 {
		return File{}, false
	}
	return s.Files[len(s.Files)-1].File, true
}

// LookThrough makes the survey for a dry run. It opens every file for its
// metadata, and changes nothing.
func LookThrough(ctx context.Context, cfg Config) (Survey, error) {
	files, err := Scan(ctx, cfg)
	if err != nil {
		return Survey{}, err
	}
	s := Survey{Files: make([]Surveyed, len(files))}
	for i, f := range files {
		if err := ctx.Err(); err != nil {
			return Survey{}, fmt.Errorf("look through %q: %w", cfg.Dir, err)
		}
		yes, err := Located(f.Path)
		s.Files[i] = Surveyed{File: f, Located: yes, Err: err}
		s.Bytes += f.Size
		switch {
		case err != nil:
			s.Unreadable++
		case yes:
			s.Located++
		}
	}
	return s, nil
}
