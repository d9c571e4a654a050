package queue_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

// A file on its way through the queue.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "queue")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	q, err := queue.Open(ctx, queue.Config{Path: filepath.Join(dir, "upshot.db")})
	if err != nil {
		log.Fatal(err)
	}
	defer q.Close()

	// Given by a face: durable when Add returns.
	b := job.Batch{ID: job.NewBatchID(), Copy: true}
	added, err := q.Add(ctx, b, []queue.New{{
		Account: "home@https://img.example",
		Path:    "/home/me/sunset.png",
		Input:   "sunset.png",
		Name:    "sunset.png",
		File:    job.Fingerprint{Size: 1000},
	}})
	if err != nil {
		log.Fatal(err)
	}

	// Taken by a worker, which then sends it.
	jobs, err := q.Claim(ctx, queue.Claiming{Accounts: []string{"home@https://img.example"}, N: 16})
	if err != nil {
		log.Fatal(err)
	}
	im, err := client.DecodeImage([]byte(`{"id_encoded":"abc","url":"https://img.example/i/sunset.png"}`))
	if err != nil {
		log.Fatal(err)
	}
	j, err := q.Move(ctx, jobs[0].ID, job.Succeed, queue.Update{Outcome: job.Uploaded, Image: &im})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(j.ID == added[0].ID, j.State, j.Text())
	// Output: true done https://img.example/i/sunset.png
}
