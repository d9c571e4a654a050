package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
)

const (
	storeDone   = 100_000
	storeQueued = 10_000
	fillBatch   = 1_000
	// storeAccount has no settings, so that its queued jobs stay queued.
	storeAccount = "bench@https://bench.invalid"
)

// fillMode makes a large store at a path, in a process of its own: what it
// needs for that does not count.
func fillMode(args []string) (err error) {
	if len(args) != 1 {
		return errors.New("fill PATH")
	}
	ctx := context.Background()
	q, err := queue.Open(ctx, queue.Config{Path: args[0]})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	for n := 0; n < storeDone+storeQueued; n += fillBatch {
		added, err := q.Add(ctx, job.Batch{ID: job.NewBatchID(), Told: true}, someJobs(n, fillBatch))
		if err != nil {
			return err
		}
		if n < storeDone {
			if err := finish(ctx, q, n, added); err != nil {
				return err
			}
		}
	}
	// As a history is that did not come within one minute.
	for {
		done, err := q.Indexed(ctx)
		if err != nil || done {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// someJobs are n jobs with names as people give them.
func someJobs(from, n int) []queue.New {
	words := []string{"holiday", "screenshot", "invoice", "lake", "sunset", "版本", "照片", "Zürich", "desk", "garden"}
	items := make([]queue.New, n)
	for i := range items {
		number := from + i
		name := fmt.Sprintf("%s %s %06d.png", words[number%len(words)], words[number/len(words)%len(words)], number)
		items[i] = queue.New{
			Account: storeAccount, Via: job.ViaCommand, Path: "/home/bench/Pictures/" + name, Input: name, Name: name,
			File:   job.Fingerprint{Size: int64(100_000 + number), ModTime: time.Unix(1_750_000_000+int64(number), 0), Inode: uint64(number + 1)},
			Params: client.Params{Title: strings.TrimSuffix(name, ".png"), Tags: []string{"bench", fmt.Sprintf("day%d", number/500)}},
		}
	}
	return items
}

// finish makes a batch done, with an answer as long as that to a picture with
// EXIF data, which half of them have.
func finish(ctx context.Context, q *queue.Queue, number int, added []queue.Added) error {
	ids := make([]job.ID, len(added))
	for i, a := range added {
		ids[i] = a.ID
	}
	if _, err := q.MoveAll(ctx, ids, job.Claim, queue.Update{}); err != nil {
		return err
	}
	for i, half := range [][]job.ID{ids[:len(ids)/2], ids[len(ids)/2:]} {
		id := fmt.Sprintf("q%dh%d", number, i)
		raw := fmt.Sprintf(`{"id_encoded":%q,"title":"Evening by the water","url":"https://bench.invalid/i/%[2]s.png","url_viewer":"https://bench.invalid/v/%[2]s",`+
			`"url_short":"https://bench.invalid/s/%[2]s","size":"1000","width":10,"height":20,"mime":"image/png","is_approved":1,"original_exifdata":%q}`,
			id, id, strings.Repeat("f/2.8 1/250s ", 180*i))
		im, err := client.DecodeImage([]byte(raw))
		if err != nil {
			return err
		}
		moved, err := q.MoveAll(ctx, half, job.Succeed, queue.Update{
			Outcome: job.Uploaded, Image: &im, SHA256: fmt.Sprintf("%064x", number+i), Verified: client.VerifiedUnknown,
			DeleteLink: client.NewDeleteLink("https://bench.invalid/s/" + id + "/delete/sesame"),
		})
		if err != nil {
			return err
		}
		if len(moved) != len(half) {
			return fmt.Errorf("%d of %d jobs became done", len(moved), len(half))
		}
	}
	return nil
}

// measureStore is the group "store".
func measureStore(ctx context.Context, b *bench) ([]section, error) {
	giving, err := b.giving(ctx)
	if err != nil {
		return nil, err
	}
	large, err := b.large(ctx)
	if err != nil {
		return nil, err
	}
	return []section{giving, large}, nil
}

const (
	giveFiles  = 10_000
	giveRounds = 5
	giveMost   = time.Second
)

// giving is how long 10,000 files take to be durably queued.
func (b *bench) giving(ctx context.Context) (s section, err error) {
	b.say("giving 10,000 files")
	dir := filepath.Join(b.dir, "give")
	paths, err := writeJPEGs(dir, giveFiles, 100)
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	h, err := startHost(ctx)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	program, err := race(0, giveRounds, b.say, contender{"upshot upload --detach", func(int) (effort, error) { return b.giveOnce(ctx, h, paths) }})
	if err != nil {
		return s, err
	}
	var add []time.Duration
	for round := range giveRounds {
		took, err := b.addOnce(ctx, round)
		if err != nil {
			return s, err
		}
		add = append(add, took)
	}
	return section{
		title: "Giving 10,000 files",
		words: "`upshot upload --detach` of 10,000 files from start to exit, when all of them are on disk in the queue of a paused agent; and the queue's own part of it, `queue.Add`. " +
			"Nobody is beside it.",
		rows: []row{timeRow("queue 10,000 files: `upshot upload --detach`", program[0].wall(), giveMost), timeRow("queue 10,000 files: `queue.Add`", percentile(add, 50), giveMost)},
	}, nil
}

// giveOnce gives all paths to a new home's agent, which is paused so that its
// sending does not count.
func (b *bench) giveOnce(ctx context.Context, h *hosting, paths []string) (effort, error) {
	home := b.newHome(h)
	if err := os.MkdirAll(home.dir, 0o700); err != nil {
		return effort{}, err
	}
	cmd, c, _, err := home.startAgent(ctx)
	if err != nil {
		return effort{}, err
	}
	defer end(cmd)
	defer c.Close()
	if _, err := run(home.upshot(ctx, "queue", "pause")); err != nil {
		return effort{}, err
	}
	e, err := run(home.upshot(ctx, append([]string{"upload", "--quiet", "--detach"}, paths...)...))
	if err != nil {
		return e, err
	}
	snap, err := c.Snapshot(ctx, none)
	if err == nil && snap.Counts[job.Queued] != len(paths) {
		err = fmt.Errorf("the queue has %v instead of %d queued files", snap.Counts, len(paths))
	}
	return e, err
}

// addOnce is the queue alone, in this process.
func (b *bench) addOnce(ctx context.Context, round int) (took time.Duration, err error) {
	q, err := queue.Open(ctx, queue.Config{Path: filepath.Join(b.dir, fmt.Sprintf("add%d.db", round))})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	items := someJobs(0, giveFiles)
	begun := time.Now()
	_, err = q.Add(ctx, job.Batch{ID: job.NewBatchID()}, items)
	return time.Since(begun), err
}

// searches are words that find many, few, one and none; short ones and
// Chinese ones; several at once.
func searches() []string {
	words := []string{"sunset", "holiday lake", "照片", "版", "zü", "zzz", "q4000h1"}
	for range 3 {
		words = append(words, fmt.Sprintf("%06d", rand.IntN(storeDone)))
	}
	return words
}
