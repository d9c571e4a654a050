package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// copyLife is how long the copy made before a migration is kept: long enough
// to go back to the older program.
const copyLife = 30 * 24 * time.Hour

// migrate leads the database from a schema version to ours. Before each step
// a copy is made, which an older program can read.
func (p *place) migrate(ctx context.Context, db *sql.DB, version int) error {
	for v := version; v < len(p.schema); v++ {
		if err := p.copyBefore(ctx, db, v+1); err != nil {
			return fmt.Errorf("copy before migration to schema %d: %w", v+1, err)
		}
		if err := p.schema.step(ctx, db, v); err != nil {
			return fmt.Errorf("migrate to schema %d: %w", v+1, err)
		}
		p.log.Info("database migrated", "schema", v+1)
	}
	return nil
}

// step takes the step that leads away from version v, whole or not at all.
func (s schema) step(ctx context.Context, db *sql.DB, v int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := s.stepIn(ctx, tx, v); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (s schema) stepIn(ctx context.Context, tx *sql.Tx, v int) error {
	if _, err := tx.ExecContext(ctx, s[v].sql); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", v+1)); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		needsName, s[v].needs)
	return err
}

// copyBefore copies the database as it stands, for its owner alone.
func (p *place) copyBefore(ctx context.Context, db *sql.DB, to int) error {
	path := fmt.Sprintf("%s%s%d", p.path, infixCopy, to)
	if err := makeEmpty(path + suffixNew); err != nil {
		return err
	}
	// VACUUM INTO takes an empty file, and leaves its permissions alone.
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", path+suffixNew); err != nil {
		return errors.Join(err, removeDatabase(path+suffixNew))
	}
	if err := syncFile(path + suffixNew); err != nil {
		return err
	}
	return rename(path+suffixNew, path)
}

// sweepCopies removes copies that are past their life.
func (p *place) sweepCopies() error {
	dir, base := filepath.Split(p.path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), base+infixCopy) || !entry.Type().IsRegular() {
			continue
		}
		info, err := entry.Info()
		if err != nil || time.Since(info.ModTime()) < copyLife {
			continue
		}
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
