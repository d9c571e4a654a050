package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
	"images-uploader.com/upshot/platform/instance"
)

func (p *program) demoCommand() *cobra.Command {
	once := false
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try Upshot against a host of its own on this computer; nothing is left behind",
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.demo(cmd.Context(), once) },
	}
	cmd.Flags().BoolVar(&once, "once", false, "end after the first link")
	return cmd
}

// demo runs a look-alike host, an agent of its own and a watched folder, all
// in a directory that goes when it ends.
func (p *program) demo(ctx context.Context, once bool) (err error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	dir, err := os.MkdirTemp("", "upshot-demo-")
	if err != nil {
		return fmt.Errorf("make a place for the demo: %w", err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return fmt.Errorf("make a place for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	host, err := chevtest.Listen("127.0.0.1:0", chevtest.Config{
		Dir: filepath.Join(dir, "host"), Keys: map[string]chevtest.User{"chv_demo_" + rand.Text(): {Name: "demo"}},
		Site: chevtest.Site{Zone: time.Local, Flood: chevtest.Flood{Off: true}},
	})
	if err != nil {
		return fmt.Errorf("start the demo's host: %w", err)
	}
	defer func() { err = errors.Join(err, host.Close()) }()
	address := host.URL

	h, err := p.demoHouse(filepath.Join(dir, "upshot"))
	if err != nil {
		return err
	}
	defer h.Close()
	a, err := h.Attach(ctx, wire.As{Role: uploader.RoleAgent})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	folder := filepath.Join(dir, "drop pictures here")
	if err := p.demoSetUp(ctx, a, host, folder); err != nil {
		return err
	}
	if !once {
		endWindow := p.demoWindow(dir)
		defer endWindow()
	}
	err = p.demoFollow(ctx, a, address, folder, once)
	if ctx.Err() != nil && err != nil {
		p.say("demo ended; nothing of it is left")
		return nil // Ctrl-C is how a demo ends
	}
	return err
}

// demoHouse is a house in a directory of its own, with a keyring in memory:
// the demo touches nothing of the person's.
func (p *program) demoHouse(dir string) (*wire.House, error) {
	for name, value := range map[string]string{"UPSHOT_HOME": dir, "UPSHOT_SERVER": "", "UPSHOT_KEY": ""} {
		if err := os.Setenv(name, value); err != nil {
			return nil, fmt.Errorf("set the demo up: %w", err)
		}
	}
	services := wire.Desktop()
	services.Keys = &memoryKeys{}
	return wire.Open(wire.Config{Version: Version(), Verbose: p.verbose, Services: services})
}

// demoSetUp makes the account and the watched folder, and drops a picture in.
func (p *program) demoSetUp(ctx context.Context, a *wire.Attached, host *chevtest.Server, folder string) error {
	if err := os.Mkdir(folder, 0o700); err != nil {
		return fmt.Errorf("make the demo's folder: %w", err)
	}
	_, err := a.AddAccount(ctx, uploader.Candidate{
		Account: uploader.Account{Name: "demo", Address: host.URL},
		Key:     client.NewKey(host.Key), Default: true,
	})
	if err != nil {
		return err
	}
	if _, err := a.AddFolder(ctx, uploader.Folder{Path: folder, Recursive: true, Existing: uploader.ExistingUpload}); err != nil {
		return err
	}
	picture, err := firstPicture()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "first-picture.png"), picture, 0o600)
}

// firstPicture is an evening sky over hills.
func firstPicture() ([]byte, error) {
	const w, h = 960, 600
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, sky(float64(x)/w, float64(y)/h))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("draw the first picture: %w", err)
	}
	return b.Bytes(), nil
}

func sky(x, y float64) color.RGBA {
	mix := func(a, b color.RGBA, t float64) color.RGBA {
		t = min(max(t, 0), 1)
		f := func(p, q uint8) uint8 { return uint8(float64(p) + (float64(q)-float64(p))*t) }
		return color.RGBA{f(a.R, b.R), f(a.G, b.G), f(a.B, b.B), 255}
	}
	c := mix(color.RGBA{35, 30, 90, 255}, color.RGBA{255, 150, 90, 255}, y*1.35)
	if dx, dy := (x-0.68)*1.6, y-0.52; dx*dx+dy*dy < 0.011 {
		c = color.RGBA{255, 236, 179, 255}
	}
	for i, hill := range []struct{ base, wide, at float64 }{{0.62, 0.9, 0.2}, {0.70, 0.7, 0.75}, {0.80, 1.2, 0.4}} {
		d := x - hill.at
		if y > hill.base+d*d*hill.wide*0.5 {
			c = mix(color.RGBA{86, 62, 122, 255}, color.RGBA{24, 20, 48, 255}, float64(i)*0.45)
		}
	}
	return c
}

// demoFollow prints every link as it comes.
func (p *program) demoFollow(ctx context.Context, a *wire.Attached, address, folder string, once bool) error {
	said := map[job.ID]bool{}
	first := true
	for {
		snap, err := a.Snapshot(ctx, uploader.None{})
		if err != nil {
			return err
		}
		page, err := a.Jobs(ctx, uploader.JobsRequest{N: 100, Oldest: true, States: []job.State{job.Done, job.Failed}})
		if err != nil {
			return err
		}
		for _, j := range page.Jobs {
			if said[j.ID] {
				continue
			}
			said[j.ID] = true
			r := newResults(p, false, uploader.Receipt{Entries: []uploader.Entry{{Job: j.ID, Input: filepath.Base(j.Input)}}})
			if err := r.see([]job.Job{j}); err != nil {
				return err
			}
			if once {
				return r.code("")
			}
			if first {
				first = false
				p.demoHelp(address, folder)
			}
		}
		if _, err := a.Changes(ctx, uploader.Since{Revision: snap.Revision}); err != nil {
			return err
		}
	}
}

func (p *program) demoHelp(address, folder string) {
	p.say("")
	p.say("That was the first picture's link; it opens in a browser. Save or drop more pictures here:")
	p.say("  %s", folder)
	p.say("for example:  cp ~/Pictures/some.png %q", folder)
	p.say("The demo's gallery: %s", address)
	p.say("End it with Ctrl-C; nothing of it is left behind.")
}

// demoWindow opens the window where there is a display and upshot-gui.
func (p *program) demoWindow(dir string) (end func()) {
	nothing := func() {}
	if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		p.say("no display here: the demo stays in the terminal")
		return nothing
	}
	path, err := instance.Sibling("upshot-gui")
	if err != nil {
		p.say("the window (upshot-gui) is not built: the demo stays in the terminal")
		return nothing
	}
	cmd := exec.Command(path, "--no-agent")
	// With the demo's UPSHOT_HOME; what Fyne itself keeps goes with the demo too.
	cmd.Env = append(instance.WithoutSecrets(os.Environ()),
		"XDG_CONFIG_HOME="+filepath.Join(dir, "config"), "XDG_CACHE_HOME="+filepath.Join(dir, "cache"))
	if err := cmd.Start(); err != nil {
		p.say("the window could not be opened: the demo stays in the terminal")
		return nothing
	}
	return func() {
		_ = cmd.Process.Signal(os.Interrupt)
		timer := time.AfterFunc(3*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		timer.Stop()
	}
}

// memoryKeys is a keyring for as long as the demo runs.
type memoryKeys struct {
	mu   sync.Mutex
	keys map[string]client.Key
}

func (m *memoryKeys) Get(_ context.Context, id string) (client.Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if key, ok := m.keys[id]; ok {
		return key, nil
	}
	return client.Key{}, fs.ErrNotExist
}

func (m *memoryKeys) Set(_ context.Context, id string, key client.Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keys == nil {
		m.keys = map[string]client.Key{}
	}
	m.keys[id] = key
	return nil
}

func (m *memoryKeys) Delete(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.keys, id)
	return nil
}
