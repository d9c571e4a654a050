package queue_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"testing"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

func clientImage() (*client.Image, error) {
	im, err := client.DecodeImage([]byte(`{"id_encoded":"abc","url":"https://img.example/i/abc.png","is_approved":1}`))
	return &im, err
}

// integrity asks SQLite for all that it can find wrong.
func integrity(t *testing.T, path string) (said string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check(1)").Scan(&said); err != nil {
		t.Fatal(err)
	}
	return said
}

// openOnly opens and uses a database in a child and says which failure it
// meets.
func openOnly(path string) {
	err := func() error {
		q, err := queue.Open(context.Background(), queue.Config{Path: path})
		if err != nil {
			return err
		}
		_, err = q.Add(context.Background(), job.Batch{ID: "b"}, files(1))
		return errors.Join(err, q.Close())
	}()
	for name, known := range map[string]error{
		"full": queue.ErrFull, "read-only": queue.ErrReadOnly, "permission": os.ErrPermission, "damaged": queue.ErrDamaged,
	} {
		if errors.Is(err, known) {
			fmt.Println(name)
		}
	}
	fmt.Println("error:", err)
}
