package platformtest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"

	"images-uploader.com/upshot/platform/integrate"
)

// IntegrationPort is what puts Upshot into the menus of the system.
type IntegrationPort interface {
	Install(ctx context.Context) ([]integrate.Change, error)
	Remove(ctx context.Context) ([]integrate.Change, error)
}

// IntegrationPeer is the person, who may change what was installed.
type IntegrationPeer interface {
	Change(t *testing.T, path string)
	Undo(t *testing.T, path string)
	Exists(path string) bool
}

// Integration is menus in memory.
type Integration struct {
	Entries []string // what is installed, by name

	mu      sync.Mutex
	there   map[string]bool
	changed map[string]bool
}

// Install puts the entries in place.
func (m *Integration) Install(ctx context.Context) ([]integrate.Change, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if m.there == nil {
		m.there, m.changed = map[string]bool{}, map[string]bool{}
	}
	var changes []integrate.Change
	for _, e := range m.Entries {
		did := integrate.Created
		switch {
		case m.changed[e]:
			did = integrate.Kept
		case m.there[e]:
			did = integrate.Unchanged
		}
		m.there[e] = true
		changes = append(changes, integrate.Change{Path: e, What: "entry", Did: did})
	}
	return changes, nil
}

// Remove takes the entries away.
func (m *Integration) Remove(ctx context.Context) ([]integrate.Change, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var changes []integrate.Change
	for _, e := range slices.Sorted(maps.Keys(m.there)) {
		did := integrate.Removed
		if m.changed[e] {
			did = integrate.Kept
		}
		changes = append(changes, integrate.Change{Path: e, What: "entry", Did: did})
		if did == integrate.Removed {
			delete(m.there, e)
		}
	}
	return changes, nil
}

// Change changes an entry by hand.
func (m *Integration) Change(_ *testing.T, path string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changed[path] = true
}

// Undo takes that back.
func (m *Integration) Undo(_ *testing.T, path string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.changed, path)
}

// Exists says whether an entry is there.
func (m *Integration) Exists(path string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.there[path]
}

// TestIntegration is the contract of what puts Upshot into the menus. open
// returns one that has installed nothing, and an entry's path by which the
// person may change something of ours alone.
func TestIntegration(t *testing.T, open func(t *testing.T) (port IntegrationPort, person IntegrationPeer, entry string)) {
	ctx := t.Context()
	i, person, entry := open(t)
	did := func(t *testing.T, changes []integrate.Change, err error) map[string]integrate.Did {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]integrate.Did{}
		for _, c := range changes {
			if c.What == "" || c.Path == "" {
				t.Errorf("a change without a name: %+v", c)
			}
			all[c.Path] = c.Did
		}
		return all
	}
	t.Run("a call whose context has ended does nothing", func(t *testing.T) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := i.Install(ended); !errors.Is(err, context.Canceled) || person.Exists(entry) {
			t.Errorf("Install: %v", err)
		}
	})
	t.Run("what is installed is there, and told", func(t *testing.T) {
		changes, err := i.Install(ctx)
		if all := did(t, changes, err); all[entry] != integrate.Created || !person.Exists(entry) {
			t.Errorf("told %v", all)
		}
	})
	t.Run("the second time changes nothing", func(t *testing.T) {
		changes, err := i.Install(ctx)
		for path, d := range did(t, changes, err) {
			if d == integrate.Created || d == integrate.Removed {
				t.Errorf("%s was %s", path, d)
			}
		}
	})
	t.Run("what the person changes stays theirs", func(t *testing.T) {
		person.Change(t, entry)
		changes, err := i.Install(ctx)
		if all := did(t, changes, err); all[entry] != integrate.Kept {
			t.Errorf("it was %s", all[entry])
		}
		person.Undo(t, entry)
	})
	t.Run("all of it goes", func(t *testing.T) {
		changes, err := i.Remove(ctx)
		if all := did(t, changes, err); all[entry] != integrate.Removed || person.Exists(entry) {
			t.Errorf("told %v", all)
		}
		if changes, err := i.Remove(ctx); err != nil || len(changes) != 0 {
			t.Errorf("and then %v, %v", changes, err)
		}
	})
	t.Run("but not what the person has changed", func(t *testing.T) {
		changes, err := i.Install(ctx)
		did(t, changes, err)
		person.Change(t, entry)
		changes, err = i.Remove(ctx)
		if all := did(t, changes, err); all[entry] != integrate.Kept || !person.Exists(entry) {
			t.Errorf("it was %s", all[entry])
		}
	})
}
