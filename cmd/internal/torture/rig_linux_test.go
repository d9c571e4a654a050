package torture

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/platform/platformtest"
)

// rig is a person's Upshot, a host, and the book of what was given.
type rig struct {
	*home
	dice  *rand.Rand
	host  *chevtest.Host
	tap   *tap
	url   string
	files string // where files lie that are there for good
	temp  string // the agent's TMPDIR
	watch string // a watched folder
	moved string // what is uploaded from there is moved here

	book    sync.Mutex
	given   map[string]*file // by SHA-256
	pending []*order         // not known to be taken
	taken   []*order
	done    map[job.ID]job.Job // as seen once, and so for ever
	clips   map[string]bool    // texts seen on the clipboard
	log     []string           // what the rounds were
	n       int
	feeds   sync.WaitGroup
}

// file is one that was given.
type file struct {
	sum, path, via string
}

// order is one that was given over the socket, until its receipt has come.
type order struct {
	uploader.Order
	entries []uploader.Entry
}

func newRig(t *testing.T, site chevtest.Site, d *platformtest.Desktop) *rig {
	t.Helper()
	build(t)
	dir, err := os.MkdirTemp("", "tort") // not t.TempDir: a socket's path must stay short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	site.Flood.Off = true
	host, err := chevtest.New(chevtest.Config{Site: site})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{
		dice: chance(t), host: host, tap: &tap{host: host},
		files: filepath.Join(dir, "files"), temp: filepath.Join(dir, "tmp"),
		watch: filepath.Join(dir, "watched"), moved: filepath.Join(dir, "moved"),
		given: map[string]*file{}, done: map[job.ID]job.Job{}, clips: map[string]bool{},
	}
	for _, sub := range []string{r.files, r.temp, r.watch, filepath.Join(dir, "home")} {
		if err := os.Mkdir(sub, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(r.tap)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	r.url = server.URL
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	if d != nil {
		env = d.Env()
	}
	r.home = &home{t: t, exe: program, dir: filepath.Join(dir, "home"), env: append(env,
		"UPSHOT_HOME="+filepath.Join(dir, "home"), "TMPDIR="+r.temp,
		"UPSHOT_SERVER="+server.URL, "UPSHOT_KEY="+chevtest.DefaultKey)}
	t.Cleanup(func() {
		r.kill("the test ends")
		if t.Failed() {
			t.Logf("rounds:\n%s\nthe host saw: %s\nthe agents' log ends:\n%s", strings.Join(r.log, "\n"), r.tap.summary(), r.home.log())
		}
	})
	c := r.up()
	_, err = c.AddFolder(r.ctx(), uploader.Folder{
		Path: r.watch, Existing: uploader.ExistingUpload, Quiet: 100 * time.Millisecond, After: uploader.After("move=" + r.moved),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ctx bounds one question.
func (r *rig) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	r.t.Cleanup(cancel)
	return ctx
}

// picture is a PNG that no other is, of about so many bytes.
func picture(n uint64, size int) []byte {
	width := 8
	for width*width*3 < size {
		width++
	}
	img := image.NewNRGBA(image.Rect(0, 0, width, width))
	seed := n*2 + 1
	for i := range img.Pix {
		seed = seed*6364136223846793005 + 1442695040888963407
		img.Pix[i] = byte(seed >> 56)
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.NoCompression}
	if err := enc.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// draw makes a picture and enters it in the book.
func (r *rig) draw(dir, via string) (path string, data []byte) {
	r.n++
	size := 500
	switch r.dice.IntN(4) {
	case 0:
		size = 400_000
	case 1, 2:
		size = 30_000
	}
	data = picture(r.dice.Uint64(), size)
	path = filepath.Join(dir, fmt.Sprintf("%s-%d.png", via, r.n))
	sum := sha256.Sum256(data)
	r.book.Lock()
	defer r.book.Unlock()
	r.given[hex.EncodeToString(sum[:])] = &file{hex.EncodeToString(sum[:]), path, via}
	return path, data
}

func (r *rig) write(path string, data []byte) string {
	if err := os.WriteFile(path, data, 0o600); err != nil {
		r.t.Error(err)
	}
	return path
}

// feed gives files in one of the ways, in the background: the agent may die
// meanwhile.
func (r *rig) feed() string {
	n := 1 + r.dice.IntN(5)
	dir := r.files
	if r.dice.IntN(3) == 0 {
		dir = r.temp // is spooled
	}
	ways := []struct {
		name string
		do   func()
	}{
		{"socket", func() { r.feedSocket(dir, n) }},
		{"socket", func() { r.feedSocket(dir, n) }},
		{"folder", func() { r.feedFolder(n) }},
		{"detach", func() { r.feedCommand(dir, n, "--detach") }},
		{"command", func() { r.feedCommand(dir, n) }},
	}
	way := ways[r.dice.IntN(len(ways))]
	way.do()
	return fmt.Sprintf("%d by %s", n, way.name)
}

func (r *rig) feedSocket(dir string, n int) {
	o := &order{Order: uploader.Order{Batch: job.NewBatchID(), Via: job.ViaWindow, Copy: true, Notify: true, HandOff: true}}
	for range n {
		path, data := r.draw(dir, "socket")
		o.Items = append(o.Items, uploader.Item{Path: r.write(path, data)})
	}
	r.book.Lock()
	r.pending = append(r.pending, o)
	r.book.Unlock()
	r.feeds.Go(func() { r.submit(o) })
}

// submit gives an order, perhaps once more, and keeps its receipt.
func (r *rig) submit(o *order) {
	c := r.dialed()
	if c == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	receipt, err := c.Submit(ctx, o.Order)
	if errors.Is(err, uploader.ErrGone) {
		return
	}
	if err != nil {
		r.t.Errorf("an order was refused: %v", err)
		return
	}
	r.book.Lock()
	defer r.book.Unlock()
	for i, e := range receipt.Entries {
		if e.Failure != nil {
			r.t.Errorf("%s was refused: %+v", e.Input, e.Failure)
		}
		if o.entries != nil && o.entries[i].Job != e.Job {
			r.t.Errorf("%s was job %d, and is job %d when the order is given again", e.Input, o.entries[i].Job, e.Job)
		}
	}
	o.entries = receipt.Entries
}

// regive gives again what has no receipt, and now and then what has one.
func (r *rig) regive() {
	r.book.Lock()
	orders := r.pending
	r.pending = nil
	if n := len(r.taken); n > 0 {
		orders = append(orders, r.taken[r.dice.IntN(n)])
	}
	r.book.Unlock()
	for _, o := range orders {
		r.submit(o)
		r.book.Lock()
		if o.entries == nil {
			r.pending = append(r.pending, o)
		} else {
			r.taken = append(r.taken, o)
		}
		r.book.Unlock()
	}
}

// feedFolder saves files as programs do: at once, under another name first,
// or piece by piece.
func (r *rig) feedFolder(n int) {
	for range n {
		path, data := r.draw(r.watch, "folder")
		way, pause := r.dice.IntN(3), time.Duration(r.dice.IntN(15))*time.Millisecond
		r.feeds.Go(func() {
			switch way {
			case 0:
				r.write(path, data)
			case 1:
				if err := os.Rename(r.write(path+".part", data), path); err != nil {
					r.t.Error(err)
				}
			default:
				r.writeSlowly(path, data, pause)
			}
		})
	}
}

func (r *rig) writeSlowly(path string, data []byte, pause time.Duration) {
	f, err := os.Create(path)
	if err != nil {
		r.t.Error(err)
		return
	}
	defer f.Close()
	for len(data) > 0 {
		n := min(len(data), max(len(data)/3, 2000))
		if _, err := f.Write(data[:n]); err != nil {
			r.t.Error(err)
			return
		}
		data = data[n:]
		time.Sleep(pause)
	}
}

// feedCommand runs upshot upload, which must come to its end whatever becomes
// of the agent.
func (r *rig) feedCommand(dir string, n int, args ...string) {
	via := "command"
	if len(args) > 0 {
		via = "detach"
	}
	args = append([]string{"upload", "--wait", "1m"}, args...)
	for range n {
		path, data := r.draw(dir, via)
		args = append(args, r.write(path, data))
	}
	r.feeds.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
		defer cancel()
		plain := r.command(args...)
		cmd := exec.CommandContext(ctx, plain.Path, plain.Args[1:]...)
		cmd.Env, cmd.Dir = plain.Env, plain.Dir
		var out, words bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &words
		_ = cmd.Run() // how it ended is looked at below
		r.checkCommand(via, n, cmd.ProcessState.ExitCode(), out.String(), words.String())
	})
}

// checkCommand looks at what a command said.
func (r *rig) checkCommand(via string, n, code int, out, words string) {
	if via == "detach" {
		if code != 0 || out != "" {
			r.t.Errorf("upload --detach ended with %d and printed %q\n%s", code, out, words)
		}
		return
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	links := 0
	for _, line := range lines {
		if line == "" {
			continue
		}
		links++
		if !r.onHost(line) {
			r.t.Errorf("upload printed %q, which is not on the host", line)
		}
	}
	want := map[bool]int{true: 0, false: 3}[links == n]
	if links == 0 {
		want = 1 // duplicates all
	}
	if len(lines) != n || code != want {
		r.t.Errorf("upload of %d files ended with %d, want %d, and printed %q\n%s", n, code, want, out, words)
	}
}

// onHost reports whether a direct link is that of a file the host has.
func (r *rig) onHost(link string) bool {
	for _, f := range r.host.Stored() {
		if r.url+f.Path == link {
			return true
		}
	}
	return false
}
